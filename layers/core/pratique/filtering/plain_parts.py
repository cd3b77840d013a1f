"""Multipart messages that are written plainly: cut at their boundaries, as the standard library reads them, in a fraction of its time.

The library's parser looks at every line and compiles a pattern for each boundary; nearly all mail is put together so well that searching
for the boundaries does. Whatever is not (a boundary that is missing or never closed, a header that is none, attached messages, digests,
lone carriage returns) is no business of this module: it says so, and the library reads the message. A test reads real messages both ways.
"""

from __future__ import annotations

import re
from email.message import Message

MAX_LEVELS = 8
MAX_PLAIN_PARTS = 200
MAX_PART_FIELDS = 200

# Possessive repeats: what was read is never tried again in another way, however long a line is.
# The group's is not (Python 3.11.2 goes wrong there), but bounded: a field of more lines is not plain.
_HEADER = re.compile(r"([!-9;-~]++):[ \t]*+([^\r\n]*+(?:\r?\n[ \t][^\r\n]*+){0,400})\r?\n")
_END_OF_HEADER = re.compile(r"\n(?=\r?\n)")
_BLANK = re.compile(r"\r?\n")
_END_OF_LINE = re.compile(r"(--)?[ \t]*(?:\r?\n|\Z)")
_PLAIN_ENCODINGS = frozenset({"7bit", "8bit", "binary"})


def plain_parts(root: Message, text: str) -> bool:
    """Hang the parts found in `text` (ASCII with surrogate escapes) below `root`, which has its fields and is a multipart. False, with
    `root` unchanged, where the text is not plain.
    """
    if text.count("\r") != text.count("\r\n"):
        return False
    parts = _cut(root, text, 0)
    if parts is None:
        return False
    root.set_payload(parts)
    return True


def _cut(parent: Message, text: str, level: int) -> list[Message | str] | None:
    boundary = parent.get_boundary()
    if not boundary or level > MAX_LEVELS or parent.get_content_subtype() == "digest":
        return None
    encoding = str(parent.get("content-transfer-encoding", "8bit")).lower()
    if encoding not in _PLAIN_ENCODINGS:
        return None
    mark = "--" + boundary
    starts = text.split("\n" + mark, MAX_PLAIN_PARTS + 1)
    if text.startswith(mark):
        starts[0] = starts[0][len(mark) :]
    else:
        del starts[0]
    parts: list[Message | str] = []
    for at, start in enumerate(starts):
        line = _END_OF_LINE.match(start)
        if line is None:
            return None
        if line[1]:
            # What stands behind the end is no part, unless the boundary comes again.
            return parts if parts and at == len(starts) - 1 else None
        part = _part(start[line.end() :].removesuffix("\r"), level)
        if part is None:
            return None
        parts.append(part)
    return None


def _part(text: str, level: int) -> Message | None:
    part = Message()
    end = 0
    room = MAX_PART_FIELDS
    while (field := _HEADER.match(text, end)) is not None:
        part.set_raw(field[1], field[2])
        end = field.end()
        room -= 1
        if room <= 0:  # more fields than any part has: the others are not read
            rest = _END_OF_HEADER.search(text, end - 1)
            end = rest.end() if rest else len(text)
            break
    blank = _BLANK.match(text, end)
    if blank is None:
        return None
    body = text[blank.end() :]
    kind = part.get_content_maintype()
    if kind == "message":
        return None
    if kind != "multipart":
        part.set_payload(body)
        return part
    inner = _cut(part, body, level + 1)
    if inner is None:
        return None
    part.set_payload(inner)
    return part
