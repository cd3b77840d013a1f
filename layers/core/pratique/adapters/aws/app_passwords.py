"""App passwords on the table: a login's are one partition, so a login costs one query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pynamodb.expressions.operand import Path

from pratique.domain.app_password import AppPassword
from pratique.domain.errors import Conflict
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope

from .table import ABSENT, PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

_spent = Path("spent")
_count = Path("count")
KEPT_SECONDS = 30 * DAY
"""A password that ended is shown for this long."""


class DynamoAppPasswords:
    """Rows `W#<scope>` / `<id>`; wrong passwords are counted in `LF#<source>` / `<window>`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add_password(self, password: AppPassword) -> None:
        """See AppPasswords."""
        pk, sk = _key(password.scope, password.id)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "label": text(password.label),
            "selector": text(password.selector),
            "digest": text(password.digest),
            "may_write": {"BOOL": password.may_write},
            "created": number(password.created_ms),
            "created_by": text(password.created_by),
            "own": {"BOOL": password.own},
        }
        if password.used_ms:
            row["used"] = number(password.used_ms)
        if password.expires_at is not None:
            row["ends"] = number(password.expires_at)
            row[TTL_ATTRIBUTE] = number(password.expires_at + KEPT_SECONDS)
        if not self._open().put(row, condition=ABSENT):
            known = self._open().get((pk, sk))
            if known is None or known.get("digest") != row["digest"]:
                raise Conflict("this password id is taken")

    def passwords(self, scope: Scope) -> list[AppPassword]:
        """See AppPasswords."""
        rows = self._open().query_all(_key(scope, "")[0], consistent=True)
        return [_password(scope, row) for row in rows if "spent" not in row]

    def delete_password(self, scope: Scope, password_id: str) -> bool:
        """See AppPasswords."""
        row = self._open().get(_key(scope, password_id))
        if row is None or "spent" in row:
            return False
        spend = [_spent.set({"BOOL": True}), Path("digest").remove(), Path(TTL_ATTRIBUTE).remove()]
        found = self._open().update(_key(scope, password_id), spend, PRESENT & _spent.does_not_exist())
        return found is not None

    def note_use(self, password: AppPassword, *, at_ms: int) -> None:
        """See AppPasswords."""
        used = Path("used")
        earlier = used.does_not_exist() | (used < number(at_ms))
        self._open().update(
            _key(password.scope, password.id),
            [used.set(number(at_ms))],
            PRESENT & _spent.does_not_exist() & earlier,
        )

    def failures(self, sources: Sequence[str], *, window: int) -> dict[str, int]:
        """See AppPasswords."""
        rows = self._open().get_many([_failures_key(source, window) for source in sources])
        return {key[0].removeprefix("LF#"): whole(row, "count") for key, row in rows.items()}

    def note_failure(self, source: str, *, window: int, ends_at: int) -> int:
        """See AppPasswords."""
        actions = [_count.add(number(1)), Path(TTL_ATTRIBUTE).set(number(ends_at))]
        row = self._open().update(_failures_key(source, window), actions)
        return whole(row or {}, "count", 1)


def _key(scope: Scope, password_id: str) -> Key:
    return f"W#{scope.key}", password_id


def _failures_key(source: str, window: int) -> Key:
    return f"LF#{source}", str(window)


def _password(scope: Scope, row: Row) -> AppPassword:
    return AppPassword(
        id=words(row, "sk"),
        scope=scope,
        label=words(row, "label"),
        selector=words(row, "selector"),
        digest=words(row, "digest"),
        may_write=bool(row["may_write"]["BOOL"]),
        created_ms=whole(row, "created"),
        created_by=words(row, "created_by"),
        expires_at=whole(row, "ends") if "ends" in row else None,
        used_ms=whole(row, "used"),
        own=bool(row.get("own", {"BOOL": False})["BOOL"]),
    )
