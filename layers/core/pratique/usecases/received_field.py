"""The trace field that a server of ours writes above what it took in by SMTP (RFC 5321, 4.4), as SES writes one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .byte_edits import join, line_end
from .mail_date import mail_date

_HOST = re.compile(r"[^A-Za-z0-9.:\[\]_-]+")
_ADDRESS = re.compile(r"^[0-9A-Fa-f:.]{2,45}$")
_MAX_HOST = 200


def host_name(text: str) -> str:
    """What of a text may stand for a host in a header field."""
    return _HOST.sub("", text)[:_MAX_HOST]


def received_lines(
    *,
    host: str,
    source_id: str,
    received_ms: int,
    client_ip: str,
    helo: str,
    protocol: str,
    client_name: str | None = None,
) -> tuple[str, ...]:
    """The field's lines, without line ends.

    `host` is our name; `helo` what the client calls itself, taken as far as it can be a host; `client_name` what the DNS calls its address, ''
    for nothing that holds ('unknown' then), None where nobody asked; `protocol` is of RFC 3848 (ESMTP, ESMTPS, ...). The same again for
    the same message.
    """
    literal = client_ip if _ADDRESS.match(client_ip) else "unknown"
    literal = f"IPv6:{literal}" if ":" in literal else literal
    name = host_name(helo) or f"[{literal}]"
    known = "" if client_name is None else f"{host_name(client_name) or 'unknown'} "
    return (
        f"Received: from {name} ({known}[{literal}])",
        f"\tby {host_name(host) or 'localhost'} with {protocol} id {source_id};",
        f"\t{mail_date(received_ms)}",
    )


def put_above(raw: bytes, lines: Sequence[str], *, eol: bytes | None = None) -> bytes:
    """The message below header lines of ours, ended by `eol`, else as its own lines are; nothing of it is changed (invariant 2). A message that
    begins with no header field gets what keeps it apart from ours (`join`).
    """
    eol = eol or line_end(raw)
    return b"".join([*(line.encode("ascii") + eol for line in lines), join(eol, raw), raw])
