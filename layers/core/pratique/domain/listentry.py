"""Allow and block entries."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .address import normalise_domain, parse_address
from .errors import InvalidInput
from .scope import Scope


class ListKind(enum.StrEnum):
    """ALLOW (whitelist) or BLOCK (blacklist)."""

    ALLOW = "allow"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A sender pattern that a scope allows or blocks.

    `pattern` is an address (`a@example.org`), a domain (`example.org`) or all its subdomains (`*.example.org`), and is
    compared with the envelope sender and the From header. An ALLOW entry counts only for mail that passes DMARC unless
    `needs_dmarc` is False (invariant 9: addresses are forged). One pattern of one scope is on one list, never on both.
    """

    scope: Scope
    kind: ListKind
    pattern: str
    needs_dmarc: bool = True
    author: str = ""
    reason: str = ""
    created_ms: int = 0


def normalise_pattern(text: str) -> str:
    """The pattern in its one stored form. Raises InvalidInput."""
    word = text.strip().lower()
    if word.startswith("*."):
        return "*." + normalise_domain(word[2:])
    if word.startswith("@"):
        return normalise_domain(word[1:])
    if "@" in word:
        return str(parse_address(word))
    if not word:
        raise InvalidInput("an empty pattern")
    return normalise_domain(word)
