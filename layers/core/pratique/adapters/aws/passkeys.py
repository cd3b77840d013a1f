"""Passkeys on the table: a row by id, and a pointer to it under its login."""

from __future__ import annotations

from collections.abc import Callable

from pynamodb.expressions.operand import Path

from pratique.domain.errors import Conflict
from pratique.domain.passkey import Passkey
from pratique.domain.scope import Scope, scope_from_key

from .table import ABSENT, Key, Row, Table, number, text, whole, words

_counter, _used = Path("counter"), Path("used")


class DynamoPasskeys:
    """Rows `PK#<id>` / `PASSKEY`, pointers `UK#<login>` / `<id>`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, passkey: Passkey) -> None:
        """See Passkeys. Both rows or none."""
        pk, sk = _key(passkey.id)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "login": text(passkey.login.key),
            "label": text(passkey.label),
            "credential": text(passkey.credential),
            "counter": number(passkey.counter),
            "created": number(passkey.created_ms),
            "used": number(passkey.used_ms),
        }
        pointer: Row = {"pk": text(_pointer(passkey.login)), "sk": text(passkey.id)}
        if not self._open().write_together(put=[(row, ABSENT), (pointer, None)]):
            raise Conflict("this key is registered already")

    def get(self, passkey_id: str) -> Passkey | None:
        """See Passkeys."""
        row = self._open().get(_key(passkey_id))
        return None if row is None else _passkey(passkey_id, row)

    def of_login(self, login: Scope) -> list[Passkey]:
        """See Passkeys."""
        ids = [words(row, "sk") for row in self._open().query_all(_pointer(login), consistent=True)]
        rows = self._open().get_many([_key(each) for each in ids], consistent=True)
        return [_passkey(each, rows[_key(each)]) for each in ids if _key(each) in rows]

    def note_use(self, passkey: Passkey, *, counter: int, at_ms: int) -> bool:
        """See Passkeys."""
        actions = [_counter.set(number(counter)), _used.set(number(at_ms))]
        same = (_counter == number(passkey.counter)) & (Path("login") == text(passkey.login.key))
        return self._open().update(_key(passkey.id), actions, same) is not None

    def delete(self, login: Scope, passkey_id: str) -> bool:
        """See Passkeys. The key's own row goes first."""
        there = self._open().delete(_key(passkey_id), Path("login") == text(login.key))
        self._open().delete((_pointer(login), passkey_id))
        return there


def _key(passkey_id: str) -> Key:
    return f"PK#{passkey_id}", "PASSKEY"


def _pointer(login: Scope) -> str:
    return f"UK#{login.key}"


def _passkey(passkey_id: str, row: Row) -> Passkey:
    return Passkey(
        id=passkey_id,
        login=scope_from_key(words(row, "login")),
        label=words(row, "label"),
        credential=words(row, "credential"),
        counter=whole(row, "counter"),
        created_ms=whole(row, "created"),
        used_ms=whole(row, "used"),
    )
