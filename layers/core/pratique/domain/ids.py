"""Identifiers: sortable by time, made without co-ordination, the same again for the same message."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from .address import Address, parse_address
from .errors import InvalidInput, NotFound

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
_SES_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")


def ulid(milliseconds: int, entropy: bytes) -> str:
    """A ULID (https://github.com/ulid/spec): 48 bits of Unix milliseconds, then the first 80 bits of `entropy` (10 octets)."""
    number = (milliseconds & ((1 << 48) - 1)) << 80 | int.from_bytes(entropy[:10], "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_ulid(text: str) -> bool:
    """Whether `text` is a ULID in its canonical upper-case form."""
    return _ULID.match(text) is not None


def ulid_milliseconds(text: str) -> int:
    """The time part of a ULID, in Unix milliseconds."""
    number = 0
    for char in text[:10]:
        number = number << 5 | _CROCKFORD.index(char)
    return number


def message_ulid(source_id: str, milliseconds: int) -> str:
    """The id of a message: a ULID whose random part is a hash of the source's own id (SES messageId), so that the
    same event, delivered twice, names the same message.
    """
    return ulid(milliseconds, hashlib.sha256(source_id.encode()).digest())


def check_source_id(text: str) -> str:
    """Return an SES (or SMTP edge) message id that is safe as an object key, or raise InvalidInput."""
    if not _SES_ID.match(text):
        raise InvalidInput("not a message id")
    return text


@dataclass(frozen=True, slots=True)
class CopyId:
    """Names one recipient's copy of one message. In text: `<ulid>.<base64url of the address, no padding>`."""

    message: str
    recipient: Address

    def __str__(self) -> str:
        tail = base64.urlsafe_b64encode(str(self.recipient).encode()).decode().rstrip("=")
        return f"{self.message}.{tail}"


def parse_copy_id(text: str) -> CopyId:
    """Read a copy's id. Raises NotFound for anything else: an id that cannot be is an id of nothing."""
    head, dot, tail = text.partition(".")
    if not dot or not is_ulid(head) or len(tail) > 512:  # noqa: PLR2004 - base64 of 320 octets and some
        raise NotFound("no such message")
    try:
        address = parse_address(
            base64.b64decode(tail + "=" * (-len(tail) % 4), altchars=b"-_", validate=True).decode()
        )
    except (binascii.Error, UnicodeDecodeError, ValueError, InvalidInput):
        raise NotFound("no such message") from None
    return CopyId(head, address)
