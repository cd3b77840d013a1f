"""The octets of a section that FETCH asks for: out of the raw message, or of its header as the backend told it."""

from __future__ import annotations

import re
from functools import lru_cache

from pratique.filtering.mime import WHOLE, Place, Section
from pratique.filtering.mime.parts import MAX_HEADER, Part
from pratique.filtering.mime.sections import choose_fields, find_place
from pratique.filtering.mime.structure import LISTED

from .fetch_items import Item
from .storage import Facts

_FEW = 60
"""Names up to which fields are found by one pattern."""
_PLAIN = re.compile(rb"[!-9;-~]+\Z")
_EMPTY = re.compile(rb"\n(\r*\n)(?![ \t])")


def serve(item: Item, facts: Facts | None, root: Part | None, raw: bytes | None) -> bytes | None:
    """The octets of a section; None where the message has no such part."""
    section = item.section or WHOLE
    if raw is None:
        return held(facts, item) if facts is not None else None
    if section == WHOLE:
        first, size = item.partial or (0, len(raw))
        place: Place | None = Place(min(first, len(raw)), min(first + size, len(raw)), section, item.partial)
    else:
        place = find_place(root, section, item.partial) if root is not None else None
    return None if place is None else place.served(raw[place.start : place.end])


def held(facts: Facts, item: Item) -> bytes | None:
    """A section of the header, from what the backend told of the message; None where that is not enough."""
    section: Section = item.section or WHOLE
    if section.path or section.kind != b"HEADER":
        return None
    structure, octets = facts.structure, facts.header
    if structure is not None and structure.header is not None:
        wanted = section.names
        if structure.header_is_whole or (wanted is not None and not section.without and wanted <= LISTED):
            octets = structure.header
    if octets is None:
        return None
    if section.names is None:
        if item.partial is not None:
            octets = octets[item.partial[0] : item.partial[0] + item.partial[1]]
    elif not section.without:
        octets = named_fields(octets, section.names)
        if item.partial is None and octets.endswith(b"\n\r\n") and b"\0" not in octets:
            return octets  # as it is served: nothing to add, nothing to cut
    return Place(0, len(octets), section, item.partial).served(octets)


def named_fields(block: bytes, names: frozenset[bytes]) -> bytes:
    """The same as choose_fields(block, names, without=False), for nearly all blocks in one pass of a pattern."""
    pattern = _pattern(names) if len(names) <= _FEW else None
    if pattern is None or not block.endswith(b"\n") or len(block) > MAX_HEADER:
        return choose_fields(block, names, without=False)
    text = b"\n" + block
    fields = b"".join(pattern.findall(text))
    empty = _EMPTY.search(text)
    return (fields[1:] + b"\n" if fields else b"") + (empty[1] if empty else b"")


@lru_cache(64)
def _pattern(names: frozenset[bytes]) -> re.Pattern[bytes] | None:
    r"""Fields of these names, each with the \n before it and without the one behind it; None where a name is none (RFC 5322, 2.2)."""
    if not names or not all(map(_PLAIN.match, names)):
        return None
    either = b"|".join(map(re.escape, sorted(names)))
    return re.compile(rb"\n(?:%s)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?=\n)" % either, re.IGNORECASE)
