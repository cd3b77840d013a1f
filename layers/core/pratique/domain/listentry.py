"""Allow and block entries."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from . import direction
from .address import normalise_domain, parse_address
from .errors import InvalidInput
from .scope import Scope, scope_from_key

Direction = direction.Direction
"""Of an entry. INCOMING: who may write to the scope's people. OUTGOING: whom they may write to."""
MAX_REASON = 200
MAX_IDLE_DAYS = 3_650
_DAY = 86_400


class ListKind(enum.StrEnum):
    """ALLOW (whitelist) or BLOCK (blacklist)."""

    ALLOW = "allow"
    BLOCK = "block"


class Match(enum.StrEnum):
    """Which sender a name is compared with. BOTH looks at both, and one that fits is enough."""

    ENVELOPE = "envelope"
    FROM = "from"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A pattern that a scope allows or blocks.

    `pattern` is an address (`a@example.org`), a domain (`example.org`), all its subdomains (`*.example.org`), an IP address or a network
    (`192.0.2.0/24`, `2001:db8::/32`). Of incoming mail, names are compared with the envelope sender and the From header as `match` says, IP
    patterns with the host that handed the message in; of outgoing mail, names are compared with its recipients. An ALLOW entry of a name
    counts only for mail that passes DMARC (for the envelope alone: SPF) unless `needs_dmarc` is False (invariant 9: addresses are forged); a
    host's address is not, so IP entries never need it. One pattern of one scope and direction is on one list, never on both.

    `expires_at` (Unix seconds) and `idle_days` (days without use) end it, whichever comes first; 0 means: not by that. `used_ms` is its last
    use, exact to a day (0: never), `used_days` on how many days it was used. Times ending in `_ms` are Unix milliseconds.
    """

    scope: Scope
    kind: ListKind
    pattern: str
    needs_dmarc: bool = True
    author: str = ""
    reason: str = ""
    created_ms: int = 0
    direction: Direction = Direction.INCOMING
    match: Match = Match.BOTH
    expires_at: int = 0
    idle_days: int = 0
    used_ms: int = 0
    used_days: int = 0

    @property
    def is_network(self) -> bool:
        """Whether the pattern is an IP address or a network."""
        return looks_like_network(self.pattern)

    @property
    def ends_at(self) -> int:
        """When it ends, in Unix seconds; 0 for never. Days without use are counted from the end of the day of its last use, because uses of
        one day are noted once.
        """
        if not self.idle_days:
            return self.expires_at
        last = max(self.created_ms, self.used_ms) // 1000 // _DAY
        idle = (last + 1 + self.idle_days) * _DAY
        return min(idle, self.expires_at) if self.expires_at else idle

    def is_over(self, now: int) -> bool:
        """Whether it has ended at `now` (Unix seconds): then it is as good as gone."""
        ends_at = self.ends_at
        return 0 < ends_at <= now


def looks_like_network(pattern: str) -> bool:
    """Whether a pattern can only be meant as an IP address or network (no domain ends in a number, RFC 3696, 2)."""
    if "@" in pattern:
        return False
    return "/" in pattern or ":" in pattern or pattern.strip("[]").rpartition(".")[2].isdecimal()


def normalise_pattern(text: str, direction: Direction = Direction.INCOMING) -> str:
    """The pattern in its one stored form. Raises InvalidInput; outgoing mail is not compared with IP addresses."""
    word = text.strip().lower()
    if word.startswith("*."):
        return "*." + normalise_domain(word[2:])
    if word.startswith("@"):
        return normalise_domain(word[1:])
    if "@" in word:
        return str(parse_address(word))
    if not word:
        raise InvalidInput("an empty pattern")
    if looks_like_network(word):
        if direction is Direction.OUTGOING:
            raise InvalidInput("an entry for outgoing mail names recipients, not IP addresses")
        from .network import normalise_network  # noqa: PLC0415 - few installations list networks

        return normalise_network(word)
    return normalise_domain(word)


def check_entry(entry: ListEntry, *, now: int) -> ListEntry:
    """The entry with its pattern in the one stored form, and only what means something with it. Raises InvalidInput."""
    from dataclasses import replace  # noqa: PLC0415 - most functions only read entries

    pattern = normalise_pattern(entry.pattern, entry.direction)
    plain = looks_like_network(pattern) or entry.direction is Direction.OUTGOING
    if plain and entry.match is not Match.BOTH:
        raise InvalidInput("only names of incoming senders are compared with the envelope or From alone")
    if len(entry.reason) > MAX_REASON or not (entry.reason == "" or entry.reason.isprintable()):
        raise InvalidInput(f"a reason is at most {MAX_REASON} printable characters")
    if entry.expires_at and entry.expires_at <= now:
        raise InvalidInput("this entry would have ended already")
    if not 0 <= entry.idle_days <= MAX_IDLE_DAYS:
        raise InvalidInput(f"days without use are a number up to {MAX_IDLE_DAYS}")
    return replace(entry, pattern=pattern, needs_dmarc=entry.needs_dmarc and not plain)


def pack_entry(entry: ListEntry) -> dict[str, Any]:
    """Everything about an entry as plain values, for a record of what was there before (unpack_entry)."""
    return {**asdict(entry), "scope": entry.scope.key}


def unpack_entry(packed: Mapping[str, Any]) -> ListEntry:
    """What pack_entry made. Raises InvalidInput for what it did not make."""
    try:
        values = {name: packed[name] for name in ListEntry.__dataclass_fields__ if name in packed}
        values |= {
            "scope": scope_from_key(packed["scope"]),
            "kind": ListKind(packed["kind"]),
            "direction": Direction(packed.get("direction", Direction.INCOMING)),
            "match": Match(packed.get("match", Match.BOTH)),
        }
        return ListEntry(**values)
    except (KeyError, TypeError, ValueError):
        raise InvalidInput("this is no record of a list entry") from None
