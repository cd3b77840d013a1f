"""What we write ourselves about outgoing mail: an abuse report of a blocked message (RFC 5965), and a notice that somebody was locked.

Neither can be answered by a machine or come round again: the envelope sender is null, `Auto-Submitted` says what it is (RFC 3834), it goes
straight to the next hop of its recipient's domain, and it is written about mail that a login submitted, which a notice never is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from pratique.domain.outgoing import WHOLE
from pratique.usecases.byte_edits import CRLF, head_end, with_crlf
from pratique.usecases.mail_date import mail_date

MOST_RECIPIENTS = 20
"""Named in a report."""
_AGENT = "Pratique"


class Blocked(NamedTuple):
    """A message that was held or refused on its way out. `at_ms` in Unix milliseconds."""

    message: str
    user: str
    mail_from: str
    recipients: Sequence[str]
    client_ip: str
    at_ms: int
    was_held: bool


class Locked(NamedTuple):
    """An identity that was locked. `until` is for people: a time, or that somebody has to unlock it."""

    user: str
    sender: str
    reason: str
    until: str
    at_ms: int


def abuse_report(blocked: Blocked, raw: bytes, *, to: str, domain: str, host: str, full: bool) -> bytes:
    """The report as mail: multipart/report with a text for people, a message/feedback-report, and the message (`full`) or its header.

    The message is put in as it is, with CRLF line ends; a boundary that it does not hold is found.
    """
    part = with_crlf(raw)
    if not full:
        part = part[: head_end(part)]
    boundary = _boundary(blocked.message, part)
    date, what = mail_date(blocked.at_ms), "held" if blocked.was_held else "refused"
    lines = [
        *_head(domain, to, f"Abuse report: a message from {domain} was {what}", date),
        f"Message-ID: <report.{blocked.message.lower()}@{host}>",
        "Content-Type: multipart/report; report-type=feedback-report;",
        f'\tboundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        *_told(blocked, what, date),
        "",
        f"--{boundary}",
        "Content-Type: message/feedback-report",
        "",
        *_fields(blocked, domain, date, host),
        "",
        f"--{boundary}",
        f"Content-Type: {'message/rfc822' if full else 'text/rfc822-headers'}",
        "Content-Transfer-Encoding: 8bit",
        "",
        "",
    ]
    ends = b"" if part.endswith(CRLF) else CRLF
    return b"".join([_joined(lines), part, ends, b"\r\n--", boundary.encode(), b"--\r\n"])


def lock_notice(locked: Locked, *, to: str, domain: str, host: str) -> bytes:
    """The notice as mail."""
    sender = "anybody" if locked.sender == WHOLE else _plain(locked.sender)
    name = hashlib.sha256(f"{locked.user}\0{locked.sender}\0{locked.at_ms}\0{to}".encode()).hexdigest()[:32]
    lines = [
        *_head(domain, to, f"Sending as {sender} is locked", mail_date(locked.at_ms)),
        f"Message-ID: <lock.{name}@{host}>",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        f"The login {_plain(locked.user)} may not send mail as {sender} for now.",
        "",
        f"Why:   {_plain(locked.reason)}",
        f"Since: {mail_date(locked.at_ms)}",
        f"Until: {locked.until}",
        "",
        "If you did not send this mail yourself, somebody else knows a password of this login:",
        "revoke it and make a new one. Mail that was held is in Caught (Outgoing).",
        "An administrator can end the lock before its time.",
        "",
    ]
    return _joined(lines)


def until_text(until: int, forever: int) -> str:
    """When a lock ends (Unix seconds), for people."""
    if until >= forever:
        return "an administrator unlocks it"
    return mail_date(until * 1000)


def _head(domain: str, to: str, subject: str, date: str) -> list[str]:
    return [
        f"From: Mail filter <postmaster@{domain}>",
        f"To: <{to}>",
        f"Subject: {subject}",
        f"Date: {date}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ]


def _told(blocked: Blocked, what: str, date: str) -> list[str]:
    """For people."""
    return [
        f"A message that was submitted at this mail server looks like spam and was {what}.",
        "",
        f"Login:      {_plain(blocked.user)}",
        f"Sender:     {_plain(blocked.mail_from) or '<>'}",
        f"Recipients: {len(blocked.recipients)}",
        f"When:       {date}",
        f"Reference:  {blocked.message}",
    ]


def _joined(lines: Sequence[str]) -> bytes:
    return "\r\n".join(lines).encode("utf-8", "replace")


def _fields(blocked: Blocked, domain: str, date: str, host: str) -> list[str]:
    """RFC 5965, 3.1 and 3.2: one field a line, each value of one line."""
    fields = [
        "Feedback-Type: abuse",
        f"User-Agent: {_AGENT}/1",
        "Version: 1",
        f"Original-Mail-From: <{_plain(blocked.mail_from)}>",
        *(f"Original-Rcpt-To: <{_plain(each)}>" for each in blocked.recipients[:MOST_RECIPIENTS]),
        f"Arrival-Date: {date}",
        f"Reporting-MTA: dns; {host}",
        f"Reported-Domain: {domain}",
    ]
    if blocked.client_ip:
        fields.append(f"Source-IP: {_plain(blocked.client_ip)}")
    return fields


def _boundary(seed: str, part: bytes) -> str:
    for number in range(1_000):
        made = hashlib.sha256(f"{seed}\0{number}".encode()).hexdigest()[:40]
        if made.encode() not in part:
            return made
    raise AssertionError("a message cannot hold a thousand hashes that are made from its name")


def _plain(text: str) -> str:
    """A stranger's words on one line."""
    return "".join(char for char in text if char.isprintable() and char not in "<>")[:320]
