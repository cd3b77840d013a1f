"""Dead letters back to work, on an operator's word."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import GLOBAL
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change

MAX_REDRIVE = 1000


def redrive(services: Services, actor: Actor, queue: QueueName, *, limit: int = 100) -> int:
    """Move up to `limit` items of a dead-letter queue back to their queue; failed copies are tried again. Returns how many.

    Raises NotFound (not the operator), Forbidden, InvalidInput.
    """
    actor.must_change(GLOBAL)
    if not 1 <= limit <= MAX_REDRIVE:
        raise InvalidInput(f"limit is a number from 1 to {MAX_REDRIVE}")
    moved = services.queue.redrive(queue, limit=limit)
    record_change(services, actor, GLOBAL, "redrive", f"{queue.value} {moved}")
    return moved
