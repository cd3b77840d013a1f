"""Carry out background jobs named in a batch of the job queue."""

from __future__ import annotations

import json
from typing import Any, Protocol

from pratique import bootstrap
from pratique.domain.errors import PratiqueError
from pratique.observability import log_event
from pratique.usecases.run_job import run_job

RESERVE_MS = 40_000
"""Time kept back for the step under way and the answer."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Each job goes on for as long as this invocation may run, and is queued again where there is more to do."""
    services = bootstrap.services()
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    failed: list[str] = []
    for record in event["Records"]:
        try:
            run_job(services, _job(record["body"]), until_ms=until_ms)
        except PratiqueError as error:
            log_event("job_step_failed", code=error.code)
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _job(text: str) -> str:
    """The job's id, '' for an item of another form: there is no such job, and nothing to do."""
    try:
        job = json.loads(text)["job"]
    except (ValueError, TypeError, KeyError):
        return ""
    return job if isinstance(job, str) else ""
