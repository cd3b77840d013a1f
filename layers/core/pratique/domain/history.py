"""What is kept of a copy when it is gone, and its whole life in steps."""

from __future__ import annotations

from dataclasses import dataclass

from .ids import CopyId
from .lifecycle import State
from .message import Copy, Event
from .policy import Disposition
from .verdict import Verdict


@dataclass(frozen=True, slots=True)
class History:
    """A copy's life, also after its end. `events` are all of them, the oldest first; `ended_ms` (Unix ms, 0 while it is there) is when it
    went, `state` what it was or what became of it, `policy_versions` those it was judged by (see Copy). `sender` is kept, the subject is not.
    """

    id: CopyId
    state: State
    verdict: Verdict
    disposition: Disposition
    score: float
    received_ms: int
    size: int
    sender: str
    events: tuple[Event, ...]
    ended_ms: int = 0
    version: int = 1
    policy_versions: tuple[int, ...] = ()


def history_of(copy: Copy, *, state: State | None = None, ended_ms: int = 0) -> History:
    """What is kept of a copy; `state` where it is another one at the end."""
    return History(
        id=copy.id,
        state=state or copy.state,
        verdict=copy.verdict,
        disposition=copy.disposition,
        score=copy.score,
        received_ms=copy.received_ms,
        size=copy.size,
        sender=copy.sender,
        events=copy.events,
        ended_ms=ended_ms,
        version=copy.version,
        policy_versions=copy.policy_versions,
    )


def joined(older: list[Event], newer: tuple[Event, ...]) -> tuple[Event, ...]:
    """Events that were put aside and those of the row, in order, each once: what was put aside may still be in the row."""
    known = set(newer)
    return (*(event for event in dict.fromkeys(older) if event not in known), *newer)
