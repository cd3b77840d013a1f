"""What comes in about siblings."""

from __future__ import annotations

from typing import Literal

from .asked import Asked, Cursor


class SiblingQuery(Asked, frozen=True):
    """What to look for; left out, what was said of the message decides."""

    aim: Literal["release", "recall"] | None = None
    cursor: Cursor | None = None
