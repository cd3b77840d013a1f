"""The name that the DNS has for a client: forward-confirmed (RFC 8601, 2.7.3, "iprev"), or none.

Whoever owns an address can call it anything; the name counts where it leads back to the address.
"""

from __future__ import annotations

import ipaddress

from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind

from .lookups import Lookups

MOST_NAMES = 3
"""Names of one address that are asked after: more than one is rare."""
MAX_NAME = 253


def client_name(ask: Lookups, client_ip: str) -> str | None:
    """The name in lower case, '' where there is none that holds, None where it could not be found out (now)."""
    try:
        address = ipaddress.ip_address(client_ip)
    except ValueError:
        return None
    kind = RecordKind.A if address.version == 4 else RecordKind.AAAA  # noqa: PLR2004 - IPv4
    try:
        names = ask.ask(address.reverse_pointer, RecordKind.PTR)
    except TemporaryFailure:
        return None
    failed = False
    for name in names[:MOST_NAMES]:
        try:
            if any(_same(address, value) for value in ask.ask(name, kind)):
                return name.lower().rstrip(".")[:MAX_NAME]
        except TemporaryFailure:
            failed = True
    return None if failed else ""


def _same(address: ipaddress.IPv4Address | ipaddress.IPv6Address, text: str) -> bool:
    try:
        return ipaddress.ip_address(text) == address
    except ValueError:
        return False
