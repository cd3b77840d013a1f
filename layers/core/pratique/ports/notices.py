"""Telling senders: who was told on which day, and the way to tell one whose mail came by SES."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.address import Address
from pratique.domain.notice import Notice


class Notices(Protocol):
    """At most one notice a sender and day. Days are counted from the epoch, in UTC."""

    def claim(self, sender: Address, day: int, *, message: str, until: int) -> bool:
        """Take the sender's notice of this day, once, whoever asks; False where it was taken. It ends with `until` (Unix seconds)."""

    def give_back(self, sender: Address, day: int, *, message: str) -> None:
        """The notice was not sent after all: another may be. Only what this message took is given back."""


class Bouncer(Protocol):
    """The receiving service's own bounce, which knows the message by its id."""

    def bounce(self, notice: Notice, *, sender: str, hostname: str) -> str:
        """Send it, from the address `sender`; what the service answered (printable, at most 200 characters). Not repeatable: where no answer
        came it says so, and is not tried again.

        Raises TemporaryFailure (throttled, away), PermanentFailure (too late, not received there, the address is not verified).
        """
