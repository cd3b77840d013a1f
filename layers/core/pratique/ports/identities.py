"""Identities: who sends, how much they sent lately, and who is locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.outgoing import Identity, Standing, Window
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class StandingPage:
    """Standings in the order of their identities, and the cursor of the next page."""

    standings: tuple[Standing, ...]
    cursor: str | None


class Identities(Protocol):
    """One row per identity. A write names what was read: where that has changed since, nothing is written, and the caller reads again.
    Counters of a window that stays the same are added to by the store, so writers at the same moment do not undo each other.
    """

    def get(self, identity: Identity) -> Standing:
        """Consistent; an empty standing for one that was never seen."""

    def count(
        self,
        before: Standing,
        amounts: Mapping[Window, int],
        *,
        most: Mapping[Window, int],
        now: int,
        after: Standing | None = None,
    ) -> Standing | None:
        """Add to the counters of the windows that `now` (Unix seconds) lies in, in one conditional write; with `after`, set its spams and
        lock too. None, and nothing written, where a window has begun since `before` was read, a counter would go above `most` (0 or absent:
        no limit), or the lock (with `after` also the spams) has changed.
        """

    def set_lock(self, before: Standing, after: Standing) -> bool:
        """Set spams and lock as in `after`, unless the lock has changed since `before` was read (False)."""

    def list_standings(
        self, scope: Scope, *, now: int, locked: bool, limit: int, cursor: str | None = None
    ) -> StandingPage:
        """The identities of a domain or of a login; with `locked` only those that are locked. For the global scope only locked ones can be
        listed. Raises InvalidInput for a cursor that is none, and for a global list of all.
        """

    def add_submission(self, name: str, *, at_ms: int, digest: str, expires_at: int) -> tuple[int, str]:
        """Remember that a message was submitted under this name (unique per caller and key) at that time with this content; the time and
        content of the first one that was, which this one is where they are equal.
        """
