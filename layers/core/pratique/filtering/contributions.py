"""Evidence that a stranger's words may be part of, made fit to store and show."""

from __future__ import annotations

from pratique.domain.verdict import Contribution

from .charsets import clean

MAX_DETAIL = 80
"""Characters."""


def contribution(signal: str, weight: float, detail: str = "") -> Contribution:
    """A contribution whose detail is at most 80 printable characters."""
    shown = clean(detail)
    if not shown.isprintable():
        shown = "".join(c for c in shown if c.isprintable())
    return Contribution(signal, weight, shown[:MAX_DETAIL])
