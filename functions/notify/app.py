"""Tell senders of refused mail, as the notify queue asks; report those that must come back (ReportBatchItemFailures)."""

from __future__ import annotations

import json
from typing import Any

from pratique import bootstrap
from pratique.usecases.tell_sender import tell_batch


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    records = event["Records"]
    results = tell_batch(bootstrap.services(), [_body(record["body"]) for record in records])
    failed = [r["messageId"] for r, error in zip(records, results, strict=True) if error is not None]
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}


def _body(text: str) -> dict[str, str]:
    """The item, or an empty one for what is no JSON object: it fails, comes back, and ends in the dead-letter queue."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return {k: v for k, v in body.items() if isinstance(v, str)} if isinstance(body, dict) else {}
