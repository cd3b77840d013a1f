"""What goes over the wire about Training Requested."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from pratique.usecases.list_training import MOST

from .asked import Asked, Cursor, ScopeText
from .given import Given, Message


class TrainingQuery(Asked, frozen=True):
    """How many of the newest copies that ask are looked at."""

    scope: ScopeText | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 200
    cursor: Cursor | None = None


class TrainingLine(Given, frozen=True):
    """Copies that are much alike, by the one in most doubt. A label of it teaches most; `alike` are the ids of the others."""

    message: Message
    gain: Annotated[float, Meta(description="Bits of doubt x (1 + log2 of the copies)")]
    alike: list[str]


class TrainingList(Given, frozen=True):
    """Of the newest `looked_at` copies that ask, the best lesson first. `cursor` goes on with older ones."""

    lines: list[TrainingLine]
    looked_at: int
    cursor: str | None
