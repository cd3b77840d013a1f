"""Mail addresses and domains as keys: normalised once, bounded, never raising on a stranger's text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import InvalidInput

MAX_ADDRESS = 320
"""Octets: 64 local part + "@" + 255 domain (RFC 5321, 4.5.3.1)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LABELS = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")


def normalise_domain(text: str) -> str:
    """Return `text` as a lower-case A-label domain without a final dot.

    Raises InvalidInput for text that is no domain name (RFC 1035, 2.3.4; underscores are let through, hosts use them).
    """
    name = text.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except (UnicodeError, ValueError):
            raise InvalidInput("not a domain name") from None
    if len(name) > 253 or not _LABELS.fullmatch(name):  # noqa: PLR2004 - RFC 1035
        raise InvalidInput("not a domain name")
    return name


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A normalised mailbox address. The local part is folded to lower case: a quarantine that treats `Bob@` and `bob@`
    as two people loses mail for one of them, and no mailbox provider in use tells them apart.
    """

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def parse_address(text: str) -> Address:
    """Read an envelope address (`user@example.org`, with or without angle brackets). Raises InvalidInput."""
    bare = text.strip()
    if bare.startswith("<") and bare.endswith(">"):
        bare = bare[1:-1].strip()
    if len(bare.encode("utf-8", "surrogateescape")) > MAX_ADDRESS:
        raise InvalidInput("address longer than 320 octets")
    local, at, domain = bare.rpartition("@")
    if not at or not local or _CONTROL.search(local):
        raise InvalidInput("not a mail address")
    try:
        local.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput("not a mail address") from None
    return Address(local.lower(), normalise_domain(domain))


def try_address(text: str) -> Address | None:
    """As parse_address, but None where the text is no address: for what a stranger wrote."""
    try:
        return parse_address(text)
    except InvalidInput:
        return None


def parent_domains(domain: str, *, most: int = 5) -> list[str]:
    """`a.b.example.org` -> [`b.example.org`, `example.org`]: the parents a wildcard entry may name, nearest first, at most `most`."""
    labels = domain.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels) - 1)][-most:]


def redact(address: str) -> str:
    """An address fit for a log line at INFO: first letter and domain (`a***@example.org`)."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else "***"
