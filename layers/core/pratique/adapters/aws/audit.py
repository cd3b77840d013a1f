"""Audit on the table: a row per change, in a chain per scope, kept for 400 days."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from pratique.adapters.cursors import decode_cursor, encode_cursor
from pratique.domain.audit_chain import KEPT_MS, Link, digest_of, seal_of
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.scope import Scope, scope_from_key
from pratique.ports.audit import AuditEntry, AuditPage

from .table import ABSENT, SK, TTL_ATTRIBUTE, Row, Table, number, text, whole, words

TRIES = 12
_PLACE = re.compile(r"S\d{15}|\d{15}#[0-9a-f]{12}")
"""A row's sort key. Chained ones sort behind those from before there was a chain (`<15 digits of ms>#<random>`)."""
_SCOPES = "AS"


class DynamoAudit:
    """`key` gives the key of the seals; entries of whoever has none go without."""

    def __init__(self, table: Callable[[], Table], key: Callable[[], bytes]) -> None:
        self._open, self._key = table, key

    def record(self, entry: AuditEntry) -> AuditEntry:
        """See Audit. One read and one conditional write; again where another writer was first."""
        table = self._open()
        for attempt in range(TRIES):
            if attempt:
                time.sleep(random.uniform(0, 0.02 * attempt))
            newest = table.query(
                f"A#{entry.scope.key}", SK.startswith("S"), limit=1, newest_first=True, consistent=True
            ).rows
            last = _link(newest[0], entry.scope) if newest else None
            numbered = replace(entry, seq=last.seq + 1 if last else 1)
            if table.put(self._row(numbered, last), condition=ABSENT):
                if last is None:
                    table.put({"pk": text(_SCOPES), "sk": text(entry.scope.key)})
                return numbered
        raise TemporaryFailure("the audit is busy")

    def entries(self, scope: Scope, *, limit: int) -> list[AuditEntry]:
        """See Audit."""
        return list(self.page(scope, limit=limit).entries)

    def page(self, scope: Scope, *, limit: int, cursor: str | None = None) -> AuditPage:
        """See Audit. Consistent, so that a person sees what they just did."""
        place = None if cursor is None else text(decode_cursor(cursor, _PLACE)) > SK
        # One more than is shown: DynamoDB says "there may be more" behind a page that ends with the last row.
        found = self._open().query(
            f"A#{scope.key}", place, limit=limit + 1, newest_first=True, consistent=True
        )
        page = found.rows[:limit]
        more = encode_cursor(words(page[-1], "sk")) if len(found.rows) > limit else None
        return AuditPage(tuple(_entry(scope, row) for row in page), more)

    def links(self, scope: Scope, *, after: int, limit: int) -> Sequence[Link]:
        """See Audit."""
        place = SK.between(text(_sk(after + 1)), text(_sk(10**15 - 1)))
        rows = self._open().query_all(f"A#{scope.key}", place, limit=limit, consistent=True)
        return [_link(row, scope) for row in rows]

    def scopes(self, *, limit: int, after: str = "") -> list[Scope]:
        """See Audit."""
        place = text(after) < SK if after else None
        rows = self._open().query_all(_SCOPES, place, limit=limit, consistent=True)
        return [scope_from_key(words(row, "sk")) for row in rows]

    def _row(self, entry: AuditEntry, last: Link | None) -> Row:
        before, before_ms = (last.digest, last.at_ms) if last else ("", 0)
        digest = digest_of(entry.seq, entry.text, before, before_ms)
        return {
            "pk": text(f"A#{entry.scope.key}"),
            "sk": text(_sk(entry.seq)),
            "at": number(entry.at_ms),
            "actor": text(entry.actor),
            "channel": text(entry.channel),
            "action": text(entry.action),
            "subject": text(entry.subject),
            "action_id": text(entry.action_id),
            "before": text(before),
            "before_at": number(before_ms),
            "digest": text(digest),
            "seal": text(self._seal(digest)),
            TTL_ATTRIBUTE: number((entry.at_ms + KEPT_MS) // 1000),
        }

    def _seal(self, digest: str) -> str:
        try:
            return seal_of(self._key(), digest)
        except PermanentFailure:  # a program without the key: an operator's own, with rights to the table
            return ""


def _sk(seq: int) -> str:
    return f"S{seq:015d}"


def _entry(scope: Scope, row: Row) -> AuditEntry:
    sk = words(row, "sk")
    return AuditEntry(
        at_ms=whole(row, "at"),
        actor=words(row, "actor"),
        channel=words(row, "channel"),
        scope=scope,
        action=words(row, "action"),
        subject=words(row, "subject"),
        action_id=words(row, "action_id"),
        seq=int(sk[1:]) if sk.startswith("S") else 0,
    )


def _link(row: Row, scope: Scope) -> Link:
    entry = _entry(scope, row)
    return Link(
        seq=entry.seq,
        at_ms=entry.at_ms,
        action=entry.action,
        text=entry.text,
        before=words(row, "before"),
        before_ms=whole(row, "before_at"),
        digest=words(row, "digest"),
        seal=words(row, "seal"),
    )
