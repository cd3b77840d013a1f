"""The chain of forwarders' seals (RFC 8617) by dkimpy. Told on in the event; it weighs nothing, since anybody can seal anything."""

from __future__ import annotations

import re

import dkim
from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind

from .dkim_keys import Key, read_key
from .lookups import Lookups
from .octets import Octets

MOST_SETS = 5
"""Longer chains are not looked at: each set costs two keys."""
MAX_BODY = 2 << 20
"""Octets: dkimpy's own canonical body is given no more."""
_LONG_BLANK = re.compile(rb"[ \t]{2000}")
_NAMES = frozenset({b"arc-seal", b"arc-message-signature", b"arc-authentication-results"})


def check_arc(message: Octets, ask: Lookups) -> str:
    """'none' (not sealed, or not looked at), 'pass' or 'fail'. Never raises."""
    seals = [value for name, value in message.fields if name.lower() in _NAMES]
    if not seals or len(seals) > 3 * MOST_SETS or len(message.raw) - message.body_at > MAX_BODY:
        return "none"
    body = message.raw[message.body_at :]
    if _LONG_BLANK.search(body):
        return "none"
    if any(len(value) > 8_192 for value in seals):  # noqa: PLR2004 - as dkim.MAX_SIGNATURE
        return "fail"
    chain = dkim.ARC()
    chain.headers, chain.body = list(message.fields), re.sub(rb"\r?\n", b"\r\n", body)

    def record(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        try:
            key = read_key(ask.ask(name.decode("latin-1"), RecordKind.TXT))
        except TemporaryFailure:
            return None
        return key.record if isinstance(key, Key) else None

    try:
        state, _, _ = chain.verify(dnsfunc=record)
    except Exception:  # noqa: BLE001 - dkimpy on a stranger's octets
        return "fail"
    return "pass" if state == dkim.CV_Pass else "fail"
