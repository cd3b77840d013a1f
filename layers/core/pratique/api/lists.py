"""Allow and block entries, and aliases: what comes in, what goes out over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.alias import SEPARATORS, USUAL_SEPARATORS, Alias, AliasDomain
from pratique.domain.listentry import MAX_IDLE_DAYS, MAX_REASON, Direction, ListEntry, ListKind, Match

from .asked import Asked, Cursor, PageSize
from .given import Given
from .views import clean, moment

Pattern = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=330,
        description="`a@example.org`, `example.org`, `*.example.org`, `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`",
        examples=["*.example.org"],
    ),
]
Way = Annotated[
    Direction,
    Meta(description="`incoming`: who may write to the scope's people; `outgoing`: whom they may write to"),
]
Sides = Annotated[
    Match,
    Meta(
        description="Which sender a name is compared with; `both` looks at both, and one that fits is enough"
    ),
]
IdleDays = Annotated[
    int, Meta(ge=0, le=MAX_IDLE_DAYS, description="It ends after so many days without use; 0: it does not")
]
AddressText = Annotated[str, Meta(min_length=3, max_length=320, examples=["info@example.org"])]


class EntryQuery(Asked, frozen=True):
    """A page of list entries."""

    limit: PageSize = 100
    cursor: Cursor | None = None
    direction: Direction | None = None


class PatternQuery(Asked, frozen=True):
    """One list entry."""

    pattern: Annotated[str, Meta(min_length=1, max_length=330)]
    direction: Direction = Direction.INCOMING


class ExportQuery(Asked, frozen=True):
    """A part of the entries."""

    cursor: Cursor | None = None


class EntryRequest(Asked, frozen=True):
    """A pattern to allow or block."""

    kind: ListKind
    pattern: Pattern
    needs_dmarc: Annotated[
        bool,
        Meta(
            description=(
                "An allow entry counts only for mail that passes DMARC (for the envelope alone: SPF), because addresses are forged. A "
                "host's address is not: with an IP pattern this is always false."
            )
        ),
    ] = True
    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""
    direction: Way = Direction.INCOMING
    match: Sides = Match.BOTH
    expires_at: Annotated[datetime, Meta(tz=True, description="It ends then")] | None = None
    idle_days: IdleDays = 0


class ImportRequest(Asked, frozen=True):
    """Entries as CSV, with the columns of an export in any order. `pattern` and `kind` have to be there; the kind `remove` takes one off."""

    csv: Annotated[str, Meta(max_length=5_000_000)]
    dry_run: Annotated[bool, Meta(description="Only say what it would do")] = False


class Entry(Given, frozen=True):
    """A list entry."""

    scope: str
    kind: ListKind
    pattern: str
    needs_dmarc: bool
    author: str
    reason: str
    created_at: datetime | None
    direction: Direction
    match: Match
    expires_at: datetime | None
    idle_days: int
    ends_at: Annotated[datetime | None, Meta(description="When it ends if it is not used again")]
    last_used_at: Annotated[datetime | None, Meta(description="The last day on which it decided")]
    used_days: Annotated[int, Meta(description="On how many days it decided")]


class EntryList(Given, frozen=True):
    """A page of entries by pattern, those for outgoing mail first."""

    entries: list[Entry]
    cursor: str | None


class ImportResult(Given, frozen=True):
    """What an import did. `missing` were to be taken off, and not there."""

    added: int
    replaced: int
    unchanged: int
    removed: int
    missing: int


class AliasQuery(Asked, frozen=True):
    """A page of aliases."""

    limit: PageSize = 100
    cursor: Cursor | None = None


class AddressQuery(Asked, frozen=True):
    """One address."""

    address: AddressText


class AliasRequest(Asked, frozen=True):
    """An address, and the mailbox that its mail belongs to; to itself: it is a mailbox, and no catch-all takes its mail."""

    address: AddressText
    owner: AddressText


class AliasDomainRequest(Asked, frozen=True):
    """What a domain chooses, all of it: what is left out goes back to the usual."""

    separators: Annotated[
        str,
        Meta(
            max_length=len(SEPARATORS),
            description=f"Characters that part a tag from a local part, of `{SEPARATORS}`; empty: no plus-addresses",
        ),
    ] = USUAL_SEPARATORS
    same_as: Annotated[str, Meta(max_length=253)] | None = None
    catch_all: AddressText | None = None


class AliasView(Given, frozen=True):
    """An address and its mailbox."""

    address: str
    owner: str
    is_mailbox: bool
    author: str
    created_at: datetime | None


class AliasDomainView(Given, frozen=True):
    """What a domain chose."""

    domain: str
    separators: str
    same_as: str | None
    catch_all: str | None


class AliasList(Given, frozen=True):
    """What a domain chose, and a page of its aliases by local part."""

    chosen: AliasDomainView
    aliases: list[AliasView]
    cursor: str | None


class OwnerView(Given, frozen=True):
    """Whose mail it is."""

    address: str
    owner: str


def _day(milliseconds: int) -> datetime | None:
    return moment(milliseconds / 1000) if milliseconds else None


def entry_view(found: ListEntry) -> Entry:
    """A list entry."""
    return Entry(
        scope=str(found.scope),
        kind=found.kind,
        pattern=found.pattern,
        needs_dmarc=found.needs_dmarc,
        author=found.author,
        reason=clean(found.reason),
        created_at=_day(found.created_ms),
        direction=found.direction,
        match=found.match,
        expires_at=_day(found.expires_at * 1000),
        idle_days=found.idle_days,
        ends_at=_day(found.ends_at * 1000),
        last_used_at=_day(found.used_ms),
        used_days=found.used_days,
    )


def alias_view(found: Alias) -> AliasView:
    """An alias or a mailbox."""
    return AliasView(
        address=str(found.address),
        owner=str(found.owner),
        is_mailbox=found.is_mailbox,
        author=found.author,
        created_at=_day(found.created_ms),
    )


def domain_view(chosen: AliasDomain) -> AliasDomainView:
    """What a domain chose."""
    return AliasDomainView(
        domain=chosen.domain,
        separators=chosen.separators,
        same_as=chosen.same_as or None,
        catch_all=str(chosen.catch_all) if chosen.catch_all else None,
    )


ENTRY: dict[str, Any] = {
    "scope": "example.org",
    "kind": "block",
    "pattern": "*.spam.example",
    "needs_dmarc": True,
    "author": "token:desk",
    "reason": "",
    "created_at": "2026-09-21T14:13:20Z",
    "direction": "incoming",
    "match": "both",
    "expires_at": None,
    "idle_days": 90,
    "ends_at": "2026-12-25T00:00:00Z",
    "last_used_at": "2026-09-25T08:00:00Z",
    "used_days": 3,
}
CHOSEN: dict[str, Any] = {"domain": "example.org", "separators": "+", "same_as": None, "catch_all": None}
ALIAS: dict[str, Any] = {
    "address": "info@example.org",
    "owner": "bob@example.org",
    "is_mailbox": False,
    "author": "token:desk",
    "created_at": "2026-09-21T14:13:20Z",
}
