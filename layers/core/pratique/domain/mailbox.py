"""What a mail client sees of the quarantine: listings of copies, and the stored register of a mailbox."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .direction import Direction
from .ids import CopyId, ulid
from .lifecycle import LIVE, State
from .message import Copy
from .policy import Disposition
from .scope import Scope


class Listing(enum.StrEnum):
    """Which copies of a scope a mailbox shows."""

    CAUGHT = "caught"
    """Held; and released by somebody, but refused by the next hop for good: it is here again."""
    REQUESTED = "requested"
    """Delivered although unsure, and nobody has said yet what it is (Training Requested)."""
    CAUGHT_OUTGOING = "caught_outgoing"
    """As CAUGHT, of the mail that the mailbox itself sends."""

    @property
    def direction(self) -> Direction:
        """Of the copies that it shows."""
        return Direction.OUTGOING if self is Listing.CAUGHT_OUTGOING else Direction.INCOMING


STATES: dict[Listing, tuple[State, ...]] = {
    Listing.CAUGHT: (State.HELD, State.FAILED),
    Listing.REQUESTED: (State.DELIVERED,),
    Listing.CAUGHT_OUTGOING: (State.HELD, State.FAILED),
}
"""The states of the copies that a listing may show."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One copy in a listing: until when it is there (Unix seconds) and how large the message is (octets)."""

    id: CopyId
    ends: int
    size: int


def placed(copy: Copy, listing: Listing, *, now: int) -> Placed | None:
    """The copy as `listing` shows it, None where it does not (any more). `now` in Unix seconds."""
    if copy.state in LIVE or copy.expires_at <= now or copy.id.direction is not listing.direction:
        return None
    if listing is Listing.REQUESTED:
        if copy.state is not State.DELIVERED or copy.lesson or copy.requested_until <= now:
            return None
        return Placed(copy.id, min(copy.requested_until, copy.expires_at), copy.size)
    failed_release = copy.state is State.FAILED and copy.disposition is Disposition.QUARANTINE
    return Placed(copy.id, copy.expires_at, copy.size) if copy.state is State.HELD or failed_release else None


@dataclass(frozen=True, slots=True)
class Changed:
    """A hint that a copy came to a listing or left one at about `at_ms` (Unix ms): whoever shows it looks at it again."""

    at_ms: int
    id: CopyId


def place_floor(milliseconds: int) -> str:
    """Below every copy of a message that was received at that time or after it; ULIDs sort by time."""
    return ulid(max(0, milliseconds), bytes(10))


@dataclass(frozen=True, slots=True)
class MailboxKey:
    """Whose mailbox, and which folder (its name, lower-case ASCII letters and hyphens)."""

    scope: Scope
    folder: str


@dataclass(frozen=True, slots=True)
class Register:
    """What is stored of a mailbox. Written as a whole under the condition that `version` is one more than before.

    `base` names the snapshot that `tail` (packed changes since) builds on, '' for none. `uidnext` is the next UID (RFC 3501,
    2.3.1.1), `seen_ms` up to where (Unix ms) what came and went has been worked in.
    """

    version: int
    uidvalidity: int
    uidnext: int
    base: str
    seen_ms: int
    tail: bytes
