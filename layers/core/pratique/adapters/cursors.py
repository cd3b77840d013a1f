"""Cursors of lists: the place after which the next page starts, as text that is safe in a URL.

A cursor carries no secret and needs no signature: it is only ever compared with sort keys *inside* the partition that the
actor's scope selects, so a made-up one can name another place of the same list and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import re

from pratique.domain.errors import InvalidInput

COPY_PLACE = re.compile(
    r"[0-7][0-9A-HJKMNP-TV-Z]{25}#[^\x00-\x1f\x7f]{1,320}(?:\x1f[^\x00-\x1f\x7f]{1,320}(?:\x1fout)?)?"
)
"""`<ulid>#<people>` (CopyId.people): a copy's place in every list of copies. An address excludes what parse_address excludes, and no more."""

ENTRY_PLACE = re.compile(r"[OS]#[^\x00-\x1f\x7f]{1,330}")
"""A list entry's direction and pattern."""

ALIAS_PLACE = re.compile(r"[^\x00-\x1f\x7f]{1,320}")
"""The local part of an alias."""

LESSON_PLACE = re.compile(r"[0-9]{15}#[0-9a-f]{32}")
"""When a lesson was given, and its id."""

LOGIN_PLACE = re.compile(r"[^\x00-\x1f\x7f]{1,320}")
"""A login, as a scope's key."""

DISCLOSURE_PLACE = re.compile(r"[0-9]{15}#[0-9a-f]{12}")
"""When somebody saw something, and a random part."""

IDENTITY_PLACE = re.compile(r"[^\x00-\x1f\x7f]{1,330}\x1f[^\x00-\x1f\x7f]{0,330}")
"""A login and an envelope sender (Identity.key)."""

_MAX_TEXT = 1_200
"""Characters: base64 of the longest place in UTF-8, and some."""


def encode_cursor(place: str) -> str:
    """`place` in base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, shape: re.Pattern[str]) -> str:
    """The place that a cursor names. Raises InvalidInput for text that encode_cursor did not make of a place of this shape."""
    if not cursor.isascii() or len(cursor) > _MAX_TEXT:
        raise InvalidInput("not a cursor")
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidInput("not a cursor") from None
    if not shape.fullmatch(place):
        raise InvalidInput("not a cursor")
    return place
