"""What goes out over the wire: msgspec encodes and describes it (OpenAPI)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pratique.domain.direction import Direction
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus
from pratique.domain.message import What
from pratique.domain.policy import Disposition
from pratique.domain.release_request import RequestState
from pratique.domain.rights import Reason
from pratique.domain.verdict import Verdict


class Given(msgspec.Struct, frozen=True):
    """An answer."""


class Problem(Given, frozen=True, omit_defaults=True):
    """An error (RFC 9457). Programs compare `code`; `detail` is for people; `request_id` finds the log line."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    request_id: str | None = None


class Decision(msgspec.Struct, frozen=True):
    """By whom, when, by which channel. `action` can be undone (POST /v1/actions/{id}/undo); it is empty for the filter's own."""

    at: datetime
    state: State
    actor: str
    channel: str
    action: str


class RequestView(Given, frozen=True):
    """A recipient asked for the release of this copy, and what an administrator answered; `answered_at` is null until one did."""

    state: RequestState
    by: str
    at: datetime
    text: str
    answered_by: str
    answered_at: datetime | None
    note: str


class Offer(msgspec.Struct, frozen=True):
    """What is like a message that was just reported: how many of the newest copies, and where all are listed."""

    aim: Annotated[
        str, Meta(description="`release`: held ones to let go; `recall`: delivered ones to warn of")
    ]
    count: int
    url: str


class Message(Given, frozen=True):
    """One recipient's copy of a message."""

    id: str
    recipient: Annotated[str, Meta(description="The envelope recipient: where it goes")]
    owner: Annotated[
        str, Meta(description="The mailbox whose quarantine it is in; another than `recipient` for an alias")
    ]
    direction: Direction
    state: State
    status: Annotated[LogStatus, Meta(description="The state by the name a message log has for it")]
    verdict: Verdict
    disposition: Disposition
    score: Annotated[float, Meta(description="0 (ham) to 1 (spam)")]
    received_at: datetime
    expires_at: datetime
    sender: str
    subject: str
    size: Annotated[int, Meta(description="Octets")]
    lesson: Annotated[str, Meta(description="The label last trained, empty for none")]
    attempts: Annotated[int, Meta(description="Tries of the delivery under way")]
    reply: Annotated[str, Meta(description="The next hop's last answer")]
    held_for: Annotated[
        Reason | None, Meta(description="Why it is held, in one word; null where it never was")
    ]
    release_request: RequestView | None
    chance: Annotated[
        float | None,
        Meta(description="0 to 1: how likely it is a mistake to hold this one; null unless held"),
    ] = None
    reasons: Annotated[
        list[str], Meta(description="Why it may be one, or why not, the weightiest first")
    ] = []
    folded: Annotated[
        list[str], Meta(description="Ids of the other copies of its campaign that this line stands for")
    ] = []
    offer: Annotated[
        Offer | None, Meta(description="After a lesson: what is like it; null else, and where nothing is")
    ] = None
    decided: Annotated[
        Decision | None,
        Meta(
            description="Who decided last what becomes of it: the filter, or whoever released, removed or restored it"
        ),
    ] = None


class MessageList(Given, frozen=True):
    """A page, newest first unless asked otherwise. `cursor` is null on the last one."""

    messages: list[Message]
    cursor: str | None


class Evidence(msgspec.Struct, frozen=True):
    """A signal and its weight in log-odds: above zero it speaks for spam. The score is sigmoid of their sum."""

    signal: str
    weight: float
    detail: str


class Step(msgspec.Struct, frozen=True):
    """One step in the life of a copy: a move to `state`, a try of its delivery, a lesson, or something noted."""

    at: datetime
    state: State
    actor: str
    channel: str
    note: str
    what: What = What.MOVE
    action: str = ""


class Checks(msgspec.Struct, frozen=True):
    """What the receiving server found out about the sender."""

    spf: str
    dkim: str
    dmarc: str
    spam: str
    virus: str
    dmarc_policy: str


class JudgedBy(Given, frozen=True):
    """A policy that a copy was judged by: version 0 where that scope had chosen nothing."""

    scope: str
    version: int


class MessageDetail(Given, frozen=True):
    """A copy with its evidence and history. Other recipients are not shown: they may be blind copies."""

    message: Message
    contributions: list[Evidence]
    history: list[Step]
    checks: Checks
    mail_from: str
    header_from: str
    header_message_id: str
    date: str
    client_ip: str
    helo: str
    defects: list[str]
    policies: Annotated[list[JudgedBy], Meta(description="Those it was judged by, the nearest first")]
    extensions: Annotated[
        list[str], Meta(description="Endings of its files' names, nested ones too; `*`: and others")
    ]


class RawLink(Given, frozen=True):
    """Where the raw bytes are for `expires_in` seconds."""

    url: str
    expires_in: int


class BulkItem(Given, frozen=True):
    """What became of one id. `state` where it worked, `code` and `detail` where it did not."""

    id: str
    ok: bool
    state: str | None
    code: str | None
    detail: str | None


class BulkResult(Given, frozen=True):
    """One answer per id, in the order asked."""

    answers: list[BulkItem]


class LessonsResult(Given, frozen=True):
    """How many lessons were new, and how many were known already (an upload may be repeated)."""

    new: int
    known: int


class RedriveResult(Given, frozen=True):
    """How many went back to the queue."""

    moved: int


class QueueDepth(Given, frozen=True):
    """About how many wait, and how many are dead letters."""

    waiting: int
    dead: int


class Health(Given, frozen=True):
    """The API answers."""

    status: str


class Status(Given, frozen=True):
    """How your scope is doing. `queues` is empty for anybody but the operator; `model` is null where nothing was learned yet."""

    scope: str
    queues: dict[str, QueueDepth]
    lessons_pending: int
    lessons_applied: int
    lessons_parked: int
    model: str | None


Document = dict[str, Any]
"""The OpenAPI document."""
