"""Search: the newest messages of a scope that fit. Its lists are read from the newest on; where they are long, its catalogue says what to read."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotFound, PermanentFailure
from pratique.domain.ids import copy_id_at, ulid, ulid_milliseconds
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import Scope
from pratique.domain.search import Search
from pratique.observability import log_event
from pratique.ports.mail_index import Page
from pratique.ports.services import Services
from pratique.usecases.look_through import Reading, Seen, read_catalogue
from pratique.usecases.write_catalogue import OLD_MS, order_catalogue

FIRST_PAGE, PAGE = 200, 1_000
"""Copies read at a time. What people look for is mostly new: the first look is short."""
MOST = 10_000
"""Copies read in one call."""
SECONDS = 4.0
"""After this long nothing more is read: somebody waits, and what was found is shown."""
MAX_FOUND = 1_000
AT_ONCE = 100
"""Copies that a catalogue names and that are read in one round trip."""
MANY = 1_000
"""A search that has to read so many copies one by one has a catalogue written."""


@dataclass(frozen=True, slots=True)
class Found:
    """What fits, newest first. `cursor` goes on where the search stopped: because the page was full, or because it had looked long enough, and then
    `copies` may be few or none; None at the end. `looked_at` copies were looked at, back to `back_to_ms` (Unix ms; 0 for none).
    """

    copies: tuple[Copy, ...]
    cursor: str | None
    looked_at: int
    back_to_ms: int


def search_messages(
    services: Services,
    actor: Actor,
    scope: Scope,
    search: Search,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Found:
    """Up to `limit` copies of `scope` that fit, from `cursor` on (else the newest, or the newest before `search.before_ms`).

    Raises NotFound, InvalidInput.
    """
    actor.must_see(scope)
    if not 1 <= limit <= MAX_FOUND:
        raise InvalidInput(f"limit is a number from 1 to {MAX_FOUND}")
    check_search(search)
    look = _Look(services, scope, search, limit, cursor)
    look.run()
    return Found(tuple(look.found), look.cursor, look.looked_at, look.back_to_ms)


class _Look:
    """One call: how far it has come, and what it found."""

    def __init__(
        self, services: Services, scope: Scope, search: Search, limit: int, cursor: str | None
    ) -> None:
        self._services, self._scope, self._search, self._limit = services, scope, search, limit
        self._began_ms = services.clock.now_ms()
        self._floor = ulid(search.since_ms, bytes(10)) if search.since_ms else ""
        self._place = ""
        self._read = 0
        self.cursor = cursor
        self.found: list[Copy] = []
        self.looked_at = 0

    @property
    def back_to_ms(self) -> int:
        """When the last copy that was looked at was received (Unix ms)."""
        return ulid_milliseconds(self._place) if self._place else 0

    def run(self) -> None:
        """Look until the page is full, the end is reached, or it took long enough."""
        if self._list(FIRST_PAGE):
            return
        reading = read_catalogue(self._services, self._scope, self._search, now_ms=self._began_ms)
        if reading is None:
            self._list_all()
            if self._read >= MANY:
                order_catalogue(self._services, self._scope, self._search.direction)
            return
        done = self._list_down_to(reading.catalogue.top)
        age_ms = self._began_ms - reading.catalogue.began_ms
        if age_ms >= OLD_MS or max(self._read, len(reading.changed)) >= MANY or not reading.is_exact:
            order_catalogue(self._services, self._scope, self._search.direction)
        if not done and not (reading.is_exact and self._look_through(reading)):
            self._list_all()

    def _list_all(self) -> None:
        while not self._list(PAGE):
            pass

    def _list_down_to(self, top: str) -> bool:
        """Whether the search is done before it comes below `top`."""
        while not self._place or self._place >= top:
            if self._list(PAGE):
                return True
        return False

    def _list(self, size: int) -> bool:
        """Read a page one by one; whether the search is done."""
        page = self._page(size)
        self.cursor = page.cursor
        for copy in page.copies:
            self._read, self.looked_at, self._place = self._read + 1, self.looked_at + 1, copy.id.place
            if copy.received_ms < self._search.since_ms:
                self.cursor = None
                return True
            if self._take(copy):
                if copy is not page.copies[-1]:
                    self.cursor = self._services.index.cursor_of(copy.id)
                return True
        return self.cursor is None or self._is_long()

    def _look_through(self, reading: Reading) -> bool:
        """Read what the catalogue names; whether the search is done. If not, it goes on one by one."""
        seen = reading.below(self._place)
        end = _End.NOT_YET
        while end is _End.NOT_YET:
            batch, end = self._batch(seen)
            done = self._read_batch(batch)
            if self._place < self._floor:
                self.cursor = None
                return True
            self.cursor = self._services.index.cursor_of(copy_id_at(self._place))
            if done or (end is _End.NOT_YET and self._is_long()):
                return True
        if end is _End.REACHED and reading.catalogue.complete:
            self.cursor = None
            return True
        return False

    def _batch(self, seen: Iterator[Seen]) -> tuple[list[Seen], _End]:
        """What is read in one round trip, and with it the places passed on the way."""
        batch: list[Seen] = []
        wanted = min(AT_ONCE, self._limit - len(self.found) + 10)
        try:
            for each in seen:
                batch.append(each)
                wanted -= each.fits
                if wanted == 0 or each.place < self._floor or (not each.fits and self._is_long()):
                    return batch, _End.NOT_YET
        except (NotFound, PermanentFailure) as error:
            # Written anew a moment ago, or lost: the rows are there all the same.
            log_event("chapter_lost", code=error.code)
            return batch, _End.LOST
        return batch, _End.REACHED

    def _read_batch(self, batch: list[Seen]) -> bool:
        """Whether the page is full with these, or the search has come to its beginning."""
        ids = {each.place: copy_id_at(each.place) for each in batch if each.fits}
        now = self._services.clock.now_ms() // 1000
        copies = self._services.index.get_copies(list(ids.values()), now=now) if ids else {}
        for each in batch:
            self._place, self.looked_at = each.place, self.looked_at + each.looked_at
            self._read += each.fits
            if each.place < self._floor:
                return True
            copy = copies.get(ids[each.place]) if each.fits else None
            if copy is not None and self._take(copy):
                return True
        return False

    def _take(self, copy: Copy) -> bool:
        """Keep a copy that fits; whether the page is full."""
        if self._search.matches(copy):
            self.found.append(copy)
        return len(self.found) == self._limit

    def _is_long(self) -> bool:
        late = self._services.clock.now_ms() - self._began_ms >= SECONDS * 1000
        return late or self._read >= MOST

    def _page(self, size: int) -> Page:
        return self._services.index.list_copies(
            self._scope,
            states=self._search.states or tuple(State),
            limit=size,
            now=self._services.clock.now_ms() // 1000,
            cursor=self.cursor,
            before_ms=self._search.before_ms,
            direction=self._search.direction,
        )


class _End(enum.Enum):
    """How far the places of a catalogue were read."""

    NOT_YET = 0
    REACHED = 1
    LOST = 2


def check_search(search: Search) -> None:
    """Raise InvalidInput for a search that cannot find anything because it contradicts itself."""
    if search.before_ms and search.before_ms <= search.since_ms:
        raise InvalidInput("the search ends before it begins")
    if not 0.0 <= search.score_from <= search.score_to <= 1.0:
        raise InvalidInput("scores are from 0 to 1, the lower one first")
