"""Events that ingest gave up on, tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pratique.domain.errors import TemporaryFailure
from pratique.ports.dead_events import DeadEvent
from pratique.usecases.redrive_ingest import Redriven, redrive_ingest

from tests.functions import events


class FakeDeadEvents:
    """Three at a time; what was taken is out of sight."""

    def __init__(self, events: Sequence[Mapping[str, Any] | None]) -> None:
        self.there = {str(number): each for number, each in enumerate(events)}
        self._sight = list(self.there)

    def take(self) -> Sequence[DeadEvent]:
        taken, self._sight = self._sight[:3], self._sight[3:]
        return [DeadEvent(name, self.there[name]) for name in taken]

    def forget(self, dead: DeadEvent) -> None:
        del self.there[dead.receipt]


def test_what_is_taken_in_is_forgotten_and_nothing_else() -> None:
    """One fails again, one is no event: both stay."""
    good, bad = events.event("ses-ordinary.json"), events.event("ses-virus.json")
    dead = FakeDeadEvents([good, None, bad, good, good])

    def ingest(event: Mapping[str, Any]) -> Mapping[str, Any]:
        if event == bad:
            raise TemporaryFailure("still broken")
        return {}

    assert redrive_ingest(dead, ingest, limit=100) == Redriven(taken=3, failed=1, unreadable=1)
    assert list(dead.there.values()) == [None, bad]


def test_it_stops_at_the_limit_and_when_nothing_is_in_sight() -> None:
    """In whole batches: what was taken is tried."""
    dead = FakeDeadEvents([events.event("ses-ordinary.json")] * 7)
    assert redrive_ingest(dead, lambda _: {}, limit=4).taken == 6
    assert redrive_ingest(dead, lambda _: {}, limit=4).taken == 1
    assert redrive_ingest(dead, lambda _: {}, limit=4).taken == 0
