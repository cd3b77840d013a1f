"""Audit on the table: a row per change, kept for 400 days."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from pratique.domain.scope import Scope
from pratique.ports.audit import AuditEntry

from .table import TTL_ATTRIBUTE, Row, Table, number, text, whole, words

KEPT_SECONDS = 400 * 86_400


class DynamoAudit:
    """Sorted by time; two changes of one millisecond are both kept."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def record(self, entry: AuditEntry) -> None:
        """See Audit."""
        self._open().put(
            {
                "pk": text(f"A#{entry.scope.key}"),
                "sk": text(f"{entry.at_ms:015d}#{secrets.token_hex(6)}"),
                "at": number(entry.at_ms),
                "actor": text(entry.actor),
                "channel": text(entry.channel),
                "action": text(entry.action),
                "subject": text(entry.subject),
                TTL_ATTRIBUTE: number(entry.at_ms // 1000 + KEPT_SECONDS),
            }
        )

    def entries(self, scope: Scope, *, limit: int) -> list[AuditEntry]:
        """See Audit. Consistent, so that a person sees what they just did."""
        found = self._open().query(f"A#{scope.key}", limit=limit, newest_first=True, consistent=True)
        return [_entry(scope, row) for row in found.rows]


def _entry(scope: Scope, row: Row) -> AuditEntry:
    return AuditEntry(
        at_ms=whole(row, "at"),
        actor=words(row, "actor"),
        channel=words(row, "channel"),
        scope=scope,
        action=words(row, "action"),
        subject=words(row, "subject"),
    )
