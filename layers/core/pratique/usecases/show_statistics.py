"""Figures about the mail of the last days: how much, what it was taken for, who sends it, how often the filter was wrong, how long delivery took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pratique.domain.actor import Actor, Channel
from pratique.domain.cost import message_cost
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus, log_status
from pratique.domain.message import Copy
from pratique.domain.policy import DAY, MAX_RETENTION_DAYS
from pratique.domain.scope import Scope
from pratique.domain.verdict import Verdict
from pratique.ports.services import Services

PAGE = 1_000
MOST = 20_000
"""Copies looked at: the newest. With more mail than that the figures are of the newest, and say since when."""
SECONDS = 12.0
BINS = 20
"""Of the score distribution, each a twentieth wide."""
TOP = 10


@dataclass(slots=True)
class Statistics:
    """Of `looked_at` copies, received since `since_ms` (Unix ms). `complete` is False where there are more of the days asked for.

    `days` counts by UTC day and log status; `scores` by twentieths of the score. `senders` and `blocked_senders` are those of most mail, and of
    most that was held, `recipients` those who got most of that, `reasons` why it was held. `held_wrongly` was held and then let go or reported as
    ham, `missed` delivered and then reported as spam. `seconds` are from reception to the next hop's answer, (p50, p90, p99), of what
    was delivered without having been held. `cost` is an estimate in US dollars, `cost_ses` the part of it that is SES's.
    """

    scope: str
    direction: Direction
    looked_at: int = 0
    since_ms: int = 0
    complete: bool = True
    days: dict[str, Counter[LogStatus]] = field(default_factory=dict)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    statuses: Counter[LogStatus] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=lambda: [0] * BINS)
    senders: list[tuple[str, int]] = field(default_factory=list)
    blocked_senders: list[tuple[str, int]] = field(default_factory=list)
    recipients: list[tuple[str, int]] = field(default_factory=list)
    reasons: list[tuple[str, int]] = field(default_factory=list)
    held: int = 0
    held_wrongly: int = 0
    passed: int = 0
    missed: int = 0
    octets: int = 0
    seconds: tuple[float, float, float] | None = None
    cost: float = 0.0
    cost_ses: float = 0.0


@dataclass(slots=True)
class _Tally:
    senders: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    recipients: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)


def show_statistics(
    services: Services,
    actor: Actor,
    scope: Scope,
    *,
    days: int = 14,
    direction: Direction = Direction.INCOMING,
) -> Statistics:
    """The figures of a scope's newest copies. Costs a page of its lists per 1,000 copies, MOST at the most. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    if not 1 <= days <= MAX_RETENTION_DAYS:
        raise InvalidInput(f"days is a number from 1 to {MAX_RETENTION_DAYS}")
    made, tally = Statistics(str(scope), direction), _Tally()
    for copy in _newest(services, scope, made, services.clock.now_ms() - days * DAY * 1000):
        _count(made, tally, copy)
    made.senders = tally.senders.most_common(TOP)
    made.blocked_senders = tally.blocked.most_common(TOP)
    made.recipients = tally.recipients.most_common(TOP)
    made.reasons = tally.reasons.most_common(TOP)
    made.seconds = _percentiles(tally.times)
    return made


def _newest(services: Services, scope: Scope, made: Statistics, since_ms: int) -> Iterator[Copy]:
    started_ms, cursor = services.clock.now_ms(), None
    made.since_ms = since_ms
    while True:
        page = services.index.list_copies(
            scope,
            states=[state for state in State if state is not State.EXPIRED],
            limit=PAGE,
            now=services.clock.now_ms() // 1000,
            cursor=cursor,
            direction=made.direction,
        )
        for copy in page.copies:
            if copy.received_ms < since_ms:
                return
            yield copy
        cursor = page.cursor
        if cursor is None:
            return
        if made.looked_at >= MOST or services.clock.now_ms() - started_ms >= SECONDS * 1000:
            made.complete, made.since_ms = False, page.copies[-1].received_ms if page.copies else since_ms
            return


def _count(made: Statistics, tally: _Tally, copy: Copy) -> None:
    status = log_status(copy)
    made.looked_at += 1
    made.octets += copy.size
    made.verdicts[copy.verdict] += 1
    made.statuses[status] += 1
    day = datetime.fromtimestamp(copy.received_ms / 1000, UTC).date().isoformat()
    made.days.setdefault(day, Counter())[status] += 1
    made.scores[min(BINS - 1, int(copy.score * BINS))] += 1
    tally.senders[copy.sender] += 1
    was_held = copy.state in _EVER_HELD or any(event.state is State.HELD for event in copy.events)
    if was_held:
        made.held += 1
        made.held_wrongly += copy.lesson == "ham" or any(e.state is State.RELEASING for e in copy.events)
        tally.blocked[copy.sender] += 1
        tally.recipients[str(copy.id.owner)] += 1
        tally.reasons.update({c.signal for c in copy.contributions if c.weight > 0})
    else:
        made.passed += 1
        made.missed += copy.lesson == "spam"
        if copy.state is State.DELIVERED:
            tally.times.append(_delivery_seconds(copy))
    _pay(made, copy)


_EVER_HELD = frozenset({State.HELD, State.REMOVED, State.RELEASING, State.RELEASED})


def _pay(made: Statistics, copy: Copy) -> None:
    gone_out = copy.state in (State.DELIVERED, State.RELEASED)
    days = 0.0 if copy.state is State.DELIVERED else float(copy.retention_days)
    by_ses = not copy.events or copy.events[0].channel is Channel.SES
    cost = message_cost(size=copy.size, delivered=gone_out, held_days=days, by_ses=by_ses)
    made.cost += cost.total
    made.cost_ses += cost.ses


def _delivery_seconds(copy: Copy) -> float:
    ends = [event.at_ms for event in copy.events if event.state is State.DELIVERED]
    return max(0.0, (ends[0] - copy.received_ms) / 1000) if ends else 0.0


def _percentiles(times: Iterable[float]) -> tuple[float, float, float] | None:
    """p50, p90, p99 by the nearest rank; None without any."""
    ordered = sorted(times)
    if not ordered:
        return None
    p50, p90, p99 = (ordered[max(0, math.ceil(len(ordered) * part) - 1)] for part in (0.5, 0.9, 0.99))
    return p50, p90, p99
