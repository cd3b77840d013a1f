"""What the recipients of a domain say of campaigns: a quorum of them teaches the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.campaign import Campaign, Vote
from pratique.domain.lesson import Label


@dataclass(frozen=True, slots=True)
class Pointer:
    """A mark leads to a campaign, which began with a message of this fingerprint."""

    campaign: str
    fingerprint: str


class Votes(Protocol):
    """All calls are key reads and writes, a bounded number each, and repeatable. All that is written ends with `until` (Unix seconds)."""

    def find(self, domain: str, label: Label, marks: Sequence[str]) -> dict[str, Pointer]:
        """Where these marks lead; consistent."""

    def cast(
        self,
        domain: str,
        label: Label,
        pointer: Pointer,
        vote: Vote,
        *,
        marks: Sequence[str],
        until: int,
    ) -> Campaign:
        """Add a vote to a campaign (made with `pointer` if it is new), let `marks` lead to it; the campaign as it is now. A voter has one
        vote in a campaign: the first stays.
        """

    def withdraw(
        self, domain: str, label: Label, campaign: str, *, voter: str, lesson: str
    ) -> Campaign | None:
        """Take a vote back if it is of this lesson; the campaign as it is now, None if there is none."""

    def get(self, domain: str, label: Label, campaign: str) -> Campaign | None:
        """A campaign; consistent."""

    def next_round(self, campaign: Campaign) -> Campaign | None:
        """End this round of the campaign (once, whoever asks); the campaign as it is now, None if there is none."""
