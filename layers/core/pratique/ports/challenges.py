"""What is good for once."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.challenge import Challenge, ChallengeKind


class Challenges(Protocol):
    """Rows that end by themselves, and are taken by one caller at most."""

    def put(self, challenge: Challenge) -> None:
        """Store a new one. Raises Conflict if the id is taken."""

    def get(self, kind: ChallengeKind, challenge_id: str) -> Challenge | None:
        """Consistent read; an ended one may still be there."""

    def take(self, challenge: Challenge) -> bool:
        """Use it up: True for exactly one caller."""
