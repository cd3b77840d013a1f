"""The part of the table about messages: list, read, act."""

from __future__ import annotations

from pratique.domain.errors import Conflict, LimitReached, NoRoute, ReasonNeeded, RequestNeeded

from . import asked, given, given_why
from . import examples as example
from .endpoint import Endpoint
from .endpoints import messages, reasons

_REPEAT = "Repeating the call is harmless: "

MESSAGES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/messages",
        "listMessages",
        "List messages, newest first",
        messages.list_,
        answer=given.MessageList,
        query=asked.MessageQuery,
        description="Of your own scope unless `scope` names one inside it; held ones unless `state` says otherwise.",
        example_answer={"messages": [example.MESSAGE], "cursor": None},
    ),
    Endpoint(
        "POST",
        "/v1/messages/bulk",
        "actInBulk",
        "Release, remove, restore or train many",
        messages.bulk,
        answer=given.BulkResult,
        body=asked.BulkRequest,
        description="Up to 1,000 ids, answered per id in the order asked; each is acted on at most once. "
        + _REPEAT
        + "as for one.",
        example_body={"action": "release", "ids": [example.ID], "train": True},
        example_answer=example.BULK,
    ),
    Endpoint(
        "GET",
        "/v1/messages/{id}",
        "readMessage",
        "Read one, with its evidence and history",
        messages.read,
        answer=given.MessageDetail,
        example_answer=example.DETAIL,
    ),
    Endpoint(
        "GET",
        "/v1/messages/{id}/why",
        "explainMessage",
        "Why it was judged so, and what would have flipped it",
        reasons.why,
        answer=given_why.Why,
        example_answer=example.WHY,
    ),
    Endpoint(
        "GET",
        "/v1/messages/{id}/raw",
        "linkRaw",
        "Get a link to the raw bytes",
        messages.raw,
        answer=given.RawLink,
        errors=(ReasonNeeded,),
        description=(
            "A link instead of a redirect: clients send their Authorization header along with a redirect, which S3 refuses. Somebody else's mail "
            "wants a reason first (403 `reason_needed`): `POST /v1/messages/{id}/open`."
        ),
        example_answer={"url": "https://bucket.s3.amazonaws.com/raw/…?X-Amz-Signature=…", "expires_in": 300},
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/release",
        "releaseMessage",
        "Release; Release & Train; Release & Whitelist",
        messages.release,
        answer=given.Message,
        body=asked.ReleaseRequest,
        errors=(Conflict, NoRoute, LimitReached, RequestNeeded),
        description="`request_needed`: a recipient may only ask for it (`/request`). "
        + _REPEAT
        + "it answers the copy as it is now and delivers once.",
        example_body={"train": True},
        example_answer={**example.MESSAGE, "state": "releasing", "lesson": "ham"},
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/remove",
        "removeMessage",
        "Remove; Blacklist & Remove",
        messages.remove,
        answer=given.Message,
        body=asked.RemoveRequest,
        errors=(Conflict,),
        description=_REPEAT + "it answers the copy as it is now.",
        example_body={"block": "recipient"},
        example_answer={**example.MESSAGE, "state": "removed"},
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/restore",
        "restoreMessage",
        "Undo Remove",
        messages.restore,
        answer=given.Message,
        errors=(Conflict,),
        description="Holds a removed message again, while it is still there (three days). "
        + _REPEAT
        + "it answers the copy as it is now.",
        example_answer=example.MESSAGE,
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/train",
        "trainMessage",
        "Not Spam; Spam",
        messages.train,
        answer=given.Message,
        body=asked.TrainRequest,
        errors=(LimitReached,),
        description=_REPEAT + "the same report is one lesson. The other label takes the first report back.",
        example_body={"label": "ham"},
        example_answer={**example.MESSAGE, "lesson": "ham"},
    ),
    Endpoint(
        "POST",
        "/v1/messages/{id}/untrain",
        "untrainMessage",
        "Take back Not Spam or Spam",
        messages.untrain,
        answer=given.Message,
        errors=(Conflict,),
        description="Only what was reported at your own level. "
        + _REPEAT
        + "it answers the copy as it is now.",
        example_answer=example.MESSAGE,
    ),
)
