"""Events that ingest gave up on, handed to it again on an operator's word. The bytes are in the store all the while."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.observability import log_event
from pratique.ports.dead_events import DeadEvents
from pratique.ports.ingest import Ingest


@dataclass(frozen=True, slots=True)
class Redriven:
    """What came of it: taken in, failed again (they stay where they are), and not readable as an event (these stay, too)."""

    taken: int
    failed: int
    unreadable: int


def redrive_ingest(dead: DeadEvents, ingest: Ingest, *, limit: int) -> Redriven:
    """Try up to `limit` events again, each until its answer is there: the same event twice is harmless (invariant 3).

    Nothing is forgotten that was not taken in. Raises TemporaryFailure, PermanentFailure where the queue itself cannot be read.
    """
    taken = failed = unreadable = 0
    while taken + failed + unreadable < limit:
        found = dead.take()
        if not found:
            break
        for each in found:
            if each.event is None:
                unreadable += 1
                continue
            try:
                ingest(each.event)
            except (TemporaryFailure, PermanentFailure) as error:
                log_event("redrive_failed", code=error.code)
                failed += 1
                continue
            dead.forget(each)
            taken += 1
    return Redriven(taken, failed, unreadable)
