"""What SES can send of a stranger's message: the same with another From, or a note of ours with the message attached.

SES sends from verified senders only, sets Date and Message-ID itself, takes no header twice that may stand once, and obeys X-SES-* headers
(https://docs.aws.amazon.com/ses/latest/dg/header-fields.html, .../send-email-raw.html). Pure functions over bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from email.header import Header

from pratique.domain.address import Address, try_address
from pratique.domain.errors import PermanentFailure
from pratique.usecases.byte_edits import (
    CRLF,
    MAX_LINE,
    cut_fields,
    cut_own_fields,
    fields,
    head_end,
    join,
    line_end,
    own_fields,
    with_crlf,
)

MAX_MESSAGE = 40 * 1024 * 1024
"""Octets of a message (https://docs.aws.amazon.com/ses/latest/dg/quotas.html)."""
MAX_DISPLAY = 120
"""Characters of a display name."""
_MAX_FROM = 1_000
_HEADER_WIDTH = 70
_KEPT_AS = b"X-Pratique-Original-"
_LONG_LINE = re.compile(rb"(?:\A|\n)[^\n]{%d}" % (MAX_LINE + 2))
_CLEAN_FIELD = re.compile(rb"[!-~][ -~]{0,900}\r?\n(?:[ \t][ -~]{1,900}\r?\n)*")
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_-]{1,40})(?:\*[^?]*)?\?([bBqQ])\?([^?\s]*)\?=(?:\s+(?==\?))?")
_ANGLE = re.compile(r"<\s*([^<>\s]+)\s*>")
_BARE = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+")

_GONE = frozenset({b"dkim-signature", b"domainkey-signature", b"return-path", b"sender"})
"""A signature cannot survive another From, and SES adds its own to a field that may stand once. SES would send bounces to Return-Path."""
_CARRIED = frozenset({b"x-pratique-class", b"x-pratique-evidence", b"x-pratique-id", b"x-pratique-trace"})
_RENAMED = frozenset({b"from", b"date", b"message-id"})
"""SES takes another From, and sets the other two."""
_ONCE = frozenset(
    b"""accept-language acceptlanguage archived-at auto-submitted bounces-to comments content-alternative content-base content-class
    content-description content-disposition content-duration content-id content-language content-length content-location content-md5
    content-transfer-encoding content-type date delivered-to disposition-notification-options disposition-notification-to errors-to from
    importance in-reply-to keywords list-archive list-help list-id list-owner list-post list-subscribe list-unsubscribe
    list-unsubscribe-post message-context message-id mime-version organization original-from original-message-id original-recipient
    original-subject precedence priority references reply-to return-receipt-to solicitation sensitivity subject thread-index thread-topic
    user-agent vbr-info""".split()
)
"""The fields that SES takes once (header-fields.html)."""


def rewritten(data: bytes, *, sender: str) -> bytes:
    """The message from `sender`: the original's name and address stay readable in From's display name, in Reply-To, and, byte for byte,
    in X-Pratique-Original-From. The body is untouched. Raises PermanentFailure where SES takes no such message.
    """
    eol = line_end(data)
    name, address = _author(data)
    has_reply_to = any(field.name == b"reply-to" for field in fields(data))
    top = _from_lines(sender, name, address)
    if address is not None and str(address) != sender and not has_reply_to and str(address).isascii():
        top += [f"Reply-To: <{address}>"]
    rest = _fit_fields(data)
    if head_end(rest) == len(rest):
        rest += (
            eol if rest.endswith((b"\n", b"\r")) or not rest else eol + eol
        )  # SES wants a blank line even without a body
    message = b"".join([*(line.encode("ascii") + eol for line in top), join(eol, rest), rest])
    if _LONG_LINE.search(message):
        raise PermanentFailure(
            "SES takes no line longer than 998 octets: use a relay or ses-wrapped for this domain"
        )
    return _checked(message)


def wrapped(data: bytes, *, sender: str, recipient: Address) -> bytes:
    """A short message from `sender` to `recipient` with the original attached, byte for byte and without headers of ours.

    As message/rfc822 where its bytes are legal as 7bit, as SES asks for; no other encoding that keeps bytes is allowed there (RFC 2046,
    5.2.1), and an 8-bit part may be re-coded on its way. Else as a base64 file, which arrives as it is whatever it holds.
    Raises PermanentFailure when that is too large for SES.
    """
    original = cut_own_fields(data)
    name, address = _author(data)
    boundary = _boundary(original)
    note = (
        "The attached message was sent to you and is delivered unchanged, as an attachment.\r\n"
        "To see who wrote it and to answer it, open the attachment.\r\n"
    )
    lines = [
        *_from_lines(sender, name, address),
        f"To: <{recipient}>",
        f"Subject: {_subject(original)}",
        *([f"Reply-To: <{address}>"] if address is not None and str(address).isascii() else []),
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
        "",
        note,
        f"--{boundary}",
    ]
    part_head, part = _attachment(original)
    text = "\r\n".join([*lines, *part_head, "", ""]).encode("ascii")
    return _checked(b"".join([_carried_headers(data), text, part, f"\r\n--{boundary}--\r\n".encode()]))


def _checked(message: bytes) -> bytes:
    if len(message) > MAX_MESSAGE:
        raise PermanentFailure(
            f"SES sends at most {MAX_MESSAGE} octets; this message would have {len(message)}"
        )
    return message


def _fit_fields(data: bytes) -> bytes:
    """The message with the fields that SES does not take cut out or, where they tell the reader something, renamed by a byte edit."""
    data = cut_fields(data, b"X-SES-")
    seen: set[bytes] = set()
    parts: list[bytes] = []
    position = 0
    for field in fields(data):
        whole_line = data[field.start - 1 : field.start] != b"\r"
        if field.name in _GONE and whole_line:
            parts.append(data[position : field.start])
            position = field.end
        elif field.name in _GONE | _RENAMED or (field.name in _ONCE and field.name in seen):
            parts += (data[position : field.start], _KEPT_AS)
            position = field.start
        seen.add(field.name)
    return b"".join([*parts, data[position:]])


def _carried_headers(data: bytes) -> bytes:
    """Our own headers, for the next hop's filter and our loop check; not the release, which is bound to the original's body."""
    found: dict[bytes, bytes] = {}
    for field in own_fields(data):
        text = data[field.start : field.end]
        if field.name in _CARRIED and _CLEAN_FIELD.fullmatch(text):
            found.setdefault(field.name, with_crlf(text))
    return b"".join(found.values())


def _author(data: bytes) -> tuple[str, Address | None]:
    """The display name ('' for none) and address of the first From."""
    found = next((field for field in fields(data) if field.name == b"from"), None)
    if found is None:
        return "", None
    value = data[found.value : min(found.end, found.value + _MAX_FROM)].decode("utf-8", "replace")
    text = " ".join(value.split())
    angles = list(_ANGLE.finditer(text))
    if not angles:
        bare = _BARE.search(text)
        return "", try_address(bare.group()) if bare else None
    last = angles[-1]
    name = _decoded(text[: last.start()].replace("\\", "").strip().strip('"'))
    return _printable(name)[:MAX_DISPLAY], try_address(last.group(1))


def _decoded(text: str) -> str:
    """Encoded words (RFC 2047) as text; those that cannot be decoded stay as they are."""

    def word(found: re.Match[str]) -> str:
        charset, kind, payload = found.group(1), found.group(2).lower(), found.group(3)
        try:
            padded = payload + "=" * (-len(payload) % 4)
            octets = binascii.a2b_base64(padded) if kind == "b" else binascii.a2b_qp(payload, header=True)
            return octets.decode(charset, "replace")
        except (ValueError, LookupError):
            return found.group()

    return _ENCODED_WORD.sub(word, text)


def _printable(text: str) -> str:
    """Without controls, bidirectional overrides and the like (Unicode categories C*), on one line."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def _from_lines(sender: str, name: str, address: Address | None) -> list[str]:
    """From, as `"Bob (bob@remote.example) via example.org" <sender>`."""
    who = f"{name} ({address})" if name and address is not None else name or str(address or "unknown sender")
    own = address is not None and str(address) == sender  # mail of our own: nobody sends it for anybody
    if own and not name:
        return [f"From: <{sender}>"]
    shown = _printable(name if own else f"{who} via {sender.rpartition('@')[2]}")
    if shown.isascii():
        quoted = shown.replace("\\", "").replace('"', "'")
        return [f'From: "{quoted}"', f" <{sender}>"]
    encoded = Header(shown, "utf-8", maxlinelen=_HEADER_WIDTH, header_name="From").encode()
    return [*f"From: {encoded}".splitlines(), f" <{sender}>"]


def _subject(original: bytes) -> str:
    """The original's subject where it is plain ASCII of a bearable length (encoded words are), else a neutral one."""
    found = next((field for field in fields(original) if field.name == b"subject"), None)
    text = " ".join(original[found.value : found.end].decode("latin-1").split()) if found else ""
    if text.isascii() and text.isprintable() and 0 < len(text) <= MAX_LINE - 20:
        return text
    return "A message for you is attached"


def _attachment(original: bytes) -> tuple[list[str], bytes]:
    seven_bit = original.isascii() and b"\0" not in original and with_crlf(original) is original
    if seven_bit and head_end(original) and not _LONG_LINE.search(original):
        head = [
            "Content-Type: message/rfc822",
            "Content-Transfer-Encoding: 7bit",
            "Content-Disposition: attachment",
        ]
        return head, original
    head = [
        'Content-Type: application/octet-stream; name="original.eml"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="original.eml"',
    ]
    return head, base64.encodebytes(original).replace(b"\n", CRLF)


def _boundary(original: bytes) -> str:
    """A delimiter that does not occur in the message; the same again for the same message."""
    number = 0
    while True:
        text = "=_pratique_" + hashlib.sha256(b"%d:" % number + original[:65536]).hexdigest()[:32]
        if text.encode() not in original:
            return text
        number += 1
