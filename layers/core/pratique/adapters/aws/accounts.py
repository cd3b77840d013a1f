"""Accounts on the table: a token's row by its id, and a pointer to it under its scope."""

from __future__ import annotations

from collections.abc import Callable

from pynamodb.expressions.operand import Path

from pratique.domain.errors import Conflict
from pratique.domain.scope import Scope, scope_from_key
from pratique.domain.token import Token

from .table import PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

_spent = Path("spent")
KEPT_SECONDS = 30 * 86_400
"""A token that ended is shown for this long."""


class DynamoAccounts:
    """The token's own row is the truth; a pointer without one is skipped."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add_token(self, token: Token) -> None:
        """See Accounts. Both rows or none."""
        row: Row = {
            "pk": text(_key(token.id)[0]),
            "sk": text(_key(token.id)[1]),
            "name": text(token.name),
            "scope": text(token.scope.key),
            "digest": text(token.digest),
            "may_write": {"BOOL": token.may_write},
            "created": number(token.created_ms),
            "created_by": text(token.created_by),
            "own": {"BOOL": token.own},
        }
        pointer: Row = {"pk": text(f"TS#{token.scope.key}"), "sk": text(token.id)}
        if token.expires_at is not None:
            row["ends"] = number(token.expires_at)
            for each in (row, pointer):
                each[TTL_ATTRIBUTE] = number(token.expires_at + KEPT_SECONDS)
        if not self._open().put_together([row, pointer]):
            raise Conflict("this token id is taken")

    def get_token(self, token_id: str) -> Token | None:
        """See Accounts."""
        row = self._open().get(_key(token_id))
        return None if row is None or "spent" in row else _token(token_id, row)

    def delete_token(self, token_id: str) -> bool:
        """See Accounts. The token's own row is marked first, so that it is dead even where the pointer stays behind."""
        spend = [_spent.set({"BOOL": True}), Path("digest").remove(), Path(TTL_ATTRIBUTE).remove()]
        row = self._open().update(_key(token_id), spend, PRESENT & _spent.does_not_exist())
        if row is None:
            return False
        self._open().delete((f"TS#{words(row, 'scope')}", token_id))
        return True

    def list_tokens(self, scope: Scope) -> list[Token]:
        """See Accounts. In the order of their ids."""
        ids = [words(row, "sk") for row in self._open().query_all(f"TS#{scope.key}")]
        rows = self._open().get_many([_key(token_id) for token_id in ids], consistent=True)
        found = ((each, rows.get(_key(each))) for each in ids)
        return [_token(each, row) for each, row in found if row is not None and "spent" not in row]


def _key(token_id: str) -> Key:
    return f"T#{token_id}", "TOKEN"


def _token(token_id: str, row: Row) -> Token:
    return Token(
        id=token_id,
        name=words(row, "name"),
        scope=scope_from_key(words(row, "scope")),
        digest=words(row, "digest"),
        may_write=bool(row["may_write"]["BOOL"]),
        created_ms=whole(row, "created"),
        created_by=words(row, "created_by"),
        expires_at=whole(row, "ends") if "ends" in row else None,
        own=bool(row.get("own", {"BOOL": False})["BOOL"]),
    )
