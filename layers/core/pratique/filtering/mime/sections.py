"""Sections of a message by IMAP's names (RFC 3501, 6.4.5), as ranges of its raw octets: so a part can be read from where the message lies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .parts import MAX_HEADER, Kind, Part

_NUMBERS = re.compile(rb"[1-9][0-9]{0,8}(?:\.[1-9][0-9]{0,8})*")
_KINDS = (b"", b"HEADER", b"TEXT", b"MIME")


@dataclass(frozen=True, slots=True)
class Section:
    """`path` are the part numbers, `kind` is b'', b'HEADER', b'TEXT' or b'MIME'. With `names` (lower case) only these fields of the header
    are meant, or with `without` all others (HEADER.FIELDS, HEADER.FIELDS.NOT).
    """

    path: tuple[int, ...] = ()
    kind: bytes = b""
    names: frozenset[bytes] | None = None
    without: bool = False


WHOLE = Section()
"""BODY[] and RFC822."""
HEADER = Section(kind=b"HEADER")
"""RFC822.HEADER."""
TEXT = Section(kind=b"TEXT")
"""RFC822.TEXT."""


def header_fields(names: Iterable[bytes], path: tuple[int, ...] = (), *, without: bool = False) -> Section:
    """HEADER.FIELDS (names), HEADER.FIELDS.NOT (names)."""
    return Section(path, b"HEADER", frozenset(name.lower() for name in names), without)


def parse_section(text: bytes) -> Section | None:
    """What stands between the brackets, without a list of field names (`1.2.MIME`, `HEADER`, nothing); None where the grammar has no such.

    HEADER.FIELDS and its list are the tokenizer's: use header_fields.
    """
    found = _NUMBERS.match(text)
    path: tuple[int, ...] = ()
    if found is not None:
        path = tuple(map(int, found[0].split(b".")))
        text = text[found.end() :]
        if text and not text.startswith(b"."):
            return None
        if text == b".":
            return None
        text = text[1:]
    kind = text.upper()
    if kind not in _KINDS or (kind == b"MIME" and not path):
        return None
    return Section(path, kind)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a section lies: octets start..end of the raw message. What is served is `served(those octets)`."""

    start: int
    end: int
    section: Section
    partial: tuple[int, int] | None = None

    def served(self, octets: bytes) -> bytes:
        """The octets as they go out: fields chosen, the partial cut, NULs (which no literal may carry) as 0x80, length unchanged."""
        if self.section.names is not None:
            octets = choose_fields(octets, self.section.names, without=self.section.without)
            if not self.section.path and not self.section.without:
                octets = _with_end(octets)
            if self.partial is not None:
                octets = octets[self.partial[0] : self.partial[0] + self.partial[1]]
        return octets.replace(b"\0", b"\x80") if b"\0" in octets else octets


def find_place(root: Part, section: Section, partial: tuple[int, int] | None = None) -> Place | None:
    """Where a section, or `partial` = (first octet, how many) of it, lies; None where the message has no such part."""
    part = find_part(root, section.path)
    if part is not None and section.path and section.kind in (b"HEADER", b"TEXT"):
        part = part.children[0] if part.kind is Kind.MESSAGE and part.children else None
    if part is None:
        return None
    if section.kind in (b"HEADER", b"MIME"):
        start, end = part.start, part.body
    elif section.kind == b"TEXT" or section.path:
        start, end = part.body, part.end
    else:
        start, end = part.start, part.end
    if section.names is not None or partial is None:
        return Place(start, end, section, partial)
    first = min(end, start + partial[0])
    return Place(first, min(end, first + partial[1]), section, partial)


def find_part(root: Part, path: tuple[int, ...]) -> Part | None:
    """The part of these numbers; they pass through a message/rfc822 part. What is no multipart is its own part 1."""
    part = root
    for step, number in enumerate(path):
        last = step == len(path) - 1
        if part.kind is Kind.MULTIPART:
            if number > len(part.children):
                return None
            part = part.children[number - 1]
        elif number != 1 or not (last or part.kind is Kind.MESSAGE):
            return None
        if part.kind is Kind.MESSAGE and not last:
            part = part.children[0]
    return part


def choose_fields(block: bytes, names: frozenset[bytes], *, without: bool) -> bytes:
    """The fields of a header block that are named, or all others, as they stand, with the empty line if there is one (RFC 3501, 6.4.5).

    Fields are looked for in the first MAX_HEADER octets.
    """
    out: list[bytes] = []
    empty = b"\r\n" if len(block) > MAX_HEADER else b""
    for found in _FIELD.finditer(block, 0, MAX_HEADER):
        line = found[0]
        bare = line.rstrip(b"\r\n")
        if not bare:
            empty = empty or line
            continue
        name, colon, _ = bare.partition(b":")
        named = bool(colon) and b"\n" not in name and name.rstrip(b" \t").lower() in names
        if named is not without:
            out.append(line)
    return b"".join(out) + empty


def _with_end(fields: bytes) -> bytes:
    """Fields with an empty line at their end, so that a client finds it also where the message has none."""
    if not fields or fields.endswith((b"\n\n", b"\n\r\n")) or fields in (b"\n", b"\r\n"):
        return fields or b"\r\n"
    end = b"\n" if b"\n" in fields and b"\r\n" not in fields else b"\r\n"
    return fields + (b"" if fields.endswith(b"\n") else end) + end


_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n|[^\n]+(?:\n[ \t][^\n]*)*\Z")
