"""Search: the newest messages of a scope that fit, found by reading its lists from the newest on."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import Scope
from pratique.domain.search import Search
from pratique.ports.mail_index import Page
from pratique.ports.services import Services

FIRST_PAGE, PAGE = 200, 1_000
"""Copies read at a time. What people look for is mostly new: the first look is short."""
MOST = 10_000
"""Copies looked at in one call."""
SECONDS = 4.0
"""After this long no further page is read: somebody waits, and what was found is shown."""
MAX_FOUND = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """What fits, newest first. `cursor` goes on where the search stopped: because the page was full, or because it had looked long enough, and then
    `copies` may be few or none; None at the end. `looked_at` copies were read, back to `back_to_ms` (Unix ms; 0 for none).
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
    _check(search, limit)
    started_ms = services.clock.now_ms()
    found: list[Copy] = []
    looked_at, back_to_ms = 0, 0
    while True:
        page = _page(services, scope, search, cursor, first=looked_at == 0)
        cursor = page.cursor
        for copy in page.copies:
            looked_at, back_to_ms = looked_at + 1, copy.received_ms
            if copy.received_ms < search.since_ms:
                return Found(tuple(found), None, looked_at, back_to_ms)
            if search.matches(copy):
                found.append(copy)
                if len(found) == limit:
                    after = None if copy is page.copies[-1] else services.index.cursor_of(copy.id)
                    return Found(tuple(found), after or cursor, looked_at, back_to_ms)
        late = services.clock.now_ms() - started_ms >= SECONDS * 1000
        if cursor is None or looked_at >= MOST or late:
            return Found(tuple(found), cursor, looked_at, back_to_ms)


def _page(services: Services, scope: Scope, search: Search, cursor: str | None, *, first: bool) -> Page:
    return services.index.list_copies(
        scope,
        states=search.states or tuple(State),
        limit=FIRST_PAGE if first else PAGE,
        now=services.clock.now_ms() // 1000,
        cursor=cursor,
        before_ms=search.before_ms,
        direction=search.direction,
    )


def _check(search: Search, limit: int) -> None:
    if not 1 <= limit <= MAX_FOUND:
        raise InvalidInput(f"limit is a number from 1 to {MAX_FOUND}")
    if search.before_ms and search.before_ms <= search.since_ms:
        raise InvalidInput("the search ends before it begins")
    if not 0.0 <= search.score_from <= search.score_to <= 1.0:
        raise InvalidInput("scores are from 0 to 1, the lower one first")
