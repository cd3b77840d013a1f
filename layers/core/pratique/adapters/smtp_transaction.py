"""One mail transaction over an open connection (RFC 5321, 3.3), with the bytes as they are wherever SMTP lets them be."""

from __future__ import annotations

import re
import smtplib
from http import HTTPStatus

from pratique.domain.address import MAX_ADDRESS
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.usecases.byte_edits import CRLF, MAX_LINE, with_crlf

from .smtp_client import DeadlineSMTP, ReplyTimeout, Timeouts

MAX_REPLY = 200
"""Characters of the next hop's answer that are kept."""

_OK, _WILL_FORWARD, _GO_AHEAD, _CLOSING = 250, 251, 354, 421
_NOT_THE_MAIL = frozenset({503, 530, 534, 535, 538})
"""Bad sequence, and the codes of RFC 4954 and 3207 that ask for authentication or encryption: they speak of the way, not of the mail."""
_SIZE_DIGITS = 20  # RFC 1870, 3
_LATE_REPLY_SECONDS = 2.0
_PATH = re.compile(
    r'^(?:[^\s<>"\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*")@[^\s<>"@\x00-\x1f\x7f]+\Z'
)
_LONG_LINE = re.compile(rb"(?:\A|\n)[^\n]{%d}" % (MAX_LINE + 2))


def transact(line: DeadlineSMTP, paths: tuple[str, str], data: bytes, timeouts: Timeouts) -> str:
    """One mail transaction (RFC 5321, 3.3). Raises PermanentFailure, TemporaryFailure, OSError."""
    sender, recipient = paths
    chunking = line.has_extn("chunking")
    options = _options(line, paths, data, chunking=chunking)
    line.patience = timeouts.command
    line.command_encoding = "utf-8" if "SMTPUTF8" in options else "ascii"
    _expect(line, line.docmd("MAIL", " ".join([f"FROM:<{sender}>", *options])), _OK)
    _expect(line, line.docmd("RCPT", f"TO:<{recipient}>"), _OK, _WILL_FORWARD)
    if chunking:
        pieces = [b"BDAT %d LAST\r\n" % len(data), data]
    else:
        _expect(line, line.docmd("DATA"), _GO_AHEAD)
        pieces = [*_stuffed(data), b".\r\n"]
    return reply_text(*_finish(line, pieces, timeouts))


def _options(line: DeadlineSMTP, paths: tuple[str, str], data: bytes, *, chunking: bool) -> list[str]:
    options = []
    if line.has_extn("size"):
        limit = line.esmtp_features["size"].strip()
        if limit.isdecimal() and len(limit) <= _SIZE_DIGITS and 0 < int(limit) < len(data):
            raise PermanentFailure(
                f"the next hop takes messages of at most {int(limit)} octets; this one has {len(data)}"
            )
        options.append(f"SIZE={len(data)}")
    if chunking and line.has_extn("binarymime") and _binary(data):
        options.append("BODY=BINARYMIME")
    elif line.has_extn("8bitmime") and not data.isascii():
        options.append("BODY=8BITMIME")
    if not "".join(paths).isascii():
        if not line.has_extn("smtputf8"):
            raise PermanentFailure(
                "the sender's or the recipient's address is not ASCII, and the next hop offers no SMTPUTF8"
            )
        options.append("SMTPUTF8")
    return options


def _binary(data: bytes) -> bool:
    """Whether DATA could not carry it: bare line ends, NUL, or lines that are too long (RFC 3030, 3)."""
    return with_crlf(data) is not data or b"\0" in data or _LONG_LINE.search(data) is not None


def _stuffed(data: bytes) -> list[bytes]:
    """The message for DATA: every line end CRLF, so that no server, however it reads bare ones, sees an end of data inside (SMTP smuggling);
    a dot put before each dot that starts a line (RFC 5321, 4.5.2); a line end at the end.
    """
    wire = with_crlf(data)
    first = b"." if wire.startswith(b".") else b""
    last = b"" if not wire or wire.endswith(CRLF) else CRLF
    return [first, wire.replace(b"\r\n.", b"\r\n.."), last]


def _finish(line: DeadlineSMTP, pieces: list[bytes], timeouts: Timeouts) -> tuple[int, bytes]:
    """Send the message and read what the next hop says of it."""
    try:
        for piece in pieces:
            line.send(piece)
    except ReplyTimeout:
        raise
    except smtplib.SMTPServerDisconnected:
        line.patience = _LATE_REPLY_SECONDS  # a server that hangs up early mostly says why
        reply = line.getreply()
        line.close()
        if reply[0] < HTTPStatus.BAD_REQUEST:  # a yes to half a message is none
            raise
    else:
        line.patience = timeouts.answer
        try:
            reply = line.getreply()
        except smtplib.SMTPServerDisconnected as lost:  # ReplyTimeout is one
            raise type(lost)(f"{lost} after the whole message was sent: the next hop may have it") from None
    _expect(line, reply, _OK)
    return reply


def _expect(line: DeadlineSMTP, reply: tuple[int, bytes], *accepted: int) -> None:
    """Raise what the reply means, unless it is one of those that mean yes."""
    code, _ = reply
    if code in accepted:
        return
    if code == _CLOSING or code < 0:
        line.close()
    answer = reply_text(*reply)
    if code in _NOT_THE_MAIL:
        raise TemporaryFailure(clean(f"the next hop does not take the route's way of connecting: {answer}"))
    if HTTPStatus.INTERNAL_SERVER_ERROR <= code < 600:  # noqa: PLR2004 - 5yz, RFC 5321, 4.2.1
        raise PermanentFailure(answer)
    raise TemporaryFailure(answer)


def smtp_path(address: str) -> str:
    """The address as MAIL and RCPT take it, '' for the null sender. Raises PermanentFailure for one that no path can hold."""
    bare = "" if address == "<>" else address
    try:
        long = len(bare.encode()) > MAX_ADDRESS
    except UnicodeEncodeError:
        long = True
    if long or (bare and not _PATH.match(bare)):
        raise PermanentFailure("the sender's or the recipient's address cannot be said in SMTP")
    return bare


def reply_text(code: int, text: bytes | str) -> str:
    """A reply as it is kept: code and cleaned text."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return clean(f"{code} {words}")


def clean(text: str) -> str:
    """A stranger's words fit to be kept and shown: printable, on one line, at most MAX_REPLY characters."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:MAX_REPLY].strip()
