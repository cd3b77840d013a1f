"""What comes in over the wire about searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from pratique.domain.direction import Direction
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus
from pratique.domain.verdict import Verdict
from pratique.usecases.search_messages import MAX_FOUND

from .asked import Asked, Cursor, ScopeText, Score

Octets = Annotated[int, Meta(ge=0)]
Moment = Annotated[
    datetime, Meta(tz=True, description="RFC 3339, with a zone", examples=["2026-09-21T00:00:00+02:00"])
]


class Looked(Asked, frozen=True):
    """What is looked for. All that is given must hold; several values of one field are alternatives."""

    scope: ScopeText | None = None
    q: Annotated[
        str,
        Meta(
            max_length=1_100,
            description=(
                "Words, each anywhere in sender, subject, recipient or the next hop's answer (or how an id begins), without case and accents; "
                "quotes hold a phrase together, `from: to: subject: id: reply: held:` name a field (`held:virus`), a minus leaves out"
            ),
            examples=['invoice from:ann -newsletter "your order"'],
        ),
    ] = ""
    state: list[State] = field(default_factory=list)
    status: list[LogStatus] = field(default_factory=list)
    verdict: list[Verdict] = field(default_factory=list)
    since: Moment | None = None
    before: Moment | None = None
    score_from: Score = 0.0
    score_to: Score = 1.0
    larger: Octets = 0
    smaller: Octets = 0
    direction: Direction = Direction.INCOMING


class SearchQuery(Looked, frozen=True):
    """A page of what is looked for, newest first."""

    limit: Annotated[int, Meta(ge=1, le=MAX_FOUND)] = 50
    cursor: Cursor | None = None
