"""The part of the table about mail that is sent, and who sends it."""

from __future__ import annotations

from pratique.domain.errors import Conflict, LimitReached, SenderLocked

from . import outgoing as shapes
from .endpoint import Endpoint
from .endpoints import outgoing

OUTGOING: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/outgoing",
        "sendMessage",
        "Send a message",
        outgoing.send,
        answer=shapes.OutgoingResult,
        body=shapes.OutgoingRequest,
        errors=(Conflict, LimitReached, SenderLocked),
        description=(
            "For servers: a message as a whole, judged by the outgoing policy of the sender's domain, sent on by its outgoing route or held in "
            "Caught (Outgoing). With an `Idempotency-Key` the same request again is the same message for two days. Larger messages go by SMTP."
        ),
        example_body={
            "mail_from": "bob@example.org",
            "recipients": ["eve@else.example"],
            "raw": "RnJvbTogYm9iQGV4YW1wbGUub3JnDQo=",
        },
        example_answer=shapes.RESULT,
    ),
    Endpoint(
        "GET",
        "/v1/identities",
        "listIdentities",
        "List who sends, how much, and who is locked",
        outgoing.list_,
        answer=shapes.IdentityList,
        query=shapes.IdentityQuery,
        description="Of a domain or a login. For `global`, `locked` must be true: locked ones of all domains.",
        example_answer={"identities": [shapes.EXAMPLE], "cursor": None},
    ),
    Endpoint(
        "POST",
        "/v1/identities/lock",
        "lockIdentity",
        "Let somebody send nothing",
        outgoing.lock,
        answer=shapes.IdentityView,
        body=shapes.LockRequest,
        description="For administrators. Locking again sets a new end.",
        example_body={"user": "bob@example.org", "sender": "bob@example.org", "minutes": 60},
        example_answer=shapes.EXAMPLE,
    ),
    Endpoint(
        "POST",
        "/v1/identities/unlock",
        "unlockIdentity",
        "End a lock",
        outgoing.unlock,
        answer=shapes.IdentityView,
        body=shapes.UnlockRequest,
        description="For administrators. Automatic locks before this one count no more. Unlocking twice is the same as once.",
        example_body={"user": "bob@example.org", "sender": "bob@example.org"},
        example_answer={
            **shapes.EXAMPLE,
            "locked": False,
            "locked_until": None,
            "reason": "",
            "locked_by": "",
        },
    ),
)
