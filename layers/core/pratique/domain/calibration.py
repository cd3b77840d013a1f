"""How a scope's scores are shifted so that its own good mail stays below the quarantine threshold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Thresholds do not transfer between sites, so each domain gets a shift of its own, from scores of its own confirmed mail.

    `shift` is how far, in log-odds, mail above the threshold is brought down (never above 0: it protects ham;
    filtering/classifier/calibration.py says how); `ham` and `spam` are how many scores it rests on; `made_ms` is when
    it was worked out (Unix ms).
    """

    shift: float
    ham: int
    spam: int
    made_ms: int
