"""Sessions, Users, Challenges, Grants, Disclosures, Passkeys and Searches in memory."""

from __future__ import annotations

import threading
from dataclasses import replace

from pratique.adapters.cursors import DISCLOSURE_PLACE, LOGIN_PLACE, decode_cursor, encode_cursor
from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.disclosure import Disclosure
from pratique.domain.errors import ConcurrentChange, Conflict
from pratique.domain.grant import Grant
from pratique.domain.passkey import Passkey
from pratique.domain.saved_search import SavedSearch
from pratique.domain.scope import Scope
from pratique.domain.session import Session
from pratique.domain.user import User
from pratique.ports.disclosures import DisclosurePage
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

    def prove(self, session_id: str, second: str) -> None:
        with self._lock:
            if session_id in self.rows:
                self.rows[session_id] = replace(self.rows[session_id], second=second)

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
        after = "" if cursor is None else decode_cursor(cursor, LOGIN_PLACE)
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


class FakeGrants:
    """Grants."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[tuple[str, str], Grant] = {}

    def put(self, grant: Grant) -> None:
        with self._lock:
            self.rows[grant.login.key, grant.scope.key] = grant

    def get(self, login: Scope, scope: Scope) -> Grant | None:
        with self._lock:
            return self.rows.get((login.key, scope.key))

    def delete(self, login: Scope, scope: Scope) -> bool:
        with self._lock:
            return self.rows.pop((login.key, scope.key), None) is not None

    def of_login(self, login: Scope) -> list[Grant]:
        with self._lock:
            return [self.rows[key] for key in sorted(self.rows) if key[0] == login.key]

    def of_scope(self, scope: Scope) -> list[Grant]:
        with self._lock:
            return [self.rows[key] for key in sorted(self.rows) if key[1] == scope.key]


class FakeDisclosures:
    """Disclosures."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[Scope, list[Disclosure]] = {}
        self._allowed: dict[tuple[str, str], int] = {}

    def record(self, owner: Scope, disclosure: Disclosure) -> None:
        with self._lock:
            self.rows.setdefault(owner, []).append(disclosure)

    def of_owner(self, owner: Scope, *, limit: int, cursor: str | None = None) -> DisclosurePage:
        with self._lock:
            found = sorted(
                ((d.at_ms, number, d) for number, d in enumerate(self.rows.get(owner, []))), reverse=True
            )
        placed = [(f"{at:015d}#{number:012x}", d) for at, number, d in found]
        if cursor is not None:
            before = decode_cursor(cursor, DISCLOSURE_PLACE)
            placed = [each for each in placed if each[0] < before]
        page, more = placed[:limit], len(placed) > limit
        return DisclosurePage(tuple(d for _, d in page), encode_cursor(page[-1][0]) if more else None)

    def allow(self, actor: str, copy: str, *, now: int, until: int) -> bool:
        with self._lock:
            known = self._allowed.get((actor, copy), 0) > now
            if not known:
                self._allowed[actor, copy] = until
            return not known

    def allowed(self, actor: str, copy: str, *, now: int) -> bool:
        with self._lock:
            return self._allowed.get((actor, copy), 0) > now


class FakePasskeys:
    """Passkeys."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[str, Passkey] = {}

    def add(self, passkey: Passkey) -> None:
        with self._lock:
            if passkey.id in self.rows:
                raise Conflict("this key is registered already")
            self.rows[passkey.id] = passkey

    def get(self, passkey_id: str) -> Passkey | None:
        with self._lock:
            return self.rows.get(passkey_id)

    def of_login(self, login: Scope) -> list[Passkey]:
        with self._lock:
            return [self.rows[key] for key in sorted(self.rows) if self.rows[key].login == login]

    def note_use(self, passkey: Passkey, *, counter: int, at_ms: int) -> bool:
        with self._lock:
            known = self.rows.get(passkey.id)
            if known is None or (known.counter, known.login) != (passkey.counter, passkey.login):
                return False
            self.rows[passkey.id] = replace(known, counter=counter, used_ms=at_ms)
            return True

    def delete(self, login: Scope, passkey_id: str) -> bool:
        with self._lock:
            known = self.rows.get(passkey_id)
            if known is None or known.login != login:
                return False
            del self.rows[passkey_id]
            return True


class FakeSearches:
    """Searches."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.rows: dict[tuple[Scope, str], SavedSearch] = {}

    def put(self, owner: Scope, search: SavedSearch) -> None:
        with self._lock:
            self.rows[owner, search.id] = search

    def of_owner(self, owner: Scope) -> list[SavedSearch]:
        with self._lock:
            return sorted((s for (who, _), s in self.rows.items() if who == owner), key=lambda each: each.id)

    def delete(self, owner: Scope, search_id: str) -> bool:
        with self._lock:
            return self.rows.pop((owner, search_id), None) is not None
