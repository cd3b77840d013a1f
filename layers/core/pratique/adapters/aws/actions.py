"""Actions on the table: `U#<id>`; those that the audit does not have yet are in the expiry index, too."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.expressions.operand import Path

from pratique.domain.action import KEPT_SECONDS, Action, Deed, DeedKind
from pratique.domain.actor import Channel
from pratique.domain.scope import scope_from_key

from .rows import unpack
from .table import ABSENT, PRESENT, TTL_ATTRIBUTE, Row, Table, number, text, whole, words

_SK = "ACTION"
_OPEN = "U#"
"""The partition of the expiry index that holds what is not finished."""


class DynamoActions:
    """A row per action, with its parts packed."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def begin(self, action: Action) -> bool:
        """See Actions."""
        return self._open().put(_row(action), condition=ABSENT)

    def get(self, action_id: str) -> Action | None:
        """See Actions. Consistent."""
        row = self._open().get(_key(action_id))
        return None if row is None else _action(row)

    def finish(self, action_id: str, deeds: Sequence[Deed]) -> None:
        """See Actions."""
        actions = [Path("ge").remove(), Path("gx").remove(), Path("deeds").set(_packed(deeds))]
        self._open().update(_key(action_id), actions, PRESENT)

    def drop(self, action_id: str) -> None:
        """See Actions."""
        self._open().delete(_key(action_id))

    def mark_undone(self, action_id: str, *, by: str, at_ms: int) -> bool:
        """See Actions."""
        actions = [Path("undone").set(number(at_ms)), Path("undone_by").set(text(by))]
        fresh = PRESENT & Path("undone").does_not_exist()
        return self._open().update(_key(action_id), actions, fresh) is not None

    def unfinished(self, *, before_ms: int, limit: int) -> list[Action]:
        """See Actions. The index follows the table by a moment."""
        place = Path("gx") < text(f"{before_ms:015d}")
        part = self._open().query(_OPEN, place, index="by_expiry", limit=limit)
        found = (self.get(words(row, "pk")[2:]) for row in part.rows)
        return [action for action in found if action is not None and not action.done]


def _key(action_id: str) -> tuple[str, str]:
    return f"U#{action_id}", _SK


def _row(action: Action) -> Row:
    pk, sk = _key(action.id)
    return {
        "pk": text(pk),
        "sk": text(sk),
        "at": number(action.at_ms),
        "actor": text(action.actor),
        "channel": text(action.channel),
        "scope": text(action.scope.key),
        "verb": text(action.verb),
        "subject": text(action.subject),
        "deeds": _packed(action.deeds),
        "ge": text(_OPEN),
        "gx": text(f"{action.at_ms:015d}#{action.id}"),
        TTL_ATTRIBUTE: number(action.at_ms // 1000 + KEPT_SECONDS),
    }


def _packed(deeds: Sequence[Deed]) -> dict[str, Any]:
    parts = [[deed.kind, deed.target, deed.scope, deed.before, deed.after] for deed in deeds]
    return {"B": zlib.compress(json.dumps(parts).encode())}


def _action(row: Row) -> Action:
    deeds: list[list[Any]] = json.loads(unpack(row["deeds"]["B"]))
    return Action(
        id=words(row, "pk")[2:],
        at_ms=whole(row, "at"),
        actor=words(row, "actor"),
        channel=Channel(words(row, "channel")),
        scope=scope_from_key(words(row, "scope")),
        verb=words(row, "verb"),
        subject=words(row, "subject"),
        deeds=tuple(Deed(DeedKind(kind), *rest) for kind, *rest in deeds),
        undone_ms=whole(row, "undone"),
        undone_by=words(row, "undone_by"),
        done="ge" not in row,
    )
