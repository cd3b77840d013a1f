"""What comes in over the wire about background jobs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from pratique.domain.lesson import Label

from .asked import Asked, Cursor, Level, ScopeText
from .asked_search import Looked


class JobRequest(Asked, frozen=True):
    """One action on everything that `search` finds now. `train` and `allow` go with release, `block` with remove, `label` with train."""

    action: Literal["release", "remove", "restore", "train"]
    search: Looked
    train: bool = False
    allow: Level = False
    block: Level = False
    label: Label | None = None


class JobQuery(Asked, frozen=True):
    """A page of jobs."""

    scope: ScopeText | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor | None = None


class StepQuery(Asked, frozen=True):
    """One step of a job."""

    step: Annotated[int, Meta(ge=0)] = 0
