"""What clients read of messages: the stored structure without the bytes, or the bytes of one."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId, ulid_milliseconds
from pratique.filtering.mime import Structure, open_structure, read_structure
from pratique.ports.services import Services

from gateway.imap.storage import Facts

TOGETHER = 100
"""Rows that one round trip reads."""


def read_facts(services: Services, ids: Sequence[CopyId]) -> list[Facts | None]:
    """In the order of `ids`; None where the message is gone. Blocking: a round trip for a hundred, and two more for each message that
    has no stored structure.
    """
    stored = services.index.structures(list(dict.fromkeys(each.message for each in ids)))
    known: dict[str, Structure | None] = {}
    for copy_id in ids:
        if copy_id.message not in known:
            known[copy_id.message] = _structure(services, copy_id, stored.get(copy_id.message, b""))
    return [_facts(each, known[each.message]) for each in ids]


def _structure(services: Services, copy_id: CopyId, stored: bytes) -> Structure | None:
    try:
        return open_structure(stored)
    except ValueError:  # ingested before structures were kept, or by another version
        raw = read_body(services, copy_id)
        return None if raw is None else read_structure(raw)


def _facts(copy_id: CopyId, structure: Structure | None) -> Facts | None:
    if structure is None:
        return None
    seconds = ulid_milliseconds(copy_id.message) // 1000
    return Facts(size=structure.size, seconds=seconds, structure=structure)


def read_body(services: Services, copy_id: CopyId) -> bytes | None:
    """The raw octets, None where they are gone. Blocking."""
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        return None
    try:
        return services.store.get(copy.raw_key)
    except NotFound:
        return None
