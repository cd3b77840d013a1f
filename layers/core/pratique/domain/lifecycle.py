"""The states of a recipient's copy, and the only moves between them (invariants 1 and 3)."""

from __future__ import annotations

import enum


class State(enum.StrEnum):
    """Every accepted copy is in exactly one of these at any moment."""

    QUEUED = "queued"
    """Accepted as clean (or tagged), on its way to the next hop."""
    DELIVERED = "delivered"
    """The next hop took it."""
    HELD = "held"
    """In quarantine."""
    RELEASING = "releasing"
    """A person let it go; on its way to the next hop."""
    RELEASED = "released"
    """Let go, and the next hop took it."""
    REMOVED = "removed"
    """Taken out by a person, who can undo it until its time is up; then the bytes go."""
    FAILED = "failed"
    """The next hop refused it for good, or all tries were used up. Kept, and can be tried again."""
    EXPIRED = "expired"
    """Was held until its time was up. Only in what is kept of a copy that is gone: its history and the counts."""


LIVE = frozenset({State.QUEUED, State.RELEASING})
"""Copies on their way: nothing of them is ever deleted."""

WATCH_SECONDS = 900
"""After this long on its way without news, the sweep looks after a copy."""

LATE_MS = 30_000
"""A copy that is stored this long after its message was received leaves a hint (ports/mailboxes.py): whoever looks for new mail looks
at the last minute only.
"""
HINT_DAYS = 8
"""How long hints are kept."""

MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.DELIVERED, State.FAILED}),
    State.HELD: frozenset({State.RELEASING, State.REMOVED}),
    State.RELEASING: frozenset({State.RELEASED, State.FAILED}),
    State.FAILED: frozenset({State.RELEASING, State.QUEUED, State.REMOVED}),
    State.DELIVERED: frozenset(),
    State.RELEASED: frozenset(),
    State.REMOVED: frozenset({State.HELD}),
    State.EXPIRED: frozenset(),
}
"""From a state to the states it may move to. The end (row and bytes gone) is open to every state but the LIVE ones: see fate()."""


def fate(state: State) -> State:
    """What a copy counts as once its time is up: what was held is expired; what was delivered, released, removed or failed stays that."""
    return State.EXPIRED if state is State.HELD else state


def may_move(old: State, new: State) -> bool:
    """Whether a copy may go from `old` to `new`."""
    return new in MOVES[old]
