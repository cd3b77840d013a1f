"""Sessions on the table: a row by id, and a pointer to it under its login."""

from __future__ import annotations

from collections.abc import Callable

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from pratique.domain.errors import Conflict
from pratique.domain.scope import Scope, scope_from_key
from pratique.domain.session import Session

from .table import PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

_seen = Path("seen")


class DynamoSessions:
    """Rows `SN#<id>` / `SESSION`, pointers `SU#<login>` / `<id>`; both end with the session."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, session: Session) -> None:
        """See Sessions. Both rows or none."""
        pk, sk = _key(session.id)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "login": text(session.login.key),
            "digest": text(session.digest),
            "method": text(session.method),
            "second": text(session.second),
            "created": number(session.created_ms),
            "seen": number(session.seen_ms),
            "network": text(session.network),
            "agent": text(session.agent),
            TTL_ATTRIBUTE: number(session.ends_at),
        }
        if session.acting is not None:
            row |= _acting(session.acting, session.acting_until, session.reason)
        pointer: Row = {
            "pk": text(f"SU#{session.login.key}"),
            "sk": text(session.id),
            TTL_ATTRIBUTE: number(session.ends_at),
        }
        if not self._open().put_together([row, pointer]):
            raise Conflict("this session id is taken")

    def get(self, session_id: str) -> Session | None:
        """See Sessions."""
        row = self._open().get(_key(session_id))
        return None if row is None else _session(session_id, row)

    def touch(self, session_id: str, *, seen_ms: int) -> None:
        """See Sessions."""
        self._open().update(
            _key(session_id), [_seen.set(number(seen_ms))], PRESENT & (_seen < number(seen_ms))
        )

    def act(self, session_id: str, scope: Scope | None, *, until: int, reason: str) -> bool:
        """See Sessions."""
        if scope is None:
            actions: list[Action] = [Path(name).remove() for name in ("acting", "acting_until", "reason")]
        else:
            actions = [Path(name).set(value) for name, value in _acting(scope, until, reason).items()]
        return self._open().update(_key(session_id), actions, PRESENT) is not None

    def prove(self, session_id: str, second: str) -> None:
        """See Sessions."""
        self._open().update(_key(session_id), [Path("second").set(text(second))], PRESENT)

    def delete(self, session_id: str) -> bool:
        """See Sessions. The session's own row goes first, so that it is dead even where the pointer stays behind."""
        row = self._open().get(_key(session_id))
        if row is None or not self._open().delete(_key(session_id), PRESENT):
            return False
        self._open().delete((f"SU#{words(row, 'login')}", session_id))
        return True

    def of_login(self, login: Scope) -> list[Session]:
        """See Sessions."""
        ids = [words(row, "sk") for row in self._open().query_all(f"SU#{login.key}", consistent=True)]
        rows = self._open().get_many([_key(each) for each in ids], consistent=True)
        return [_session(each, rows[_key(each)]) for each in ids if _key(each) in rows]


def _key(session_id: str) -> Key:
    return f"SN#{session_id}", "SESSION"


def _acting(scope: Scope, until: int, reason: str) -> Row:
    return {"acting": text(scope.key), "acting_until": number(until), "reason": text(reason)}


def _session(session_id: str, row: Row) -> Session:
    acting = words(row, "acting")
    return Session(
        id=session_id,
        digest=words(row, "digest"),
        login=scope_from_key(words(row, "login")),
        method=words(row, "method"),
        second=words(row, "second"),
        created_ms=whole(row, "created"),
        seen_ms=whole(row, "seen"),
        ends_at=whole(row, TTL_ATTRIBUTE),
        network=words(row, "network"),
        agent=words(row, "agent"),
        acting=scope_from_key(acting) if acting else None,
        acting_until=whole(row, "acting_until"),
        reason=words(row, "reason"),
    )
