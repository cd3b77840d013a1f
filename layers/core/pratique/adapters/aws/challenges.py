"""Challenges on the table: rows that are deleted by whoever takes them."""

from __future__ import annotations

from collections.abc import Callable

from pynamodb.expressions.operand import Path

from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.errors import Conflict

from .table import ABSENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words


class DynamoChallenges:
    """Rows `CH#<kind>#<id>` / `CHALLENGE`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def put(self, challenge: Challenge) -> None:
        """See Challenges."""
        pk, sk = _key(challenge.kind, challenge.id)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "digest": text(challenge.digest),
            "data": {"M": {name: text(value) for name, value in challenge.data.items()}},
            TTL_ATTRIBUTE: number(challenge.expires_at),
        }
        if not self._open().put(row, condition=ABSENT):
            raise Conflict("this challenge is there already")

    def get(self, kind: ChallengeKind, challenge_id: str) -> Challenge | None:
        """See Challenges."""
        row = self._open().get(_key(kind, challenge_id))
        if row is None:
            return None
        data = {name: str(value["S"]) for name, value in row["data"]["M"].items()}
        return Challenge(kind, challenge_id, words(row, "digest"), whole(row, TTL_ATTRIBUTE), data)

    def take(self, challenge: Challenge) -> bool:
        """See Challenges."""
        same = Path("digest") == text(challenge.digest)
        return self._open().delete(_key(challenge.kind, challenge.id), same)


def _key(kind: ChallengeKind, challenge_id: str) -> Key:
    return f"CH#{kind.value}#{challenge_id}", "CHALLENGE"
