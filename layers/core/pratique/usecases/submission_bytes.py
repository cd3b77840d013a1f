"""What we add to a message that is submitted, as byte insertions at its top: nothing of it is decoded or changed (invariant 2).

A trace field (RFC 5321, 4.4), a Date and a Message-ID where there is none (RFC 6409, 8.2 and 8.3). Taken out are Bcc, which is for the
sender's eyes (RFC 5322, 3.6.3), and Return-Path, which only a final server writes (RFC 5321, 4.4).
"""

from __future__ import annotations

from pratique.usecases.byte_edits import Field, fields, line_end
from pratique.usecases.mail_date import mail_date
from pratique.usecases.received_field import host_name, put_above, received_lines

_TAKEN_OUT = frozenset({b"bcc", b"resent-bcc", b"return-path"})
PROTOCOL = "ESMTPSA"
"""It came over TLS, from somebody who had logged in (RFC 3848)."""


def as_submitted(
    raw: bytes, *, host: str, source_id: str, received_ms: int, client_ip: str, helo: str
) -> bytes:
    """The message as it is kept and sent: the same again for the same submission. `host` is our name; `client_ip` is '' where it did not come
    by SMTP. Never raises; linear in the length of the message.
    """
    known = list(fields(raw))
    names = {field.name for field in known}
    rest = _without(raw, [field for field in known if field.name in _TAKEN_OUT])
    own, date = host_name(host) or "localhost", mail_date(received_ms)
    if client_ip:
        top = [
            *received_lines(
                host=own,
                source_id=source_id,
                received_ms=received_ms,
                client_ip=client_ip,
                helo=helo,
                protocol=PROTOCOL,
            )
        ]
    else:
        top = [f"Received: by {own} with HTTP id {source_id};", f"\t{date}"]
    if b"date" not in names:
        top.append(f"Date: {date}")
    if b"message-id" not in names:
        top.append(f"Message-ID: <{source_id}@{own}>")
    return put_above(rest, top, eol=line_end(raw))


def _without(raw: bytes, gone: list[Field]) -> bytes:
    """The message without some of its fields, copied once; the very same object where there are none."""
    if not gone:
        return raw
    parts, position = [], 0
    for field in gone:
        parts.append(raw[position : field.start])
        position = field.end
    return b"".join([*parts, raw[position:]])
