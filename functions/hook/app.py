"""Call webhooks with the events in a batch of the hook queue."""

from __future__ import annotations

import json
from typing import Any

from pratique import bootstrap
from pratique.domain.errors import PratiqueError
from pratique.observability import log_event
from pratique.usecases.call_hook import call_hook


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    services = bootstrap.services()
    failed: list[str] = []
    for record in event["Records"]:
        try:
            call_hook(services, _item(record["body"]))
        except PratiqueError as error:
            log_event("hook_failed", code=error.code)
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _item(text: str) -> dict[str, str]:
    """The item, or an empty one for what is no JSON object: it names no webhook, and nothing is done."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return {k: v for k, v in body.items() if isinstance(v, str)} if isinstance(body, dict) else {}
