"""A message's header block, read once, within bounds: the one reading that signals, fallback and classifier share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .charsets import decode_text
from .parsed import MAX_FIELD, MAX_FIELDS, MAX_HEADER_BLOCK, MAX_RECEIVED

# A field and its folded lines (RFC 5322, 2.2); space before the colon is obsolete syntax (4.5) that mail readers accept.
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\r\n]*(?:(?:\r\n|\n|\r)[ \t][^\r\n]*)*)(?:\r\n|\n|\r|\Z)")
_UNIX_FROM = re.compile(rb">?From [^\r\n]*(?:\r\n|\n|\r)")
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_USUAL = frozenset({"from", "to", "date", "subject", "message-id"})
LATE_OCTETS = 16 * 1024
LATE_FIELDS = 60
_END = re.compile(rb"\r\n|\n|\r|\Z")
_BLANKS = (b"\r\n\r\n", b"\n\n", b"\r\r")
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]*")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """`fields` are (name, unfolded value) in order; `mime` the raw Content-* and MIME-Version lines; `offset` where the body begins.

    `late` are fields below a line that is none, where some program folded lines without indenting them: the body begins at that line, as
    mail readers have it, but what the fields say of the sender is still worth hearing. Of a field that is there already they hold none,
    but for Received.
    """

    fields: tuple[tuple[str, str], ...]
    mime: bytes
    offset: int
    defects: tuple[str, ...]
    late: tuple[tuple[str, str], ...] = ()


def read_header_block(raw: bytes) -> HeaderBlock:
    """Read the fields at the top of `raw`. Never raises. Work is bounded by MAX_HEADER_BLOCK, whatever the message is."""
    defects: list[str] = []
    head = raw[:MAX_HEADER_BLOCK]
    fields: list[tuple[str, str]] = []
    mime: list[bytes] = []
    received = 0
    opening = _UNIX_FROM.match(head)
    place = opening.end() if opening else 0
    while (found := _FIELD.match(head, place)) is not None:
        place = found.end()
        name = found[1].decode("ascii")
        low = name.lower()
        if low == "received":
            received += 1
            if received > MAX_RECEIVED:
                continue
        if low.startswith(("content-", "mime-version")) and len(mime) < MAX_RECEIVED:
            mime.append(found[0][:MAX_FIELD].rstrip(b"\r\n") + b"\n")
        if len(fields) < MAX_FIELDS:
            fields.append((name, _value(found[2])))
        elif "too-many-fields" not in defects:
            defects.append("too-many-fields")
    if received > MAX_RECEIVED:
        defects.append("too-many-received")
    offset = _body_offset(raw, head, place, defects)
    late = _late_fields(head, offset, fields) if "no-header-end" in defects and fields else ()
    return HeaderBlock(tuple(fields), b"".join(mime), offset, tuple(defects), late)


def _late_fields(head: bytes, place: int, fields: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Fields between a broken line and the next empty one, within bounds; () unless some of those that every message has are there."""
    head = head[: place + LATE_OCTETS]
    known = {name.lower() for name, _ in fields}
    found: dict[str, tuple[str, str]] = {}
    hops: list[tuple[str, str]] = []
    while len(found) + len(hops) < LATE_FIELDS and place < len(head):
        field = _FIELD.match(head, place)
        line = _LINE.match(head, place)
        if field is None and (line is None or not line[1]):
            break
        if field is not None:
            name = field[1].decode("ascii")
            pair = (name, _value(field[2]))
            if name.lower() == "received":
                hops.append(pair)
            elif name.lower() not in known:
                found.setdefault(name.lower(), pair)
        place = (field or line).end()  # type: ignore[union-attr]  # one of the two matched
    return (*hops, *found.values()) if _USUAL & found.keys() else ()


def _body_offset(raw: bytes, head: bytes, place: int, defects: list[str]) -> int:
    if place >= len(head) and len(raw) > len(head):
        defects.append("header-too-long")
        ends = [at + len(b) for b in _BLANKS if (at := raw.find(b, max(0, place - 4))) >= 0]
        return min(ends, default=len(raw))
    end = _END.match(head, place)
    if end is not None:
        return end.end()
    if len(raw) > len(head) and len(head) - place < MAX_FIELD:
        defects.append("header-too-long")  # the bound cut a field in two
    elif place or head:
        defects.append("no-header-end")
    return place


def _value(octets: bytes) -> str:
    octets = octets[
        : MAX_FIELD * 16
    ]  # address lists are longer than other values; the reader of each cuts further
    text = octets.decode("ascii") if octets.isascii() else decode_text(octets, "")[0]
    if "\n" in text or "\r" in text:
        text = _FOLD.sub(" ", text)
    return text.strip(" \t")
