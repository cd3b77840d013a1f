"""Changes of copies, as the table's stream tells them: the counts follow, and whoever wants to know is told."""

from __future__ import annotations

from typing import Any

from pratique import bootstrap
from pratique.domain.ids import parse_copy_key
from pratique.domain.lifecycle import State, fate
from pratique.domain.tally import Counted, day_of
from pratique.usecases.announce_changes import announce_changes


def handler(event: dict[str, Any], _context: object) -> None:
    """A batch counts as a whole or comes again; what is counted already changes nothing."""
    changes = [each for each in map(_change, event["Records"]) if each is not None]
    if changes:
        services = bootstrap.services()
        services.ledger.count(changes)
        announce_changes(services, bootstrap.changes(event["Records"]))


def _change(record: dict[str, Any]) -> Counted | None:
    """Where a copy is after this record; None where it only stayed there (a try of its delivery, a lesson)."""
    change = record["dynamodb"]
    old, new = change.get("OldImage", {}), change.get("NewImage", {})
    copy_id = parse_copy_key(change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"])
    image, version = new or old, _version(new or old)
    if copy_id is None or "received" not in image:
        return None
    state = State(image["state"]["S"])
    if record["eventName"] == "REMOVE":
        if "ended" in old:  # the record's time is up: the copy was counted at its end
            return None
        state, version = fate(state), version + 1
    elif old and _version(old) == version:
        return None
    return Counted(copy_id, day_of(int(image["received"]["N"])), state, version)


def _version(image: dict[str, Any]) -> int:
    return int(image.get("version", {"N": "1"})["N"])
