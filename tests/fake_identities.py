"""Identities in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from pratique.adapters.cursors import IDENTITY_PLACE, decode_cursor, encode_cursor
from pratique.domain.errors import InvalidInput
from pratique.domain.outgoing import Identity, Standing, Window
from pratique.domain.scope import Level, Scope
from pratique.ports.identities import StandingPage


class FakeIdentities:
    """Identities. `writes` counts conditional writes, those that failed among them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._standings: dict[Identity, Standing] = {}
        self._submissions: dict[str, tuple[int, str, int]] = {}
        self.writes = 0

    def get(self, identity: Identity) -> Standing:
        with self._lock:
            return self._standings.get(identity, Standing(identity))

    def count(
        self,
        before: Standing,
        amounts: Mapping[Window, int],
        *,
        most: Mapping[Window, int],
        now: int,
        after: Standing | None = None,
    ) -> Standing | None:
        with self._lock:
            self.writes += 1
            known = self.get(before.identity)
            if known.locked_until != before.locked_until or (after and known.spams != before.spams):
                return None
            counts = dict(known.counts)
            for window, amount in amounts.items():
                current = now // window.seconds
                had = before.counts.get(window)
                if (counts.get(window) or (None,))[0] != (had or (None,))[0]:
                    return None
                number, counted = counts.get(window, (-1, 0))
                total = counted + amount if number >= current else amount
                if most.get(window) and total > most[window]:
                    return None
                counts[window] = (max(number, current), total)
            base = after or known
            done = replace(base, counts=counts, last=now)
            self._standings[before.identity] = done
            return done

    def set_lock(self, before: Standing, after: Standing) -> bool:
        with self._lock:
            self.writes += 1
            known = self.get(before.identity)
            if known.locked_until != before.locked_until:
                return False
            self._standings[before.identity] = replace(after, counts=known.counts, last=known.last)
            return True

    def list_standings(
        self, scope: Scope, *, now: int, locked: bool, limit: int, cursor: str | None = None
    ) -> StandingPage:
        after = "" if cursor is None else decode_cursor(cursor, IDENTITY_PLACE)
        if scope.level is Level.GLOBAL and not locked:
            raise InvalidInput("name a domain, or ask for the locked ones")
        with self._lock:
            found = [
                each
                for each in sorted(self._standings, key=lambda each: each.key)
                if each.key > after
                and self._is_of(scope, each)
                and (not locked or self.get(each).is_locked(now))
            ]
            shown = [self._standings[each] for each in found[:limit]]
        more = encode_cursor(shown[-1].identity.key) if len(found) > limit else None
        return StandingPage(tuple(shown), more)

    def add_submission(self, name: str, *, at_ms: int, digest: str, expires_at: int) -> tuple[int, str]:
        with self._lock:
            known = self._submissions.get(name)
            if known is None or known[2] <= at_ms // 1000:
                known = self._submissions[name] = (at_ms, digest, expires_at)
            return known[:2]

    @staticmethod
    def _is_of(scope: Scope, identity: Identity) -> bool:
        if scope.level is Level.RECIPIENT:
            return identity.user == scope.key
        return scope.level is Level.GLOBAL or identity.scope == scope
