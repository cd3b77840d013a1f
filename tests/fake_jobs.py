"""Jobs in memory."""

from __future__ import annotations

import threading
from dataclasses import replace

from pratique.adapters.aws.jobs import JOB_PLACE
from pratique.adapters.cursors import decode_cursor, encode_cursor
from pratique.domain.job import Job, Step
from pratique.domain.scope import Scope
from pratique.ports.jobs import JobPage


class FakeJobs:
    """Jobs."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.jobs: dict[str, Job] = {}
        self.steps: dict[tuple[str, int], Step] = {}

    def add(self, job: Job) -> bool:
        with self._lock:
            return self.jobs.setdefault(job.id, job) is job

    def get(self, job_id: str) -> Job | None:
        with self._lock:
            return self.jobs.get(job_id)

    def save(self, job: Job) -> bool:
        with self._lock:
            known = self.jobs.get(job.id)
            if known is None or known.version != job.version:
                return False
            self.jobs[job.id] = replace(job, version=job.version + 1)
            return True

    def list_jobs(self, scope: Scope, *, limit: int, cursor: str | None = None) -> JobPage:
        below = None if cursor is None else decode_cursor(cursor, JOB_PLACE)
        with self._lock:
            places = {
                f"{job.created_ms:015d}#{job.id}": job for job in self.jobs.values() if job.scope == scope
            }
        found = sorted((place for place in places if below is None or place < below), reverse=True)
        page = found[:limit]
        more = len(found) > limit
        return JobPage(tuple(places[place] for place in page), encode_cursor(page[-1]) if more else None)

    def add_step(self, job_id: str, number: int, step: Step, *, until: int) -> Step:
        with self._lock:
            return self.steps.setdefault((job_id, number), step)

    def finish_step(self, job_id: str, number: int, step: Step, *, until: int) -> None:
        with self._lock:
            self.steps[job_id, number] = step

    def get_step(self, job_id: str, number: int) -> Step | None:
        with self._lock:
            return self.steps.get((job_id, number))
