"""The public keys of DKIM signers (RFC 6376, 3.6.1; RFC 8301; RFC 8463)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from dkim.crypto import UnparsableKeyError, parse_public_key
from dkim.util import InvalidTagValueList, parse_tag_value

MAX_RECORD = 8_192
"""Octets: a key of 4,096 bits needs about 750."""
MIN_BITS, MAX_BITS = 1_024, 8_192
"""Shorter ones can be factored (RFC 8301, 3.2); longer ones cost what nobody needs."""
MAX_EXPONENT = 1 << 33
ED25519_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A usable key. `strict` (t=s): i= must name d= itself. `testing` (t=y): its mail is to be treated as if it were unsigned."""

    record: bytes
    kind: bytes
    strict: bool
    testing: bool


def read_key(texts: tuple[str, ...]) -> Key | str:
    """The first usable key among the records of a selector, else why there is none."""
    reason = "no key"
    for text in texts[:5]:
        found = _read(text[:MAX_RECORD].encode("latin-1"))
        if isinstance(found, Key):
            return found
        reason = found
    return reason


def _read(record: bytes) -> Key | str:
    try:
        tags: dict[bytes, bytes] = parse_tag_value(record)
    except (InvalidTagValueList, IndexError):
        return "no key"
    if tags.get(b"v", b"DKIM1") != b"DKIM1" or b"p" not in tags:
        return "no key"
    if not tags[b"p"]:
        return "key revoked"
    if b"h" in tags and b"sha256" not in _words(tags[b"h"]):
        return "key not for sha256"
    if b"s" in tags and not {b"*", b"email"} & _words(tags[b"s"]):
        return "key not for mail"
    flags = _words(tags.get(b"t", b""))
    kind = tags.get(b"k", b"rsa")
    fault = _fault(kind, tags[b"p"])
    return fault or Key(record, kind, strict=b"s" in flags, testing=b"y" in flags)


def _words(value: bytes) -> set[bytes]:
    return {word.strip() for word in value.split(b":")}


def _fault(kind: bytes, encoded: bytes) -> str:
    try:
        data = base64.b64decode(b"".join(encoded.split()), validate=True)
    except binascii.Error:
        return "key unreadable"
    if kind == b"ed25519":
        return "" if len(data) == ED25519_OCTETS else "key unreadable"
    if kind != b"rsa":
        return "key of an unknown kind"
    try:
        key = parse_public_key(data)
    except (
        UnparsableKeyError,
        IndexError,
        ValueError,
        TypeError,
        KeyError,
    ):  # dkimpy's reader of ASN.1 on a stranger's octets
        return "key unreadable"
    bits = key["modulus"].bit_length()
    if bits < MIN_BITS:
        return "key too short"
    return "key too long" if bits > MAX_BITS or key["publicExponent"] > MAX_EXPONENT else ""
