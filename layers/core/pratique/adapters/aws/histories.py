"""The ends of copies, and what is kept of them: the row of a copy becomes its record (docs/decisions/0005-ledger.md)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.domain.history import History, history_of, joined
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import LIVE, State, fate
from pratique.domain.message import Event
from pratique.domain.policy import DAY, Disposition
from pratique.domain.verdict import Verdict

from .places import copy_key
from .rows import copy_from_row, event_value, events_from
from .table import SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

ASIDE_SECONDS = 800 * DAY
"""Steps that were put aside go so long after they were, at the latest."""
_KEPT = frozenset(
    {
        "pk",
        "sk",
        "state",
        "until",
        "ended",
        "events",
        "aside",
        "version",
        "received",
        "verdict",
        "disposition",
        "score",
        "policies",
        "size",
        "sender",
        "op",
        TTL_ATTRIBUTE,
    }
)
"""What is left of a row at the end. All else goes with the copy: its places in lists, its subject, whatever a message was looked up by."""

_state = Path("state")
_until = Path("until")
_events = Path("events")
_version = Path("version")


def aside_key(copy_id: CopyId, event: Event) -> Key:
    """Where steps are put aside, by the first of them."""
    pk, sk = copy_key(copy_id)
    return pk, f"H{sk[1:]}#{event.at_ms:015d}#{zlib.crc32(event_value(event)['S'].encode()):08x}"


def put_aside(table: Table, copy_id: CopyId, events: Sequence[Event]) -> None:
    """Keep the oldest steps beside the row that grows too long. Again is harmless."""
    pk, sk = aside_key(copy_id, events[0])
    table.put(
        {
            "pk": text(pk),
            "sk": text(sk),
            "events": {"L": [event_value(event) for event in events]},
            TTL_ATTRIBUTE: number(events[-1].at_ms // 1000 + ASIDE_SECONDS),
        }
    )


def end_copy(table: Table, copy_id: CopyId, *, event: Event, now: int, kept_until: int) -> bool:
    """See MailIndex. The row is read first: what becomes of it hangs on its state."""
    row = table.get(copy_key(copy_id))
    if row is None or not _over(row, now):
        return False
    state = State(words(row, "state"))
    last = Event(event.at_ms, fate(state), event.actor, event.channel, event.note, event.what, event.action)
    actions: list[Action] = [
        _state.set(text(last.state)),
        _until.set(number(0)),
        Path("ended").set(number(event.at_ms)),
        _events.set(_events.append({"L": [event_value(last)]})),
        _version.set((_version | number(1)) + number(1)),
        Path(TTL_ATTRIBUTE).set(number(kept_until)),
        *(Path(name).remove() for name in sorted(set(row) - _KEPT)),
    ]
    condition = (_state == text(state)) & (_until <= number(now)) & (_until > number(0))
    return table.update(copy_key(copy_id), actions, condition) is not None


def read_history(table: Table, copy_id: CopyId, *, now: int) -> History | None:
    """See MailIndex. One read, and one query where steps may have been put aside."""
    row = table.get(copy_key(copy_id))
    if row is None:
        return None
    if "ended" in row:
        found = None if whole(row, TTL_ATTRIBUTE) <= now else _ended(copy_id, row)
    else:
        copy = copy_from_row(row)
        late = _over(row, now)
        found = history_of(
            copy,
            state=fate(copy.state) if late else None,
            ended_ms=copy.expires_at * 1000 if late else 0,
        )
    if found is None or "aside" not in row:
        return found
    pk, sk = copy_key(copy_id)
    aside = [
        event
        for part in table.query_all(pk, SK.startswith(f"H{sk[1:]}#"), consistent=True)
        for event in events_from(part)
    ]
    return replace(found, events=joined(aside, found.events))


def ended(table: Table, copy_ids: Sequence[CopyId], *, now: int) -> set[CopyId]:
    """See MailIndex."""
    keys = {copy_key(copy_id): copy_id for copy_id in copy_ids}
    rows = table.get_many(keys, consistent=True)
    return {keys[key] for key, row in rows.items() if _over(row, now) or "ended" in row}


def _over(row: Row, now: int) -> bool:
    return State(words(row, "state")) not in LIVE and 0 < whole(row, "until") <= now


def _ended(copy_id: CopyId, row: Row) -> History:
    return History(
        id=copy_id,
        state=State(words(row, "state")),
        verdict=Verdict(words(row, "verdict")),
        disposition=Disposition(words(row, "disposition")),
        score=float(words(row, "score")),
        received_ms=whole(row, "received"),
        size=whole(row, "size"),
        sender=words(row, "sender"),
        events=events_from(row),
        ended_ms=whole(row, "ended"),
        version=whole(row, "version", 1),
        policy_versions=tuple(json.loads(words(row, "policies", "[]"))),
    )
