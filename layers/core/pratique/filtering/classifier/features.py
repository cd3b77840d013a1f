"""From a sample to what the learners see: hashed groups of four octets and marks, each counted once."""

from __future__ import annotations

import hashlib
import string
import sys
import zlib
from dataclasses import dataclass
from functools import lru_cache

from .sample import open_sample

VIEWS = ("heading", "portable", "text", "marks", "subject")
"""heading: the header fields. portable: subject, sender, URLs and text, letters' case and digits folded; nothing that a site's own
servers write. text: subject and the beginning of the text, as written. marks: words about the message's make (see `marks`). subject:
subject and sender alone, folded. Views that see different things combine best: see "What was tried" in docs/filter.md."""
BUCKETS = 65_536
"""Weights of a view: as many as two octets can say."""
TEXT_OF_PORTABLE = 3_000
TEXT_OF_TEXT = 2_000
"""Octets of the text that these views read."""
NEAR = (0, 1, 2, 3)
"""Places of a 4-gram's octets, from its first."""
APART = (0, 1, 12, 13)
"""Of those that the heading is read by: two pairs of octets that lie apart. Header fields are long words with fixed neighbours; a pair of
pairs ties two of them together where a 4-gram sees a part of one."""
FOLDED = frozenset({"portable", "subject"})
"""Views that take capital letters for small ones, and each digit for 0."""
PLACES = dict.fromkeys(VIEWS, NEAR) | {"heading": APART}
"""View -> how its octets are grouped (`marks` has none)."""

Tables = tuple[bytes, ...]
"""Eight permutations of the octets: for each of a group's four places one for the low and one for the high octet of the bucket."""


@dataclass(frozen=True, slots=True)
class Features:
    """The buckets of each view, in the order of VIEWS. Opaque: only a Model reads it."""

    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the views read of a sample, as octets."""

    heading: bytes
    portable: bytes
    text: bytes
    marks: bytes
    subject: bytes


def features(sample: bytes) -> Features:
    """The features of a sample. Raises InvalidInput for octets that are no sample of ours."""
    return features_of(open_sample(sample))


def features_of(fields: tuple[bytes, ...]) -> Features:
    """The features of a sample's fields."""
    read = _read(fields)
    return Features(
        (
            tuple(set(buckets(read.heading, plain(), APART))),
            tuple(set(buckets(read.portable, folded()))),
            tuple(set(buckets(read.text, plain()))),
            tuple({mark_bucket(mark) for mark in read.marks.split(b"\n")}) if read.marks else (),
            tuple(set(buckets(read.subject, folded()))),
        )
    )


def reading(sample: bytes) -> Reading:
    """What each view reads. Raises InvalidInput."""
    return _read(open_sample(sample))


def _read(fields: tuple[bytes, ...]) -> Reading:
    heading, subject, urls, text, marks = fields
    portable = b"\n".join((subject, urls, text[:TEXT_OF_PORTABLE]))
    return Reading(heading, portable, b"\n".join((subject, text[:TEXT_OF_TEXT])), marks, subject)


def mark_bucket(mark: bytes) -> int:
    """The bucket of a mark."""
    return zlib.crc32(mark) & 0xFFFF


def buckets(octets: bytes, tables: Tables, places: tuple[int, ...] = NEAR) -> memoryview[int]:
    """The bucket of each group of octets at `places`, in order: tabulation hashing (Zobrist 1970; Patrascu and Thorup, JACM 2012), for all at once.

    Each place's octets go through a table of their own, and the four are combined by exclusive or: as whole strings, which `translate`
    and long integers do ten times faster than a loop over numbers could.
    """
    count = len(octets) - places[-1]
    if count <= 0:
        return memoryview(b"").cast("H")
    mixed = bytearray(2 * count)
    for half in (0, 1):
        value = 0
        for number, place in enumerate(places):
            part = octets[place : place + count].translate(tables[2 * number + half])
            value ^= int.from_bytes(part, "little")
        mixed[half if sys.byteorder == "little" else 1 - half :: 2] = value.to_bytes(count, "little")
    return memoryview(mixed).cast("H")


@lru_cache(maxsize=1)
def plain() -> Tables:
    """Tables for octets as they are: the same on every machine and in every version of Python."""
    keys = hashlib.shake_256(b"pratique 4-grams").digest(8 * 256 * 4)
    tables = []
    for start in range(0, len(keys), 256 * 4):
        key = [keys[start + 4 * octet : start + 4 * octet + 4] for octet in range(256)]
        tables.append(bytes(sorted(range(256), key=lambda octet: (key[octet], octet))))
    return tuple(tables)


@lru_cache(maxsize=1)
def folded() -> Tables:
    """Tables that take capital letters (ASCII) for small ones, and each digit for 0."""
    fold = bytes.maketrans(
        (string.ascii_uppercase + string.digits).encode(), (string.ascii_lowercase + "0" * 10).encode()
    )
    return tuple(fold.translate(table) for table in plain())
