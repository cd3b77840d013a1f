"""Digests on the table: a row per scope that says when somebody looks at it, found by the index that orders the sweep's work.

Rows: `DG#<scope>` / `STATE`, and `C#<copy>` for a last call; `DS#<sheet>` / `SHEET`, and `U#<mark>` for a link that was used; `DC#<what>` /
<window> for counts; `DV#<people>` / `L#<ulid>` for a copy that somebody looked at.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.domain.address import parse_address
from pratique.domain.digest import Progress, Sheet, SheetItem, shard_of_scope
from pratique.domain.ids import CopyId, copy_id_of
from pratique.domain.scope import Scope, scope_from_key
from pratique.ports.digests import Used

from .rows import unpack
from .table import ABSENT, PRESENT, SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

KEPT_SECONDS = 400 * 86_400
"""How long a scope is remembered for which there is no news."""
_MOST_CALLS = 500
_due, _slot, _sending, _lease = Path("due"), Path("slot"), Path("sending"), Path("lease")
_news, _seen, _armed, _failures = Path("news"), Path("seen"), Path("armed"), Path("failures")
_ge, _gx = Path("ge"), Path("gx")


class DynamoDigests:
    """See Digests."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def arm(self, scope: Scope, *, due: int, now_ms: int) -> int:
        """See Digests. One write, and a second only where the due time comes nearer."""
        place, shard = _place(due, scope.key), f"DG#{shard_of_scope(scope)}"
        actions: list[Action] = [
            _news.set(number(now_ms)),
            _due.set(_due | number(due)),
            _armed.set(_armed | number(now_ms // 1000)),
            _ge.set(_ge | text(shard)),
            _gx.set(_gx | text(place)),
            Path(TTL_ATTRIBUTE).set(number(now_ms // 1000 + KEPT_SECONDS)),
        ]
        row = self._open().update(_state_key(scope), actions) or {}
        known = whole(row, "due", due)
        if known > due and self.due_again(scope, due=due, was=known):
            return due
        return known

    def due(self, shard: int, *, now: int, limit: int) -> list[Scope]:
        """See Digests."""
        found = self._open().query(f"DG#{shard}", _gx <= text(f"{now:012d}~"), index="by_expiry", limit=limit)
        return [scope_from_key(words(row, "pk").removeprefix("DG#")) for row in found.rows]

    def progress(self, scope: Scope) -> Progress | None:
        """See Digests."""
        row = self._open().get(_state_key(scope))
        return None if row is None else _progress(scope, row)

    def due_again(self, scope: Scope, *, due: int, was: int) -> bool:
        """See Digests."""
        row = self._open().update(_state_key(scope), _looking(scope, due), _due == number(was))
        return row is not None

    def claim(self, scope: Scope, *, slot: int, now: int, lease: int) -> Progress | None:
        """See Digests."""
        taken = number(slot)
        free = _lease.does_not_exist() | (_lease <= number(now))
        new = _slot.does_not_exist() | (_slot < taken)
        left = (_slot == taken) & (_sending.does_not_exist() | (_sending < taken))
        row = self._open().update(
            _state_key(scope),
            [_slot.set(taken), _lease.set(number(lease))],
            PRESENT & free & (new | left),
        )
        return None if row is None else _progress(scope, row)

    def sending(self, scope: Scope, *, slot: int, lease: int) -> bool:
        """See Digests."""
        ours = (_lease == number(lease)) & (_slot == number(slot))
        return self._open().update(_state_key(scope), [_sending.set(number(slot))], ours) is not None

    def give_back(self, scope: Scope, *, slot: int, lease: int, due: int) -> None:
        """See Digests."""
        actions = [_slot.set(number(slot - 1)), _sending.set(number(slot - 1)), _lease.remove()]
        self._open().update(_state_key(scope), [*actions, *_looking(scope, due)], _lease == number(lease))

    def finish(
        self, scope: Scope, *, lease: int, seen_ms: int, sent: int, failed: bool, next_due: int
    ) -> None:
        """See Digests. Whether there was news meanwhile is part of the condition."""
        done: list[Action] = [_lease.remove()]
        done.append(
            _failures.set((_failures | number(0)) + number(1)) if failed else _failures.set(number(0))
        )
        if not failed:
            done.append(_seen.set(number(seen_ms)))
        if sent:
            done.append(Path("sent").set(number(sent)))
        ours = _lease == number(lease)
        quiet = _news.does_not_exist() | (_news <= number(seen_ms))
        if self._open().update(_state_key(scope), [*done, *_looking(scope, 0)], ours & quiet) is None:
            self._open().update(_state_key(scope), [*done, *_looking(scope, next_due)], ours)

    def note_seen(self, scope: Scope, *, seen_ms: int, now: int) -> None:
        """See Digests."""
        later = _seen.does_not_exist() | (_seen < number(seen_ms))
        actions = [
            _seen.set(number(seen_ms)),
            Path("sent").set(number(now)),
            Path(TTL_ATTRIBUTE).set(number(now + KEPT_SECONDS)),
        ]
        self._open().update(_state_key(scope), actions, later)

    def put_sheet(self, sheet: Sheet, *, ends: int) -> None:
        """See Digests."""
        packed = [[[f"{c.message}#{c.people}" for c in item.copies], item.ends] for item in sheet.items]
        self._open().put(
            {
                **_key_values(_sheet_key(sheet.id)),
                "scope": text(sheet.scope.key),
                "who": text(str(sheet.who)),
                "language": text(sheet.language),
                "zone": text(sheet.zone),
                "made": number(sheet.made_ms),
                "items": {"B": zlib.compress(json.dumps(packed).encode())},
                TTL_ATTRIBUTE: number(ends),
            }
        )

    def get_sheet(self, sheet_id: str) -> Sheet | None:
        """See Digests."""
        row = self._open().get(_sheet_key(sheet_id))
        return None if row is None else _sheet(sheet_id, row)

    def use(self, sheet_id: str, mark: str, used: Used, *, ends: int) -> Used:
        """See Digests. The put's own answer may be lost: then the row is ours all the same."""
        row: Row = {
            **_key_values(_use_key(sheet_id, mark)),
            "by": text(used.by),
            "at": number(used.at_ms),
            "outcome": text(used.outcome),
            TTL_ATTRIBUTE: number(ends),
        }
        if self._open().put(row, condition=ABSENT):
            return used
        return self.used(sheet_id, mark) or used

    def used(self, sheet_id: str, mark: str) -> Used | None:
        """See Digests."""
        row = self._open().get(_use_key(sheet_id, mark))
        return None if row is None else Used(words(row, "by"), whole(row, "at"), words(row, "outcome"))

    def note_outcome(self, sheet_id: str, mark: str, used: Used) -> None:
        """See Digests."""
        ours = PRESENT & (Path("by") == text(used.by))
        self._open().update(_use_key(sheet_id, mark), [Path("outcome").set(text(used.outcome))], ours)

    def free(self, sheet_id: str, mark: str, *, by: str | None = None) -> None:
        """See Digests."""
        self._open().delete(_use_key(sheet_id, mark), PRESENT if by is None else Path("by") == text(by))

    def count(self, what: str, *, window: int, ends: int) -> int:
        """See Digests."""
        actions = [Path("count").add(number(1)), Path(TTL_ATTRIBUTE).set(number(ends))]
        row = self._open().update((f"DC#{what}", str(window)), actions)
        return whole(row or {}, "count", 1)

    def add_call(self, scope: Scope, copy_id: CopyId, *, due: int) -> None:
        """See Digests."""
        self._open().put(
            {
                **_key_values(_call_key(scope, copy_id)),
                "due": number(due),
                "ge": text(f"DL#{shard_of_scope(scope)}"),
                "gx": text(_place(due, f"{scope.key}#{copy_id.message}")),
                TTL_ATTRIBUTE: number(due + KEPT_SECONDS),
            },
            condition=ABSENT,
        )

    def due_calls(self, shard: int, *, now: int, limit: int) -> list[tuple[Scope, CopyId]]:
        """See Digests."""
        found = self._open().query(f"DL#{shard}", _gx <= text(f"{now:012d}~"), index="by_expiry", limit=limit)
        return [(_scope_of(row), _called(row)) for row in found.rows]

    def calls(self, scope: Scope, *, until: int) -> list[CopyId]:
        """See Digests."""
        rows = self._open().query_all(
            _state_key(scope)[0], SK.startswith("C#"), limit=_MOST_CALLS, consistent=True
        )
        return [_called(row) for row in rows if whole(row, "due") <= until]

    def drop_calls(self, scope: Scope, copies: Sequence[CopyId]) -> None:
        """See Digests."""
        self._open().write_many(delete=[_call_key(scope, copy) for copy in copies])

    def look(self, copies: Sequence[CopyId], *, ends: int) -> None:
        """See Digests."""
        self._open().write_many(
            put=[{**_key_values(_look_key(copy)), TTL_ATTRIBUTE: number(ends)} for copy in copies]
        )

    def looked_at(self, copies: Sequence[CopyId]) -> set[CopyId]:
        """See Digests."""
        keys = {_look_key(copy): copy for copy in copies}
        return {keys[key] for key in self._open().get_many(keys)}


def _state_key(scope: Scope) -> Key:
    return f"DG#{scope.key}", "STATE"


def _call_key(scope: Scope, copy_id: CopyId) -> Key:
    return f"DG#{scope.key}", f"C#{copy_id.message}#{copy_id.people}"


def _look_key(copy_id: CopyId) -> Key:
    return f"DV#{copy_id.people}", f"L#{copy_id.message}"


def _sheet_key(sheet_id: str) -> Key:
    return f"DS#{sheet_id}", "SHEET"


def _use_key(sheet_id: str, mark: str) -> Key:
    return f"DS#{sheet_id}", f"U#{mark}"


def _key_values(key: Key) -> dict[str, dict[str, Any]]:
    return {"pk": text(key[0]), "sk": text(key[1])}


def _place(due: int, rest: str) -> str:
    return f"{due:012d}#{rest}"


def _scope_of(row: Row) -> Scope:
    return scope_from_key(words(row, "pk").removeprefix("DG#"))


def _called(row: Row) -> CopyId:
    message, _, people = words(row, "sk").removeprefix("C#").partition("#")
    return copy_id_of(message, people)


def _looking(scope: Scope, due: int) -> list[Action]:
    """Set when somebody looks again; 0 for not at all."""
    if not due:
        return [_due.remove(), _armed.remove(), _ge.remove(), _gx.remove()]
    shard = f"DG#{shard_of_scope(scope)}"
    return [_due.set(number(due)), _ge.set(text(shard)), _gx.set(text(_place(due, scope.key)))]


def _progress(scope: Scope, row: Row) -> Progress:
    return Progress(
        scope,
        due=whole(row, "due"),
        armed=whole(row, "armed"),
        news_ms=whole(row, "news"),
        slot=whole(row, "slot"),
        sending=whole(row, "sending"),
        lease=whole(row, "lease"),
        seen_ms=whole(row, "seen"),
        sent=whole(row, "sent"),
        failures=whole(row, "failures"),
    )


def _sheet(sheet_id: str, row: Row) -> Sheet:
    items = [
        SheetItem(tuple(_copy(each) for each in copies), ends)
        for copies, ends in json.loads(unpack(row["items"]["B"]))
    ]
    return Sheet(
        sheet_id,
        scope_from_key(words(row, "scope")),
        parse_address(words(row, "who")),
        words(row, "language"),
        words(row, "zone"),
        whole(row, "made"),
        tuple(items),
    )


def _copy(stored: str) -> CopyId:
    message, _, people = stored.partition("#")
    return copy_id_of(message, people)
