"""Thresholds do not transfer between sites: how far a scope's evidence must be moved so that its own ham stays below the quarantine threshold."""

from __future__ import annotations

from collections.abc import Sequence

HAM_ABOVE = 0.001
"""Part of a scope's confirmed ham that may lie above the threshold."""
LEAST = 100
"""Confirmed ham below which nothing is moved by it: few messages say nothing about one in a thousand."""
FARTHEST = -3.5
"""Bound of the shift: confirmed mail that lies further off is wrongly labelled, or hopeless, and must not blind the filter."""
SPACE = 0.05
"""Log-odds that the last ham is kept below the threshold."""


BELOW = 1.0
"""Log-odds below the threshold from which on mail makes room for what is pushed down to it."""
ABOVE = 4.0
"""Log-odds above the pushed part after which a score is what it was."""


def relief(log_odds: float, shift: float, *, held_at: float) -> float:
    """What a shift (<= 0) adds to a message of these log-odds: 0 or less.

    What lies at `held_at - shift` comes to lie at `held_at`, what lies between is pressed below it, in its order; mail well above and well
    below keeps its score. A shift of everything would do the same at the threshold, but it would make weak spam look like ham, and a
    site's scores of before and after could not be compared: on TREC 2006 it doubled the 1-ROCA of the same evidence (docs/filter.md).
    """
    low, top = held_at - BELOW, held_at - shift + ABOVE
    if shift >= 0 or not low < log_odds < top:
        return 0.0
    middle = held_at - shift
    if log_odds <= middle:
        return (log_odds - low) * (BELOW / (middle - low)) + low - log_odds
    return (log_odds - middle) * ((top - held_at) / (top - middle)) + held_at - log_odds


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
