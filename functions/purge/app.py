"""Rows that left the table (TTL or sweep): their bytes go with the last copy."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.domain.address import try_address
from pratique.domain.errors import PratiqueError
from pratique.domain.ids import CopyId, is_ulid
from pratique.observability import log_event
from pratique.usecases.expire_messages import purge_copy


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Stream records are worked off in order; the first that fails is reported, and the stream comes back to it."""
    services = bootstrap.services()
    for record in event["Records"]:
        copy_id = _copy_id(record)
        if copy_id is None:
            continue
        try:
            purge_copy(services, copy_id)
        except PratiqueError as error:
            log_event("purge_failed", code=error.code)
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _copy_id(record: dict[str, Any]) -> CopyId | None:
    """The copy whose row was removed; None for any other record."""
    if record.get("eventName") != "REMOVE":
        return None
    keys = record.get("dynamodb", {}).get("Keys", {})
    pk, sk = keys.get("pk", {}).get("S", ""), keys.get("sk", {}).get("S", "")
    message, _, recipient = sk.removeprefix("M#").partition("#")
    owner = try_address(pk.removeprefix("R#"))
    to = try_address(recipient) if recipient else owner
    if not pk.startswith("R#") or not is_ulid(message) or owner is None or to is None:
        return None
    return CopyId(message, to, owner)
