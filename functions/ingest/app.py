"""Take in the message of an SES event. Any error goes up: the invoker tries again, then keeps the event in its dead-letter queue."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.usecases.ingest_message import Ingested, ingest_message
from pratique.usecases.receipts import read_receipts


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer `{"disposition": "CONTINUE", "message", "copies"}`: SES reads the first, the SMTP edge the rest; `told` of a held copy says whether
    the sender may hear of it.
    """
    services = bootstrap.services()
    taken = [ingest_message(services, receipt) for receipt in read_receipts(event)]
    return {
        "disposition": "CONTINUE",
        "message": taken[0].message,
        "copies": [copy for one in taken for copy in _copies(one)],
    }


def _copies(taken: Ingested) -> list[dict[str, str]]:
    return [
        {
            "id": str(copy.id),
            "recipient": str(copy.id.recipient),
            "state": copy.state.value,
            "verdict": copy.verdict.value,
            "disposition": copy.disposition.value,
            "told": "no" if str(copy.id) in taken.quiet else "yes",
        }
        for copy in taken.copies
    ]
