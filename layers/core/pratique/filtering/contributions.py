"""Evidence that a stranger's words may be part of, made fit to store and show."""

from __future__ import annotations

from pratique.domain.verdict import Contribution

from .charsets import clean
from .weights import WEIGHTS

MAX_DETAIL = 80
"""Characters."""


def contribution(signal: str, weight: float, detail: str = "") -> Contribution:
    """A contribution whose detail is at most 80 printable characters."""
    if detail:
        detail = clean(detail)
        if not detail.isprintable():
            detail = "".join(c for c in detail if c.isprintable())
    return Contribution(signal, weight, detail[:MAX_DETAIL])


def found(signal: str, detail: str = "") -> Contribution:
    """A contribution with the weight that the table gives the signal. Raises KeyError for a signal that has none."""
    return contribution(signal, WEIGHTS[signal], detail)
