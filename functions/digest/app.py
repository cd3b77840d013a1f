"""Digests: the schedule's run gives out work; items of the digest queue are the work (ReportBatchItemFailures)."""

from __future__ import annotations

import json
from typing import Any, Protocol

from pratique import bootstrap
from pratique.domain.errors import PratiqueError
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.run_digests import read_item, start_digests, work_on

RESERVE_MS = 30_000
"""Time kept back for the digest under way."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Without records it is the schedule that calls. What a worker leaves goes to the queue again."""
    services = bootstrap.services()
    if "Records" not in event:
        return {"shards": start_digests(services)}
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    failed = [r["messageId"] for r in event["Records"] if not _done(services, r["body"], until_ms)]
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _done(services: Services, text: str, until_ms: int) -> bool:
    """Whether an item is done with; one that is none comes back, and ends in the dead-letter queue."""
    try:
        body = json.loads(text)
        item = read_item(body if isinstance(body, dict) else {})
        if work_on(services, item, until_ms=until_ms):
            services.queue.send(QueueName.DIGEST, [body])
    except (ValueError, PratiqueError) as error:
        log_event("digests_interrupted", code=getattr(error, "code", "unreadable"))
        return False
    return True
