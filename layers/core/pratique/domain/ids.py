"""Identifiers: sortable by time, made without co-ordination, the same again for the same message."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from .address import Address, parse_address
from .direction import Direction
from .errors import InvalidInput, NotFound

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
_OUT = "out"
_MAX_ID = 26 + 2 * (1 + 430) + 1 + len(_OUT)
"""Characters of a copy's id in text: a ULID, base64 of up to two addresses of 320 octets, and some, and the mark of outgoing mail."""
_BETWEEN = "\x1f"
"""No address has it (address.py refuses control characters)."""
_DIRECTIONS = {"M#": Direction.INCOMING, "O#": Direction.OUTGOING}
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
    """Names one recipient's copy of one message. In text: `<ulid>.<recipient>`, and `.<owner>` where that is another, both in base64url
    without padding; `<ulid>.<recipient>.<owner>.out` for mail that the owner sends.

    `recipient` is the envelope recipient: where the copy goes. The mailbox it belongs to is `owner`: whose quarantine shows it, whose scope,
    policy, lists and lessons count. `of` is set only where the two differ (an alias; mail that the owner sends).
    """

    message: str
    recipient: Address
    of: Address | None = None
    direction: Direction = Direction.INCOMING

    def __post_init__(self) -> None:
        if self.of == self.recipient:
            object.__setattr__(self, "of", None)

    @property
    def owner(self) -> Address:
        """The mailbox that the copy belongs to."""
        return self.of or self.recipient

    @property
    def is_outgoing(self) -> bool:
        """Whether the owner sends it."""
        return self.direction is Direction.OUTGOING

    @property
    def people(self) -> str:
        """Recipient, owner where that is another, and the direction where that is out, as one word of keys and registers (see copy_id_of)."""
        if self.is_outgoing:
            return f"{self.recipient}{_BETWEEN}{self.owner}{_BETWEEN}{_OUT}"
        return f"{self.recipient}{_BETWEEN}{self.of}" if self.of else str(self.recipient)

    @property
    def place(self) -> str:
        """Its place in every list: by time, then by people (see copy_id_at)."""
        return f"{self.message}#{self.people}"

    def __str__(self) -> str:
        people = (self.recipient, self.owner) if self.is_outgoing else (self.recipient, self.of)
        tail = [_OUT] if self.is_outgoing else []
        return ".".join([self.message, *(_in_base64(str(each)) for each in people if each), *tail])


def copy_id_of(message: str, people: str) -> CopyId:
    """The copy of a message by CopyId.people, as we stored it. Addresses are not normalised again: what once was a key stays that key."""
    recipient, _, rest = people.partition(_BETWEEN)
    owner, _, mark = rest.partition(_BETWEEN)
    direction = Direction.OUTGOING if mark == _OUT else Direction.INCOMING
    return CopyId(message, _stored(recipient), _stored(owner) if owner else None, direction)


def copy_id_at(place: str) -> CopyId:
    """The copy at a place (CopyId.place), as we stored it."""
    message, _, people = place.partition("#")
    return copy_id_of(message, people)


def parse_copy_key(owner: str, message: str) -> CopyId | None:
    """The copy of a row whose keys are `R#<owner>` and `M#<ulid>`, `M#<ulid>#<recipient>`, or `O#<ulid>#<recipient>` for mail that the owner
    sends; None for any other row.
    """
    direction = _DIRECTIONS.get(message[:2])
    if not owner.startswith("R#") or direction is None:
        return None
    head, _, recipient = message[2:].partition("#")
    if not is_ulid(head) or "@" not in owner or (recipient and "@" not in recipient):
        return None
    of = _stored(owner[2:])
    return CopyId(head, _stored(recipient) if recipient else of, of, direction)


def _stored(text: str) -> Address:
    local, at, domain = text.rpartition("@")
    return Address(local, domain) if at else parse_address(text)


def _in_base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_copy_id(text: str) -> CopyId:
    """Read a copy's id. Raises NotFound for anything else: an id that cannot be is an id of nothing."""
    head, *tails = text[:_MAX_ID].split(".")
    direction = Direction.INCOMING
    if len(tails) == 3 and tails[2] == _OUT:  # noqa: PLR2004 - recipient, owner, mark
        direction = Direction.OUTGOING
        tails.pop()
    if not 1 <= len(tails) <= 2 or not is_ulid(head) or len(text) > _MAX_ID:  # noqa: PLR2004 - recipient, owner
        raise NotFound("no such message")
    try:
        people = [
            parse_address(
                base64.b64decode(tail + "=" * (-len(tail) % 4), altchars=b"-_", validate=True).decode()
            )
            for tail in tails
        ]
    except (binascii.Error, UnicodeDecodeError, ValueError, InvalidInput):
        raise NotFound("no such message") from None
    return CopyId(head, people[0], people[1] if len(people) > 1 else None, direction)
