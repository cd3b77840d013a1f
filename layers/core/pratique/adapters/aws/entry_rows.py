"""List entries as rows: their keys, and what they say."""

from __future__ import annotations

from pratique.domain.direction import Direction
from pratique.domain.listentry import ListEntry, ListKind, Match
from pratique.domain.scope import Scope

from .table import TTL_ATTRIBUTE, Key, Row, number, text, whole, words

PREFIX = {Direction.INCOMING: "S#", Direction.OUTGOING: "O#"}


def entry_key(scope: Scope, pattern: str, direction: Direction = Direction.INCOMING) -> Key:
    """An entry's key: one row per pattern and direction, so that it is on one list only."""
    return f"L#{scope.key}", PREFIX[direction] + pattern


def entry_row(entry: ListEntry) -> Row:
    """The whole row."""
    pk, sk = entry_key(entry.scope, entry.pattern, entry.direction)
    row: Row = {
        "pk": text(pk),
        "sk": text(sk),
        "kind": text(entry.kind),
        "needs_dmarc": {"BOOL": entry.needs_dmarc},
        "author": text(entry.author),
        "reason": text(entry.reason),
        "created": number(entry.created_ms),
        "match": text(entry.match),
    }
    for name, value in (
        ("until", entry.expires_at),
        ("idle", entry.idle_days),
        ("used", entry.used_ms),
        ("used_days", entry.used_days),
        (TTL_ATTRIBUTE, entry.ends_at),
    ):
        if value:
            row[name] = number(value)
    return row


def entry_of(scope: Scope, row: Row) -> ListEntry:
    """What a row says."""
    sk = words(row, "sk")
    return ListEntry(
        scope=scope,
        kind=ListKind(words(row, "kind")),
        pattern=sk[2:],
        needs_dmarc=bool(row["needs_dmarc"]["BOOL"]),
        author=words(row, "author"),
        reason=words(row, "reason"),
        created_ms=whole(row, "created"),
        direction=Direction.OUTGOING if sk.startswith("O#") else Direction.INCOMING,
        match=Match(words(row, "match", Match.BOTH)),
        expires_at=whole(row, "until"),
        idle_days=whole(row, "idle"),
        used_ms=whole(row, "used"),
        used_days=whole(row, "used_days"),
    )
