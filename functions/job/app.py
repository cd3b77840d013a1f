"""Carry out background jobs, and write catalogues for searches, named in a batch of the job queue."""

from __future__ import annotations

import json
from typing import Any, Protocol

from pratique import bootstrap
from pratique.domain.direction import Direction
from pratique.domain.errors import PratiqueError
from pratique.domain.scope import scope_from_key
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.run_job import run_job
from pratique.usecases.write_catalogue import write_catalogue

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
            _work(services, _item(record["body"]), until_ms)
        except PratiqueError as error:
            log_event("job_step_failed", code=error.code)
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _work(services: Services, item: dict[str, Any], until_ms: int) -> None:
    if isinstance(item.get("catalogue"), str):
        outgoing = item.get("direction") == Direction.OUTGOING
        direction = Direction.OUTGOING if outgoing else Direction.INCOMING
        write_catalogue(services, scope_from_key(item["catalogue"]), direction, until_ms=until_ms)
    elif isinstance(item.get("job"), str):
        run_job(services, item["job"], until_ms=until_ms)


def _item(text: str) -> dict[str, Any]:
    """What is to be done; nothing for an item of another form."""
    try:
        item = json.loads(text)
    except ValueError:
        return {}
    return item if isinstance(item, dict) else {}
