"""Remove, and Blacklist & Remove."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListKind
from pratique.domain.message import Copy, Event
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.change_lists import list_sender, list_target

REMOVABLE = (State.HELD, State.FAILED)
GRACE = 3 * DAY
"""Seconds that the bytes of a removed message are kept (never longer than its retention)."""


def remove_message(services: Services, actor: Actor, copy_id: CopyId, *, block: str | None = None) -> Copy:
    """Take a held message out of the quarantine; with `block` ("recipient" or "domain") put its sender on that level's block list.
    Removing twice is the same as once. Returns the copy as it is now.

    Raises NotFound, Forbidden, Conflict (released, on its way), InvalidInput (no sender to block).
    """
    actor.must_change(copy_id.recipient)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    return remove_one(services, actor, copy, block=block)


def remove_one(services: Services, actor: Actor, copy: Copy | None, *, block: str | None) -> Copy:
    """The removal of one copy whose scope has been checked. Raises as remove_message."""
    if copy is None:
        raise NotFound("no such message")
    if copy.state not in (*REMOVABLE, State.REMOVED):
        raise Conflict(f"this message is {copy.state.value}, not held", copy)
    entry = None
    if block is not None:
        entry = list_target(actor, copy, block, ListKind.BLOCK, now_ms=services.clock.now_ms())
    moved = _move(services, actor, copy)
    if entry is not None:
        list_sender(services, actor, entry)
    return moved


def _move(services: Services, actor: Actor, copy: Copy) -> Copy:
    if copy.state is State.REMOVED:
        return copy
    now_ms = services.clock.now_ms()
    try:
        moved = services.index.move(
            copy.id,
            expected=REMOVABLE,
            state=State.REMOVED,
            expires_at=min(copy.expires_at, now_ms // 1000 + GRACE),
            event=Event(now_ms, State.REMOVED, actor.name, actor.channel),
            now=now_ms // 1000,
        )
    except Conflict as conflict:
        current = conflict.args[1] if len(conflict.args) > 1 else None
        if isinstance(current, Copy) and current.state is State.REMOVED:
            return current
        raise
    log_event("removed", id=copy.id.message, domain=copy.id.recipient.domain, channel=actor.channel.value)
    return moved
