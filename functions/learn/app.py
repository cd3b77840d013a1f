"""Run the learner once for every scope named in a batch of the learn queue."""

from __future__ import annotations

import json
from typing import Any, Protocol

from pratique import bootstrap
from pratique.domain.errors import ConcurrentChange, PratiqueError
from pratique.domain.scope import Scope, scope_from_key
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.learn_lessons import learn_lessons

PAUSE, RESERVE_MS = 2, 30_000
"""Seconds before a learner comes back to what is left; time kept back for the batch under way."""


class Context(Protocol):
    """The part of the Lambda context that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Items of one scope succeed or come back together."""
    services = bootstrap.services()
    until_ms = services.clock.now_ms() + max(0, context.get_remaining_time_in_millis() - RESERVE_MS)
    by_scope: dict[str, list[str]] = {}
    for record in event["Records"]:
        by_scope.setdefault(_scope(record["body"]), []).append(record["messageId"])
    failed: list[str] = []
    for text, items in by_scope.items():
        try:
            scope = scope_from_key(text)
            if _goes_on(services, scope, until_ms):
                services.queue.send(QueueName.LEARN, [{"scope": scope.key}], delay_seconds=PAUSE)
        except PratiqueError as error:
            log_event("learning_failed", code=error.code)
            failed += items
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _goes_on(services: Services, scope: Scope, until_ms: int) -> bool:
    """Learn; whether to come back: work is left, or others were always first (no failure: SQS would wait for its visibility time-out)."""
    try:
        return services.clock.now_ms() >= until_ms or learn_lessons(services, scope, until_ms=until_ms).more
    except ConcurrentChange:
        return True


def _scope(text: str) -> str:
    """The scope's text, '' (which fails, and ends in the dead-letter queue) for an item of another form."""
    try:
        scope = json.loads(text)["scope"]
    except (ValueError, TypeError, KeyError):
        return ""
    return scope if isinstance(scope, str) else ""
