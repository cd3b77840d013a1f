"""Background jobs and the record of their steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.job import Job, Step
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, newest first, and the cursor of the next page (None at the end)."""

    jobs: tuple[Job, ...]
    cursor: str | None


class Jobs(Protocol):
    """Kept for some weeks after the last change, then gone by themselves."""

    def add(self, job: Job) -> bool:
        """Store a new job; False (and nothing changed) where its id is there already."""

    def get(self, job_id: str) -> Job | None:
        """Consistent read."""

    def save(self, job: Job) -> bool:
        """Replace the job by one of the next version (`job.version` is that of the stored one); False where another writer was first."""

    def list_jobs(self, scope: Scope, *, limit: int, cursor: str | None = None) -> JobPage:
        """The jobs of exactly this scope. Raises InvalidInput for a cursor that is none."""

    def add_step(self, job_id: str, number: int, step: Step, *, until: int) -> Step:
        """Store a step before it is done, to be kept until `until` (Unix seconds); returns the one that is stored: this, or the one that was there
        before.
        """

    def finish_step(self, job_id: str, number: int, step: Step, *, until: int) -> None:
        """Replace the step by what became of it; again is harmless."""

    def get_step(self, job_id: str, number: int) -> Step | None:
        """A step of a job."""
