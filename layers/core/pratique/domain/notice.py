"""Telling a legitimate sender that its message was refused: what it says, and what is remembered of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .address import Address
from .log_status import GAVE_UP

NOTICE_MS = 23 * 3_600_000
"""After this long nobody is told any more. SES takes a bounce for 24 hours (https://docs.aws.amazon.com/ses/latest/APIReference/API_SendBounce.html)."""
_ENHANCED = re.compile(r"^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b")
STATUS = "5.7.1"
"""RFC 3463, 3.8: delivery not authorized, message refused."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one sender. `message` is the message's ULID, which is the reference that people quote; `source_id` the receiving server's
    own id; `recipients` are the envelope's, as the sender wrote to them, whose copies are held.
    """

    message: str
    source_id: str
    sender: Address
    recipients: tuple[Address, ...]
    received_ms: int

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463)."""
        return STATUS

    @property
    def diagnostic(self) -> str:
        """What a server would have said in the dialogue."""
        return f"550 {refusal(self.message)}"

    @property
    def text(self) -> str:
        """Plain words for a person. Nothing of the message is quoted, and nothing said of why."""
        domains = sorted({each.domain for each in self.recipients})
        asked = " or ".join(f"postmaster@{domain}" for domain in domains[:3])
        named = "\n".join(f"  {each}" for each in self.recipients)
        return (
            f"Your message was not delivered to:\n\n{named}\n\n"
            "The mail filter there took it for spam and keeps it in quarantine.\n\n"
            "If it is no spam, there is no need to send it again. Please ask the recipient,\n"
            f"or {asked}, to release it, best by another way than mail,\n"
            f"and give this reference:\n\n  {self.message}\n\n"
            "You get this notice because your mail proves who sent it, and at most once a day.\n"
        )


@dataclass(frozen=True, slots=True)
class Bounce(Notice):
    """To somebody of our own who sent a message: it could not be delivered to a recipient outside. `reply` is what was last said of it."""

    reply: str = ""

    @property
    def status(self) -> str:
        """As the next hop gave it; 5.4.7 (delivery time expired) where all tries were used up."""
        found = _ENHANCED.search(self.reply)
        if self.reply.startswith(GAVE_UP):
            return "5.4.7"
        return found[1] if found else "5.0.0"

    @property
    def diagnostic(self) -> str:
        """The reply."""
        return self.reply or "554 5.0.0 no answer was kept"

    @property
    def text(self) -> str:
        """Plain words for a person."""
        named = "\n".join(f"  {each}" for each in self.recipients)
        why = (
            "It was tried for days."
            if self.reply.startswith(GAVE_UP)
            else "The mail server there, or on the way, refused it."
        )
        return (
            f"Your message was not delivered to:\n\n{named}\n\n{why} The answer was:\n\n  {self.diagnostic}\n\n"
            "Please look at the address. Your administrator finds the message by this\n"
            f"reference, and can send it again:\n\n  {self.message}\n"
        )


def refusal(message: str) -> str:
    """The text of a 550 reply: one line (many programs show the last one only), far below the 512 octets of RFC 5321, 4.5.3.1.5."""
    return (
        f"{STATUS} refused as spam, kept in quarantine, reference {message}. "
        "If it is no spam, ask the recipient or its postmaster to release it, and give that reference"
    )
