"""Campaigns: messages so much alike that reports of one are reports of all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from .lesson import Label

BAND_DIGITS = 2
"""Hexadecimal digits of a fingerprint in one band. Fingerprints that differ in up to seven of 64 bits share one of eight bands for certain,
those that differ in ten by chance nine times out of ten."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One recipient's report of a message of a campaign: `lesson` is the id of the lesson in the recipient's own layer."""

    voter: str
    lesson: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the recipients of a domain say of a campaign with one label. `fingerprint` is that of the message it began with.

    `round` grows each time a quorum was lost again, so that the next one is another lesson.
    """

    domain: str
    label: Label
    id: str
    fingerprint: str
    round: int = 0
    votes: tuple[Vote, ...] = field(default=())

    def voters(self, *, since_ms: int = 0) -> list[str]:
        """The different recipients whose vote is not older than `since_ms`, the earliest first."""
        recent = sorted((v for v in self.votes if v.at_ms >= since_ms), key=lambda v: (v.at_ms, v.voter))
        return list(dict.fromkeys(vote.voter for vote in recent))

    @property
    def lesson_id(self) -> str:
        """The id of the lesson that a quorum of this round gives: whoever counts it, the same."""
        named = f"quorum\n{self.domain}\n{self.label.value}\n{self.id}\n{self.round}"
        return hashlib.sha256(named.encode()).hexdigest()[:32]


def campaign_marks(message: str, fingerprint: str) -> tuple[str, ...]:
    """The marks by which a message's campaign is found: the message itself, then each band of its fingerprint ('' has none)."""
    bands = [fingerprint[at : at + BAND_DIGITS] for at in range(0, len(fingerprint), BAND_DIGITS)]
    return (f"M#{message}", *(f"B#{number}#{band}" for number, band in enumerate(bands)))
