"""Hands messages to an SMTP server and tells what it answered, word for word."""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass
from email.utils import parseaddr
from types import TracebackType

from cli.failure import Failure

TIMEOUT = 120.0
"""Seconds; a message of 40 MB takes its time (RFC 5321, 4.5.3.2)."""
_BARE_LF = re.compile(rb"(?<!\r)\n")
_FROM = re.compile(rb"^(?:return-path|from)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"^[!-;=?-~]+@[A-Za-z0-9.-]+$")
_TEMPORARY = range(400, 500)
_GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said to one message. `code` 0: it said nothing (the connection broke)."""

    code: int
    text: str

    @property
    def outcome(self) -> str:
        """accepted, spam (550 with 5.7.1: refused for what it is), later (4xx), refused (another 5xx) or error."""
        if self.code in _GOOD:
            return "accepted"
        if self.code == 550 and "5.7.1" in self.text:  # noqa: PLR2004 - RFC 5321 and RFC 3463: refused by policy
            return "spam"
        if self.code in _TEMPORARY:
            return "later"
        return "refused" if self.code else "error"


def crlf(raw: bytes) -> bytes:
    """The message with the line ends that SMTP demands."""
    return _BARE_LF.sub(b"\r\n", raw)


def sender_of(raw: bytes) -> str:
    """An envelope sender for a message out of a file: of Return-Path or From, '' (the null sender) where neither is usable."""
    head = raw[:65_536].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    for match in _FROM.finditer(head):
        address = parseaddr(match.group(1).decode("ascii", "replace"))[1]
        if _ADDRESS.match(address):
            return address
    return ""


def split_host(text: str) -> tuple[str, int]:
    """host:port. Raises Failure."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - TCP
        raise Failure(f"{text!r} is not host:port")
    return host.strip("[]"), int(port)


class Mailer:
    """One SMTP connection, opened when first needed and again after it broke."""

    def __init__(self, server: str) -> None:
        self._host, self._port = split_host(server)
        self._smtp: smtplib.SMTP | None = None
        self._busy = False

    def __enter__(self) -> Mailer:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye; in the middle of a message (Ctrl-C) hang up, so that the server does not take half of it for the whole."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        if self._busy:
            smtp.close()
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def send(self, raw: bytes, *, mail_from: str, to: str) -> Reply:
        """One message to one recipient. Raises Failure if the server cannot be reached at all."""
        fresh = self._smtp is None
        smtp = self._open()
        self._busy = True
        try:
            reply = self._hand_over(smtp, raw, mail_from, to)
        except (OSError, smtplib.SMTPException) as error:
            self._busy = False
            smtp.close()
            self._smtp = None
            if fresh:
                return Reply(0, type(error).__name__)
        else:
            self._busy = False
            return reply
        return self.send(
            raw, mail_from=mail_from, to=to
        )  # the old connection had timed out; a fresh one gets one chance

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
                self._smtp.ehlo_or_helo_if_needed()
            except (OSError, smtplib.SMTPException) as error:
                raise Failure(f"no SMTP server answers at {self._host}:{self._port} ({error})") from None
        return self._smtp

    @staticmethod
    def _hand_over(smtp: smtplib.SMTP, raw: bytes, mail_from: str, to: str) -> Reply:
        options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") and not raw.isascii() else []
        code, text = smtp.mail(mail_from, options)
        if code in _GOOD:
            code, text = smtp.rcpt(to)
        if code in _GOOD:
            code, text = smtp.data(crlf(raw))
        if code not in _GOOD:
            smtp.rset()
        return Reply(code, text.decode("utf-8", "replace"))
