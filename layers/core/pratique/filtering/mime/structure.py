"""A message's structure in a small storable form, made once at ingest, so that IMAP lists messages without reading them.

Form: one octet for the version, then deflated (zlib): a line of decimal numbers, then the texts they give the lengths of. The numbers are
size, flags, the lengths of ENVELOPE, BODY, BODYSTRUCTURE and header, and for each part in the order of the tree its kind, its number of
children, and the lengths from its parent's start to its own, from there to its body, and of the body.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from .parts import Kind, Part, read_parts
from .render import as_utf8, envelope, structures
from .sections import Place, Section, choose_fields, find_place

VERSION = b"\x01"
MAX_STORED = 96_000
"""Octets of a stored structure. What would be larger is stored without its header block, then without BODYSTRUCTURE, and marked as cut."""
MAX_HEADER_KEPT = 8_000
"""Octets of a header block that is kept whole; of a larger one the fields that clients list by are. Longer ones are mostly signatures and
seals of mail systems, which hardly deflate (97 % of 7,909 phishing messages; 10 kB in the median).
"""
MAX_UNPACKED = 1_000_000
"""Octets of a structure before it is deflated."""
LEVEL = 3
"""Of deflation: level 6 saves 2 % more and takes a third longer."""

LISTED = frozenset(
    b"date subject from sender reply-to to cc bcc in-reply-to message-id references content-type mime-version priority x-priority"
    b" importance newsgroups list-id list-post list-subscribe list-unsubscribe list-help list-archive content-description lines"
    b" content-transfer-encoding content-disposition x-label x-mailer user-agent x-uniform-type-identifier"
    b" x-universally-unique-identifier chat-version delivered-to x-original-to return-path envelope-to auto-submitted precedence".split()
)
"""Header fields that mail clients ask for to show a list."""

_CUT, _NOT_WHOLE, _NO_HEADER = 1, 2, 4
_ROW = 5
"""Numbers of one part."""


@dataclass(frozen=True)  # no slots: `root` is kept once it was made
class Structure:
    """What is known of a message without its bytes.

    `size` is RFC822.SIZE, the octets of the raw message as it is stored. `envelope`, `body`, `bodystructure` are IMAP's, b'' each where
    `is_cut` (then read_structure(raw) knows them; ranges of the whole message, its header and its text are right all the same).
    `header` is the header block with its empty line, or of a very long one the LISTED fields (`header_is_whole` is False), or None.
    """

    size: int
    envelope: bytes
    body: bytes
    bodystructure: bytes
    header: bytes | None
    header_is_whole: bool
    is_cut: bool
    rows: tuple[int, ...]

    @cached_property
    def root(self) -> Part:
        """The part tree, of ranges and kinds alone."""
        return _tree(iter(self.rows))

    def place(self, section: Section, partial: tuple[int, int] | None = None) -> Place | None:
        """Where a section, or `partial` = (first octet, how many) of it, lies in the raw message; None: no such part. For a structure that
        is cut only sections without part numbers are known.
        """
        return find_place(self.root, section, partial)

    def held(self, section: Section, partial: tuple[int, int] | None = None) -> bytes | None:
        """The section as it is served, if it can be without the raw message; None if not."""
        if self.header is None or section.path or section.kind != b"HEADER":
            return None
        if not self.header_is_whole and (
            section.without or section.names is None or not section.names <= LISTED
        ):
            return None
        octets = self.header
        if section.names is None and partial is not None:
            octets = octets[partial[0] : partial[0] + partial[1]]
        return Place(0, len(octets), section, partial).served(octets)

    def for_utf8(self) -> tuple[bytes, bytes, bytes]:
        """(envelope, body, bodystructure) for a client that enabled UTF8=ACCEPT."""
        return as_utf8(self.envelope), as_utf8(self.body), as_utf8(self.bodystructure)


def read_structure(raw: bytes) -> Structure:
    """The whole structure of a message. Never raises; linear in the message's size, bounded in depth and parts."""
    root = read_parts(raw)
    header = raw[: root.body]
    short, full = structures(root)
    return Structure(len(raw), envelope(root.fields), short, full, header, True, False, tuple(_rows(root)))


def make_structure(raw: bytes) -> bytes:
    """The storable form, at most MAX_STORED octets. Never raises."""
    return pack_structure(read_structure(raw))


def pack_structure(structure: Structure) -> bytes:
    """The storable form of a structure, shortened until it fits."""
    header, whole = structure.header, structure.header_is_whole
    if header is not None and len(header) > MAX_HEADER_KEPT:
        header, whole = choose_fields(header, LISTED, without=False), False
    shorter = (
        replace(structure, header=header, header_is_whole=whole),
        replace(structure, header=None, header_is_whole=False),
    )
    for one in shorter:
        stored = _packed(one)
        if stored:
            return stored
    rows = (structure.rows[0], 0, *structure.rows[2:_ROW])
    return _packed(Structure(structure.size, b"", b"", b"", None, False, True, rows))


def _packed(one: Structure) -> bytes:
    """The storable form; b'' where it is too large."""
    flags = _CUT * one.is_cut + _NOT_WHOLE * (not one.header_is_whole) + _NO_HEADER * (one.header is None)
    texts = (one.envelope, one.body, one.bodystructure, one.header or b"")
    numbers = " ".join(map(str, (one.size, flags, *map(len, texts), *one.rows))).encode("ascii")
    content = b"".join((numbers, b"\n", *texts))
    if len(content) > MAX_UNPACKED:
        return b""
    stored = VERSION + zlib.compress(content, LEVEL)
    return stored if len(stored) <= MAX_STORED else b""


def open_structure(stored: bytes) -> Structure:
    """The structure that make_structure stored. ValueError where it is none (empty, another version, damaged): read_structure(raw) then."""
    if stored[:1] != VERSION:
        raise ValueError("no structure of this version")
    try:
        content = zlib.decompressobj().decompress(stored[1:], MAX_UNPACKED + 1)
        head, _, texts = content.partition(b"\n")
        size, flags, first, second, third, fourth, *rows = map(int, head.split())
    except zlib.error:
        raise ValueError("a damaged structure") from None
    second += first
    third += second
    fourth += third
    if fourth != len(texts) or not rows or len(rows) % _ROW:
        raise ValueError("a damaged structure")
    return Structure(
        size,
        texts[:first],
        texts[first:second],
        texts[second:third],
        None if flags & _NO_HEADER else texts[third:],
        not flags & _NOT_WHOLE,
        bool(flags & _CUT),
        tuple(rows),
    )


def _rows(root: Part) -> Iterator[int]:
    waiting = [(root, 0)]
    while waiting:
        part, before = waiting.pop()
        yield part.kind
        yield len(part.children)
        yield part.start - before
        yield part.body - part.start
        yield part.end - part.body
        waiting += [(child, part.start) for child in reversed(part.children)]


def _tree(rows: Iterator[int]) -> Part:
    """The parts in the order of _rows; each takes its children from those that follow."""
    top = Part(0)
    wanting = [(top, 1)]
    for kind in rows:
        parent, left = wanting.pop()
        if left > 1:
            wanting.append((parent, left - 1))
        children, start, body, end = next(rows), parent.start + next(rows), next(rows), next(rows)
        part = Part(start, start + body, start + body + end, kind=Kind(kind))
        parent.children.append(part)
        if children:
            wanting.append((part, children))
        if not wanting:
            break
    return top.children[0] if top.children else top
