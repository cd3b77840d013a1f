"""What we think of a message, and why."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """What we think. What we do about it is a Disposition, and the policy's business."""

    HAM = "ham"
    UNSURE = "unsure"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One named piece of evidence and its weight in log-odds: positive speaks for spam. `detail` is short and printable."""

    signal: str
    weight: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The sum of the evidence. `score` is sigmoid(sum of weights), 0..1, so the contributions explain it exactly."""

    score: float
    contributions: tuple[Contribution, ...]

    def verdict(self, *, spam_at: float, unsure_at: float) -> Verdict:
        """Spam from `spam_at` on, unsure from `unsure_at` on, else ham (both thresholds are scores, 0..1)."""
        if self.score >= spam_at:
            return Verdict.SPAM
        return Verdict.UNSURE if self.score >= unsure_at else Verdict.HAM


def judge(contributions: tuple[Contribution, ...]) -> Judgement:
    """Add up evidence in log-odds."""
    total = math.fsum(c.weight for c in contributions)
    return Judgement(sigmoid(total), contributions)


def sigmoid(log_odds: float) -> float:
    """1 / (1 + e^-x) without overflow."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-min(log_odds, 700.0)))
    power = math.exp(max(log_odds, -700.0))
    return power / (1.0 + power)
