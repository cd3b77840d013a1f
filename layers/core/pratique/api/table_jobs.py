"""The part of the table about background jobs."""

from __future__ import annotations

from pratique.domain.errors import Conflict, LimitReached

from . import asked_jobs, given_jobs
from . import examples as example
from .endpoint import Endpoint
from .endpoints import jobs

_JOB = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF",
    "scope": "example.org",
    "action": "remove",
    "state": "running",
    "ordered_at": "2026-09-21T14:13:20Z",
    "ordered_by": "token:desk",
    "changed_at": "2026-09-21T14:13:24Z",
    "looked_at": 1400,
    "done": 1399,
    "refused": 1,
    "steps": 7,
    "note": "",
    "undoes": "",
    "undone_by": "",
}
JOBS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/jobs",
        "orderJob",
        "Act on everything that a search finds",
        jobs.order,
        answer=given_jobs.JobView,
        body=asked_jobs.JobRequest,
        status=202,
        errors=(Conflict, LimitReached),
        description=(
            "In the background, on the mail that is there now; what comes in later is left alone. With the same `Idempotency-Key` it is the same "
            "job. At most five jobs of a scope are under way at once."
        ),
        example_body={
            "action": "remove",
            "search": {"scope": "example.org", "state": ["held"], "q": "from:shop.example"},
        },
        example_answer={
            **_JOB,
            "state": "waiting",
            "changed_at": None,
            "looked_at": 0,
            "done": 0,
            "refused": 0,
            "steps": 0,
        },
    ),
    Endpoint(
        "GET",
        "/v1/jobs",
        "listJobs",
        "List background jobs",
        jobs.list_,
        answer=given_jobs.JobList,
        query=asked_jobs.JobQuery,
        description="Of exactly one scope, newest first, for 30 days.",
        example_answer={"jobs": [_JOB], "cursor": None},
    ),
    Endpoint(
        "GET",
        "/v1/jobs/{id}",
        "readJob",
        "How a job is doing",
        jobs.read,
        answer=given_jobs.JobView,
        example_answer=_JOB,
    ),
    Endpoint(
        "GET",
        "/v1/jobs/{id}/results",
        "readJobResults",
        "What a step of a job did, message by message",
        jobs.results,
        answer=given_jobs.JobResults,
        query=asked_jobs.StepQuery,
        example_answer={"results": [{"id": example.ID, "ok": True, "code": ""}], "next": 1},
    ),
    Endpoint(
        "POST",
        "/v1/jobs/{id}/stop",
        "stopJob",
        "Stop a job",
        jobs.stop,
        answer=given_jobs.JobView,
        description="After the step under way. What it did stays done. Repeating the call is harmless.",
        example_answer={**_JOB, "state": "stopped"},
    ),
    Endpoint(
        "POST",
        "/v1/jobs/{id}/undo",
        "undoJob",
        "Take back what a job did",
        jobs.undo,
        answer=given_jobs.JobView,
        status=202,
        errors=(Conflict, LimitReached),
        description=(
            "By another job: what was removed is held again, reports are taken back, list entries that it made leave the lists. A delivery cannot be "
            "taken back: those are counted as refused. Repeating the call answers the same job."
        ),
        example_answer={**_JOB, "action": "undo", "undoes": "01K5N6R4M0Q8T7V2Y5Z9ABCDEE"},
    ),
)
