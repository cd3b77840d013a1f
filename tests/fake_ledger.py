"""Counts, gaps and reconcile's place in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pratique.domain.gap import Gap
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, Scope, domain_scope
from pratique.domain.tally import Counted, Tally
from pratique.ports.ledger import Place


class FakeLedger:
    """Ledger."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._marks: dict[CopyId, Counted] = {}
        self._days: dict[tuple[Scope, str], Tally] = {}
        self._gaps: dict[str, Gap] = {}
        self._place = Place()

    def count(self, changes: Sequence[Counted]) -> int:
        with self._lock:
            return sum(self._count(change) for change in changes)

    def counted(self, copy_ids: Sequence[CopyId]) -> dict[CopyId, Counted]:
        with self._lock:
            return {copy_id: self._marks[copy_id] for copy_id in copy_ids if copy_id in self._marks}

    def tallies(self, scope: Scope, *, since: str = "", limit: int = 0) -> Mapping[str, Tally]:
        with self._lock:
            days = sorted((day for of, day in self._days if of == scope and day >= since), reverse=True)
            return {day: self._days[scope, day] for day in (days[:limit] if limit else days)}

    def note_gap(self, gap: Gap) -> bool:
        with self._lock:
            return self._gaps.setdefault(gap.id, gap) is gap

    def get_gap(self, gap_id: str) -> Gap | None:
        with self._lock:
            return self._gaps.get(gap_id)

    def gaps(self, *, limit: int, after: str = "") -> list[Gap]:
        with self._lock:
            return [self._gaps[name] for name in sorted(self._gaps) if name > after][:limit]

    def close_gap(self, gap_id: str) -> bool:
        with self._lock:
            return self._gaps.pop(gap_id, None) is not None

    def place(self) -> Place:
        with self._lock:
            return self._place

    def put_place(self, place: Place) -> bool:
        with self._lock:
            if place.tag != self._place.tag:
                return False
            self._place = replace(place, tag=place.tag + 1)
            return True

    def _count(self, change: Counted) -> int:
        before = self._marks.get(change.copy)
        if before is not None and before.version >= change.version:
            return 0
        self._marks[change.copy] = change
        for scope in (GLOBAL, domain_scope(change.copy.owner.domain)):
            known = self._days.get((scope, change.day), Tally())
            states = {state: known.states.get(state, 0) for state in State}
            states[change.state] += 1
            if before is not None:
                states[before.state] -= 1
            self._days[scope, change.day] = Tally(known.received + (before is None), states)
        return 1
