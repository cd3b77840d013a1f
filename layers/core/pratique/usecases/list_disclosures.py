"""What others saw of a mailbox."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.scope import Scope
from pratique.ports.disclosures import DisclosurePage
from pratique.ports.services import Services


def list_disclosures(
    services: Services, actor: Actor, owner: Scope, *, limit: int = 50, cursor: str | None = None
) -> DisclosurePage:
    """The newest first, of exactly this scope. Raises NotFound, InvalidInput."""
    actor.must_see(owner)
    return services.disclosures.of_owner(owner, limit=limit, cursor=cursor)
