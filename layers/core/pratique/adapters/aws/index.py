"""MailIndex on the table. Keys and lists: docs/decisions/0001-index-keys.md."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.adapters.cursors import COPY_PLACE, decode_cursor, encode_cursor
from pratique.domain.direction import Direction
from pratique.domain.errors import Conflict, NotFound, PratiqueError
from pratique.domain.ids import CopyId, ulid
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.message import MAX_EVENTS, Copy, Event
from pratique.domain.scope import Scope
from pratique.ports.mail_index import Page

from .changes import note_change
from .facts import DynamoFacts
from .lists import due, in_states, is_gone, may_move, newest, not_gone, walk
from .places import copy_key, due_keys, list_keys, partitions
from .rows import BACKSTOP_SECONDS, copy_from_row, copy_row, event_value, events_from
from .table import ABSENT, PRESENT, TTL_ATTRIBUTE, Row, Table, number, text, words

_state = Path("state")
_until = Path("until")
_events = Path("events")
_lease = Path("lease")
_watch = Path("watch")
_attempts = Path("attempts")
_lessons = Path("lessons")
_requested = Path("requested")
_version = Path("version")
_operation = Path("op")
"""Names the write that made the row what it is: a write that the SDK repeated, because its answer was lost, knows itself again."""

_ZERO = number(0)
SHOWN = frozenset({State.HELD, State.FAILED})
"""States in which a mailbox may show a copy: whoever leaves one says so."""


class DynamoIndex(DynamoFacts):
    """Lists and the sweep's queries read indexes, which follow the table by a moment: a copy that was just moved may still be
    listed in its old state, or in neither list; moving it is safe all the same, for the move's own condition reads the table.
    """

    def __init__(self, table: Callable[[], Table], *, shards: int) -> None:
        super().__init__(table)
        self._shards = shards

    def add_copy(self, copy: Copy) -> bool:
        """See MailIndex."""
        if copy.came_late:
            note_change(self._table, copy.id, at_ms=copy.events[0].at_ms)
        return self._table.put(copy_row(copy, self._shards), condition=ABSENT)

    def get_copy(self, copy_id: CopyId, *, now: int) -> Copy | None:
        """See MailIndex."""
        row = self._table.get(copy_key(copy_id))
        return None if row is None or is_gone(row, now) else copy_from_row(row)

    def get_copies(self, copy_ids: Sequence[CopyId], *, now: int) -> dict[CopyId, Copy]:
        """See MailIndex. Consistent reads."""
        rows = self._table.get_many([copy_key(copy_id) for copy_id in copy_ids], consistent=True)
        copies = (copy_from_row(row) for row in rows.values() if not is_gone(row, now))
        return {copy.id: copy for copy in copies}

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
        """See MailIndex. The state is read again (consistently) where the condition did not hold."""
        wanted, operation = frozenset(expected), secrets.token_hex(8)
        requested = requested_until if state is State.DELIVERED else 0
        if requested or state in SHOWN or wanted & SHOWN:
            note_change(self._table, copy_id, at_ms=event.at_ms)
        actions = self._moving(
            copy_id, state, expires_at, watch_at if state in LIVE else 0, requested=bool(requested)
        )
        if requested:
            actions.append(_requested.set(number(requested)))
        actions += [
            _events.set(_events.append({"L": [event_value(event)]})),
            _operation.set(text(operation)),
            _lease.remove(),
        ]
        if state in LIVE:
            actions.append(_attempts.remove())
        if reply is not None:
            actions.append(Path("reply").set(text(reply)))
        row = self._table.update(copy_key(copy_id), actions, may_move(wanted, now))
        if row is None:
            row = self._table.get(copy_key(copy_id))
            if row is None or (words(row, "op") != operation and is_gone(row, now)):
                raise NotFound("no such message")
            if words(row, "op") != operation:
                raise Conflict(f"the message is {words(row, 'state')}", copy_from_row(row))
        self._trim(copy_id, row)
        return copy_from_row(row)

    def claim(
        self, copy_id: CopyId, *, expected: State, lease_until_ms: int, now_ms: int, watch_at: int
    ) -> Copy | None:
        """See MailIndex."""
        if expected not in LIVE:
            return None
        operation = secrets.token_hex(8)
        row = self._table.update(
            copy_key(copy_id),
            [
                _lease.set(number(lease_until_ms)),
                _attempts.set((_attempts | _ZERO) + number(1)),
                _operation.set(text(operation)),
                *self._watching(copy_id, watch_at),
            ],
            (_state == text(expected)) & (_lease.does_not_exist() | (_lease <= number(now_ms))),
        )
        if row is None:
            row = self._table.get(copy_key(copy_id))
            if row is None or words(row, "op") != operation:
                return None
        return copy_from_row(row)

    def unclaim(
        self,
        copy_id: CopyId,
        *,
        lease_until_ms: int,
        reply: str,
        watch_at: int,
        event: Event | None = None,
    ) -> None:
        """See MailIndex."""
        self._table.update(
            copy_key(copy_id),
            [
                _lease.remove(),
                Path("reply").set(text(reply)),
                *self._watching(copy_id, watch_at),
                *_noted(event),
            ],
            (_lease == number(lease_until_ms)) & in_states(LIVE),
        )

    def rewatch(self, copy_id: CopyId, *, watch_at: int) -> bool:
        """See MailIndex."""
        row = self._table.update(copy_key(copy_id), self._watching(copy_id, watch_at), in_states(LIVE))
        return row is not None

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
        """See MailIndex."""
        before = _lessons.does_not_exist() if lessons == 1 else _lessons == number(lessons - 1)
        operation = secrets.token_hex(8)
        actions: list[Action] = [
            _lessons.set(number(lessons)),
            Path("lesson").set(text(label)),
            Path("lesson_op").set(text(operation)),
            *_noted(event),
        ]
        if requested:
            note_change(self._table, copy_id, at_ms=now * 1000)
            actions += self._listed(copy_id, State.DELIVERED)
        row = self._table.update(copy_key(copy_id), actions, PRESENT & before & not_gone(now))
        if row is None:
            row = self._table.get(copy_key(copy_id))
        return row is not None and words(row, "lesson_op") == operation

    def add_event(self, copy_id: CopyId, event: Event, *, now: int) -> bool:
        """See MailIndex."""
        row = self._table.update(copy_key(copy_id), _noted(event), PRESENT & not_gone(now))
        if row is not None:
            self._trim(copy_id, row)
        return row is not None

    def withdraw_request(self, copy_id: CopyId, *, now: int) -> bool:
        """See MailIndex."""
        note_change(self._table, copy_id, at_ms=now * 1000)
        actions: list[Action] = [_requested.remove(), *self._listed(copy_id, State.DELIVERED)]
        condition = in_states([State.DELIVERED]) & _requested.exists() & not_gone(now)
        return self._table.update(copy_key(copy_id), actions, condition) is not None

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
        """See MailIndex. A page may be shorter than `limit`, with a cursor, where many rows in a row have expired."""
        before = ulid(before_ms, bytes(10)) if before_ms else None
        if cursor is not None:
            before = decode_cursor(cursor, COPY_PLACE)
        index, names = partitions(scope, states, self._shards, direction=direction)
        rows, after = newest(self._table, index, names, before=before, limit=limit, now=now)
        return Page(tuple(copy_from_row(row) for row in rows), encode_cursor(after) if after else None)

    def walk_copies(
        self, scope: Scope, *, below: str, now: int, direction: Direction = Direction.INCOMING
    ) -> Iterator[Copy]:
        """See MailIndex. What is on its way is read first: it moves to another list, and is given twice rather than not at all; the first counts."""
        states = [*sorted(LIVE), *(state for state in State if state not in LIVE)]
        index, names = partitions(scope, states, self._shards, direction=direction)
        last = ""
        for row in walk(self._table, index, names, below=below, now=now):
            if words(row, "gs") != last:
                yield copy_from_row(row)
            last = words(row, "gs")

    def cursor_of(self, copy_id: CopyId) -> str:
        """See MailIndex."""
        return encode_cursor(copy_id.place)

    def count_copies(self, scope: Scope, state: State) -> int:
        """See MailIndex."""
        parts = [partitions(scope, [state], self._shards, direction=each) for each in Direction]
        return sum(self._table.count(name, index=index) for index, names in parts for name in names)

    def expired(self, *, now: int, limit: int) -> list[CopyId]:
        """See MailIndex."""
        return due(self._table, "E", self._shards, now=now, limit=limit)

    def overdue(self, *, now: int, limit: int) -> list[CopyId]:
        """See MailIndex."""
        return due(self._table, "W", self._shards, now=now, limit=limit)

    def _listed(self, copy_id: CopyId, state: State, *, requested: bool = False) -> list[Action]:
        """Set the row's place in the three lists."""
        keys = list_keys(copy_id, state, self._shards, requested=requested)
        return [Path(name).set(text(key)) for name, key in keys.items()]

    def _moving(
        self, copy_id: CopyId, state: State, expires_at: int, watch_at: int, *, requested: bool
    ) -> list[Action]:
        """Set the state, the end, and the row's place in every list."""
        actions: list[Action] = [
            _state.set(text(state)),
            _until.set(number(expires_at)),
            _version.set((_version | number(1)) + number(1)),
        ]
        actions += self._listed(copy_id, state, requested=requested)
        if state in LIVE:
            # TTL must never take a copy that is on its way.
            return [*actions, Path(TTL_ATTRIBUTE).remove(), *self._watching(copy_id, watch_at)]
        found = due_keys(copy_id, state, expires_at=expires_at, watch_at=0, shards=self._shards)
        ttl = Path(TTL_ATTRIBUTE).set(number(expires_at + BACKSTOP_SECONDS))
        return [*actions, ttl, _watch.remove(), *_placed(found)]

    def _watching(self, copy_id: CopyId, watch_at: int) -> list[Action]:
        """Set when the sweep looks after a LIVE copy; 0 for never."""
        found = due_keys(copy_id, State.QUEUED, expires_at=0, watch_at=watch_at, shards=self._shards)
        return [_watch.set(number(watch_at)) if watch_at else _watch.remove(), *_placed(found)]

    def _trim(self, copy_id: CopyId, row: Row) -> None:
        """Keep a row short: its older steps are put aside. Another writer may be first, and it may as well wait until the next move."""
        many = len(row["events"]["L"])
        if many > MAX_EVENTS:
            from . import histories  # noqa: PLC0415 - hardly a copy lives so long

            actions: list[Action] = [_events[at].remove() for at in range(many - MAX_EVENTS)]
            actions.append(Path("aside").set(number(1)))
            histories.put_aside(self._table, copy_id, events_from(row)[: many - MAX_EVENTS])
            with contextlib.suppress(PratiqueError):
                self._table.update(copy_key(copy_id), actions, Path("op") == text(words(row, "op")))


def _noted(event: Event | None) -> list[Action]:
    """One more step of the history."""
    return [] if event is None else [_events.set(_events.append({"L": [event_value(event)]}))]


def _placed(keys: tuple[str, str] | None) -> list[Action]:
    if keys is None:
        return [Path("ge").remove(), Path("gx").remove()]
    return [Path("ge").set(text(keys[0])), Path("gx").set(text(keys[1]))]
