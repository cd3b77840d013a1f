"""Waiting on the table. A held copy with an open request has ASKED in the place of its state in the lists: so it is found among all others."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.adapters.cursors import COPY_PLACE, decode_cursor, encode_cursor
from pratique.domain.direction import Direction
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.release_request import ReleaseRequest, RequestState
from pratique.domain.scope import Scope
from pratique.ports.mail_index import Page

from .judged_rows import request_text
from .lists import in_states, is_gone, newest, not_gone
from .places import ASKED, REQUESTED, copy_key, list_keys, partitions
from .rows import copy_from_row, event_value
from .table import Table, text, words

_asked = Path("asked")
_events = Path("events")
_operation = Path("op")
_request = Path("ask")


class DynamoWaiting:
    """See Waiting."""

    def __init__(self, table: Callable[[], Table], *, shards: int) -> None:
        self._open, self._shards = table, shards

    def ask_release(self, copy_id: CopyId, request: ReleaseRequest, *, event: Event, now: int) -> Copy:
        """See Waiting."""
        condition = in_states([State.HELD]) & _request.does_not_exist()
        return self._write(copy_id, request, event, now, condition, self._listed(copy_id, asked=True))

    def answer_release(self, copy_id: CopyId, request: ReleaseRequest, *, event: Event, now: int) -> Copy:
        """See Waiting."""
        condition: Condition = _asked == text(RequestState.OPEN)
        if request.state is not RequestState.DENIED:
            return self._write(copy_id, request, event, now, condition, [])
        condition &= in_states([State.HELD])
        return self._write(copy_id, request, event, now, condition, self._listed(copy_id, asked=False))

    def list_again(self, copy_id: CopyId, *, now: int) -> None:
        """See Waiting."""
        condition = in_states([State.HELD]) & (_asked == text(RequestState.OPEN)) & not_gone(now)
        self._open().update(copy_key(copy_id), self._listed(copy_id, asked=True), condition)

    def list_requests(self, scope: Scope, *, limit: int, now: int, cursor: str | None = None) -> Page:
        """See Waiting."""
        return self._page(scope, ASKED, tuple(Direction), limit, now, cursor)

    def list_training(self, scope: Scope, *, limit: int, now: int, cursor: str | None = None) -> Page:
        """See Waiting. What asks no more, though its row is still there, is left out: a page may be short, with a cursor."""
        page = self._page(scope, REQUESTED, (Direction.INCOMING,), limit, now, cursor)
        asking = (copy for copy in page.copies if copy.requested_until > now and not copy.lesson)
        return Page(tuple(asking), page.cursor)

    def _page(
        self,
        scope: Scope,
        kind: str,
        directions: Sequence[Direction],
        limit: int,
        now: int,
        cursor: str | None,
    ) -> Page:
        before = None if cursor is None else decode_cursor(cursor, COPY_PLACE)
        index, names = "", []
        for direction in directions:
            index, more = partitions(scope, [kind], self._shards, direction=direction)
            names += more
        rows, after = newest(self._open(), index, names, before=before, limit=limit, now=now)
        return Page(tuple(copy_from_row(row) for row in rows), encode_cursor(after) if after else None)

    def _listed(self, copy_id: CopyId, *, asked: bool) -> list[Action]:
        keys = list_keys(copy_id, State.HELD, self._shards, asked=asked)
        return [Path(name).set(text(key)) for name, key in keys.items()]

    def _write(
        self,
        copy_id: CopyId,
        request: ReleaseRequest,
        event: Event,
        now: int,
        condition: Condition,
        listed: list[Action],
    ) -> Copy:
        """One conditional write, which knows itself again where the SDK repeated it."""
        operation = secrets.token_hex(8)
        actions = [
            _request.set(text(request_text(request))),
            _asked.set(text(request.state)),
            _events.set(_events.append({"L": [event_value(event)]})),
            _operation.set(text(operation)),
            *listed,
        ]
        row = self._open().update(copy_key(copy_id), actions, condition & not_gone(now))
        if row is None:
            row = self._open().get(copy_key(copy_id))
            if row is None or is_gone(row, now):
                raise NotFound("no such message")
            if words(row, "op") != operation:
                raise Conflict("this message is not held, or is asked for already", copy_from_row(row))
        return copy_from_row(row)
