"""Mailboxes and app passwords in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge

from pratique.domain.app_password import AppPassword
from pratique.domain.errors import Conflict, NotFound, PermanentFailure
from pratique.domain.mailbox import (
    STATES,
    Changed,
    Listing,
    MailboxKey,
    Placed,
    Register,
    place_floor,
    placed,
)
from pratique.domain.scope import Scope

from tests.fake_index import FakeIndex


class FakeMailboxes:
    """Mailboxes over a FakeIndex. `calls` counts what was asked of it, `listed_rows` the copies that listings gave."""

    def __init__(self, index: FakeIndex) -> None:
        self._index = index
        self._lock = threading.RLock()
        self._registers: dict[MailboxKey, Register] = {}
        self.snapshots: dict[str, bytes] = {}
        self.calls: Counter[str] = Counter()
        self.listed_rows = 0

    def listed(self, scope: Scope, listing: Listing, *, now: int, since_ms: int = 0) -> Iterator[Placed]:
        self.calls["listed"] += 1
        floor = place_floor(since_ms)
        lists = [
            self._index.places_from(scope, state, floor, listing.direction)
            for state in STATES[listing][: 1 if since_ms else None]
        ]
        for copy in merge(*lists, key=lambda copy: copy.id.place):
            found = placed(copy, listing, now=now)
            if found is not None:
                self.listed_rows += 1
                yield found

    def changes(self, scope: Scope, *, since_ms: int) -> Iterator[Changed]:
        self.calls["changes"] += 1
        for hint in sorted(self._index.hints, key=lambda hint: (hint.at_ms, hint.id.place)):
            if hint.at_ms >= since_ms and scope.covers(hint.id.owner):
                yield hint

    def read(self, key: MailboxKey) -> Register | None:
        self.calls["read"] += 1
        with self._lock:
            return self._registers.get(key)

    def write(self, key: MailboxKey, register: Register) -> bool:
        self.calls["write"] += 1
        with self._lock:
            known = self._registers.get(key)
            if (0 if known is None else known.version) != register.version - 1:
                return False
            self._registers[key] = register
            return True

    def take_uids(self, key: MailboxKey, number_of: int, *, uidvalidity: int) -> Register:
        self.calls["take_uids"] += 1
        with self._lock:
            known = self._registers.get(key, Register(0, uidvalidity, 1, "", 0, b""))
            if known.version:
                raise PermanentFailure("this mailbox has a register of its own")
            grown = replace(known, uidnext=known.uidnext + number_of)
            self._registers[key] = grown
            return grown

    def get_snapshot(self, name: str) -> bytes:
        self.calls["get_snapshot"] += 1
        try:
            return self.snapshots[name]
        except KeyError:
            raise NotFound("no such object") from None

    def put_snapshot(self, name: str, data: bytes) -> None:
        self.calls["put_snapshot"] += 1
        self.snapshots[name] = bytes(data)

    def delete_snapshot(self, name: str) -> None:
        self.calls["delete_snapshot"] += 1
        self.snapshots.pop(name, None)


class FakeAppPasswords:
    """AppPasswords."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._passwords: dict[tuple[Scope, str], AppPassword] = {}
        self._spent: set[tuple[Scope, str]] = set()
        self._failures: Counter[tuple[str, int]] = Counter()

    def add_password(self, password: AppPassword) -> None:
        key = (password.scope, password.id)
        with self._lock:
            known = self._passwords.get(key)
            if key in self._spent or (known is not None and known.digest != password.digest):
                raise Conflict("this password id is taken")
            self._passwords[key] = known or password

    def passwords(self, scope: Scope) -> list[AppPassword]:
        with self._lock:
            return [self._passwords[key] for key in sorted(self._passwords, key=str) if key[0] == scope]

    def delete_password(self, scope: Scope, password_id: str) -> bool:
        with self._lock:
            there = self._passwords.pop((scope, password_id), None) is not None
            if there:
                self._spent.add((scope, password_id))
            return there

    def note_use(self, password: AppPassword, *, at_ms: int) -> None:
        key = (password.scope, password.id)
        with self._lock:
            if key in self._passwords and self._passwords[key].used_ms < at_ms:
                self._passwords[key] = replace(self._passwords[key], used_ms=at_ms)

    def failures(self, sources: Sequence[str], *, window: int) -> dict[str, int]:
        with self._lock:
            return {s: self._failures[(s, window)] for s in sources if self._failures[(s, window)]}

    def note_failure(self, source: str, *, window: int, ends_at: int) -> int:
        with self._lock:
            self._failures[(source, window)] += 1
            return self._failures[(source, window)]
