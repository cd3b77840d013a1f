"""What others saw of a mailbox: told to its owner."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Disclosed(enum.StrEnum):
    """What was done."""

    OPENED = "opened"
    """The body of a message was opened."""
    LOGGED_IN_AS = "logged_in_as"
    """An administrator began to act as the owner."""
    DELEGATED = "delegated"
    """Somebody was given the mailbox to look after."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One of them: when (Unix ms), by whom, by which channel, what of (a copy's id, or a login), and why."""

    at_ms: int
    actor: str
    channel: str
    what: Disclosed
    subject: str
    reason: str
