"""Who changed what in a scope."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.scope import Scope
from pratique.ports.audit import AuditPage
from pratique.ports.services import Services


def read_audit(
    services: Services, actor: Actor, scope: Scope, *, limit: int, cursor: str | None = None
) -> AuditPage:
    """A page of exactly this scope's audit, the newest first. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    return services.audit.page(scope, limit=limit, cursor=cursor)
