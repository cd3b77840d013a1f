"""Small builders: everything has a default, and a test names only what it is about."""

from __future__ import annotations

import hashlib
from typing import Any

from pratique.domain.actor import Actor, Channel
from pratique.domain.address import Address, parse_address
from pratique.domain.envelope import AuthResults, Envelope, Outcome, Receipt
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.lesson import Label, Lesson
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event, Facts
from pratique.domain.policy import Disposition
from pratique.domain.route import Route, RouteKind, Tls
from pratique.domain.scope import GLOBAL, Scope, parse_scope
from pratique.domain.verdict import Contribution, Verdict

NOW_MS = 1_790_000_000_000
"""The same moment at which a fake clock starts."""
NOW = NOW_MS // 1000
DAY = 86_400

PASSES = AuthResults(
    spf=Outcome.PASS,
    dkim=Outcome.PASS,
    dmarc=Outcome.PASS,
    spam=Outcome.PASS,
    virus=Outcome.PASS,
    dmarc_policy="none",
)
"""The verdicts of a well-kept sender."""


def copy_id(number: int = 1, recipient: str | Address = "bob@example.org", *, at_ms: int = NOW_MS) -> CopyId:
    """The id of the `number`-th message's copy; a later `number` at the same moment may sort either way."""
    address = recipient if isinstance(recipient, Address) else parse_address(recipient)
    return CopyId(message_ulid(f"message-{number}", at_ms), address)


def a_copy(
    number: int = 1,
    recipient: str | Address = "bob@example.org",
    *,
    at_ms: int | None = None,
    **changes: Any,
) -> Copy:
    """A held spam copy, received `number` ms after NOW (so that a later number is a newer copy) and kept for 28 days."""
    received = NOW_MS + number if at_ms is None else at_ms
    named = copy_id(number, recipient, at_ms=received)
    values: dict[str, Any] = {
        "id": named,
        "state": State.HELD,
        "verdict": Verdict.SPAM,
        "disposition": Disposition.QUARANTINE,
        "score": 0.97,
        "received_ms": received,
        "expires_at": NOW + 28 * DAY,
        "sender": "Eve <eve@spam.example>",
        "subject": "Cheap things",
        "size": 2_048,
        "raw_key": f"raw/message-{number}",
        "events": (Event(received, State.HELD, "ingest", Channel.SES),),
    }
    return Copy(**(values | changes))


def facts(
    number: int = 1,
    recipients: tuple[str, ...] = ("bob@example.org",),
    *,
    at_ms: int | None = None,
    **changes: Any,
) -> Facts:
    """The facts of the `number`-th message, fitting a_copy(number)."""
    received = NOW_MS + number if at_ms is None else at_ms
    values: dict[str, Any] = {
        "message": message_ulid(f"message-{number}", received),
        "source_id": f"message-{number}",
        "source": "ses",
        "raw_key": f"raw/message-{number}",
        "size": 2_048,
        "received_ms": received,
        "mail_from": "eve@spam.example",
        "client_ip": "192.0.2.7",
        "helo": "mx.spam.example",
        "auth": PASSES,
        "header_from": "Eve <eve@spam.example>",
        "subject": "Cheap things",
        "date": "Mon, 21 Sep 2026 14:13:20 +0000",
        "header_message_id": f"<message-{number}@spam.example>",
        "recipients": tuple(parse_address(each) for each in recipients),
        "contributions": (Contribution("classifier", 3.5, "token model"),),
        "defects": (),
        "sample": b"\x01\x02\x03sample",
    }
    return Facts(**(values | changes))


def receipt(
    source_id: str = "message-1",
    recipients: tuple[str, ...] = ("bob@example.org",),
    *,
    mail_from: str = "eve@spam.example",
    received_ms: int = NOW_MS,
    auth: AuthResults = PASSES,
    **changes: Any,
) -> Receipt:
    """What a receiving server tells of one accepted message."""
    envelope = Envelope(
        mail_from, tuple(parse_address(each) for each in recipients), "192.0.2.7", "mx.spam.example"
    )
    return Receipt(source_id, received_ms, envelope, auth, **changes)


def raw_message(
    *,
    sender: str = "Eve <eve@spam.example>",
    to: str = "bob@example.org",
    subject: str = "Cheap things",
    body: str = "Buy now.\r\n",
    headers: tuple[str, ...] = (),
) -> bytes:
    """A small RFC 5322 message with CRLF line ends. `headers` are whole extra lines, put at the top."""
    lines = [
        *headers,
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 21 Sep 2026 14:13:20 +0000",
        "Message-ID: <one@spam.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def actor(scope: str | Scope = GLOBAL, *, may_write: bool = True, channel: Channel = Channel.API) -> Actor:
    """Somebody who asks, by the API unless said otherwise."""
    where = parse_scope(scope) if isinstance(scope, str) else scope
    return Actor(f"tester of {where}", where, channel, may_write)


def route(domain: str = "example.org", **changes: Any) -> Route:
    """An SMTP route to a next hop that does not exist."""
    values: dict[str, Any] = {
        "domain": domain,
        "kind": RouteKind.SMTP,
        "host": "mx.next.example",
        "port": 587,
        "tls": Tls.REQUIRED,
    }
    return Route(**(values | changes))


def lesson(number: int = 1, scope: Scope = GLOBAL, **changes: Any) -> Lesson:
    """The `number`-th report, of spam."""
    values: dict[str, Any] = {
        "id": hashlib.sha256(f"lesson-{number}".encode()).hexdigest()[:32],
        "scope": scope,
        "label": Label.SPAM,
        "author": "tester",
        "created_ms": NOW_MS + number,
        "sample": f"sample {number}".encode(),
        "origin": str(copy_id(number)),
    }
    return Lesson(**(values | changes))
