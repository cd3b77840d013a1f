"""The protocols of the TREC spam track: which messages are judged, which are learnt, in which order."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """The protocols."""

    ONLINE = "online"
    BATCH = "batch"
    COLD = "cold"


@dataclass(frozen=True, slots=True)
class Protocol:
    """online: judge, then learn (`delay` messages after). batch: learn the first `train_first`, then judge the rest and learn nothing more.
    cold: learn nothing. `after` names numbers of lessons: a copy of the filter that stops learning there judges all mail behind.
    """

    kind: Kind
    train_first: int = 0
    delay: int = 0
    after: tuple[int, ...] = ()

    def judges(self, place: int) -> bool:
        """Whether the message at this place (from 0) is scored."""
        return self.kind is not Kind.BATCH or place >= self.train_first

    def learns(self, place: int) -> bool:
        """Whether it becomes a lesson."""
        return self.kind is Kind.ONLINE or (self.kind is Kind.BATCH and place < self.train_first)
