"""Digests in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from pratique.domain.digest import Progress, Sheet, shard_of_scope
from pratique.domain.ids import CopyId
from pratique.domain.scope import Scope
from pratique.ports.digests import Used


class FakeDigests:
    """Digests; `sheets` is every record that was kept."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._states: dict[Scope, Progress] = {}
        self.sheets: dict[str, Sheet] = {}
        self._used: dict[tuple[str, str], Used] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._calls: dict[tuple[Scope, CopyId], int] = {}
        self._looked: set[CopyId] = set()

    def arm(self, scope: Scope, *, due: int, now_ms: int) -> int:
        with self._lock:
            known = self._states.get(scope, Progress(scope))
            nearest = min(known.due, due) if known.due else due
            armed = known.armed or now_ms // 1000
            self._states[scope] = replace(known, due=nearest, armed=armed, news_ms=now_ms)
            return nearest

    def due(self, shard: int, *, now: int, limit: int) -> list[Scope]:
        with self._lock:
            found = [
                s for s in self._states.values() if 0 < s.due <= now and shard_of_scope(s.scope) == shard
            ]
        return [each.scope for each in sorted(found, key=lambda s: (s.due, s.scope.key))][:limit]

    def progress(self, scope: Scope) -> Progress | None:
        with self._lock:
            return self._states.get(scope)

    def due_again(self, scope: Scope, *, due: int, was: int) -> bool:
        with self._lock:
            known = self._states.get(scope)
            if known is None or known.due != was:
                return False
            self._states[scope] = replace(known, due=due, armed=known.armed if due else 0)
            return True

    def claim(self, scope: Scope, *, slot: int, now: int, lease: int) -> Progress | None:
        with self._lock:
            known = self._states.get(scope)
            if known is None or known.lease > now:
                return None
            if not (known.slot < slot or (known.slot == slot and known.sending < slot)):
                return None
            self._states[scope] = replace(known, slot=slot, lease=lease)
            return self._states[scope]

    def sending(self, scope: Scope, *, slot: int, lease: int) -> bool:
        with self._lock:
            known = self._states[scope]
            if (known.lease, known.slot) != (lease, slot):
                return False
            self._states[scope] = replace(known, sending=slot)
            return True

    def give_back(self, scope: Scope, *, slot: int, lease: int, due: int) -> None:
        with self._lock:
            known = self._states[scope]
            if known.lease == lease:
                self._states[scope] = replace(known, slot=slot - 1, sending=slot - 1, lease=0, due=due)

    def finish(
        self, scope: Scope, *, lease: int, seen_ms: int, sent: int, failed: bool, next_due: int
    ) -> None:
        with self._lock:
            known = self._states[scope]
            if known.lease != lease:
                return
            due = next_due if known.news_ms > seen_ms else 0
            self._states[scope] = replace(
                known,
                lease=0,
                failures=known.failures + 1 if failed else 0,
                seen_ms=known.seen_ms if failed else seen_ms,
                sent=sent or known.sent,
                due=due,
                armed=known.armed if due else 0,
            )

    def note_seen(self, scope: Scope, *, seen_ms: int, now: int) -> None:
        with self._lock:
            known = self._states.get(scope, Progress(scope))
            if known.seen_ms < seen_ms:
                self._states[scope] = replace(known, seen_ms=seen_ms, sent=now)

    def put_sheet(self, sheet: Sheet, *, ends: int) -> None:
        with self._lock:
            self.sheets[sheet.id] = sheet

    def get_sheet(self, sheet_id: str) -> Sheet | None:
        with self._lock:
            return self.sheets.get(sheet_id)

    def use(self, sheet_id: str, mark: str, used: Used, *, ends: int) -> Used:
        with self._lock:
            return self._used.setdefault((sheet_id, mark), used)

    def note_outcome(self, sheet_id: str, mark: str, used: Used) -> None:
        with self._lock:
            known = self._used.get((sheet_id, mark))
            if known is not None and known.by == used.by:
                self._used[sheet_id, mark] = replace(known, outcome=used.outcome)

    def used(self, sheet_id: str, mark: str) -> Used | None:
        with self._lock:
            return self._used.get((sheet_id, mark))

    def free(self, sheet_id: str, mark: str, *, by: str | None = None) -> None:
        with self._lock:
            known = self._used.get((sheet_id, mark))
            if known is not None and by in (None, known.by):
                del self._used[sheet_id, mark]

    def count(self, what: str, *, window: int, ends: int) -> int:
        with self._lock:
            self._counts[what, window] = self._counts.get((what, window), 0) + 1
            return self._counts[what, window]

    def add_call(self, scope: Scope, copy_id: CopyId, *, due: int) -> None:
        with self._lock:
            self._calls.setdefault((scope, copy_id), due)

    def due_calls(self, shard: int, *, now: int, limit: int) -> list[tuple[Scope, CopyId]]:
        with self._lock:
            found = [
                (due, key)
                for key, due in self._calls.items()
                if due <= now and shard_of_scope(key[0]) == shard
            ]
        found.sort(key=lambda each: (each[0], each[1][0].key, each[1][1].message))
        return [key for _, key in found[:limit]]

    def calls(self, scope: Scope, *, until: int) -> list[CopyId]:
        with self._lock:
            found = [copy for (own, copy), due in self._calls.items() if own == scope and due <= until]
        return sorted(found, key=lambda copy: (copy.message, copy.people))

    def drop_calls(self, scope: Scope, copies: Sequence[CopyId]) -> None:
        with self._lock:
            for copy in copies:
                self._calls.pop((scope, copy), None)

    def look(self, copies: Sequence[CopyId], *, ends: int) -> None:
        with self._lock:
            self._looked |= set(copies)

    def looked_at(self, copies: Sequence[CopyId]) -> set[CopyId]:
        with self._lock:
            return self._looked & set(copies)
