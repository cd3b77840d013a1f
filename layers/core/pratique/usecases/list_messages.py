"""A page of a scope's messages."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.actor import Actor
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import State
from pratique.domain.scope import Scope
from pratique.ports.mail_index import Page
from pratique.ports.services import Services

MAX_PAGE = 200


def list_messages(
    services: Services,
    actor: Actor,
    scope: Scope,
    *,
    states: Sequence[State] = (State.HELD,),
    limit: int = 50,
    cursor: str | None = None,
    direction: Direction = Direction.INCOMING,
) -> Page:
    """Of one direction, newest first; costs the page it shows, however much is held or was delivered. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"limit is a number from 1 to {MAX_PAGE}")
    if not states:
        raise InvalidInput("name at least one state")
    now = services.clock.now_ms() // 1000
    return services.index.list_copies(
        scope,
        states=tuple(dict.fromkeys(states)),
        limit=limit,
        now=now,
        cursor=cursor,
        direction=direction,
    )
