"""Audit and actions in memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from pratique.adapters.cursors import decode_cursor, encode_cursor
from pratique.domain.action import Action, Deed
from pratique.domain.audit_chain import Link, digest_of, seal_of
from pratique.domain.scope import Scope
from pratique.ports.audit import AuditEntry, AuditPage

_PLACE = re.compile(r"S\d{15}")


class FakeAudit:
    """Audit; `log` is everything in order, `chains` what a stored chain would hold."""

    def __init__(self, key: Callable[[], bytes] = bytes) -> None:
        self._lock = threading.RLock()
        self.key = key
        self.log: list[AuditEntry] = []
        self.chains: dict[Scope, list[Link]] = {}

    def record(self, entry: AuditEntry) -> AuditEntry:
        with self._lock:
            chain = self.chains.setdefault(entry.scope, [])
            last = chain[-1] if chain else None
            entry = replace(entry, seq=last.seq + 1 if last else 1)
            before, before_ms = (last.digest, last.at_ms) if last else ("", 0)
            digest = digest_of(entry.seq, entry.text, before, before_ms)
            seal = seal_of(self.key(), digest)
            chain.append(
                Link(entry.seq, entry.at_ms, entry.action, entry.text, before, before_ms, digest, seal)
            )
            self.log.append(entry)
            return entry

    def entries(self, scope: Scope, *, limit: int) -> list[AuditEntry]:
        return list(self.page(scope, limit=limit).entries)

    def page(self, scope: Scope, *, limit: int, cursor: str | None = None) -> AuditPage:
        before = 10**15 if cursor is None else int(decode_cursor(cursor, _PLACE)[1:])
        with self._lock:
            own = [entry for entry in reversed(self.log) if entry.scope == scope and entry.seq < before]
        page = own[:limit]
        return AuditPage(
            tuple(page), encode_cursor(f"S{page[-1].seq:015d}") if len(own) > limit and page else None
        )

    def links(self, scope: Scope, *, after: int, limit: int) -> Sequence[Link]:
        with self._lock:
            return [link for link in self.chains.get(scope, []) if link.seq > after][:limit]

    def scopes(self, *, limit: int, after: str = "") -> list[Scope]:
        with self._lock:
            known = sorted(self.chains, key=lambda scope: scope.key)
            return [scope for scope in known if scope.key > after][:limit]


class FakeActions:
    """Actions."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.known: dict[str, Action] = {}

    def begin(self, action: Action) -> bool:
        with self._lock:
            if action.id in self.known:
                return False
            self.known[action.id] = replace(action, done=False)
            return True

    def get(self, action_id: str) -> Action | None:
        with self._lock:
            return self.known.get(action_id)

    def finish(self, action_id: str, deeds: Sequence[Deed]) -> None:
        with self._lock:
            if action_id in self.known:
                self.known[action_id] = replace(self.known[action_id], done=True, deeds=tuple(deeds))

    def drop(self, action_id: str) -> None:
        with self._lock:
            self.known.pop(action_id, None)

    def mark_undone(self, action_id: str, *, by: str, at_ms: int) -> bool:
        with self._lock:
            known = self.known.get(action_id)
            if known is None or known.undone_ms:
                return False
            self.known[action_id] = replace(known, undone_ms=at_ms, undone_by=by)
            return True

    def unfinished(self, *, before_ms: int, limit: int) -> list[Action]:
        with self._lock:
            found = [a for a in self.known.values() if not a.done and a.at_ms < before_ms]
        return sorted(found, key=lambda action: (action.at_ms, action.id))[:limit]
