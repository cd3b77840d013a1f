"""Remove, and Blacklist & Remove."""

from __future__ import annotations

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListKind
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.scope import recipient_scope
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed, was_done_by
from pratique.usecases.change_lists import USUAL, Listing, list_sender, list_target
from pratique.usecases.know_senders import forget_sender
from pratique.usecases.move_copy import move_copy

REMOVABLE = (State.HELD, State.FAILED)
GRACE = 3 * DAY
"""Seconds that the bytes of a removed message are kept (never longer than its retention)."""


def remove_message(
    services: Services,
    actor: Actor,
    copy_id: CopyId,
    *,
    block: str | None = None,
    listing: Listing = USUAL,
) -> Copy:
    """Take a held message out of the quarantine; with `block` ("recipient" or "domain") put its sender on that level's block list, as
    `listing` says. Removing twice is the same as once. Returns the copy as it is now.

    Raises NotFound, Forbidden, Conflict (released, on its way), InvalidInput (no sender to block).
    """
    actor.must_change(copy_id.owner)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    with acting(
        services,
        actor,
        recipient_scope(copy_id.owner),
        "message.remove" + (".block" if block else ""),
        str(copy_id),
        planned=[removed(copy_id)],
    ) as running:
        return remove_one(services, running, copy, block=block, listing=listing)


def removed(copy_id: CopyId) -> Deed:
    """The deed of taking a copy out."""
    return Deed(DeedKind.REMOVE, str(copy_id))


def remove_one(
    services: Services, actor: Actor, copy: Copy | None, *, block: str | None, listing: Listing = USUAL
) -> Copy:
    """The removal of one copy whose scope has been checked. Raises as remove_message."""
    if copy is None:
        raise NotFound("no such message")
    if copy.state not in (*REMOVABLE, State.REMOVED):
        raise Conflict(f"this message is {copy.state.value}, not held", copy)
    entry = None
    if block is not None:
        entry = list_target(services, actor, copy, block, ListKind.BLOCK, listing=listing)
    end = min(copy.expires_at, services.clock.now_ms() // 1000 + GRACE)
    moved = move_copy(
        services, actor, copy, State.REMOVED, expected=REMOVABLE, already=(State.REMOVED,), expires_at=end
    )
    if was_done_by(actor, moved):
        note_deed(actor, removed(copy.id))
    if entry is not None:
        list_sender(services, actor, entry)
        forget_sender(services, moved)
    return moved
