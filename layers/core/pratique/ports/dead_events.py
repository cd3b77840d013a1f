"""Events that ingest gave up on: what the on-failure destination holds until a person looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """One of them. `event` is what ingest was called with, None for what cannot be read; `receipt` names it to the store."""

    receipt: str
    event: Mapping[str, Any] | None


class DeadEvents(Protocol):
    """A dead-letter queue of whole events. Taken ones are out of sight for a few minutes and come back unless they are forgotten."""

    def take(self) -> Sequence[DeadEvent]:
        """Some of them (up to ten); none when there are none in sight."""

    def forget(self, dead: DeadEvent) -> None:
        """It is done with."""
