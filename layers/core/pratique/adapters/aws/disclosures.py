"""Disclosures on the table: a row per event under its owner, and a row per leave under its copy."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import DISCLOSURE_PLACE, decode_cursor, encode_cursor
from pratique.domain.disclosure import Disclosed, Disclosure
from pratique.domain.scope import Scope
from pratique.ports.disclosures import DisclosurePage

from .table import ABSENT, SK, TTL_ATTRIBUTE, Row, Table, number, text, whole, words

KEPT_SECONDS = 400 * 86_400


class DynamoDisclosures:
    """Rows `DO#<owner>` / `<15 digits of ms>#<random>`; leaves `OP#<copy>` / `<actor>`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def record(self, owner: Scope, disclosure: Disclosure) -> None:
        """See Disclosures."""
        self._open().put(
            {
                "pk": text(f"DO#{owner.key}"),
                "sk": text(f"{disclosure.at_ms:015d}#{secrets.token_hex(6)}"),
                "at": number(disclosure.at_ms),
                "actor": text(disclosure.actor),
                "channel": text(disclosure.channel),
                "what": text(disclosure.what),
                "subject": text(disclosure.subject),
                "reason": text(disclosure.reason),
                TTL_ATTRIBUTE: number(disclosure.at_ms // 1000 + KEPT_SECONDS),
            }
        )

    def of_owner(self, owner: Scope, *, limit: int, cursor: str | None = None) -> DisclosurePage:
        """See Disclosures."""
        place = None
        if cursor is not None:
            place = SK < text(decode_cursor(cursor, DISCLOSURE_PLACE))  # noqa: SIM300 - a pynamodb condition, not a constant
        found = self._open().query(
            f"DO#{owner.key}", place, limit=limit + 1, newest_first=True, consistent=True
        )
        page = found.rows[:limit]
        more = len(found.rows) > limit
        return DisclosurePage(
            tuple(_disclosure(row) for row in page), encode_cursor(words(page[-1], "sk")) if more else None
        )

    def allow(self, actor: str, copy: str, *, now: int, until: int) -> bool:
        """See Disclosures."""
        row: Row = {"pk": text(f"OP#{copy}"), "sk": text(actor), TTL_ATTRIBUTE: number(until)}
        return self._open().put(row, condition=ABSENT | (Path(TTL_ATTRIBUTE) <= number(now)))

    def allowed(self, actor: str, copy: str, *, now: int) -> bool:
        """See Disclosures."""
        row = self._open().get((f"OP#{copy}", actor))
        return row is not None and whole(row, TTL_ATTRIBUTE) > now


def _disclosure(row: Row) -> Disclosure:
    return Disclosure(
        at_ms=whole(row, "at"),
        actor=words(row, "actor"),
        channel=words(row, "channel"),
        what=Disclosed(words(row, "what")),
        subject=words(row, "subject"),
        reason=words(row, "reason"),
    )
