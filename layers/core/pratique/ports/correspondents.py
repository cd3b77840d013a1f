"""Who writes to whom. What ingest needs of it is read with Directory.look_up; this is how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pratique.domain.address import Address
from pratique.domain.correspondent import Correspondent, Sent


class Correspondents(Protocol):
    """Hints, never the truth: a write that is lost costs a little knowledge. All are key writes, repeatable, and end by themselves
    (KEEP_DAYS, SENT_KEEP_DAYS). Times in Unix milliseconds.
    """

    def note_day(self, recipient: Address, sender: Address, *, at_ms: int) -> Correspondent | None:
        """Count today among the days with mail from the sender: one conditional write. What is known now; None where today had been
        counted before (and nothing was changed).
        """

    def vouch(self, recipient: Address, sender: Address, *, at_ms: int) -> None:
        """Somebody stands up for the sender."""

    def forget(self, recipient: Address, sender: Address) -> bool:
        """The recipient knows this sender no more. True if it did."""

    def get(self, recipient: Address, sender: Address) -> Correspondent | None:
        """What the recipient knows of the sender; consistent."""

    def known(self, recipient: Address, senders: Sequence[Address]) -> frozenset[Address]:
        """Which of these senders the recipient knows; in a bounded number of round trips (100 rows each). May lag by a moment."""

    def note_name(self, domain: str, name: str, address: Address, *, at_ms: int) -> None:
        """An address bears this display name (its key) in mail with the domain's people. Up to MOST_BEARERS addresses are kept."""

    def forget_name(self, domain: str, name: str, address: Address) -> None:
        """It bears it no more."""

    def note_look(self, domain: str, look: str, genuine: str, *, at_ms: int) -> None:
        """A registered domain that the domain's people know looks like this (its key). Up to MOST_BEARERS domains are kept."""

    def note_sent(self, domain: str, reference: str, sent: Sent) -> None:
        """The domain's own message, by the key of its Message-ID."""
