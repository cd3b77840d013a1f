"""A strict reader of IMAP data (RFC 3501, 9), and what holds for the structure of any octets at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.filtering.mime import (
    HEADER,
    TEXT,
    WHOLE,
    Section,
    Structure,
    make_structure,
    open_structure,
    read_structure,
)
from pratique.filtering.mime.parts import MAX_DEPTH, MAX_PARTS, Kind, Part, read_parts
from pratique.filtering.mime.render import as_utf8
from pratique.filtering.mime.sections import find_part
from pratique.filtering.mime.structure import MAX_STORED

Data = bytes | int | None | list["Data"]

_TOKEN = re.compile(
    rb'(\()|(\))|(NIL)|(\d+)|"((?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]|\\["\\])*)"|\{(\d+)\}\r\n'
)
_TOKEN_UTF8 = re.compile(
    rb'(\()|(\))|(NIL)|(\d+)|"((?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\xff]|\\["\\])*)"|\{(\d+)\}\r\n'
)


def read(line: bytes, *, utf8: bool = False) -> Data:
    """One datum; ValueError where the octets are not by the grammar."""
    stack: list[list[Data]] = [[]]
    place, last = 0, b"("
    while place < len(line):
        if line.startswith(b" ", place) and last != b"(":
            place += 1
        found = (_TOKEN_UTF8 if utf8 else _TOKEN).match(line, place)
        if found is None:
            raise ValueError(line[max(0, place - 40) : place + 40])
        place, last = found.end(), found[1] or b"x"
        if found[1]:
            stack.append([])
        elif found[2]:
            done = stack.pop()
            if not done:
                raise ValueError("an empty list")
            stack[-1].append(done)
        elif found[3]:
            stack[-1].append(None)
        elif found[4]:
            stack[-1].append(int(found[4]))
        elif found[5] is not None:
            found[5].decode("utf-8")
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", found[5]))
        else:
            value = line[place : place + int(found[6])]
            if len(value) != int(found[6]) or b"\0" in value:
                raise ValueError("a literal that is none")
            stack[-1].append(value)
            place += len(value)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError("unbalanced")
    return stack[0][0]


def served(
    raw: bytes, structure: Structure, section: Section, partial: tuple[int, int] | None = None
) -> bytes | None:
    """A section as it goes out; None where the message has none."""
    place = structure.place(section, partial)
    return None if place is None else place.served(raw[place.start : place.end])


def walk(
    part: Part, path: tuple[int, ...] = (), depth: int = 1
) -> Iterator[tuple[tuple[int, ...], Part, int]]:
    """(part numbers, part, depth) of every part below those numbers; () for a message's own multipart, which has none."""
    if part.kind is Kind.MULTIPART:
        yield (), part, depth
        for number, child in enumerate(part.children, 1):
            yield from _inside(child, (*path, number), depth + 1)
    else:
        yield from _inside(part, (*path, 1), depth)


def _inside(part: Part, path: tuple[int, ...], depth: int) -> Iterator[tuple[tuple[int, ...], Part, int]]:
    yield path, part, depth
    if part.kind is Kind.MESSAGE:
        yield from walk(part.children[0], path, depth + 1)
    for number, child in enumerate(part.children if part.kind is Kind.MULTIPART else [], 1):
        yield from _inside(child, (*path, number), depth + 1)


def check(raw: bytes) -> Structure:
    """What holds for any octets; the structure as it was stored."""
    root = read_parts(raw)
    assert (root.start, root.end) == (0, len(raw))
    parts = list(walk(root))
    assert len(parts) <= MAX_PARTS + 1
    for _, part, depth in parts:
        assert depth <= MAX_DEPTH + 1
        assert part.start <= part.body <= part.end
        assert part.kind in (Kind.MULTIPART, Kind.MESSAGE) or not part.children
        if part.kind in (Kind.TEXT, Kind.MESSAGE):
            assert part.lines == raw[part.body : part.end].count(b"\n")
        place = part.body
        for child in part.children:
            assert place <= child.start
            assert child.end <= part.end
            place = child.end
    whole = read_structure(raw)
    for rendered in (whole.envelope, whole.body, whole.bodystructure):
        shown = read(rendered)
        assert isinstance(shown, list)
        assert read(as_utf8(rendered), utf8=True) == shown
    assert whole.size == len(raw)
    shown = raw.replace(b"\0", b"\x80")
    assert served(raw, whole, WHOLE) == shown
    assert (served(raw, whole, HEADER) or b"") + (served(raw, whole, TEXT) or b"") == shown
    _check_sections(raw, whole, parts)
    stored = make_structure(raw)
    assert len(stored) <= MAX_STORED
    opened = open_structure(stored)
    assert opened.size == len(raw)
    assert (served(raw, opened, HEADER) or b"") + (served(raw, opened, TEXT) or b"") == shown
    if not opened.is_cut:
        assert (opened.envelope, opened.body, opened.bodystructure, opened.rows) == (
            whole.envelope,
            whole.body,
            whole.bodystructure,
            whole.rows,
        )
    if opened.header_is_whole:
        assert opened.held(HEADER) == served(raw, whole, HEADER)
    return opened


def _check_sections(raw: bytes, whole: Structure, parts: list[tuple[tuple[int, ...], Part, int]]) -> None:
    for path, part, _ in parts[:200]:
        if not path:
            continue
        found = find_part(whole.root, path)
        assert found is not None
        assert (found.start, found.body, found.end, found.kind) == (
            part.start,
            part.body,
            part.end,
            part.kind,
        )
        body, mime = served(raw, whole, Section(path)), served(raw, whole, Section(path, b"MIME"))
        assert body is not None
        assert mime is not None
        header, text = (
            served(raw, whole, Section(path, b"HEADER")),
            served(raw, whole, Section(path, b"TEXT")),
        )
        assert (header is None) == (text is None)
        if header is not None and text is not None:
            assert header + text == body
        assert served(raw, whole, Section(path), (3, 5)) == body[3:8]
