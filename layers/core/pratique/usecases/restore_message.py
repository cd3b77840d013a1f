"""Undo of Remove: back into the quarantine, as long as the bytes are there."""

from __future__ import annotations

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.scope import recipient_scope
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed, was_done_by
from pratique.usecases.move_copy import move_copy


def restore_message(services: Services, actor: Actor, copy_id: CopyId) -> Copy:
    """Hold a removed message again, until the day it would have expired on. Restoring twice is the same as once. Returns the copy as it
    is now. A block entry that Blacklist & Remove made stays: it is taken off its list by itself.

    Raises NotFound (also when its time of grace is up), Forbidden, Conflict (released, delivered, on its way).
    """
    actor.must_change(copy_id.owner)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    with acting(
        services,
        actor,
        recipient_scope(copy_id.owner),
        "message.restore",
        str(copy_id),
        planned=[restored(copy_id)],
    ) as running:
        return restore_one(services, running, copy)


def restored(copy_id: CopyId) -> Deed:
    """The deed of holding a removed copy again."""
    return Deed(DeedKind.RESTORE, str(copy_id))


def restore_one(services: Services, actor: Actor, copy: Copy | None) -> Copy:
    """The restoration of one copy whose scope has been checked. Raises as restore_message."""
    if copy is None:
        raise NotFound("no such message")
    if copy.state not in (State.REMOVED, State.HELD):
        raise Conflict(f"this message is {copy.state.value}, not removed", copy)
    # Removing brought the end nearer; the old one is never before it.
    end = max(copy.expires_at, copy.received_ms // 1000 + copy.retention_days * DAY)
    moved = move_copy(
        services,
        actor,
        copy,
        State.HELD,
        expected=(State.REMOVED,),
        already=(State.HELD,),
        expires_at=end,
    )
    if moved.is_asked_for:
        services.waiting.list_again(copy.id, now=services.clock.now_ms() // 1000)
    if was_done_by(actor, moved):
        note_deed(actor, restored(copy.id))
    return moved
