"""What SEARCH looks at (RFC 3501, 6.4.4): decoded text of fields and bodies, compared without regard to case, and the date of sending."""

from __future__ import annotations

import datetime
import quopri
import re
import unicodedata
from collections.abc import Iterator

from pratique.filtering.charsets import decode_text, decode_words, lenient_base64

from .fields import one_line, read_encoding, split_fields, value_of
from .parts import Kind, Part

MAX_BODY = 1 << 20
"""Octets of one part's body that are decoded and searched."""
MAX_SEARCHED = 8 << 20
"""Octets of all bodies of one message together."""
MAX_VALUE = 64 * 1024
"""Octets of one field's value that are searched."""

_MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()
_COMMENT = re.compile(rb"\([^()]*\)")
_DATE = re.compile(
    rb"\s*(?:[^\s,]{3}\s*,\s*)?([0-9]{1,2})\s+([A-Za-z]{3})[^\s,]{0,10}\s+([0-9]{2,4})\s+[0-9]{1,2}\s*[:.]\s*[0-9]{2}(?![0-9])"
)
_CENTURIES = {2: (2000, 1900), 3: (1900, 1900), 4: (0, 0)}
"""What a year of so many digits lacks, below 50 and above (RFC 5322, 4.3)."""


def fold(text: str) -> str:
    """Text for a search without regard to case or to how letters with marks are composed (RFC 5051)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).casefold()


def field_texts(header: bytes, name: bytes) -> list[str]:
    """The decoded, folded texts of each field of this name in a header block, unfolded, encoded words read."""
    wanted = name.lower()
    return [fold(_decoded(value)) for found, value in split_fields(header) if found == wanted]


def field_contains(header: bytes, name: bytes, key: str) -> bool:
    """HEADER name key, FROM, TO, CC, BCC, SUBJECT. `key` is folded; an empty one asks whether the field is there."""
    return any(key in text for text in field_texts(header, name))


def _decoded(value: bytes) -> str:
    bare = one_line(value_of(value[:MAX_VALUE]))
    return decode_words(decode_text(bare, "")[0])


def sent_date(header: bytes) -> datetime.date | None:
    """The day of the Date field, as it is written there: SENTBEFORE, SENTON and SENTSINCE disregard time and zone. None without one."""
    value = next((value for name, value in split_fields(header) if name == b"date"), None)
    if value is None:
        return None
    text = value[:200]
    while b"(" in text and (less := _COMMENT.sub(b" ", text)) != text:
        text = less
    found = _DATE.match(text)
    if found is None or found[2].lower() not in _MONTHS:
        return None
    year = int(found[3])
    year += _CENTURIES[len(found[3])][found[3] >= b"50"]
    try:
        return datetime.date(year, _MONTHS.index(found[2].lower()) + 1, int(found[1]))
    except ValueError:
        return None


def body_contains(raw: bytes, root: Part, key: str) -> bool:
    """BODY key (folded): whether the decoded text of a text or message part contains it."""
    return any(key in text for text in _texts(raw, root, fields=False))


def text_contains(raw: bytes, root: Part, key: str) -> bool:
    """TEXT key (folded): as BODY, and in the header fields of the message and of its parts, names included."""
    return any(key in text for text in _texts(raw, root, fields=True))


def _texts(raw: bytes, root: Part, *, fields: bool) -> Iterator[str]:
    waiting = [root]
    left = MAX_SEARCHED
    while waiting and left > 0:
        part = waiting.pop()
        waiting += reversed(part.children)
        block = split_fields(raw[part.start : part.body][:MAX_BODY])
        if fields:
            yield from (fold(f"{name.decode('latin-1')}: {_decoded(value)}") for name, value in block)
        if part.kind is Kind.TEXT or (part.kind is Kind.OTHER and part.major.lower() == b"message"):
            octets = raw[part.body : min(part.end, part.body + MAX_BODY)]
            left -= len(octets)
            yield fold(_body_text(part, block, octets))


def _body_text(part: Part, block: list[tuple[bytes, bytes]], octets: bytes) -> str:
    encoding = next(
        (read_encoding(value_of(value)) for name, value in block if name == b"content-transfer-encoding"), b""
    )
    encoding = encoding.lower()
    if encoding == b"base64":
        octets = lenient_base64(octets)
    elif encoding == b"quoted-printable":
        octets = quopri.decodestring(octets)
    elif encoding not in (b"", b"7bit", b"8bit", b"binary"):
        return ""
    charset = next((value for name, value in part.params if name.lower() == b"charset"), b"")
    return decode_text(octets, charset.decode("latin-1"))[0]
