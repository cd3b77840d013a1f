"""Where a domain's mail goes next."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from .address import parse_address
from .errors import InvalidInput


class RouteKind(enum.StrEnum):
    """The couriers (docs/delivery.md)."""

    SMTP = "smtp"
    MAILMANAGER_RELAY = "mailmanager-relay"
    SES_REWRITTEN = "ses-rewritten"
    SES_WRAPPED = "ses-wrapped"
    SES = "ses"
    """As it is, from its own sender: for outgoing mail of a domain that is verified there."""


class Tls(enum.StrEnum):
    """How the connection to the next hop is protected. REQUIRED verifies the certificate; OPPORTUNISTIC takes STARTTLS if offered."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    REQUIRED = "required"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Route:
    """The next hop of a domain, for clean and released mail alike. A `domain` that begins with OUTGOING_ROUTE has the mail that a domain sends.

    `credentials` names a secret ({"username", "password"}), never holds one. `sender` is the verified address that the SES
    couriers send from.
    """

    domain: str
    kind: RouteKind
    host: str = ""
    port: int = 587
    tls: Tls = Tls.REQUIRED
    credentials: str = ""
    sender: str = ""


_SES_INBOUND = re.compile(r"^inbound-smtp\.[a-z0-9-]+\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$")
_HOST = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$|^::1$")
SMTP_PORT = 25
OUTGOING_ROUTE = "outgoing:"
"""Begins the name of a route for the mail that a domain sends (`outgoing:example.org`): no domain's name has a colon."""


def check_route(
    route: Route, *, port_25: bool, forbidden_hosts: frozenset[tuple[str, int]] = frozenset()
) -> Route:
    """Return the route or raise InvalidInput: a route back to SES inbound (or to our own edge) is a loop (invariant 11),
    and port 25 does not leave Lambda (`port_25` says whether it may be used here).
    """
    if route.kind in (RouteKind.SMTP, RouteKind.MAILMANAGER_RELAY):
        host = route.host.rstrip(".").lower()
        if not _HOST.match(route.host):
            raise InvalidInput("the route needs a host name or IP address")
        if not 1 <= route.port <= 65535:  # noqa: PLR2004 - TCP
            raise InvalidInput("a port is a number from 1 to 65535")
        if _SES_INBOUND.match(host) or (host, route.port) in forbidden_hosts:
            raise InvalidInput("this route leads back to where the mail came in: a loop")
        if route.port == SMTP_PORT and not port_25:
            raise InvalidInput(
                "port 25 is closed for outgoing traffic from Lambda: use 587, 465 or a relay's own port"
            )
        if route.kind is RouteKind.MAILMANAGER_RELAY and not route.credentials:
            raise InvalidInput(
                "a Mail Manager ingress endpoint with authentication needs credentials (the name of a secret)"
            )
    elif route.kind is RouteKind.SES:
        if not route.domain.startswith(OUTGOING_ROUTE):
            raise InvalidInput(
                "the kind `ses` sends as the message's own sender, which only your own mail has: it is for outgoing routes"
            )
    elif not route.sender:
        raise InvalidInput("the SES couriers need a verified sender address")
    else:
        parse_address(route.sender)
    return route
