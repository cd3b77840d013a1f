"""What a check is given, and what it found, worded as SES words it.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrival:
    """A message as it came: its bytes, its envelope ('' for the null sender), and by what it came (RFC 3848)."""

    data: bytes
    mail_from: str
    client_ip: str
    helo: str
    protocol: str = "ESMTP"

    @property
    def key(self) -> str:
        """With the same key, recipients and bytes it is the same message that is tried again."""
        return self.mail_from


class Status(enum.StrEnum):
    """PROCESSING_FAILED: it could not be found out (now). DISABLED: nobody looked."""

    PASS = "PASS"  # noqa: S105 - a verdict, no password
    FAIL = "FAIL"
    GRAY = "GRAY"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`policy` is that of the From domain where DMARC failed ('none', 'quarantine', 'reject'), else ''. `arc` is the state of the chain
    of forwarders' seals ('none', 'pass', 'fail'; RFC 8617), which is told on and weighs nothing: anybody can seal. `client_name` is what
    the DNS calls the client ('' for no name that holds, None where nobody looked, or it could not be found out).
    """

    spf: Status = Status.DISABLED
    dkim: Status = Status.DISABLED
    dmarc: Status = Status.DISABLED
    policy: str = ""
    arc: str = ""
    client_name: str | None = None


UNCHECKED = Verdicts()
