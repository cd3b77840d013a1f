"""What reconcile found and could not mend by itself: a person looks."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class GapKind(enum.StrEnum):
    """What is missing."""

    NO_ENVELOPE = "no_envelope"
    """Bytes that nobody accounts for, and nobody knows whom they were for."""
    PARTIAL = "partial"
    """Taken in for the one recipient that the receiving server named; there may have been others."""
    NO_BYTES = "no_bytes"
    """A copy that is kept or on its way, without its message."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One such thing, by the object's source id (the copy's id where the bytes are missing). `hint` is what is known for sure: the recipient
    that the receiving server wrote down, '' for none.
    """

    id: str
    kind: GapKind
    found_ms: int
    size: int = 0
    stored_ms: int = 0
    hint: str = ""
