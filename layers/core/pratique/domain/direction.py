"""Which way mail goes: to the people of this installation, or from them."""

from __future__ import annotations

import enum


class Direction(enum.StrEnum):
    """INCOMING mail is judged for its recipient, OUTGOING mail (submitted by a login) for the world outside."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
