"""The envelope and what the receiving server found out about the sender: facts from the event, never from the mail."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from .address import Address


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM ('' for the null sender), RCPT TO in order without doubles, client IP and HELO ('' where unknown). `client_name` is what the DNS
    calls the client's address, '' where it has no name that leads back to it, None where nobody found out.
    """

    mail_from: str
    recipients: tuple[Address, ...]
    client_ip: str = ""
    helo: str = ""
    client_name: str | None = None


class Outcome(enum.StrEnum):
    """A check's result as SES words it, lower-cased; UNKNOWN stands for absent, DISABLED and anything unheard of."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    GRAY = "gray"
    PROCESSING_FAILED = "processing_failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AuthResults:
    """The event's verdicts. `dmarc_policy` is 'none', 'quarantine', 'reject' or '' (unknown)."""

    spf: Outcome = Outcome.UNKNOWN
    dkim: Outcome = Outcome.UNKNOWN
    dmarc: Outcome = Outcome.UNKNOWN
    spam: Outcome = Outcome.UNKNOWN
    virus: Outcome = Outcome.UNKNOWN
    dmarc_policy: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One accepted message as a receiving server told us of it: the tolerant reading of an SES or Mail Manager event.

    `refused` holds recipient texts that are no addresses at all (counted, never dropped silently).
    """

    source_id: str
    received_ms: int
    envelope: Envelope
    auth: AuthResults = field(default_factory=AuthResults)
    refused: tuple[str, ...] = ()
    source: str = "ses"
