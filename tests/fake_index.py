"""The mail index in memory, with ordered lists: a page of 50 costs the same out of 100 or of 100,000."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge

from pratique.adapters.cursors import COPY_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import Address
from pratique.domain.direction import Direction
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.history import History, history_of, joined
from pratique.domain.ids import CopyId, ulid
from pratique.domain.lifecycle import LIVE, State, fate
from pratique.domain.mailbox import Changed
from pratique.domain.message import MAX_EVENTS, Copy, Event, Facts
from pratique.domain.release_request import ReleaseRequest
from pratique.domain.scope import Scope, scope_chain
from pratique.domain.tally import Counted, counted
from pratique.ports.mail_index import Page


def _insert(ordered: list[str], place: str) -> None:
    bisect.insort(ordered, place)


def _delete(ordered: list[str], place: str) -> None:
    del ordered[bisect.bisect_left(ordered, place)]


def _below(ordered: list[str], place: str | None) -> Iterator[str]:
    """The places before `place` (all, where None), newest first."""
    at = len(ordered) if place is None else bisect.bisect_left(ordered, place)
    while at:
        at -= 1
        yield ordered[at]


def is_gone(copy: Copy, now: int) -> bool:
    """Whether a copy is past its time and not on its way (invariant 10)."""
    return copy.state not in LIVE and copy.expires_at <= now


class FakeIndex:
    """MailIndex in memory. `rows_read` counts the rows that lists looked at; `stream` says where copies went, in order."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._facts: dict[str, Facts] = {}
        self._sources: dict[str, str] = {}
        self._live: dict[str, set[Address]] = {}
        self._copies: dict[str, Copy] = {}
        self._lists: dict[tuple[Scope, State, Direction], list[str]] = {}
        self._expiry: list[str] = []
        self._watches: list[str] = []
        self._structures: dict[str, bytes] = {}
        self._ended: dict[str, tuple[History, int]] = {}
        self._aside: dict[str, list[Event]] = {}
        self.taken_in: dict[str, set[str]] = {}
        self.stream: list[Counted] = []
        self.hints: list[Changed] = []
        self.rows_read = 0

    def add_facts(self, facts: Facts, *, expires_at: int) -> bool:
        with self._lock:
            if facts.message in self._facts:
                return False
            self._facts[facts.message] = facts
            self._sources[facts.source_id] = facts.message
            self.taken_in.setdefault(facts.source_id, set()).add(facts.message)
            self._live[facts.message] = set(facts.recipients)
            return True

    def get_facts(self, message: str) -> Facts | None:
        with self._lock:
            return self._facts.get(message)

    def get_many_facts(self, messages: Sequence[str]) -> dict[str, Facts]:
        with self._lock:
            return {message: self._facts[message] for message in messages if message in self._facts}

    def add_copy(self, copy: Copy) -> bool:
        with self._lock:
            if copy.came_late:
                self.hints.append(Changed(copy.events[0].at_ms, copy.id))
            if copy.id.place in self._copies or copy.id.place in self._ended:
                return False
            self._set(copy)
            return True

    def get_copy(self, copy_id: CopyId, *, now: int) -> Copy | None:
        with self._lock:
            copy = self._copies.get(copy_id.place)
            return None if copy is None or is_gone(copy, now) else copy

    def get_copies(self, copy_ids: Sequence[CopyId], *, now: int) -> dict[CopyId, Copy]:
        with self._lock:
            found = {copy_id: self.get_copy(copy_id, now=now) for copy_id in copy_ids}
            return {copy_id: copy for copy_id, copy in found.items() if copy is not None}

    def move(
        self,
        copy_id: CopyId,
        *,
        expected: Iterable[State],
        state: State,
        expires_at: int,
        event: Event,
        now: int,
        reply: str | None = None,
        watch_at: int = 0,
        requested_until: int = 0,
    ) -> Copy:
        with self._lock:
            wanted = set(expected)
            requested = requested_until if state is State.DELIVERED else 0
            if requested or ({state} | wanted) & {State.HELD, State.FAILED}:
                self.hints.append(Changed(event.at_ms, copy_id))
            copy = self.get_copy(copy_id, now=now)
            if copy is None:
                raise NotFound("no such message")
            if copy.state not in wanted:
                raise Conflict(f"the message is {copy.state}", copy)
            return self._set(
                replace(
                    self._noted(copy, event),
                    state=state,
                    version=copy.version + 1,
                    expires_at=expires_at,
                    lease_until_ms=0,
                    attempts=0 if state in LIVE else copy.attempts,
                    watch_at=watch_at if state in LIVE else 0,
                    reply=copy.reply if reply is None else reply,
                    requested_until=requested or copy.requested_until,
                )
            )

    def claim(
        self, copy_id: CopyId, *, expected: State, lease_until_ms: int, now_ms: int, watch_at: int
    ) -> Copy | None:
        with self._lock:
            copy = self.get_copy(copy_id, now=now_ms // 1000)
            if expected not in LIVE or copy is None or copy.state is not expected:
                return None
            if copy.lease_until_ms > now_ms:
                return None
            return self._set(
                replace(
                    copy,
                    lease_until_ms=lease_until_ms,
                    attempts=copy.attempts + 1,
                    watch_at=watch_at,
                )
            )

    def unclaim(
        self,
        copy_id: CopyId,
        *,
        lease_until_ms: int,
        reply: str,
        watch_at: int,
        event: Event | None = None,
    ) -> None:
        with self._lock:
            copy = self._copies.get(copy_id.place)
            if copy is not None and copy.lease_until_ms == lease_until_ms:
                watch = watch_at if copy.state in LIVE else 0
                copy = copy if event is None else self._noted(copy, event)
                self._set(replace(copy, lease_until_ms=0, reply=reply, watch_at=watch))

    def overdue(self, *, now: int, limit: int) -> list[CopyId]:
        with self._lock:
            return self._due(self._watches, now, limit)

    def rewatch(self, copy_id: CopyId, *, watch_at: int) -> bool:
        with self._lock:
            copy = self._copies.get(copy_id.place)
            if copy is None or copy.state not in LIVE:
                return False
            self._set(replace(copy, watch_at=watch_at))
            return True

    def set_lesson(
        self,
        copy_id: CopyId,
        *,
        lessons: int,
        label: str,
        now: int,
        requested: bool = False,
        event: Event | None = None,
    ) -> bool:
        with self._lock:
            if requested:
                self.hints.append(Changed(now * 1000, copy_id))
            copy = self.get_copy(copy_id, now=now)
            if copy is None or copy.lessons != lessons - 1:
                return False
            copy = copy if event is None else self._noted(copy, event)
            self._set(replace(copy, lessons=lessons, lesson=label))
            return True

    def add_event(self, copy_id: CopyId, event: Event, *, now: int) -> bool:
        with self._lock:
            copy = self.get_copy(copy_id, now=now)
            if copy is None:
                return False
            self._set(self._noted(copy, event))
            return True

    def withdraw_request(self, copy_id: CopyId, *, now: int) -> bool:
        with self._lock:
            self.hints.append(Changed(now * 1000, copy_id))
            copy = self.get_copy(copy_id, now=now)
            if copy is None or copy.state is not State.DELIVERED or not copy.requested_until:
                return False
            self._set(replace(copy, requested_until=0))
            return True

    def cursor_of(self, copy_id: CopyId) -> str:
        return encode_cursor(copy_id.place)

    def list_copies(
        self,
        scope: Scope,
        *,
        states: Sequence[State],
        limit: int,
        now: int,
        cursor: str | None = None,
        before_ms: int = 0,
        direction: Direction = Direction.INCOMING,
    ) -> Page:
        after = ulid(before_ms, bytes(10)) if before_ms else None
        if cursor is not None:
            after = decode_cursor(cursor, COPY_PLACE)
        with self._lock:
            lists = [_below(self._lists.get((scope, state, direction), []), after) for state in set(states)]
            found: list[Copy] = []
            for place in merge(*lists, reverse=True):
                self.rows_read += 1
                if not is_gone(self._copies[place], now):
                    found.append(self._copies[place])
                if len(found) > limit:
                    break
        page = found[:limit]
        more = len(found) > limit
        return Page(tuple(page), encode_cursor(page[-1].id.place) if more else None)

    def walk_copies(
        self, scope: Scope, *, below: str, now: int, direction: Direction = Direction.INCOMING
    ) -> Iterator[Copy]:
        with self._lock:
            lists = [_below(self._lists.get((scope, state, direction), []), below) for state in State]
            places = list(merge(*lists, reverse=True))
        for place in places:
            self.rows_read += 1
            if place in self._copies and not is_gone(self._copies[place], now):
                yield self._copies[place]

    def count_copies(self, scope: Scope, state: State) -> int:
        with self._lock:
            return sum(len(self._lists.get((scope, state, each), [])) for each in Direction)

    def expired(self, *, now: int, limit: int) -> list[CopyId]:
        with self._lock:
            return self._due(self._expiry, now, limit)

    def end_copy(self, copy_id: CopyId, *, event: Event, now: int, kept_until: int) -> bool:
        with self._lock:
            copy = self._copies.get(copy_id.place)
            if copy is None or not is_gone(copy, now):
                return False
            self._take_out(copy)
            state = fate(copy.state)
            last = replace(self._noted(copy, replace(event, state=state)), version=copy.version + 1)
            self._ended[copy_id.place] = (
                history_of(last, state=state, ended_ms=event.at_ms),
                kept_until,
            )
            self.stream.append(counted(self._ended[copy_id.place][0]))
            return True

    def history(self, copy_id: CopyId, *, now: int) -> History | None:
        with self._lock:
            place = copy_id.place
            found, kept_until = self._ended.get(place, (None, 0))
            copy = self._copies.get(place)
            if copy is not None:
                late = is_gone(copy, now)
                found = history_of(
                    copy,
                    state=fate(copy.state) if late else None,
                    ended_ms=copy.expires_at * 1000 if late else 0,
                )
            elif found is None or kept_until <= now:
                return None
            return replace(found, events=joined(self._aside.get(place, []), found.events))

    def has_ended(self, copy_ids: Sequence[CopyId], *, now: int) -> set[CopyId]:
        with self._lock:
            copies = {copy_id: self._copies.get(copy_id.place) for copy_id in copy_ids}
            late = {copy_id for copy_id, copy in copies.items() if copy is not None and is_gone(copy, now)}
            return late | {copy_id for copy_id in copy_ids if copy_id.place in self._ended}

    def drop_recipient(self, copy_id: CopyId) -> str | None:
        with self._lock:
            facts = self._facts.get(copy_id.message)
            if facts is None:
                return None
            live = self._live[copy_id.message]
            live.discard(copy_id.recipient)
            return None if live else facts.raw_key

    def messages_of(self, source_ids: Sequence[str]) -> dict[str, str]:
        with self._lock:
            return {name: self._sources[name] for name in source_ids if name in self._sources}

    def add_recipients(self, message: str, copy_ids: Sequence[CopyId]) -> Facts | None:
        with self._lock:
            facts = self._facts.get(message)
            if facts is None:
                return None
            known = dict.fromkeys([*facts.copy_ids, *copy_ids])
            self._live[message] |= {each.recipient for each in copy_ids}
            self._facts[message] = replace(
                facts,
                recipients=tuple(each.recipient for each in known),
                owners={each.recipient: each.of for each in known if each.of},
            )
            return self._facts[message]

    def is_expected(self, copy_id: CopyId) -> bool:
        with self._lock:
            return copy_id.recipient in self._live.get(copy_id.message, set())

    def delete_facts(self, message: str) -> None:
        with self._lock:
            if not self._live.get(message):
                gone = self._facts.pop(message, None)
                if gone is not None:
                    self._sources.pop(gone.source_id, None)
                self._live.pop(message, None)
                self._structures.pop(message, None)

    def add_structure(self, message: str, structure: bytes, *, expires_at: int) -> None:
        with self._lock:
            self._structures[message] = bytes(structure)

    def structures(self, messages: Sequence[str]) -> dict[str, bytes]:
        with self._lock:
            return {each: self._structures[each] for each in messages if each in self._structures}

    # What the fake mailboxes and tests look at, beyond the port.

    def patch(self, copy: Copy) -> None:
        """Put a copy in the place of the one that is there: what no port would do."""
        with self._lock:
            self._set(copy)

    def with_request(
        self,
        copy_id: CopyId,
        request: ReleaseRequest,
        event: Event,
        may: Callable[[Copy], bool],
        *,
        now: int,
    ) -> Copy:
        """What FakeWaiting writes."""
        with self._lock:
            copy = self.get_copy(copy_id, now=now)
            if copy is None:
                raise NotFound("no such message")
            if not may(copy):
                raise Conflict("this message is not held, or is asked for already", copy)
            return self._set(replace(self._noted(copy, event), release_request=request))

    def places_from(
        self, scope: Scope, state: State, floor: str, direction: Direction = Direction.INCOMING
    ) -> list[Copy]:
        """The copies of a list from a place on, the oldest first; they are counted as read."""
        with self._lock:
            ordered = self._lists.get((scope, state, direction), [])
            found = [self._copies[place] for place in ordered[bisect.bisect_left(ordered, floor) :]]
            self.rows_read += len(found)
            return found

    def forget(self, copy_id: CopyId) -> None:
        """A row goes, and nothing is left of it: what TTL does."""
        with self._lock:
            self._take_out(self._copies[copy_id.place])

    def all_copies(self) -> list[Copy]:
        """Every row there is, expired or not, in the order of the messages."""
        with self._lock:
            return [self._copies[place] for place in sorted(self._copies)]

    def all_facts(self) -> list[Facts]:
        """Every message there is."""
        with self._lock:
            return [self._facts[message] for message in sorted(self._facts)]

    def all_histories(self) -> list[History]:
        """The life of every copy that there is or was."""
        with self._lock:
            ids = [copy.id for copy in self._copies.values()] + [
                found.id for found, _ in self._ended.values()
            ]
            return [found for each in ids if (found := self.history(each, now=0)) is not None]

    def _noted(self, copy: Copy, event: Event) -> Copy:
        """The copy with one more step; what its row has no room for is put aside."""
        if len(copy.events) == MAX_EVENTS:
            self._aside.setdefault(copy.id.place, []).append(copy.events[0])
        return copy.with_event(event)

    def _due(self, ordered: list[str], now: int, limit: int) -> list[CopyId]:
        last = bisect.bisect_left(ordered, f"{now + 1:012d}")
        return [self._copies[key[13:]].id for key in ordered[: min(limit, last)]]

    def _set(self, copy: Copy) -> Copy:
        old = self._copies.get(copy.id.place)
        if old is not None:
            self._take_out(old)
        place = copy.id.place
        self._copies[place] = copy
        if old is None or old.version != copy.version:
            self.stream.append(counted(copy))
        for scope in scope_chain(copy.id.owner):
            _insert(self._lists.setdefault((scope, copy.state, copy.id.direction), []), place)
        if copy.state not in LIVE:
            _insert(self._expiry, f"{copy.expires_at:012d}#{place}")
        elif copy.watch_at:
            _insert(self._watches, f"{copy.watch_at:012d}#{place}")
        return copy

    def _take_out(self, copy: Copy) -> None:
        place = copy.id.place
        del self._copies[place]
        for scope in scope_chain(copy.id.owner):
            _delete(self._lists[(scope, copy.state, copy.id.direction)], place)
        if copy.state not in LIVE:
            _delete(self._expiry, f"{copy.expires_at:012d}#{place}")
        elif copy.watch_at:
            _delete(self._watches, f"{copy.watch_at:012d}#{place}")
