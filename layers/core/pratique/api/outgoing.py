"""Mail that is sent, and who sends it: what comes in, what goes out over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pratique.domain.lifecycle import State
from pratique.domain.outgoing import MOST_RECIPIENTS, SENDING, Standing, Window
from pratique.usecases.manage_identities import MAX_MINUTES, MAX_REASON

from .asked import Asked, Cursor, PageSize, ScopeText
from .given import Given
from .views import moment

MAX_RAW = 4_500_000
"""Octets of a message: in base64, with its envelope, it fits into one call of a function (6 MB)."""
FOREVER_YEAR = 9_999

Sender = Annotated[
    str,
    Meta(
        max_length=320,
        description="An address of the sending mailbox; empty: all that the login sends",
        examples=["bob@example.org"],
    ),
]
User = Annotated[
    str, Meta(min_length=1, max_length=320, description="The login: `global`, a domain or an address")
]


class OutgoingRequest(Asked, frozen=True):
    """A message to send."""

    mail_from: Sender
    recipients: Annotated[
        list[Annotated[str, Meta(min_length=3, max_length=320)]],
        Meta(min_length=1, max_length=MOST_RECIPIENTS, description="Envelope recipients"),
    ]
    raw: Annotated[
        bytes, Meta(description="The whole message (RFC 5322) in base64, at most 4,500,000 octets decoded")
    ]


class SentCopy(msgspec.Struct, frozen=True):
    """One recipient's copy."""

    id: str
    recipient: str
    state: State


class OutgoingResult(Given, frozen=True):
    """What became of it. `accepted` is what an SMTP client would hear; `copies` are empty where it was refused and not kept."""

    message: str
    accepted: bool
    copies: list[SentCopy]


class IdentityQuery(Asked, frozen=True):
    """Whose identities: your own scope's when left out."""

    scope: ScopeText | None = None
    locked: Annotated[bool, Meta(description="Only those that may not send now")] = False
    limit: PageSize = 50
    cursor: Cursor | None = None


class LockRequest(Asked, frozen=True):
    """Whom to lock, and for how long: until somebody unlocks it when `minutes` are left out."""

    user: User
    sender: Sender
    minutes: Annotated[int, Meta(ge=1, le=MAX_MINUTES)] | None = None
    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""


class UnlockRequest(Asked, frozen=True):
    """Whom to unlock."""

    user: User
    sender: Sender


class IdentityView(Given, frozen=True):
    """Somebody who sends: a login, and the mailbox as which it sends (`*`: all of them together). Counts are
    recipients in the minute, hour and day (UTC) that is now."""

    user: str
    sender: str
    locked: bool
    locked_until: Annotated[datetime | None, Meta(description="null while locked: until somebody unlocks it")]
    reason: str
    locked_by: str
    locks: Annotated[int, Meta(description="Automatic locks of late")]
    minute: int
    hour: int
    day: int
    refused: Annotated[int, Meta(description="Recipients that next hops refused for good in this hour")]
    last_sent_at: datetime | None


class IdentityList(Given, frozen=True):
    """A page of identities."""

    identities: list[IdentityView]
    cursor: str | None


def view(standing: Standing, now: int) -> IdentityView:
    """An identity at `now` (Unix seconds)."""
    minute, hour, day = (standing.count(window, now) for window in SENDING)
    until = moment(standing.locked_until) if standing.is_locked(now) else None
    return IdentityView(
        user="global" if standing.identity.user == "*" else standing.identity.user,
        sender=standing.identity.sender,
        locked=standing.is_locked(now),
        locked_until=None if until is None or until.year == FOREVER_YEAR else until,
        reason=standing.reason if standing.is_locked(now) else "",
        locked_by=standing.locked_by if standing.is_locked(now) else "",
        locks=standing.locks,
        minute=minute,
        hour=hour,
        day=day,
        refused=standing.count(Window.REFUSED, now),
        last_sent_at=moment(standing.last) if standing.last else None,
    )


EXAMPLE: dict[str, Any] = {
    "user": "bob@example.org",
    "sender": "bob@example.org",
    "locked": True,
    "locked_until": "2026-09-21T14:43:20Z",
    "reason": "too many messages that look like spam",
    "locked_by": "filter",
    "locks": 1,
    "minute": 0,
    "hour": 34,
    "day": 40,
    "refused": 2,
    "last_sent_at": "2026-09-21T14:13:20Z",
}
RESULT: dict[str, Any] = {
    "message": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "accepted": True,
    "copies": [
        {
            "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.ZXZlQGVsc2UuZXhhbXBsZQ.Ym9iQGV4YW1wbGUub3Jn.out",
            "recipient": "eve@else.example",
            "state": "queued",
        }
    ],
}
