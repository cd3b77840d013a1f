"""Sessions, Users and Challenges in memory."""

from __future__ import annotations

import threading
from dataclasses import replace

from pratique.adapters.cursors import ENTRY_PLACE, decode_cursor, encode_cursor
from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.errors import ConcurrentChange, Conflict
from pratique.domain.scope import Scope
from pratique.domain.session import Session
from pratique.domain.user import User
from pratique.ports.users import UserPage


class FakeSessions:
    """Sessions."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        with self._lock:
            if session.id in self.rows:
                raise Conflict("this session id is taken")
            self.rows[session.id] = session

    def get(self, session_id: str) -> Session | None:
        with self._lock:
            return self.rows.get(session_id)

    def touch(self, session_id: str, *, seen_ms: int) -> None:
        with self._lock:
            found = self.rows.get(session_id)
            if found is not None and found.seen_ms < seen_ms:
                self.rows[session_id] = replace(found, seen_ms=seen_ms)

    def act(self, session_id: str, scope: Scope | None, *, until: int, reason: str) -> bool:
        with self._lock:
            found = self.rows.get(session_id)
            if found is None:
                return False
            acting = {"acting": scope, "acting_until": until, "reason": reason}
            if scope is None:
                acting |= {"acting_until": 0, "reason": ""}
            self.rows[session_id] = replace(found, **acting)  # type: ignore[arg-type]  # its own fields
            return True

    def delete(self, session_id: str) -> bool:
        with self._lock:
            return self.rows.pop(session_id, None) is not None

    def of_login(self, login: Scope) -> list[Session]:
        with self._lock:
            return [self.rows[key] for key in sorted(self.rows) if self.rows[key].login == login]


class FakeUsers:
    """Users."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[Scope, User] = {}
        self._places: dict[tuple[Scope, str], int] = {}

    def add(self, user: User) -> None:
        with self._lock:
            if user.login in self.rows:
                raise Conflict("this login is taken")
            self.rows[user.login] = user

    def get(self, login: Scope) -> User | None:
        with self._lock:
            return self.rows.get(login)

    def change(self, user: User) -> User:
        with self._lock:
            known = self.rows.get(user.login)
            if known is None or known.version != user.version:
                raise ConcurrentChange("another change came first")
            self.rows[user.login] = replace(user, version=user.version + 1)
            return self.rows[user.login]

    def delete(self, login: Scope) -> bool:
        with self._lock:
            return self.rows.pop(login, None) is not None

    def list_users(self, place: Scope, *, limit: int, cursor: str | None = None) -> UserPage:
        after = "" if cursor is None else decode_cursor(cursor, ENTRY_PLACE)
        with self._lock:
            found = sorted(
                (user for user in self.rows.values() if user.scope.domain == place.domain),
                key=lambda user: user.login.key,
            )
        left = [user for user in found if user.login.key > after]
        page = tuple(left[:limit])
        return UserPage(page, encode_cursor(page[-1].login.key) if len(left) > limit else None)

    def note_place(self, login: Scope, place: str, *, at_ms: int, ends_at: int) -> bool:
        with self._lock:
            known = self._places.get((login, place), 0) >= at_ms // 1000
            self._places[login, place] = ends_at
            return not known


class FakeChallenges:
    """Challenges."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[tuple[ChallengeKind, str], Challenge] = {}

    def put(self, challenge: Challenge) -> None:
        with self._lock:
            if (challenge.kind, challenge.id) in self.rows:
                raise Conflict("this challenge is there already")
            self.rows[challenge.kind, challenge.id] = challenge

    def get(self, kind: ChallengeKind, challenge_id: str) -> Challenge | None:
        with self._lock:
            return self.rows.get((kind, challenge_id))

    def take(self, challenge: Challenge) -> bool:
        with self._lock:
            found = self.rows.get((challenge.kind, challenge.id))
            if found is None or found.digest != challenge.digest:
                return False
            del self.rows[challenge.kind, challenge.id]
            return True
