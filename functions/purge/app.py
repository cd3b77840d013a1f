"""Copies that ended (their rows became records, or TTL took them): bytes go with the last copy."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.domain.errors import PratiqueError
from pratique.domain.ids import CopyId, parse_copy_key
from pratique.observability import log_event
from pratique.usecases.expire_messages import purge_copy


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Stream records are worked off in order; the first that fails is reported, and the stream comes back to it."""
    services = bootstrap.services()
    for record in event["Records"]:
        copy_id = _ended(record)
        if copy_id is None:
            continue
        try:
            purge_copy(services, copy_id)
        except PratiqueError as error:
            log_event("purge_failed", code=error.code)
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _ended(record: dict[str, Any]) -> CopyId | None:
    """The copy that has just ended; None for any other record, and for a record of a copy whose time was up too."""
    change = record.get("dynamodb", {})
    old, new = change.get("OldImage", {}), change.get("NewImage", {})
    if record.get("eventName") == "REMOVE":
        if "ended" in old:
            return None
    elif "ended" not in new or "ended" in old:
        return None
    keys = change.get("Keys", {})
    return parse_copy_key(keys.get("pk", {}).get("S", ""), keys.get("sk", {}).get("S", ""))
