"""How the installation is doing."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.address import Address, parse_address
from pratique.domain.scope import Level, Scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Services


@dataclass(frozen=True, slots=True)
class Status:
    """Queues as (waiting, dead), and of the actor's scope: lessons that wait, that were dealt with, that are parked (of the latter), and the
    current model version ('' for none). `queues` is empty for anybody but the operator.
    """

    scope: str
    queues: dict[str, tuple[int, int]]
    lessons_pending: int
    lessons_applied: int
    lessons_parked: int
    model_version: str


def show_status(services: Services, actor: Actor) -> Status:
    """The actor's own scope, and the queues for the operator."""
    pending, applied = services.journal.counts(actor.scope)
    queues = (
        {q.value: services.queue.depths(q) for q in QueueName} if actor.scope.level is Level.GLOBAL else {}
    )
    parked = services.journal.parked(actor.scope)
    return Status(str(actor.scope), queues, pending, applied, parked, _model_version(services, actor.scope))


def _model_version(services: Services, scope: Scope) -> str:
    """Models are looked up by recipient, as ingest does, the global one always: any address that lies in the scope will do."""
    inside: list[Address] = []
    if scope.level is not Level.GLOBAL:
        inside = [parse_address(scope.name if "@" in scope.name else f"postmaster@{scope.name}")]
    return services.directory.look_up(inside, []).models.get(scope, "")
