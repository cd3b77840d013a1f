"""What the Received fields say (RFC 5321, 4.4), as far as it can be read, and where the message was handed over to us.

A sender can write any Received field below the one that our own side adds. So the hop that counts is the hand-over: the first, from the
top, in which a host of somebody else speaks to a host that received the mail. What stands below it is a claim, and only good for
catching a sender in a contradiction.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .organisation import related
from .parsed import ParsedMessage
from .patterns import pattern
from .plain_fields import plain_date

MAX_HOPS = 8
"""Received fields that are read, from the top."""
MAX_VALUE = 600


class Hop(NamedTuple):
    """One Received field: what the client called itself, what its address is called (`rdns`, '' where the server found no name or did
    not say), its address, and the server's name. All lower case, '' where it does not say. `is_whole` is False for a field without a
    `by`, or in a form that no server writes.
    """

    helo: str
    rdns: str
    ip: str
    by: str
    is_whole: bool


_IP = pattern(r"(?<![\w.])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\w.-])|\[(?:ipv6:)?([0-9a-f:.]{6,45})\]")  # fmt: skip
_HELO = pattern(r"\b(?:helo|ehlo)[ =]\s*\[?([^\s()\[\]]{1,255})", re.IGNORECASE)
_RDNS = pattern(r"\((?:[^\s@()\[\]]{1,64}@)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)+)\.?\s*(?:\(|\[|\)|:)")
_UNKNOWN = frozenset({"unknown", "", "none", "localhost", "localhost.localdomain"})
_PRIVATE = pattern(
    r"(?:10|127|0|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|(?:::1|f[cde]|fe80)",
    re.IGNORECASE,
)


def hops(parsed: ParsedMessage) -> list[Hop]:
    """The Received fields from the top, at most MAX_HOPS."""
    return [_hop(value[:MAX_VALUE]) for value in parsed.by_name.get("received", ())[:MAX_HOPS]]


def _hop(value: str) -> Hop:
    value = value.lower()
    at = 0 if value.startswith("by ") else value.find(" by ") + 1
    by = value[at + 3 :].split(None, 1)[0].rstrip(".,;()") if at or value.startswith("by ") else ""
    if not value.startswith("from "):
        return Hop("", "", "", by, bool(by) or value.startswith("("))
    client = value[5:at] if at else value[5:].partition(";")[0]
    first, _, rest = client.lstrip().partition(" ")
    first = first.partition("(")[0].strip("[],;")
    found = _IP.search(rest) or _IP.search(client)
    ip = (found[1] or found[2]) if found else ""
    named = _RDNS.search(client) if "(" in client else None
    helo, rdns = first, named[1] if named else ""
    said = _HELO.search(client) if "helo" in client or "ehlo" in client else None
    if said is not None:
        helo, rdns = said[1], first if first != said[1] else rdns
    if rdns in _UNKNOWN or rdns == ip:
        rdns = ""
    return Hop(helo, rdns, ip, by, bool(by))


def handover(found: list[Hop], client_ip: str) -> int | None:
    """The index of the hop in which the message came to our side, None where no hop tells.

    It is the one that names `client_ip`, if that is known and no relay of our own (an address of no public network); else the first with a
    public address whose names are of another organisation than the receiving host's.
    """
    if client_ip and is_public(client_ip):
        for index, hop in enumerate(found):
            if hop.ip == client_ip:
                return index
    for index, hop in enumerate(found):
        if hop.ip and is_public(hop.ip) and not (hop.by and related(hop.rdns or hop.helo, hop.by)):
            return index
    return None


def is_public(ip: str) -> bool:
    """Whether an address is of the public network, by its look."""
    return _PRIVATE.match(ip) is None


def stamped_s(parsed: ParsedMessage, at: int = 0) -> int | None:
    """When a Received field was written, counted from the top, in Unix seconds; None where it has no readable date."""
    values = parsed.by_name.get("received", ())
    return plain_date(" ".join(values[at].rpartition(";")[2].split())) if at < len(values) else None
