"""What digests remember: who is due, what was reported, which links were used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.digest import Progress, Sheet
from pratique.domain.ids import CopyId
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Used:
    """A link that was used: by whom (the request or message that did), when (Unix ms), and what came of it."""

    by: str
    at_ms: int
    outcome: str = ""


class Digests(Protocol):
    """All times are given by the caller, in Unix seconds unless named otherwise. Everything may be called again."""

    def arm(self, scope: Scope, *, due: int, now_ms: int) -> int:
        """There is news for a scope, and somebody looks at `due`, or earlier where that was set before. Returns when somebody looks."""

    def due(self, shard: int, *, now: int, limit: int) -> list[Scope]:
        """Up to `limit` scopes of a shard that are due by now, the longest overdue first. May lag by a moment."""

    def progress(self, scope: Scope) -> Progress | None:
        """Consistent read."""

    def due_again(self, scope: Scope, *, due: int, was: int) -> bool:
        """Set when somebody looks again, 0 for not until there is news; only if it is still `was`."""

    def claim(self, scope: Scope, *, slot: int, now: int, lease: int) -> Progress | None:
        """Take a slot until `lease`, unless it or a later one was taken before (or its worker died before it handed the digest over and its
        lease is up). None when it was not to be had.
        """

    def sending(self, scope: Scope, *, slot: int, lease: int) -> bool:
        """Say, just before it is handed over, that it will be; from here on nobody takes this slot again. False when the lease was lost."""

    def give_back(self, scope: Scope, *, slot: int, lease: int, due: int) -> None:
        """The slot was not served (only if the lease is still ours): it can be taken again from `due` on."""

    def finish(
        self, scope: Scope, *, lease: int, seen_ms: int, sent: int, failed: bool, next_due: int
    ) -> None:
        """The slot is done with (only if the lease is still ours). Everything that was held up to `seen_ms` has been reported. `sent` is when,
        0 where there was nothing to send; `failed` counts a refusal. Somebody looks again at `next_due` if there was news after `seen_ms`.
        """

    def note_seen(self, scope: Scope, *, seen_ms: int, now: int) -> None:
        """What was held up to then has been reported by a digest beside the slots."""

    def put_sheet(self, sheet: Sheet, *, ends: int) -> None:
        """Keep the record of a digest; the same again replaces it."""

    def get_sheet(self, sheet_id: str) -> Sheet | None:
        """The record, None where there is none (any more)."""

    def use(self, sheet_id: str, mark: str, used: Used, *, ends: int) -> Used:
        """Use up a mark of a sheet: `used` if it is the first, else what was noted first."""

    def note_outcome(self, sheet_id: str, mark: str, used: Used) -> None:
        """Say what came of it."""

    def used(self, sheet_id: str, mark: str) -> Used | None:
        """What was noted of a mark, None while nobody used it. Consistent."""

    def free(self, sheet_id: str, mark: str, *, by: str | None = None) -> None:
        """The mark can be used again: nothing came of it (`by` is who used it, and only then), or it was taken back."""

    def count(self, what: str, *, window: int, ends: int) -> int:
        """One more of `what` in a window; how many there are now."""

    def add_call(self, scope: Scope, copy_id: CopyId, *, due: int) -> None:
        """A last call is due for a copy then; again changes nothing."""

    def due_calls(self, shard: int, *, now: int, limit: int) -> list[tuple[Scope, CopyId]]:
        """Up to `limit` last calls of a shard that are due. May lag by a moment."""

    def calls(self, scope: Scope, *, until: int) -> list[CopyId]:
        """A scope's copies whose last call is due by then. Consistent."""

    def drop_calls(self, scope: Scope, copies: Sequence[CopyId]) -> None:
        """Forget last calls."""

    def look(self, copies: Sequence[CopyId], *, ends: int) -> None:
        """Somebody has looked at these."""

    def looked_at(self, copies: Sequence[CopyId]) -> set[CopyId]:
        """Those that somebody has looked at. May lag by a moment."""
