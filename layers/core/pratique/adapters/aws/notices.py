"""Notices on the table: a row per sender and day that one of them was sent. Addresses are hashed: it need not be read back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from pynamodb.expressions.operand import Path

from pratique.domain.address import Address

from .table import ABSENT, TTL_ATTRIBUTE, Key, Table, number, text

_message = Path("message")


class DynamoNotices:
    """See Notices. One conditional put. The SDK's own repeat of a put whose answer was lost finds its row and is a refusal: one notice too few, not
    one too many.
    """

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def claim(self, sender: Address, day: int, *, message: str, until: int) -> bool:
        """See Notices."""
        pk, sk = _key(sender, day)
        row = {
            "pk": text(pk),
            "sk": text(sk),
            "message": text(message),
            TTL_ATTRIBUTE: number(until),
        }
        return self._open().put(row, condition=ABSENT)

    def give_back(self, sender: Address, day: int, *, message: str) -> None:
        """See Notices."""
        self._open().delete(_key(sender, day), _message == text(message))


def _key(sender: Address, day: int) -> Key:
    return f"N#{hashlib.sha256(str(sender).encode()).hexdigest()[:32]}", f"{day:06d}"
