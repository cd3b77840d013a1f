"""What people did of late, so that it can be taken back; and what the audit does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pratique.domain.action import Action, Deed


class Actions(Protocol):
    """An action is written down before it is done, told to the audit after, and forgotten after a week."""

    def begin(self, action: Action) -> bool:
        """Write it down; False where this id is known already (the same call again)."""

    def get(self, action_id: str) -> Action | None:
        """One of them."""

    def finish(self, action_id: str, deeds: Sequence[Deed]) -> None:
        """The audit has it, and this is what was changed."""

    def drop(self, action_id: str) -> None:
        """Nothing came of it."""

    def mark_undone(self, action_id: str, *, by: str, at_ms: int) -> bool:
        """Somebody took it back; False where that is noted already, or there is no such action."""

    def unfinished(self, *, before_ms: int, limit: int) -> list[Action]:
        """Begun before then and not finished: whoever did it died on the way. The oldest first."""
