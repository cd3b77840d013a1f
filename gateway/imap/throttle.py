"""Slows down who guesses passwords, and shuts them out for a while: by address and by user (RFC 3501, 11.2)."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..bounded import keep

MOST = 20_000
"""Addresses and users remembered; about 200 octets each."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is borne. Times in seconds."""

    of_address: int = 20
    """Failures of one address (an IPv6 /64) in a row before it is refused unheard."""
    of_user: int = 10
    """Failures of one user from addresses that never succeeded for that user."""
    forget: float = 900.0
    """After this long without a failure all is forgotten."""
    first_delay: float = 0.25
    """Doubles with each failure."""
    most_delay: float = 8.0


class Throttle:
    """Failures by address and user. `now` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float], patience: Patience | None = None) -> None:
        self._now, self._patience = now, patience or Patience()
        self._failures: OrderedDict[bytes, tuple[int, float]] = OrderedDict()
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def refuses(self, address: str, user: str) -> bool:
        """Whether this login is refused without a look at the password. A user's own devices are not shut out by a stranger's guesses."""
        if self._count(_key("address", network_of(address))) >= self._patience.of_address:
            return True
        known = _key("known", network_of(address), user) in self._known
        return not known and self._count(_key("user", user)) >= self._patience.of_user

    def failed(self, address: str, user: str) -> float:
        """Count a failure; returns how long its answer waits."""
        counts = []
        for key in (_key("address", network_of(address)), _key("user", user)):
            count = self._count(key) + 1
            keep(self._failures, key, (count, self._now()), most=MOST)
            counts.append(count)
        patience = self._patience
        return min(patience.most_delay, patience.first_delay * 2.0 ** min(max(counts) - 1, 20))

    def succeeded(self, address: str, user: str) -> None:
        """The address is this user's, and its failures were slips."""
        self._failures.pop(_key("address", network_of(address)), None)
        self._failures.pop(_key("user", user), None)
        keep(self._known, _key("known", network_of(address), user), None, most=MOST)

    def _count(self, key: bytes) -> int:
        count, last = self._failures.get(key, (0, 0.0))
        if count and self._now() - last > self._patience.forget:
            del self._failures[key]
            return 0
        return count


def network_of(address: str) -> str:
    """What one client can have many of counts as one: an IPv6 /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return address


def _key(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=16).digest()
