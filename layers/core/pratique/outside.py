"""Adapters to the world outside, made when they are first used: a part of bootstrap, which alone imports this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pratique.adapters.aws.session import Clients
    from pratique.domain.hook import Change
    from pratique.ports.hooks import EventBus, Poster
    from pratique.ports.proofs import Proofs
    from pratique.ports.resolver import Resolver
    from pratique.ports.setup import MailProvider, RouteProbe
    from pratique.settings import Settings


def provider(clients: Clients) -> MailProvider:
    """SES, for the set-up check."""
    from pratique.adapters.aws.provider import SesProvider  # noqa: PLC0415 - see above

    return SesProvider(clients.ses, clients.sesv2, bucket=clients.settings.bucket)


def probe(chosen: Settings) -> RouteProbe:
    """Next hops, for the same."""
    from pratique.adapters.smtp_probe import SmtpProbe  # noqa: PLC0415 - see above

    return SmtpProbe(hostname=chosen.hostname, port_25=chosen.port_25)


def dns(chosen: Settings) -> Resolver:
    """The DNS, for any kind of record."""
    from pratique.adapters.dns import DnsResolver  # noqa: PLC0415 - see above

    return DnsResolver(chosen.resolvers)


def poster(chosen: Settings) -> Poster:
    """Webhooks."""
    from pratique.adapters.web import WebPoster  # noqa: PLC0415 - see above

    return WebPoster(private=chosen.private_hooks)


def bus(clients: Clients) -> EventBus:
    """EventBridge."""
    from pratique.adapters.aws.hooks import EventBridgeBus  # noqa: PLC0415 - see above

    return EventBridgeBus(clients.events, bus=clients.settings.event_bus)


def proofs() -> Proofs:
    """Passwords and second factors, by libraries that only signing in needs."""
    from pratique.adapters.proofs import LibraryProofs  # noqa: PLC0415 - see above

    return LibraryProofs()


def addresses() -> Resolver:
    """The DNS, for addresses only and without a library."""
    from pratique.adapters.dns_system import SystemResolver  # noqa: PLC0415 - see above

    return SystemResolver()


def changes(records: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The changes of copies in records of the table's stream."""
    from pratique.adapters.aws.stream import changes as read  # noqa: PLC0415 - see above

    return read(records)
