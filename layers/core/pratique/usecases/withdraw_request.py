"""Training Requested: somebody does not want to say what a message is."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.ids import CopyId
from pratique.observability import log_event
from pratique.ports.services import Services


def withdraw_request(services: Services, actor: Actor, copy_id: CopyId) -> bool:
    """Ask nobody any more what this delivered message is. False where nobody was asked (any more): again is harmless.

    Raises NotFound, Forbidden.
    """
    actor.must_change(copy_id.owner)
    withdrawn = services.index.withdraw_request(copy_id, now=services.clock.now_ms() // 1000)
    if withdrawn:
        log_event("request_withdrawn", id=copy_id.message, channel=actor.channel.value)
    return withdrawn
