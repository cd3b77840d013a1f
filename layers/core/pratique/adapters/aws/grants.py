"""Grants on the table: a row under the person, and a pointer to it under the mailbox."""

from __future__ import annotations

from collections.abc import Callable

from pratique.domain.grant import Grant
from pratique.domain.scope import Scope, scope_from_key

from .table import PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words


class DynamoGrants:
    """Rows `GR#<login>` / `<scope>`, pointers `GS#<scope>` / `<login>`; both end with the grant."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def put(self, grant: Grant) -> None:
        """See Grants. Both rows or none."""
        pk, sk = _key(grant.login, grant.scope)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "may_write": {"BOOL": grant.may_write},
            "created": number(grant.created_ms),
            "created_by": text(grant.created_by),
        }
        pointer: Row = {"pk": text(_pointer(grant.scope)), "sk": text(grant.login.key)}
        if grant.expires_at is not None:
            for each in (row, pointer):
                each[TTL_ATTRIBUTE] = number(grant.expires_at)
        self._open().write_together(put=[(row, None), (pointer, None)])

    def get(self, login: Scope, scope: Scope) -> Grant | None:
        """See Grants."""
        row = self._open().get(_key(login, scope))
        return None if row is None else _grant(login, scope, row)

    def delete(self, login: Scope, scope: Scope) -> bool:
        """See Grants. The grant itself goes first."""
        there = self._open().delete(_key(login, scope), PRESENT)
        self._open().delete((_pointer(scope), login.key))
        return there

    def of_login(self, login: Scope) -> list[Grant]:
        """See Grants."""
        rows = self._open().query_all(_key(login, login)[0], consistent=True)
        return [_grant(login, scope_from_key(words(row, "sk")), row) for row in rows]

    def of_scope(self, scope: Scope) -> list[Grant]:
        """See Grants."""
        pointers = self._open().query_all(_pointer(scope), consistent=True)
        logins = [scope_from_key(words(row, "sk")) for row in pointers]
        rows = self._open().get_many([_key(login, scope) for login in logins], consistent=True)
        found = ((login, rows.get(_key(login, scope))) for login in logins)
        return [_grant(login, scope, row) for login, row in found if row is not None]


def _key(login: Scope, scope: Scope) -> Key:
    return f"GR#{login.key}", scope.key


def _pointer(scope: Scope) -> str:
    return f"GS#{scope.key}"


def _grant(login: Scope, scope: Scope, row: Row) -> Grant:
    return Grant(
        login=login,
        scope=scope,
        may_write=bool(row["may_write"]["BOOL"]),
        created_ms=whole(row, "created"),
        created_by=words(row, "created_by"),
        expires_at=whole(row, TTL_ATTRIBUTE) if TTL_ATTRIBUTE in row else None,
    )
