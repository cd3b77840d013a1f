"""The resolver port by dnspython. For the gateway: the functions have no need of it, and it costs 100 ms to load."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import Answer, RecordKind

if TYPE_CHECKING:
    import dns.name
    import dns.rdata
    import dns.resolver

NO_SUCH_SECONDS = 60
"""For an absence whose zone does not say how long it holds."""


class DnsResolver:
    """Asks the machine's own resolvers, or `servers` ((address, port) pairs) where some are given."""

    def __init__(self, servers: Sequence[tuple[str, int]] = ()) -> None:
        self._servers = tuple(servers)

    @cached_property
    def _inner(self) -> dns.resolver.Resolver:
        from dns.resolver import Resolver  # noqa: PLC0415 - loaded with the first question

        if not self._servers:
            return Resolver()
        made = Resolver(configure=False)
        made.nameservers = [address for address, _ in self._servers]
        made.nameserver_ports = dict(self._servers)
        return made

    def resolve(self, name: str, kind: RecordKind, *, seconds: float) -> Answer:
        """See Resolver."""
        from dns.exception import DNSException  # noqa: PLC0415 - as above
        from dns.resolver import NXDOMAIN  # noqa: PLC0415 - as above

        asked = _name(name)
        if asked is None:
            return Answer((), NO_SUCH_SECONDS)
        try:
            found = self._inner.resolve(
                asked, kind.value, lifetime=max(seconds, 0.01), raise_on_no_answer=False, search=False
            )
        except NXDOMAIN:
            return Answer((), NO_SUCH_SECONDS)
        except (DNSException, OSError) as error:  # time is up, no server, none that answers
            raise TemporaryFailure(f"no answer from the DNS ({type(error).__name__})") from error
        values = tuple(_value(each, kind) for each in found.rrset) if found.rrset else ()
        return Answer(values, found.chaining_result.minimum_ttl if values else NO_SUCH_SECONDS)


def _name(text: str) -> dns.name.Name | None:
    """Label by label: a stranger's backslashes are no escapes here."""
    from dns.exception import DNSException  # noqa: PLC0415 - as above
    from dns.name import Name  # noqa: PLC0415 - as above

    labels = [label.encode("utf-8", "surrogateescape") for label in text.removesuffix(".").split(".")]
    if not all(labels):
        return None
    try:
        return Name([*labels, b""])
    except DNSException:  # a label above 63 octets, a name above 255
        return None


def _value(data: dns.rdata.Rdata, kind: RecordKind) -> str:
    if kind is RecordKind.TXT:
        return b"".join(data.strings).decode("latin-1")  # type: ignore[attr-defined]  # TXT has them
    text: str = data.to_text()
    return text.removesuffix(".") if kind in (RecordKind.MX, RecordKind.PTR) else text
