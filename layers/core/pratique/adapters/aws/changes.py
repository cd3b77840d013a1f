"""Hints that a copy came to a listing or left one: a row per scope and change, by time (docs/decisions/0003-imap-registers.md). They are
read in mailboxes.py: whoever only leaves them loads no more than this.
"""

from __future__ import annotations

from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import HINT_DAYS
from pratique.domain.policy import DAY
from pratique.domain.scope import scope_chain

from .table import TTL_ATTRIBUTE, Row, Table, number, text


def note_change(table: Table, copy_id: CopyId, *, at_ms: int) -> None:
    """Leave the hint for all three scopes, in one round trip. Before the change itself: a hint too many costs a look, one that is
    missing would leave a message in somebody's mailbox.
    """
    sk, ends = f"{at_ms:015d}#{copy_id.place}", number(at_ms // 1000 + HINT_DAYS * DAY)
    rows: list[Row] = [
        {"pk": text(f"C#{scope.key}"), "sk": text(sk), TTL_ATTRIBUTE: ends}
        for scope in scope_chain(copy_id.owner)
    ]
    table.write_many(put=rows)
