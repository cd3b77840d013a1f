"""Scopes: the three levels at which people look, and settings live."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .address import Address, normalise_domain, parse_address
from .errors import InvalidInput

_SENDS = ">"
"""Ends the key of a scope that sends: no domain does."""


class Level(enum.StrEnum):
    """GLOBAL sees everything, DOMAIN one domain, RECIPIENT one address."""

    GLOBAL = "global"
    DOMAIN = "domain"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Scope:
    """One level and its name: ('global', ''), ('domain', 'example.org') or ('recipient', 'user@example.org').

    `sends` marks the layer of the classifier that judges the mail that the scope's people send; nothing else has a place of its own for that.
    """

    level: Level
    name: str = ""
    sends: bool = False

    def __str__(self) -> str:
        return self.name or "global"

    @property
    def key(self) -> str:
        """The scope as part of a key, and between functions. `*` for the global one: `global` could be a domain's name."""
        base = "*" if self.level is Level.GLOBAL else self.name
        return base + _SENDS if self.sends else base

    @property
    def domain(self) -> str | None:
        """The domain this scope lies in; None for the global one."""
        if self.level is Level.GLOBAL:
            return None
        return self.name.rpartition("@")[2]

    def covers(self, other: Scope | Address) -> bool:
        """Whether everything in `other` lies in this scope."""
        inner = recipient_scope(other) if isinstance(other, Address) else other
        if self.level is Level.GLOBAL:
            return True
        if self.level is Level.DOMAIN:
            return inner.domain == self.name
        return inner.level is Level.RECIPIENT and self.name == inner.name


GLOBAL = Scope(Level.GLOBAL)


def domain_scope(domain: str) -> Scope:
    """The scope of a domain. Raises InvalidInput."""
    return Scope(Level.DOMAIN, normalise_domain(domain))


def recipient_scope(address: Address | str) -> Scope:
    """The scope of one recipient. Raises InvalidInput."""
    found = parse_address(address) if isinstance(address, str) else address
    return Scope(Level.RECIPIENT, str(found))


def parse_scope(text: str) -> Scope:
    """`global`, `example.org` or `user@example.org`, as people log in. Raises InvalidInput."""
    word = text.strip()
    if word.lower() == "global":
        return GLOBAL
    if "@" in word:
        return recipient_scope(word)
    return domain_scope(word)


def scope_chain(address: Address) -> tuple[Scope, Scope, Scope]:
    """Nearest first: recipient, domain, global. Settings are looked up in this order."""
    return (Scope(Level.RECIPIENT, str(address)), Scope(Level.DOMAIN, address.domain), GLOBAL)


def sending(scope: Scope) -> Scope:
    """The same scope as the layer that judges what its people send."""
    return Scope(scope.level, scope.name, sends=True)


def scope_from_key(key: str) -> Scope:
    """The scope whose `key` this is (trusted text, as stored or passed between functions). Raises InvalidInput for an empty one."""
    if key.endswith(_SENDS):
        return sending(scope_from_key(key.removesuffix(_SENDS)))
    if key == GLOBAL.key:
        return GLOBAL
    if not key:
        raise InvalidInput("empty scope")
    return Scope(Level.RECIPIENT if "@" in key else Level.DOMAIN, key)
