"""The next hop of a copy: of its recipient's domain for mail that came in, of its sender's domain for mail that is sent."""

from __future__ import annotations

from pratique.domain.address import Address
from pratique.domain.ids import CopyId
from pratique.domain.route import OUTGOING_ROUTE, Route
from pratique.ports.services import Services

ANY_DOMAIN = "*"
"""The route of every domain that has none of its own (an operator sets it; the laptop's leads to the sink)."""


def find_route(services: Services, recipient: Address) -> Route | None:
    """Where mail to this address goes: its domain's own route, else the route of `*`, else None."""
    return services.directory.get_route(recipient.domain) or services.directory.get_route(ANY_DOMAIN)


def route_of(services: Services, copy_id: CopyId) -> Route | None:
    """Where this copy goes. Mail that is sent never goes by a route of incoming mail, which leads to one's own mail server."""
    if copy_id.is_outgoing:
        return find_outgoing_route(services, copy_id.owner.domain)
    return find_route(services, copy_id.recipient)


def find_outgoing_route(services: Services, domain: str) -> Route | None:
    """Where mail from this domain goes."""
    own = services.directory.get_route(OUTGOING_ROUTE + domain)
    return own or services.directory.get_route(OUTGOING_ROUTE + ANY_DOMAIN)
