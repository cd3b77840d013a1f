"""The envelope of a message beside its bytes: an object that our own SMTP edge keeps for what it accepted, and what SES writes at the top."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from pratique.domain.address import Address, try_address
from pratique.domain.errors import NotFound
from pratique.ports.services import Options, Services

ENVELOPES = "envelope/"
"""Keys are `envelope/<source id>`; the object is the event that ingest was given."""
EDGE_MARK = "edge."
"""How the ids begin that our edge gives."""
MAX_EVENT = 1 << 20
_TOP = 16_384
"""Octets at the top of a message in which SES's own fields are."""
_RECEIVED = re.compile(rb"(?:\A|\n)Received:((?:[^\n]|\n[ \t])*)", re.IGNORECASE)
_FOR = re.compile(rb"\sfor\s+<?([^\s<>;]{1,320})>?\s*;")
_RETURN_PATH = re.compile(rb"\AReturn-Path:[ \t]*<?([^\s<>]{0,320})>?[ \t]*\r?\n", re.IGNORECASE)
_BY_SES = re.compile(
    rb"\sby\s+inbound-smtp\.[a-z0-9-]+\.amazonaws\.com\s+with\s+SMTP\s+id\s+([A-Za-z0-9._-]{1,128})\s"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What SES wrote into the first Received field of a message: a recipient, and the sender of the envelope from Return-Path."""

    recipient: Address
    mail_from: str


def envelope_key(options: Options, raw_key: str) -> str:
    """The key of the envelope that belongs to a message's bytes."""
    return ENVELOPES + raw_key.removeprefix(options.raw_prefix)


def read_envelope(services: Services, raw_key: str) -> Any | None:
    """The event that our edge kept, None where there is none (or none that can be read: then it is as good as lost)."""
    try:
        data = services.store.get(envelope_key(services.options, raw_key))
    except NotFound:
        return None
    if len(data) > MAX_EVENT:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None


def written_by_ses(raw: bytes, source_id: str) -> Written | None:
    """What SES says at the top of what it stores; None unless the first Received field is SES's own and bears this very id, which no sender can
    know. To, Cc and whatever stands below are a stranger's words and are not looked at (invariant 4).
    """
    top = raw[:_TOP]
    received = _RECEIVED.search(top)
    if received is None:
        return None
    text = received[1] + b"\n"
    by, to = _BY_SES.search(text), _FOR.search(text)
    if by is None or to is None or by[1].decode() != source_id:
        return None
    recipient = try_address(to[1].decode("utf-8", "replace"))
    if recipient is None:
        return None
    path = _RETURN_PATH.match(top)
    return Written(recipient, path[1].decode("utf-8", "replace") if path else "")
