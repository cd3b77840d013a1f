"""Attempts, counted in windows of time by where they come from and whom they are about: what locks guessers out, everywhere alike."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from pratique.ports.services import Services

WINDOW_SECONDS = 900
"""Attempts are counted in windows of this length; a lock lasts to the end of its window."""


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, the /64 of an IPv6 one, '?' for what is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False).network_address)


def too_many(services: Services, limits: Mapping[str, int]) -> bool:
    """Whether any source has used up its limit in this window."""
    window = _window(services)
    counted = services.app_passwords.failures(list(limits), window=window)
    return any(counted.get(source, 0) >= limit for source, limit in limits.items())


def count_attempt(services: Services, sources: Mapping[str, int]) -> int:
    """One more for each source; the highest count it is now."""
    window = _window(services)
    ends_at = (window + 2) * WINDOW_SECONDS
    return max(services.app_passwords.note_failure(each, window=window, ends_at=ends_at) for each in sources)


def _window(services: Services) -> int:
    return services.clock.now_ms() // 1000 // WINDOW_SECONDS
