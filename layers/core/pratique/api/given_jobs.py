"""What goes out over the wire about background jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from pratique.domain.job import JobState, JobVerb

from .given import Given


class JobView(Given, frozen=True):
    """A background job. It has ended when `state` is `done`, `stopped` or `failed`."""

    id: str
    scope: str
    action: JobVerb
    state: JobState
    ordered_at: datetime
    ordered_by: str
    changed_at: datetime | None
    looked_at: Annotated[int, Meta(description="Messages read")]
    done: Annotated[int, Meta(description="Messages acted on")]
    refused: Annotated[int, Meta(description="Messages whose action was refused; `results` says why")]
    steps: Annotated[int, Meta(description="Steps done")]
    note: Annotated[str, Meta(description="Why it failed")]
    undoes: Annotated[str, Meta(description="The job that this one takes back")]
    undone_by: Annotated[str, Meta(description="The job that takes back this one")]


class JobList(Given, frozen=True):
    """Jobs, newest first."""

    jobs: list[JobView]
    cursor: str | None


class JobItem(Given, frozen=True):
    """What became of one message."""

    id: str
    ok: bool
    code: str


class JobResults(Given, frozen=True):
    """What one step did. `next` is the number of the next one, null behind the last."""

    results: list[JobItem]
    next: int | None
