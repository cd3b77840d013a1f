"""Run the learner once for every scope named in a batch of the learn queue."""

from __future__ import annotations

import json
from typing import Any

from pratique import bootstrap
from pratique.domain.errors import ConcurrentChange, PratiqueError
from pratique.domain.scope import Scope, scope_from_key
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.learn_lessons import learn_lessons

PAUSE = 2
"""Seconds before a learner comes back to what is left."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Items of one scope succeed or come back together."""
    services = bootstrap.services()
    by_scope: dict[str, list[str]] = {}
    for record in event["Records"]:
        by_scope.setdefault(_scope(record["body"]), []).append(record["messageId"])
    failed: list[str] = []
    for text, items in by_scope.items():
        try:
            scope = scope_from_key(text)
            if _goes_on(services, scope):
                services.queue.send(QueueName.LEARN, [{"scope": scope.key}], delay_seconds=PAUSE)
        except PratiqueError as error:
            log_event("learning_failed", code=error.code)
            failed += items
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _goes_on(services: Services, scope: Scope) -> bool:
    """Learn; whether to come back: there is more, or other learners were always first. Losing a race is no failure, and the queue's own
    retry would let the lessons wait for the whole visibility time-out.
    """
    try:
        return learn_lessons(services, scope).more
    except ConcurrentChange:
        return True


def _scope(text: str) -> str:
    """The scope's text, '' (which fails, and ends in the dead-letter queue) for an item of another form."""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    scope = body.get("scope") if isinstance(body, dict) else None
    return scope if isinstance(scope, str) else ""
