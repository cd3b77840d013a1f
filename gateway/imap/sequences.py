"""Sequence sets (RFC 3501, 9: sequence-set): which messages a command is about, as ranges of positions."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from .syntax import MOST_NUMBER, Bad

STAR = MOST_NUMBER + 1
"""Stands for "*": the largest number in use."""

SequenceSet = tuple[tuple[int, int], ...]
"""Ranges as the client gave them, each with its smaller number first ("*" is the largest)."""


def parse_sequence(text: bytes) -> SequenceSet:
    """The ranges of a set. Raises Bad."""
    ranges = []
    for part in text.split(b","):
        first, colon, last = part.partition(b":")
        low = _number(first)
        high = _number(last) if colon else low
        ranges.append((low, high) if low <= high else (high, low))
    return tuple(ranges)


def _number(text: bytes) -> int:
    if text == b"*":
        return STAR
    if not text.isdigit() or len(text) > len(str(MOST_NUMBER)) or text.startswith(b"0"):
        raise Bad("Invalid message set")
    value = int(text)
    if value > MOST_NUMBER:
        raise Bad("Invalid message set")
    return value


def positions_of_numbers(ranges: SequenceSet, exists: int) -> list[range]:
    """Positions (from 0, ascending, disjoint) of message sequence numbers. Raises Bad for a number that no message has."""
    found = []
    for low, high in ranges:
        last = exists if high == STAR else high
        first = exists if low == STAR else low
        if not exists or max(first, last) > exists:
            raise Bad("No such message number")
        found.append((min(first, last) - 1, max(first, last)))
    return merge(found)


def positions_of_uids(ranges: SequenceSet, uids: array[int], exists: int) -> list[range]:
    """Positions of UIDs among the first `exists` of `uids`. UIDs that no message has are passed over (RFC 3501, 6.4.8)."""
    if not exists:
        return []
    found, largest = [], uids[exists - 1]
    for low, high in ranges:
        first = largest if low == STAR else low
        last = largest if high == STAR else high
        if first > last:  # n:* with n above all: the largest (RFC 3501, 6.4.8)
            first, last = last, first
        start, stop = bisect_left(uids, first, 0, exists), bisect_right(uids, last, 0, exists)
        if start < stop:
            found.append((start, stop))
    return merge(found)


def merge(found: list[tuple[int, int]]) -> list[range]:
    """Half-open pairs as ascending, disjoint ranges."""
    found.sort()
    merged: list[range] = []
    for start, stop in found:
        if merged and start <= merged[-1].stop:
            if stop > merged[-1].stop:
                merged[-1] = range(merged[-1].start, stop)
        else:
            merged.append(range(start, stop))
    return merged


def in_set(ranges: SequenceSet, largest: int) -> list[tuple[int, int]]:
    """The ranges with "*" as `largest`, each with its smaller number first."""
    resolved = []
    for low, high in ranges:
        first, last = (largest if low == STAR else low), (largest if high == STAR else high)
        resolved.append((min(first, last), max(first, last)))
    return resolved


def write_sequence(numbers: Iterable[int]) -> str:
    """The shortest set of ascending numbers: 1:3,5. Empty for none."""
    parts: list[str] = []
    start = previous = -1
    for number in numbers:
        if number == previous + 1 and start >= 0:
            previous = number
            continue
        if start >= 0:
            parts.append(f"{start}:{previous}" if previous > start else str(start))
        start = previous = number
    if start >= 0:
        parts.append(f"{start}:{previous}" if previous > start else str(start))
    return ",".join(parts)


def write_pairs(left: Sequence[int], right: Sequence[int]) -> tuple[str, str]:
    """COPYUID's two sets: in the same order on both sides, so a range only where both go up by one (RFC 4315, 3)."""
    first: list[str] = []
    second: list[str] = []
    start = 0
    for place in range(1, len(left) + 1):
        if place < len(left) and left[place] == left[place - 1] + 1 and right[place] == right[place - 1] + 1:
            continue
        for parts, numbers in ((first, left), (second, right)):
            low, high = numbers[start], numbers[place - 1]
            parts.append(f"{low}:{high}" if high > low else str(low))
        start = place
    return ",".join(first), ",".join(second)
