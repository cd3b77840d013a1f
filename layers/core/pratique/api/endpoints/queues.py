"""Dead letters and the state of the whole."""

from __future__ import annotations

from pratique.domain.errors import NotFound
from pratique.ports.queue import QueueName
from pratique.usecases.redrive import redrive
from pratique.usecases.show_status import show_status

from .. import asked, given
from ..endpoint import Call


def again(call: Call) -> given.RedriveResult:
    """Move dead letters back to work."""
    body: asked.RedriveRequest = call.body
    try:
        queue = QueueName(call.path["queue"])
    except ValueError:
        raise NotFound("no such queue") from None
    return given.RedriveResult(moved=redrive(call.services, call.actor, queue, limit=body.limit))


def status(call: Call) -> given.Status:
    """Queues, lessons and the model of the actor's scope."""
    found = show_status(call.services, call.actor)
    return given.Status(
        scope=found.scope,
        queues={name: given.QueueDepth(waiting=w, dead=d) for name, (w, d) in found.queues.items()},
        lessons_pending=found.lessons_pending,
        lessons_applied=found.lessons_applied,
        lessons_parked=found.lessons_parked,
        model=found.model_version or None,
    )
