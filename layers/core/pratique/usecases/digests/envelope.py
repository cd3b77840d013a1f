"""A letter as a mail: multipart/alternative with the headers of automatic mail, signed by us so that ingest knows it again.

Headers: List-Id (RFC 2919), List-Unsubscribe and one click (RFC 2369, RFC 8058), Auto-Submitted (RFC 3834). One-click counts with receivers only
where a DKIM signature covers both List-Unsubscribe fields: that is made by whoever sends the mail on (SES signs them; docs/digests.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP

from pratique.domain.address import Address
from pratique.usecases.digests.letter import Letter
from pratique.usecases.digests.letter_html import as_html
from pratique.usecases.digests.letter_text import as_text
from pratique.usecases.mail_date import mail_date
from pratique.usecases.trace import body_digest, digest_values

_PLAIN = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the headers need besides the letter. `by_mail` is the address that unsubscribes by mail, '' for none."""

    sheet: str
    domain: str
    sender: Address
    to: Address
    host: str
    by_mail: str
    now_ms: int
    key: bytes


def as_mail(letter: Letter, stamp: Stamp) -> bytes:
    """The octets, line ends CRLF. The same letter with the same stamp gives the same octets."""
    message = _headers(letter, stamp)
    message["List-Id"] = f"<quarantine.{stamp.domain}>"
    message.set_content(as_text(letter))
    message.add_alternative(as_html(letter), subtype="html")
    message["Content-Language"] = letter.words.language  # not before: it would go into the first part
    message.set_boundary(f"=_{stamp.sheet}")
    return signed(_ways_out(letter, stamp) + message.as_bytes(), stamp)


def _ways_out(letter: Letter, stamp: Stamp) -> bytes:
    """How to unsubscribe, each way on a line of its own: the email package would leave the first line empty, which not every reader takes."""
    ways = [f"<{letter.stop_url}>"] if letter.stop_url else []
    ways += [f"<mailto:{stamp.by_mail}>"] if stamp.by_mail else []
    lines = ["List-Unsubscribe: " + ",\r\n ".join(ways)] if ways else []
    if letter.stop_url:
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def as_note(subject: str, text: str, stamp: Stamp, *, language: str) -> bytes:
    """A short answer in plain text, as automatic as a digest is."""
    message = _note_headers(subject, stamp, auto="auto-replied", name="")
    message.set_content(text)
    message["Content-Language"] = language
    return signed(message.as_bytes(), stamp)


def _headers(letter: Letter, stamp: Stamp) -> EmailMessage:
    name = letter.words("from_name", domain=stamp.domain)
    return _note_headers(letter.subject, stamp, auto="auto-generated", name=name)


def _note_headers(subject: str, stamp: Stamp, *, auto: str, name: str) -> EmailMessage:
    message = EmailMessage(SMTP.clone(utf8=True) if not str(stamp.to).isascii() else _PLAIN)
    message["From"] = Mailbox(name, stamp.sender.local, stamp.sender.domain)
    message["To"] = Mailbox("", stamp.to.local, stamp.to.domain)
    message["Subject"] = subject
    message["Date"] = mail_date(stamp.now_ms)
    # A digest that a next hop took without our hearing of it comes again under the same name.
    name_of = stamp.sheet if auto == "auto-generated" else f"{stamp.sheet}.{stamp.now_ms}"
    message["Message-ID"] = f"<digest.{name_of}@{stamp.host}>"
    message["Auto-Submitted"] = auto
    message["Precedence"] = "bulk"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def signed(data: bytes, stamp: Stamp) -> bytes:
    """The mail with our mark on top, bound to its recipient and body (invariant 11)."""
    values = digest_values(key=stamp.key, recipient=stamp.to, body=body_digest(data), now_ms=stamp.now_ms)
    return ("X-Pratique-Digest: " + ";\r\n ".join(values) + "\r\n").encode("ascii") + data
