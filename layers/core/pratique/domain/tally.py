"""How mail adds up: received = delivered + held + released + removed + expired + failed + in flight (invariant 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .history import History
from .ids import CopyId
from .lifecycle import LIVE, State
from .message import Copy

RECEIVED = "received"


def day_of(received_ms: int) -> str:
    """The day (UTC) that a copy counts for, for ever: `20260921`."""
    return datetime.fromtimestamp(received_ms / 1000, UTC).strftime("%Y%m%d")


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a copy is: what the counts are to say of it. A higher `version` is later."""

    copy: CopyId
    day: str
    state: State
    version: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Copies that were received on a day (or altogether), and in which state they are now."""

    received: int = 0
    states: Mapping[State, int] = field(default_factory=dict)

    @property
    def in_flight(self) -> int:
        """On their way."""
        return sum(self.states.get(state, 0) for state in LIVE)

    @property
    def adds_up(self) -> bool:
        """Whether each copy that was received is in a state, and none in less than none."""
        return self.received == sum(self.states.values()) and min(self.states.values(), default=0) >= 0


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    received, states = 0, dict.fromkeys(State, 0)
    for each in tallies:
        received += each.received
        for state, number in each.states.items():
            states[state] += number
    return Tally(received, states)


def counted(of: Copy | History) -> Counted:
    """What the counts are to say of a copy, or of what is left of it."""
    return Counted(of.id, day_of(of.received_ms), of.state, of.version)
