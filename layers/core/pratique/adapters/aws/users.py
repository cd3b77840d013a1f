"""Users on the table: a row by login, and a pointer to it in the domain that its scope lies in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import LOGIN_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import parse_address
from pratique.domain.errors import ConcurrentChange, Conflict
from pratique.domain.scope import Level, Scope, scope_from_key
from pratique.domain.user import User
from pratique.ports.users import UserPage

from .table import ABSENT, PRESENT, SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

_version = Path("version")


class DynamoUsers:
    """Rows `U#<login>` / `USER`, pointers `UD#<domain>` (`*` for the global scope) / `<login>`, places `U#<login>` / `PLACE#<place>`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, user: User) -> None:
        """See Users. Both rows or none."""
        if not self._open().write_together(put=[(_row(user), ABSENT), (_pointer(user), None)]):
            raise Conflict("this login is taken")

    def get(self, login: Scope) -> User | None:
        """See Users."""
        row = self._open().get(_key(login))
        return None if row is None else _user(login, row)

    def change(self, user: User) -> User:
        """See Users. A pointer in another place is left behind until it is read (list_users drops it)."""
        new = replace(user, version=user.version + 1)
        same = PRESENT & (_version == number(user.version))
        if not self._open().write_together(put=[(_row(new), same), (_pointer(new), None)]):
            raise ConcurrentChange("another change came first")
        return new

    def delete(self, login: Scope) -> bool:
        """See Users."""
        row = self._open().get(_key(login))
        if row is None or not self._open().delete(_key(login), PRESENT):
            return False
        self._open().delete((_place(scope_from_key(words(row, "scope"))), login.key))
        return True

    def list_users(self, place: Scope, *, limit: int, cursor: str | None = None) -> UserPage:
        """See Users. Two reads a page: pointers, then the users' own rows, which are the truth."""
        start = None
        if cursor is not None:
            start = SK > text(decode_cursor(cursor, LOGIN_PLACE))  # noqa: SIM300 - a pynamodb condition, not a constant
        partition = _place(place)
        found = [
            words(row, "sk")
            for row in self._open().query_all(partition, start, limit=limit + 1, consistent=True)
        ]
        logins = [scope_from_key(key) for key in found[:limit]]
        rows = self._open().get_many([_key(login) for login in logins], consistent=True)
        users = [_user(login, rows[_key(login)]) for login in logins if _key(login) in rows]
        page = tuple(user for user in users if _place(user.scope) == partition)
        return UserPage(page, encode_cursor(found[limit - 1]) if len(found) > limit else None)

    def note_place(self, login: Scope, place: str, *, at_ms: int, ends_at: int) -> bool:
        """See Users."""
        pk, sk = _key(login)[0], f"PLACE#{place}"
        row: Row = {"pk": text(pk), "sk": text(sk), "at": number(at_ms), TTL_ATTRIBUTE: number(ends_at)}
        gone = Path(TTL_ATTRIBUTE) < number(at_ms // 1000)
        new = self._open().put(row, condition=ABSENT | gone)
        if not new:
            self._open().update((pk, sk), [Path(TTL_ATTRIBUTE).set(number(ends_at))], PRESENT)
        return new


def _key(login: Scope) -> Key:
    return f"U#{login.key}", "USER"


def _place(scope: Scope) -> str:
    return f"UD#{'*' if scope.level is Level.GLOBAL else scope.domain}"


def _pointer(user: User) -> Row:
    return {"pk": text(_place(user.scope)), "sk": text(user.login.key)}


def _row(user: User) -> Row:
    pk, sk = _key(user.login)
    return {
        "pk": text(pk),
        "sk": text(sk),
        "scope": text(user.scope.key),
        "mail": text(str(user.mail)),
        "name": text(user.name),
        "language": text(user.language),
        "may_write": {"BOOL": user.may_write},
        "disabled": {"BOOL": user.disabled},
        "second_factor": {"BOOL": user.second_factor},
        "password": text(user.password),
        "totp": text(user.totp),
        "totp_step": number(user.totp_step),
        "recovery": {"L": [text(each) for each in user.recovery]},
        "passkeys": number(user.passkeys),
        "created": number(user.created_ms),
        "created_by": text(user.created_by),
        "used": number(user.used_ms),
        "version": number(user.version),
    }


def _user(login: Scope, row: Row) -> User:
    return User(
        login=login,
        scope=scope_from_key(words(row, "scope")),
        mail=parse_address(words(row, "mail")),
        name=words(row, "name"),
        language=words(row, "language"),
        may_write=bool(row["may_write"]["BOOL"]),
        disabled=bool(row["disabled"]["BOOL"]),
        second_factor=bool(row["second_factor"]["BOOL"]),
        password=words(row, "password"),
        totp=words(row, "totp"),
        totp_step=whole(row, "totp_step"),
        recovery=tuple(each["S"] for each in row["recovery"]["L"]),
        passkeys=whole(row, "passkeys"),
        created_ms=whole(row, "created"),
        created_by=words(row, "created_by"),
        used_ms=whole(row, "used"),
        version=whole(row, "version"),
    )
