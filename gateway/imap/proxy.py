"""PROXY protocol, version 2: who the client is, told by the load balancer in front of us.

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2. Only for listeners that nobody else reaches.
"""

from __future__ import annotations

import ipaddress
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
HEAD = 16
"""Octets before the addresses."""
MOST = 4_096
"""Octets of addresses and extra fields that are read."""
_LOCAL, _PROXY = 0, 1
_VERSION = 2
_FAMILIES = {1: ("!4s4sHH", 12), 2: ("!16s16sHH", 36)}


class NotProxied(Exception):
    """The connection does not begin with such a header: it is closed."""


def length_of(head: bytes) -> int:
    """Octets that follow the first HEAD ones. Raises NotProxied."""
    if len(head) != HEAD or not head.startswith(SIGNATURE) or head[12] >> 4 != _VERSION:
        raise NotProxied
    length: int = struct.unpack("!H", head[14:16])[0]
    if length > MOST:
        raise NotProxied
    return length


def client_of(head: bytes, rest: bytes) -> tuple[str, int] | None:
    """(address, port) of the client; None for LOCAL: the load balancer's own health check. Raises NotProxied."""
    command, family, transport = head[12] & 0x0F, head[13] >> 4, head[13] & 0x0F
    if command == _LOCAL:
        return None
    if command != _PROXY or family not in _FAMILIES or transport != 1:
        raise NotProxied
    form, size = _FAMILIES[family]
    if len(rest) < size:
        raise NotProxied
    source, _, port, _ = struct.unpack(form, rest[:size])
    return str(ipaddress.ip_address(source)), int(port)
