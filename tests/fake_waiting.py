"""Copies that wait for a person, in memory."""

from __future__ import annotations

from collections.abc import Callable

from pratique.domain.direction import Direction
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.release_request import ReleaseRequest, RequestState
from pratique.domain.scope import Scope
from pratique.ports.mail_index import Page

from tests.fake_index import FakeIndex


class FakeWaiting:
    """Waiting over a FakeIndex."""

    def __init__(self, index: FakeIndex) -> None:
        self._index = index

    def ask_release(self, copy_id: CopyId, request: ReleaseRequest, *, event: Event, now: int) -> Copy:
        def may(copy: Copy) -> bool:
            return copy.state is State.HELD and copy.release_request is None

        return self._index.with_request(copy_id, request, event, may, now=now)

    def answer_release(self, copy_id: CopyId, request: ReleaseRequest, *, event: Event, now: int) -> Copy:
        def may(copy: Copy) -> bool:
            held = copy.state is State.HELD or request.state is not RequestState.DENIED
            asked = copy.release_request
            return held and asked is not None and asked.state is RequestState.OPEN

        return self._index.with_request(copy_id, request, event, may, now=now)

    def list_again(self, copy_id: CopyId, *, now: int) -> None:
        """The fake's lists are made when they are read."""

    def list_requests(self, scope: Scope, *, limit: int, now: int, cursor: str | None = None) -> Page:
        return self._page(scope, State.HELD, lambda copy: copy.is_asked_for, limit, now, cursor)

    def list_training(self, scope: Scope, *, limit: int, now: int, cursor: str | None = None) -> Page:
        def asks(copy: Copy) -> bool:
            return copy.requested_until > now and not copy.lesson

        return self._page(scope, State.DELIVERED, asks, limit, now, cursor)

    def _page(
        self,
        scope: Scope,
        state: State,
        wanted: Callable[[Copy], bool],
        limit: int,
        now: int,
        cursor: str | None,
    ) -> Page:
        found: list[Copy] = []
        for direction in Direction:
            place = cursor
            while True:
                page = self._index.list_copies(
                    scope, states=[state], limit=200, now=now, cursor=place, direction=direction
                )
                found += [copy for copy in page.copies if wanted(copy)]
                place = page.cursor
                if place is None:
                    break
        found.sort(key=lambda copy: copy.id.place, reverse=True)
        more = len(found) > limit
        return Page(tuple(found[:limit]), self._index.cursor_of(found[limit - 1].id) if more else None)
