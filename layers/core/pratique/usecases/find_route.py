"""The next hop of a recipient's domain."""

from __future__ import annotations

from pratique.domain.address import Address
from pratique.domain.route import Route
from pratique.ports.services import Services

ANY_DOMAIN = "*"
"""The route of every domain that has none of its own (an operator sets it; the laptop's leads to the sink)."""


def find_route(services: Services, recipient: Address) -> Route | None:
    """The domain's own route, else the route of `*`, else None."""
    return services.directory.get_route(recipient.domain) or services.directory.get_route(ANY_DOMAIN)
