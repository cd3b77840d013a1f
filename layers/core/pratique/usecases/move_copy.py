"""A person's move of a copy: one conditional write, and harmless when it was made before."""

from __future__ import annotations

from collections.abc import Collection

from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.observability import log_event
from pratique.ports.services import Services


def move_copy(
    services: Services,
    actor: Actor,
    copy: Copy,
    state: State,
    *,
    expected: Collection[State],
    already: Collection[State],
    expires_at: int,
    watch_at: int = 0,
) -> Copy:
    """Move the copy from one of `expected` to `state`; what is in one of `already` stays as it is. Returns the copy as it is now.

    Raises NotFound (gone), Conflict (in any other state).
    """
    if copy.state in already:
        return copy
    now_ms = services.clock.now_ms()
    try:
        moved = services.index.move(
            copy.id,
            expected=expected,
            state=state,
            expires_at=expires_at,
            event=Event(now_ms, state, actor.name, actor.channel, action=actor.action),
            now=now_ms // 1000,
            watch_at=watch_at,
        )
    except Conflict as conflict:
        current = conflict.args[1] if len(conflict.args) > 1 else None
        if isinstance(current, Copy) and current.state in already:
            return current
        raise
    log_event(state.value, id=copy.id.message, domain=copy.id.owner.domain, channel=actor.channel.value)
    return moved
