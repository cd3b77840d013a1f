"""Sets of words written the way people read them."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text that are set apart by space."""
    return frozenset(text.split())
