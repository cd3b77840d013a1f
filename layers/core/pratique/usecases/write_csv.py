"""Messages as lines of a spreadsheet (RFC 4180), safe to open: no cell of a stranger's is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pratique.domain.log_status import log_status
from pratique.domain.message import Copy

COLUMNS = (
    "id",
    "received_at",
    "status",
    "state",
    "verdict",
    "score",
    "sender",
    "recipient",
    "owner",
    "subject",
    "size",
    "expires_at",
    "lesson",
    "reply",
)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may take for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""


def safe_cell(text: str) -> str:
    """The text as a cell: an apostrophe before what could be a formula, also behind blanks; no NUL, no half surrogates."""
    plain = text.replace("\0", "").encode("utf-8", "replace").decode()
    return f"'{plain}" if plain.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS) else plain


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Lines of cells, each made safe, ending in CRLF."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def copies_csv(copies: Iterable[Copy], *, heading: bool) -> str:
    """One line a copy, with COLUMNS as the first line where `heading` says so. Times are RFC 3339 in UTC."""
    return csv_text([*([COLUMNS] if heading else []), *map(_line, copies)])


def _line(copy: Copy) -> Sequence[str]:
    return (
        str(copy.id),
        _moment(copy.received_ms // 1000),
        log_status(copy),
        copy.state,
        copy.verdict,
        f"{copy.score:.4f}",
        copy.sender,
        str(copy.id.recipient),
        str(copy.id.owner),
        copy.subject,
        str(copy.size),
        _moment(copy.expires_at),
        copy.lesson,
        copy.reply,
    )


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
