"""What goes wrong: processes that die, a table that is throttled, next hops of every mood, a queue that loses and doubles."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Sequence

from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.route import Route
from pratique.ports.couriers import Parcel
from pratique.ports.queue import QueueName

from tests.faults import Killed

VISIBLE_SECONDS = 1800
MOST_RECEIVES = 5


class Storm:
    """Faults at any call of any port, with the chance `rate` a call; `blowing` False is calm."""

    def __init__(self, chance: random.Random, rate: float) -> None:
        self._chance, self._rate = chance, rate
        self.blowing = True
        self.hits: Counter[str] = Counter()

    def enter(self, name: str) -> tuple[BaseException | None, BaseException | None]:
        """See Weather."""
        if not self.blowing or name.startswith("courier.") or self._chance.random() >= self._rate:
            return None, None
        kind = self._chance.choice(("throttled before", "throttled after", "killed before", "killed after"))
        self.hits[kind] += 1
        error: BaseException = Killed() if kind.startswith("killed") else TemporaryFailure("throttled")
        return (error, None) if kind.endswith("before") else (None, error)


class NextHop:
    """A courier: it takes mail, puts it off, refuses it for good, or drops the connection after the data, when nobody can know."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.moody = True
        self.taken: Counter[str] = Counter()
        """How often it took a copy, by the copy's id."""
        self.just_taken: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()

    def send(self, parcel: Parcel, route: Route) -> str:
        """See Courier."""
        mood = self._chance.random() if self.moody else 1.0
        if mood < 0.06:
            self.answers["put off (4xx)"] += 1
            raise TemporaryFailure("450 4.2.0 not now")
        if mood < 0.08:
            self.answers["refused (5xx)"] += 1
            raise PermanentFailure("550 5.1.1 nobody of that name")
        if mood < 0.09:
            self.answers["connection lost before the data"] += 1
            raise TemporaryFailure("the connection was lost")
        self.taken[parcel.reference] += 1
        self.just_taken[parcel.reference] += 1
        if mood < 0.10:
            self.answers["connection lost after the data"] += 1
            raise TemporaryFailure("no answer")
        self.answers["taken (250)"] += 1
        return "250 2.0.0 taken"

    def close(self) -> None:
        """See Courier."""


class Post:
    """A queue with delays and visibility, that now and then loses an item, or gives it twice."""

    def __init__(self, chance: random.Random, now_ms: Callable[[], int]) -> None:
        self._chance, self._now_ms = chance, now_ms
        self._waiting: dict[QueueName, list[tuple[int, int, dict[str, str], int]]] = {
            n: [] for n in QueueName
        }
        self.dead: dict[QueueName, list[dict[str, str]]] = {name: [] for name in QueueName}
        self._number = 0
        self.moody = True
        self.lost = self.doubled = 0

    def send(self, queue: QueueName, bodies: Sequence[dict[str, str]], *, delay_seconds: int = 0) -> None:
        """See WorkQueue."""
        for body in bodies:
            mood = self._chance.random() if self.moody else 1.0
            if mood < 0.01:
                self.lost += 1
                continue
            self._put(queue, body, self._now_ms() + delay_seconds * 1000, 0)
            if mood < 0.03:
                self.doubled += 1
                self._put(queue, body, self._now_ms() + delay_seconds * 1000, 0)

    def bury(self, queue: QueueName, bodies: Sequence[dict[str, str]]) -> None:
        """See WorkQueue."""
        self.dead[queue].extend(dict(body) for body in bodies)

    def redrive(self, queue: QueueName, *, limit: int) -> int:
        """See WorkQueue."""
        taken, self.dead[queue] = self.dead[queue][:limit], self.dead[queue][limit:]
        for body in taken:
            self._put(queue, {**body, "again": "yes"}, self._now_ms(), 0)
        return len(taken)

    def depths(self, queue: QueueName) -> tuple[int, int]:
        """See WorkQueue."""
        return len(self._waiting[queue]), len(self.dead[queue])

    def take(self, queue: QueueName, most: int) -> list[tuple[dict[str, str], int]]:
        """Up to `most` items that are due, each with how often it was received before."""
        found: list[tuple[dict[str, str], int]] = []
        waiting = self._waiting[queue]
        while waiting and len(found) < most and waiting[0][0] <= self._now_ms():
            _, _, body, received = heapq.heappop(waiting)
            found.append((body, received))
        return found

    def back(self, queue: QueueName, items: Sequence[tuple[dict[str, str], int]]) -> None:
        """Nobody confirmed these: they come again when their time out of sight is over, or are dead letters."""
        for body, received in items:
            if received + 1 >= MOST_RECEIVES:
                self.dead[queue].append(body)
            else:
                self._put(queue, body, self._now_ms() + VISIBLE_SECONDS * 1000, received + 1)

    def _put(self, queue: QueueName, body: dict[str, str], due: int, received: int) -> None:
        self._number += 1
        heapq.heappush(self._waiting[queue], (due, self._number, dict(body), received))
