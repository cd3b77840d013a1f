"""Counts that add up, and what does not: kept beside the mail, never on its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.gap import Gap
from pratique.domain.ids import CopyId
from pratique.domain.scope import Scope
from pratique.domain.tally import Counted, Tally


@dataclass(frozen=True, slots=True)
class Place:
    """How far reconcile has come: where it goes on (`phase` and `after`), when this pass began, when the last whole one ended (Unix ms, 0 for
    never), and the mark of this state for `put_place`.
    """

    phase: str = ""
    after: str = ""
    began_ms: int = 0
    whole_ms: int = 0
    tag: int = 0


class Ledger(Protocol):
    """Counts are exact and idempotent: each copy is counted once in each count, in the state with the highest version that was told."""

    def count(self, changes: Sequence[Counted]) -> int:
        """Bring the counts of each copy's domain and of the whole installation to where the copies are; how many were not there yet. Again,
        late, or in another order is harmless.
        """

    def counted(self, copy_ids: Sequence[CopyId]) -> dict[CopyId, Counted]:
        """What the counts say of these copies; those never counted are left out."""

    def tallies(self, scope: Scope, *, since: str = "", limit: int = 0) -> Mapping[str, Tally]:
        """Day -> tally of a domain or of everything (GLOBAL), from the day `since` on, the newest first; all, or `limit` of them."""

    def note_gap(self, gap: Gap) -> bool:
        """Remember what is missing; True if it is new."""

    def get_gap(self, gap_id: str) -> Gap | None:
        """One of them."""

    def gaps(self, *, limit: int, after: str = "") -> list[Gap]:
        """Those that are open, by id, from the one behind `after` on."""

    def close_gap(self, gap_id: str) -> bool:
        """It is mended, or a person said so. False where there was none."""

    def place(self) -> Place:
        """Where reconcile is."""

    def put_place(self, place: Place) -> bool:
        """Move on from the state with this tag; False where another run did so meanwhile."""
