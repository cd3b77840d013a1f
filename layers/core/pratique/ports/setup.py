"""What the set-up check asks of the world outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.route import Route


@dataclass(frozen=True, slots=True)
class Identity:
    """A domain as SES knows it: whether mail may be sent from it, and how its DKIM signing stands (`SUCCESS`, `PENDING`, `NOT_STARTED` ...)."""

    verified: bool
    dkim: str


@dataclass(frozen=True, slots=True)
class Receiving:
    """The receipt rule set that is active ('' for none), and whether a rule of it takes mail of the domain and stores it in our bucket."""

    rule_set: str
    takes: bool


class MailProvider(Protocol):
    """SES, as far as it is there. Both raise TemporaryFailure or PermanentFailure where it cannot be asked (a laptop has none)."""

    def identity(self, domain: str) -> Identity | None:
        """The domain, or one above it; None where SES knows neither."""

    def receiving(self, domain: str) -> Receiving:
        """How mail of the domain comes in."""


class RouteProbe(Protocol):
    """Looks whether somebody answers at a next hop, without handing anything over."""

    def probe(self, route: Route) -> str:
        """Connect as the route says, with TLS, without a login; the server's greeting. Raises TemporaryFailure, PermanentFailure."""
