"""Ledger on the table (docs/decisions/0006-counts-and-reconcile.md).

A copy's mark says in which state it is counted; marks and counts change in one transaction, so no trigger can count twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.domain.errors import TemporaryFailure
from pratique.domain.gap import Gap, GapKind
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.policy import DAY
from pratique.domain.scope import GLOBAL, Scope, domain_scope
from pratique.domain.tally import RECEIVED, Counted, Tally
from pratique.ports.ledger import Place

from .table import ABSENT, SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

AT_ONCE = 30
"""Copies of one transaction: a mark each, and two counts each at most, of a hundred rows."""
TRIES = 8
MARK_SECONDS = 1200 * DAY
"""A mark goes so long after the day that it counts for: longer than any copy and its record."""
_GAPS = "GAPS"
_PLACE = ("RECONCILE", "PLACE")
_version = Path("v")
_tag = Path("tag")


class DynamoLedger:
    """Marks are `K#<ulid>` / recipient, counts `N#<scope>` / day."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    @property
    def _table(self) -> Table:
        return self._open()

    def count(self, changes: Sequence[Counted]) -> int:
        """See Ledger."""
        latest: dict[CopyId, Counted] = {}
        for change in changes:
            if change.copy not in latest or latest[change.copy].version < change.version:
                latest[change.copy] = change
        wanted = list(latest.values())
        return sum(self._count(wanted[start : start + AT_ONCE]) for start in range(0, len(wanted), AT_ONCE))

    def counted(self, copy_ids: Sequence[CopyId]) -> dict[CopyId, Counted]:
        """See Ledger. Consistent reads."""
        keys = {_mark_key(copy_id): copy_id for copy_id in copy_ids}
        rows = self._table.get_many(keys, consistent=True)
        return {keys[key]: _mark(keys[key], row) for key, row in rows.items()}

    def tallies(self, scope: Scope, *, since: str = "", limit: int = 0) -> Mapping[str, Tally]:
        """See Ledger."""
        place = text(since) <= SK if since else None
        found: dict[str, Tally] = {}
        after: Row | None = None
        while True:
            part = self._table.query(
                f"N#{scope.key}", place, limit=limit, newest_first=True, after=after, consistent=True
            )
            found.update((words(row, "sk"), _tally(row)) for row in part.rows)
            after = part.last
            if after is None or (limit and len(found) >= limit):
                return found

    def note_gap(self, gap: Gap) -> bool:
        """See Ledger."""
        row: Row = {
            "pk": text(_GAPS),
            "sk": text(gap.id),
            "kind": text(gap.kind),
            "found": number(gap.found_ms),
            "size": number(gap.size),
            "stored": number(gap.stored_ms),
            "hint": text(gap.hint),
        }
        return self._table.put(row, condition=ABSENT)

    def get_gap(self, gap_id: str) -> Gap | None:
        """See Ledger."""
        row = self._table.get((_GAPS, gap_id))
        return None if row is None else _gap(row)

    def gaps(self, *, limit: int, after: str = "") -> list[Gap]:
        """See Ledger."""
        place = text(after) < SK if after else None
        return [_gap(row) for row in self._table.query_all(_GAPS, place, limit=limit, consistent=True)]

    def close_gap(self, gap_id: str) -> bool:
        """See Ledger."""
        return self._table.delete((_GAPS, gap_id), SK.exists())

    def place(self) -> Place:
        """See Ledger."""
        row = self._table.get(_PLACE)
        if row is None:
            return Place()
        return Place(
            words(row, "phase"),
            words(row, "after"),
            whole(row, "began"),
            whole(row, "whole"),
            whole(row, "tag"),
        )

    def put_place(self, place: Place) -> bool:
        """See Ledger."""
        row: Row = {
            "pk": text(_PLACE[0]),
            "sk": text(_PLACE[1]),
            "phase": text(place.phase),
            "after": text(place.after),
            "began": number(place.began_ms),
            "whole": number(place.whole_ms),
            "tag": number(place.tag + 1),
        }
        return self._table.put(row, condition=_tag == number(place.tag) if place.tag else ABSENT)

    def _count(self, changes: Sequence[Counted]) -> int:
        """One transaction; again with fresh marks where another writer was first."""
        for _ in range(TRIES):
            marks = self.counted([change.copy for change in changes])
            new = [c for c in changes if c.copy not in marks or marks[c.copy].version < c.version]
            if not new:
                return 0
            puts = [(_mark_row(change), _as_before(marks.get(change.copy))) for change in new]
            if self._table.write_together(put=puts, update=_additions(new, marks)):
                return len(new)
        raise TemporaryFailure("the counts were busy")


def _additions(
    new: Sequence[Counted], marks: Mapping[CopyId, Counted]
) -> list[tuple[Key, list[Action], Condition | None]]:
    """What to add to which count."""
    sums: dict[Key, Counter[str]] = {}
    for change in new:
        for scope in (GLOBAL, domain_scope(change.copy.owner.domain)):
            sum_ = sums.setdefault((f"N#{scope.key}", change.day), Counter())
            before = marks.get(change.copy)
            sum_[RECEIVED] += before is None
            sum_[change.state] += 1
            if before is not None:
                sum_[before.state] -= 1
    return [
        (key, [Path(f"c_{name}").add(number(by)) for name, by in sum_.items() if by], None)
        for key, sum_ in sums.items()
        if any(sum_.values())
    ]


def _mark_key(copy_id: CopyId) -> Key:
    return f"K#{copy_id.message}", copy_id.people


def _mark_row(change: Counted) -> Row:
    pk, sk = _mark_key(change.copy)
    return {
        "pk": text(pk),
        "sk": text(sk),
        "v": number(change.version),
        "state": text(change.state),
        "day": text(change.day),
        TTL_ATTRIBUTE: number(_seconds(change.day) + MARK_SECONDS),
    }


def _seconds(day: str) -> int:
    return int(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp())


def _as_before(mark: Counted | None) -> Condition:
    return ABSENT if mark is None else _version == number(mark.version)


def _mark(copy_id: CopyId, row: Row) -> Counted:
    return Counted(copy_id, words(row, "day"), State(words(row, "state")), whole(row, "v"))


def _tally(row: Row) -> Tally:
    return Tally(whole(row, f"c_{RECEIVED}"), {state: whole(row, f"c_{state}") for state in State})


def _gap(row: Row) -> Gap:
    return Gap(
        words(row, "sk"),
        GapKind(words(row, "kind")),
        whole(row, "found"),
        whole(row, "size"),
        whole(row, "stored"),
        words(row, "hint"),
    )
