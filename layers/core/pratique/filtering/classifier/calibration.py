"""Thresholds do not transfer between sites: how far a scope's evidence must be moved so that its own ham stays below the quarantine threshold."""

from __future__ import annotations

from collections.abc import Sequence

HAM_ABOVE = 0.001
"""Part of a scope's confirmed ham that may lie above the threshold."""
LEAST = 100
"""Confirmed ham below which nothing is moved by it: few messages say nothing about one in a thousand."""
FARTHEST = -6.0
"""Bound of the shift: confirmed mail that lies further off is wrongly labelled, or hopeless, and must not blind the filter."""
SPACE = 0.05
"""Log-odds that the last ham is kept below the threshold."""


def shift_for(ham: Sequence[float], spam: Sequence[float], *, held_at: float) -> float:
    """The shift in log-odds (FARTHEST..0) after which at most HAM_ABOVE of `ham` lies at or above `held_at`.

    `ham` and `spam` are the log-odds of all evidence, without a shift, of the scope's confirmed mail, each judged before it was learnt;
    `held_at` is the quarantine threshold as log-odds. A shift only ever protects ham: it is never above 0.
    """
    if len(ham) < LEAST:
        return 0.0
    ranked = sorted(ham, reverse=True)
    last = ranked[int(HAM_ABOVE * len(ranked))]
    if last < held_at:
        return 0.0
    reachable = [each for each in spam if each >= last]
    if not reachable and spam:  # that ham lies above all spam: whatever it is, no threshold tells it apart
        return 0.0
    return max(FARTHEST, held_at - last - SPACE)
