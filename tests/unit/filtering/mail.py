"""Messages that the filter's tests are made of."""

from __future__ import annotations

from pratique.domain.address import parse_address
from pratique.domain.envelope import AuthResults, Envelope, Receipt
from pratique.domain.verdict import Contribution
from pratique.filtering.parse import parse

RECEIVED_MS = 1_790_000_000_000

ORDINARY = b"""Received: from mx.example.net (mx.example.net [192.0.2.7]) by inbound.example.org; Mon, 21 Sep 2026 14:13:20 +0000\r
From: Anna Berg <anna.berg@example.net>\r
To: Bob <bob@example.org>, carol@example.org\r
Cc: "Dan, D." <dan@example.org>\r
Subject: Minutes of Monday's meeting\r
Date: Mon, 21 Sep 2026 16:13:20 +0200\r
Message-ID: <20260921.1@example.net>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Hello Bob,\r
\r
the minutes are at https://wiki.example.net/minutes/38. See you n\xc3\xa4chste Woche.\r
\r
Anna\r
"""


def receipt(
    auth: AuthResults | None = None, *, mail_from: str = "", received_ms: int = RECEIVED_MS
) -> Receipt:
    envelope = Envelope(mail_from, (parse_address("bob@example.org"),))
    return Receipt("message-1", received_ms, envelope, auth or AuthResults())


def message(body: bytes = b"Hello\r\n", /, *, drop: str = "", **fields: str) -> bytes:
    """An ordinary message with some fields changed (`content_type=...`) or dropped."""
    values = {
        "From": "Anna Berg <anna.berg@example.net>",
        "To": "bob@example.org",
        "Subject": "Minutes",
        "Date": "Mon, 21 Sep 2026 16:13:20 +0200",
        "Message-ID": "<1@example.net>",
        "MIME-Version": "1.0",
    }
    named = {key.lower(): key for key in values}
    for name, value in fields.items():
        key = name.replace("_", "-")
        values[named.get(key.lower(), key)] = value
    lines = [f"{key}: {value}\r\n" for key, value in values.items() if key not in drop.split()]
    return "".join(lines).encode("utf-8", "surrogateescape") + b"\r\n" + body


def html(page: str, **fields: str) -> bytes:
    return message(page.encode(), content_type="text/html; charset=utf-8", **fields)


def multipart(*parts: bytes, subtype: str = "mixed") -> bytes:
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts) + b"--=_b--\r\n"
    return message(body, content_type=f'multipart/{subtype}; boundary="=_b"')


def names(found: list[Contribution] | tuple[Contribution, ...]) -> dict[str, float]:
    return {item.signal: item.weight for item in found}


__all__ = ["ORDINARY", "RECEIVED_MS", "html", "message", "multipart", "names", "parse", "receipt"]
