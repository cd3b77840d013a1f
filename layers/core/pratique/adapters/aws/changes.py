"""Hints that a copy came to a listing or left one: a row per scope and change, by time (docs/decisions/0003-imap-registers.md)."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.domain.ids import CopyId
from pratique.domain.mailbox import CHANGES_DAYS, Changed
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope, scope_chain

from .rows import copy_id_at, place_of
from .table import SK, TTL_ATTRIBUTE, Row, Table, number, text, words


def note_change(table: Table, copy_id: CopyId, *, at_ms: int) -> None:
    """Leave the hint for all three scopes, in one round trip. Before the change itself: a hint too many costs a look, one that is
    missing would leave a message in somebody's mailbox.
    """
    sk, ends = f"{at_ms:015d}#{place_of(copy_id)}", number(at_ms // 1000 + CHANGES_DAYS * DAY)
    rows: list[Row] = [
        {"pk": text(f"C#{scope.key}"), "sk": text(sk), TTL_ATTRIBUTE: ends}
        for scope in scope_chain(copy_id.recipient)
    ]
    table.write_many(put=rows)


def changes(table: Table, scope: Scope, *, since_ms: int) -> Iterator[Changed]:
    """The hints of a scope from then on, oldest first, read consistently."""
    place = SK >= text(f"{max(0, since_ms):015d}")  # noqa: SIM300 - a pynamodb condition, not a constant
    for row in table.query_all(f"C#{scope.key}", place, consistent=True):
        at_ms, _, named = words(row, "sk").partition("#")
        yield Changed(int(at_ms), copy_id_at(named))
