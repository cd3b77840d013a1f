"""Lessons: what comes in, what goes out over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from pratique.domain.lesson import Label, LessonRecord, LessonState, Standing

from .asked import Asked, Cursor, PageSize, ScopeText
from .given import Given
from .views import clean, moment

Author = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=320,
        description="A recipient's address, an administrator's `token:…`, or `quorum`",
        examples=["bob@example.org"],
    ),
]


class LessonQuery(Asked, frozen=True):
    """Which lessons to list."""

    scope: ScopeText | None = None
    state: LessonState | None = None
    author: Author | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class AuthorRequest(Asked, frozen=True):
    """Whose lessons, in `scope` (your own when left out): a domain is taken with its recipients, `global` is the global layer alone."""

    author: Author
    scope: ScopeText | None = None


class ParkedRequest(Asked, frozen=True):
    """Which parked lessons of `scope` (your own when left out): those of an author, or all."""

    author: Author | None = None
    scope: ScopeText | None = None


class Lesson(Given, frozen=True):
    """A lesson, and what became of it. Its mail is not shown: `origin` names the copy, the upload or the campaign that it came from."""

    id: str
    scope: Annotated[str, Meta(description="The layer that it teaches")]
    label: Label
    state: LessonState
    author: str
    given_as: Standing
    channel: str
    weight: Annotated[float, Meta(description="1 is a full step")]
    created_at: datetime
    origin: str
    changed_at: datetime | None
    changed_by: str
    note: Annotated[str, Meta(description="Why it was parked")]


class LessonList(Given, frozen=True):
    """A page, newest first. `cursor` is null on the last one; a page may be short, with a cursor, where a filter drops much."""

    lessons: list[Lesson]
    cursor: str | None


class LessonDetail(Given, frozen=True):
    """A lesson, and the recipients whose votes made it: none for a lesson that somebody gave alone."""

    lesson: Lesson
    voters: list[str]


class UndoneResult(Given, frozen=True):
    """How many lessons were taken back; call again while there is `more`."""

    undone: int
    more: bool


class ReviewedResult(Given, frozen=True):
    """How many parked lessons were accepted or dropped; call again while there is `more`."""

    done: int
    more: bool


def view(record: LessonRecord) -> Lesson:
    """A row of a list."""
    lesson = record.lesson
    return Lesson(
        id=str(record.ref),
        scope=str(lesson.scope),
        label=lesson.label,
        state=record.state,
        author=clean(lesson.author),
        given_as=lesson.standing,
        channel=lesson.channel.value,
        weight=lesson.rate,
        created_at=moment(lesson.created_ms / 1000),
        origin=clean(lesson.origin),
        changed_at=moment(record.changed_ms / 1000) if record.changed_ms else None,
        changed_by=clean(record.changed_by),
        note=record.note,
    )


EXAMPLE: dict[str, Any] = {
    "id": "0d5f2c6f6b1e4a7f9c3e8a1b2c3d4e5f.ZXhhbXBsZS5vcmc",
    "scope": "example.org",
    "label": "spam",
    "state": "parked",
    "author": "token:desk",
    "given_as": "administrator",
    "channel": "api",
    "weight": 1.0,
    "created_at": "2026-09-21T14:13:20Z",
    "origin": "upload:spam/1.eml",
    "changed_at": None,
    "changed_by": "",
    "note": "these 40 would change what is thought of 160 messages kept aside: ham judged wrongly 0.4% to 4.1%, …",
}
QUORUM_EXAMPLE: dict[str, Any] = {
    **EXAMPLE,
    "state": "applied",
    "author": "quorum",
    "given_as": "quorum",
    "weight": 0.5,
    "origin": "campaign:01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "note": "",
}
