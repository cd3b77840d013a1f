"""Changes of copies, read from records of the table's stream (new and old images)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pratique.domain.direction import Direction
from pratique.domain.hook import Change
from pratique.domain.ids import parse_copy_key
from pratique.domain.lifecycle import State, fate

from .rows import events_from
from .table import Row, whole, words


def changes(records: Iterable[Mapping[str, Any]]) -> list[Change]:
    """What became another state in these records; what only stayed in its state, or is no copy, is left out."""
    return [change for change in map(_change, records) if change is not None]


def _change(record: Mapping[str, Any]) -> Change | None:
    told = record.get("dynamodb", {})
    old: Row = told.get("OldImage", {})
    new: Row = told.get("NewImage", {})
    keys = told.get("Keys", {})
    pk, sk = words(keys, "pk"), words(keys, "sk")
    copy_id, row = parse_copy_key(pk, sk), new or old
    if copy_id is None or "received" not in row or (not new and "ended" in old):
        return None
    state, version = State(words(row, "state")), whole(row, "version", 1)
    if not new:
        state, version = fate(state), version + 1
    previous = words(old, "state")
    if previous == state:
        return None
    events = events_from(row) if "events" in row else ()
    last = events[-1] if events else None
    return Change(
        copy=copy_id,
        direction=(Direction.OUTGOING if sk.startswith("O#") else Direction.INCOMING).value,
        state=state,
        previous=previous,
        version=version,
        at_ms=last.at_ms if last else whole(row, "received"),
        actor=last.actor if last else "",
        channel=last.channel.value if last else "",
        verdict=words(row, "verdict"),
        score=float(words(row, "score", "0")),
        sender=words(row, "sender"),
    )
