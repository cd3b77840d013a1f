"""Edits of a message's header block as bytes: nothing is decoded, nothing that is not named is changed (invariant 2).

A stranger's message may break every rule, and readers disagree about broken ones. Two of their views count here. A line ends at LF (or CRLF)
for one that takes the bytes as they are; a bare CR ends it as well for one that got the message over SMTP, where we must send a bare CR as
CRLF (RFC 5321, 2.3.8). An edit that guards something (taking out forged fields, marking the subject) holds in both.
All functions are linear in the length of the message, copy it at most once, and never raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

CRLF, LF = b"\r\n", b"\n"
OWN = b"X-Pratique-"
"""How the names of our own header fields start."""
MAX_LINE = 998
"""Octets of a line without its line end (RFC 5322, 2.1.1)."""
MAX_FIELDS = 10_000
"""Fields of a header block that are looked at one by one."""

# Repeats are possessive (*+): sre keeps a frame for each turn of a plain one, gigabytes over a hostile 40 MB.
_NAME = rb"[!-9;-~]++"  # RFC 5322, 2.2: printable ASCII but the colon
_FIELD = re.compile(_NAME + rb"[ \t]*+:")
_FIELD_END = re.compile(rb"(?:\n|\r(?!\n))(?![ \t])")
_MBOX_LINE = rb"From [^\r\n]*+\r?\n"
_STRAY_LINE = rb"[ \t][^\r\n]*+(?:\r?\n|\r)"
_BEFORE_FIELDS = re.compile(rb"(?:" + _MBOX_LINE + rb")?(?:" + _STRAY_LINE + rb")*+")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_VALUE = rb"[^\r\n]*+(?:(?:\r?\n|\r)[ \t][^\r\n]*+)*+"
_SPACE = re.compile(rb"[ \t]*+")
_REST_OF_LINE = re.compile(rb"[^\r\n]*+")


class Field(NamedTuple):
    """Where a header field is: [start, end) with its line end; its value starts at `value`, just after the colon. `name` is in lower case."""

    name: bytes
    start: int
    value: int
    end: int


def line_end(raw: bytes) -> bytes:
    """The message's own line end, by its first line: LF where that ends in a bare LF, else CRLF."""
    first = raw.find(LF)
    return LF if first == 0 or (first > 0 and raw[first - 1 : first] != b"\r") else CRLF


def with_crlf(raw: bytes) -> bytes:
    """The message with every line end, bare LF and bare CR as well, as CRLF. The very same object where all are."""
    if raw.count(LF) == raw.count(CRLF) == raw.count(b"\r"):
        return raw
    # Not re.sub, which keeps a list of all the pieces: gigabytes for 40 MB of line ends.
    return raw.replace(CRLF, LF).replace(b"\r", LF).replace(LF, CRLF)


def head_end(raw: bytes) -> int:
    """Where the header block ends: at the blank line, or at the end where there is none. 0 where the message starts with no header at all
    (it is empty, starts with a blank line, or with text).
    """
    if _first_field(raw) is None:
        return 0
    blank = _BLANK_LINE.search(raw)
    return blank.start() + 1 if blank else len(raw)


def _first_field(raw: bytes) -> re.Match[bytes] | None:
    """The first field's name. An mbox "From " line and stray continuation lines may stand before it."""
    before = _BEFORE_FIELDS.match(raw)
    return _FIELD.match(raw, before.end() if before else 0)


def fields(raw: bytes) -> Iterator[Field]:
    """The fields of the header block, up to the first line that is none (there some readers see the header's end); at most MAX_FIELDS."""
    first, end = _first_field(raw), head_end(raw)
    position = first.start() if first else end
    for _ in range(MAX_FIELDS):
        found = _FIELD.match(raw, position, end)
        if found is None:
            return
        position = _field_end(raw, found.end(), end)
        name = found.group()[:-1].rstrip(b" \t").lower()
        yield Field(name, found.start(), found.end(), position)


def _field_end(raw: bytes, position: int, end: int) -> int:
    found = _FIELD_END.search(raw, position, end)
    return found.end() if found else end


@cache
def _named(prefix: bytes, *, exactly: bool = False) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """What finds the start, and the whole, of a field whose name starts with `prefix`, or is `exactly` that."""
    name = rb"(?i:" + re.escape(prefix) + (rb")" if exactly else rb")[!-9;-~]*+") + rb"[ \t]*+:"
    starts = rb"(?:\A|(?<=[\r\n]))" + name
    # After a bare CR it is, in the LF view, the tail of another line: that line keeps its end, or it would join the next one.
    whole = rb"\r" + name + _VALUE + rb"|" + starts + _VALUE + rb"(?:\r?\n|\r|\Z)"
    return re.compile(starts), re.compile(whole)


def cut_fields(raw: bytes, prefix: bytes) -> bytes:
    """The message without any field, in either view of lines, whose name starts with `prefix`; folded lines go with it. The very same object
    where there are none.
    """
    starts, whole = _named(prefix)
    end = head_end(raw)
    if starts.search(raw, 0, end) is None:
        return raw
    return whole.sub(b"", raw[:end]) + raw[end:]


def cut_where(raw: bytes, name: bytes, unwanted: Callable[[bytes], bool]) -> bytes:
    """The message without fields of this name, in either view of lines, whose value is `unwanted`, folded lines and all. It is asked about the
    value on one line, without space at its ends. The very same object where there are none.
    """
    starts, whole = _named(name, exactly=True)
    end = head_end(raw)
    if starts.search(raw, 0, end) is None:
        return raw

    def left(found: re.Match[bytes]) -> bytes:
        value = b" ".join(found.group().partition(b":")[2].split())
        return b"" if unwanted(value) else found.group()

    return whole.sub(left, raw[:end]) + raw[end:]


def own_fields(raw: bytes) -> Iterator[Field]:
    """The fields of the header block, in either view of lines, that carry one of our own names; at most MAX_FIELDS."""
    end = head_end(raw)
    for found in islice(_named(OWN)[0].finditer(raw, 0, end), MAX_FIELDS):
        name = found.group()[:-1].rstrip(b" \t").lower()
        yield Field(name, found.start(), found.end(), _field_end(raw, found.end(), end))


def cut_own_fields(raw: bytes) -> bytes:
    """The message without any of them."""
    return cut_fields(raw, OWN)


def join(eol: bytes, rest: bytes) -> bytes:
    """What must stand between header fields of ours and `rest`, so that the fields end and `rest` is read as it was by itself.

    An mbox line or a stray continuation line becomes the value of a field (as it would else end our header, or continue it); text without
    any header becomes the body.
    """
    if not rest or rest.startswith((LF, CRLF)) or _FIELD.match(rest):
        return b""
    if _first_field(rest) is not None:
        return b"X-Mailbox-Line: " if rest.startswith(b"From ") else b"X-Stray-Line:"
    return eol


def insert(raw: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    """Insert each text at its offset; the offsets ascend."""
    parts: list[bytes] = []
    position = 0
    for offset, text in edits:
        parts += (raw[position:offset], text)
        position = offset
    return b"".join([*parts, raw[position:]])


def value_start(raw: bytes, field: Field) -> int:
    """Where a field's text starts: after the space that follows its colon."""
    space = _SPACE.match(raw, field.value, field.end)
    return space.end() if space else field.value


def rest_of_line(raw: bytes, field: Field) -> bytes:
    """What of a field's text stands on its first line."""
    line = _REST_OF_LINE.match(raw, value_start(raw, field), field.end)
    return line.group() if line else b""
