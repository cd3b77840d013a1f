"""What comes in over the wire about requests for release."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from pratique.domain.release_request import MAX_TEXT

from .asked import Asked, Cursor, Override, PageSize, ScopeText

Words = Annotated[str, Meta(max_length=MAX_TEXT, description="On one line")]


class PageQuery(Asked, frozen=True):
    """A page of a scope."""

    scope: ScopeText | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class AskRequest(Asked, frozen=True):
    """Why a held message should be let go."""

    text: Words = ""


class AnswerRequest(Asked, frozen=True):
    """What the recipient is told with the answer."""

    note: Words = ""


class ApproveRequest(AnswerRequest, frozen=True):
    """What the recipient is told with the answer."""

    override: Override = False
