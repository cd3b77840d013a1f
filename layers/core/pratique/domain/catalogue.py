"""A catalogue: which chapters (domain/chapter.py) hold what a search needs of the copies of a scope (docs/decisions/0012-search-catalogues.md)."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_MS = 3_600_000
ROWS = 20_000
"""Copies in a chapter."""
MOST_ROWS = 1_000_000
"""Copies in a catalogue: those below are read one by one."""
FEW = 1_000
"""So few copies are read faster than a catalogue."""
SETTLED_MS = 120_000
"""The newest copies are left out: what is stored later than this after its reception leaves a hint (lifecycle.LATE_MS), and lists that follow the
table by a moment have caught up."""
USABLE_MS = 6 * 24 * HOUR_MS
"""Hints of what changed since are kept for longer (lifecycle.HINT_DAYS); an older catalogue would not be exact."""
KEPT_SECONDS = 8 * 86_400
"""The row and its chapters are gone by themselves after so long."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One object: its name, the place of its oldest copy, and how many copies it holds."""

    name: str
    low: str
    rows: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Chapters of the copies below the place `top`, newest first and without gap, down to the last one's `low`, and to the end of the list where it
    is `complete`. Its reading began at `began_ms` (Unix ms; 0: never): what changed since then has left a hint (Mailboxes.changes).
    Stored under the condition that `version` is one more than before; somebody writes the next one until `busy_until_ms`.
    """

    version: int = 0
    began_ms: int = 0
    top: str = ""
    complete: bool = False
    chapters: tuple[Chapter, ...] = ()
    busy_until_ms: int = 0

    def is_usable(self, now_ms: int) -> bool:
        """Whether a search may rely on it."""
        return bool(self.chapters) and now_ms - self.began_ms < USABLE_MS
