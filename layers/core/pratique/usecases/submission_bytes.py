"""What we add to a message that is submitted, as byte insertions at its top: nothing of it is decoded or changed (invariant 2).

A trace field (RFC 5321, 4.4), a Date and a Message-ID where there is none (RFC 6409, 8.2 and 8.3). Taken out are Bcc, which is for the
sender's eyes (RFC 5322, 3.6.3), and Return-Path, which only a final server writes (RFC 5321, 4.4).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from pratique.usecases.byte_edits import Field, fields, join, line_end

_TAKEN_OUT = frozenset({b"bcc", b"resent-bcc", b"return-path"})
_HOST = re.compile(r"[^A-Za-z0-9.:\[\]_-]+")
_ADDRESS = re.compile(r"^[0-9A-Fa-f:.]{2,45}$")
_MAX_HOST = 200


def as_submitted(
    raw: bytes, *, host: str, source_id: str, received_ms: int, client_ip: str, helo: str
) -> bytes:
    """The message as it is kept and sent: the same again for the same submission. `host` is our name; `client_ip` is '' where it did not come
    by SMTP. Never raises; linear in the length of the message.
    """
    eol = line_end(raw)
    known = list(fields(raw))
    names = {field.name for field in known}
    rest = _without(raw, [field for field in known if field.name in _TAKEN_OUT])
    own = _HOST.sub("", host)[:_MAX_HOST] or "localhost"
    date = format_datetime(datetime.fromtimestamp(received_ms / 1000, UTC))
    top = [*_received(own, source_id, date, client_ip, helo)]
    if b"date" not in names:
        top.append(f"Date: {date}")
    if b"message-id" not in names:
        top.append(f"Message-ID: <{source_id}@{own}>")
    added = b"".join(line.encode("ascii") + eol for line in top)
    return b"".join([added, join(eol, rest), rest])


def _received(host: str, source_id: str, date: str, client_ip: str, helo: str) -> list[str]:
    """RFC 5321, 4.4; `ESMTPSA` says that it came over TLS from somebody who had logged in (RFC 3848)."""
    if not client_ip:
        return [f"Received: by {host} with HTTP id {source_id};", f"\t{date}"]
    literal = client_ip if _ADDRESS.match(client_ip) else "unknown"
    literal = f"IPv6:{literal}" if ":" in literal else literal
    name = _HOST.sub("", helo)[:_MAX_HOST] or f"[{literal}]"
    return [
        f"Received: from {name} ([{literal}])",
        f"\tby {host} with ESMTPSA id {source_id};",
        f"\t{date}",
    ]


def _without(raw: bytes, gone: list[Field]) -> bytes:
    """The message without some of its fields, copied once; the very same object where there are none."""
    if not gone:
        return raw
    parts, position = [], 0
    for field in gone:
        parts.append(raw[position : field.start])
        position = field.end
    return b"".join([*parts, raw[position:]])
