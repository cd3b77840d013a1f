"""IP addresses and networks as list patterns: one stored form, and what covers what."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from .errors import InvalidInput

SHORTEST = {4: 8, 6: 16}
"""Prefix lengths: what is shorter is a large part of the Internet, and a slip of the finger."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def normalise_network(text: str) -> str:
    """`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32` in their one stored form: lower case, no host bits, no length for one address, IPv4
    written as IPv4. Raises InvalidInput, also for networks shorter than SHORTEST.
    """
    bare, slash, length = text.strip().strip("[]").partition("/")
    address = _address(bare)
    if address is None:
        raise InvalidInput("not an IP address or network")
    if not slash:
        return str(address)
    given = int(length) if length.isascii() and length.isdecimal() and len(length) <= 3 else -1  # noqa: PLR2004 - up to 128
    if address.version == 4 and ":" in bare:  # noqa: PLR2004 - written as IPv6: 96 bits stand before it
        given -= 96
    if not SHORTEST[address.version] <= given <= address.max_prefixlen:
        raise InvalidInput(
            f"a network of IPv{address.version} has a length from {SHORTEST[address.version]} to {address.max_prefixlen}"
        )
    return _covering(address, given)


def prefix_length(network: str) -> tuple[int, int]:
    """(4 or 6, prefix length) of a stored form."""
    bare, slash, length = network.partition("/")
    version = 6 if ":" in bare else 4
    return version, int(length) if slash else (128 if version == 6 else 32)  # noqa: PLR2004 - bits of an address


def networks_of(text: str, lengths: Iterable[tuple[int, int]]) -> list[str]:
    """The networks of these (version, length) that an address lies in, the longest first, in their stored form. [] for what is no address."""
    address = _address(text)
    if address is None:
        return []
    fitting = sorted({length for version, length in lengths if version == address.version}, reverse=True)
    return [_covering(address, length) for length in fitting if 0 <= length <= address.max_prefixlen]


def lies_in(text: str, network: str) -> bool:
    """Whether an address lies in a network of the stored form."""
    return network in networks_of(text, [prefix_length(network)])


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def _covering(address: _Address, length: int) -> str:
    if length == address.max_prefixlen:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))
