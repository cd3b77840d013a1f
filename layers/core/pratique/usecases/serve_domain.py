"""Whose mail a server of ours takes in: an edge that took everybody's would carry it anywhere for anybody (an open relay)."""

from __future__ import annotations

from pratique.domain.scope import domain_scope
from pratique.ports.services import Services
from pratique.usecases.find_route import ANY_DOMAIN


def is_served(services: Services, domain: str) -> bool:
    """Whether a domain is one of this installation: it has a route, a policy or alias rules of its own, or answers to digests go there.

    The route of `*` makes no domain ours: it says where our mail goes, not whose mail we take. At most three reads of one row each.
    """
    if not domain or domain == ANY_DOMAIN:
        return False
    return (
        domain == services.options.digest_domain
        or services.directory.get_route(domain) is not None
        or services.directory.get_policy(domain_scope(domain)) is not None
        or services.aliases.get_domain(domain) is not None
    )
