"""A delivery status notification of our own making (RFC 3464 in a multipart/report, RFC 6522), for mail that SES knows nothing of."""

from __future__ import annotations

import quopri
import re
from email.utils import formatdate

from pratique.domain.address import Address
from pratique.domain.notice import Notice
from pratique.usecases.byte_edits import with_crlf

MAX_HEADERS = 16_000
"""Octets of the original's header that go back."""
_MAX_LINE = 998
_ID = re.compile(rb"(?im)^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[!-;=?-~]{3,240}>)[ \t]*\r?$")
_FIELD = re.compile(rb"[!-9;-~]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")


def delivery_status(notice: Notice, raw: bytes, *, sender: str, hostname: str, now_ms: int) -> bytes:
    """The notice as a message from `sender`, with the header of the original (`raw`), to be sent with the null envelope sender (RFC 3464, 2).
    ASCII lines with CRLF; what of the original's header is none is left out. Never raises on a stranger's bytes.
    """
    headers = _headers(raw)
    known = _ID.search(headers)
    boundary = f"notice-{notice.message}"
    lines = [
        f"From: Mail delivery <{sender}>",
        f"To: <{notice.sender}>",
        f"Subject: Your message was not delivered (reference {notice.message})",
        f"Date: {formatdate(now_ms / 1000)}",
        f"Message-ID: <notice.{notice.message}@{hostname}>",
        *([f"In-Reply-To: {known[1].decode()}", f"References: {known[1].decode()}"] if known else []),
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"',
    ]
    text = quopri.encodestring(notice.text.encode()).replace(b"\n", b"\r\n")
    parts = [
        (["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"], text),
        (["Content-Type: message/delivery-status"], _status(notice, hostname)),
        (["Content-Type: text/rfc822-headers"], headers),
    ]
    body = b"".join(
        f"--{boundary}\r\n".encode() + "\r\n".join(fields).encode() + b"\r\n\r\n" + content + b"\r\n"
        for fields, content in parts
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body + f"--{boundary}--\r\n".encode()


def _status(notice: Notice, hostname: str) -> bytes:
    """RFC 3464, 2.2 and 2.3: fields of the message, then of each recipient."""
    groups = [
        [
            f"Reporting-MTA: dns; {hostname}",
            f"Arrival-Date: {formatdate(notice.received_ms / 1000)}",
            f"X-Reference: {notice.message}",
        ]
    ]
    groups += [
        [
            f"Final-Recipient: {_typed(recipient)}",
            "Action: failed",
            f"Status: {notice.status}",
            f"Diagnostic-Code: smtp; {notice.diagnostic}",
        ]
        for recipient in notice.recipients
    ]
    return "\r\n".join("\r\n".join(group) + "\r\n" for group in groups).encode()


def _typed(address: Address) -> str:
    """An address with its type; others than ASCII as utf-8-addr-xtext (RFC 6533, 3)."""
    text = str(address)
    if text.isascii():
        return f"rfc822; {text}"
    return "utf-8; " + "".join(c if c.isascii() and c not in "\\+=" else f"\\x{{{ord(c):X}}}" for c in text)


def _headers(raw: bytes) -> bytes:
    """The fields of the header block that are plain ASCII in lines of a fit length, as they are."""
    block = with_crlf(raw[: 4 * MAX_HEADERS])
    end = block.find(b"\r\n\r\n")
    block = block[: end + 2] if end >= 0 else block[: block.rfind(b"\r\n") + 2]
    kept, size = [], 0
    for found in _FIELD.finditer(block):
        field = found[0]
        size += len(field)
        if size > MAX_HEADERS:
            break
        if field.isascii() and b"\0" not in field and max(map(len, field.split(b"\r\n"))) <= _MAX_LINE:
            kept.append(field)
    return b"".join(kept)
