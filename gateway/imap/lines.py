"""Untagged FETCH lines of what the index knows, many at a time: the bulk of what a client asks when it opens a mailbox."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .dates import write_date_time
from .index import SYSTEM_FLAGS, Index
from .view import View

__all__ = ["CHUNK", "SYSTEM_FLAGS", "values", "write_lines"]
CHUNK = 4_000
"""Messages rendered between two looks at the connection; some 200 kB of text."""


class _Flags(dict[int, str]):
    """Rendered flags by mask, asked of the index once."""

    def __init__(self, index: Index) -> None:
        super().__init__()
        self._index = index

    def __missing__(self, mask: int) -> str:
        text = self[mask] = self._index.rendered(mask)
        return text


_Rows = Iterable[tuple[Any, ...]]
_WRITERS: dict[tuple[str, ...], Callable[[_Rows], list[str]]] = {
    ("FLAGS",): lambda rows: [f"* {n} FETCH (FLAGS ({flags}))\r\n" for n, flags in rows],
    ("UID",): lambda rows: [f"* {n} FETCH (UID {uid})\r\n" for n, uid in rows],
    ("FLAGS", "UID"): lambda rows: [f"* {n} FETCH (FLAGS ({flags}) UID {uid})\r\n" for n, flags, uid in rows],
    ("UID", "FLAGS"): lambda rows: [f"* {n} FETCH (UID {uid} FLAGS ({flags}))\r\n" for n, uid, flags in rows],
}
"""An f-string is half as much work as the template that other choices get."""

_TEMPLATES = {
    "FLAGS": "FLAGS (%s)",
    "UID": "UID %d",
    "INTERNALDATE": "INTERNALDATE %s",
    "RFC822.SIZE": "RFC822.SIZE %d",
    "MODSEQ": "MODSEQ (%d)",
}


def write_lines(view: View, labels: Sequence[str], positions: range) -> str:
    """The lines of messages that are still there. `labels` are of fetch_items.LIGHT; sizes and dates are known."""
    numbers, places = _numbers(view, positions)
    columns = [_column(view, label, numbers, places) for label in labels]
    rows = zip(numbers, *columns, strict=True)
    writer = _WRITERS.get(tuple(labels))
    if writer is not None:
        return "".join(writer(rows))
    template = "* %d FETCH (" + " ".join(_TEMPLATES[label] for label in labels) + ")\r\n"
    return "".join(map(template.__mod__, rows))


def values(view: View, label: str, number: int, place: int) -> str:
    """One item of one message, as it stands in a line."""
    (value,) = _column(view, label, range(number, number + 1), range(place, place + 1))
    return str(_TEMPLATES[label] % value)


def _numbers(view: View, positions: range) -> tuple[Sequence[int], Sequence[int]]:
    """Sequence numbers, and positions in the index."""
    if view.shared:
        return range(positions.start + 1, positions.stop + 1), positions
    pairs = list(view.places(positions))
    return [number for number, _ in pairs], [place for _, place in pairs]


def _slice(column: array[int], places: Sequence[int]) -> Sequence[int]:
    if isinstance(places, range):
        return column[places.start : places.stop]
    return [column[place] for place in places]


def _column(view: View, label: str, numbers: Sequence[int], places: Sequence[int]) -> Iterable[Any]:
    index = view.index
    if label == "UID":
        return _slice(index.uids, places)
    if label == "FLAGS":
        return _flags(view, numbers, places)
    if label == "RFC822.SIZE":
        return _slice(index.sizes, places)
    if label == "MODSEQ":
        return _slice(index.modseqs, places)
    return map(write_date_time, _slice(index.seconds, places), _slice(index.zones, places))


def _flags(view: View, numbers: Sequence[int], places: Sequence[int]) -> Iterable[str]:
    texts = _Flags(view.index)
    flags = [texts[mask] for mask in _slice(view.index.flags, places)]
    if not numbers:
        return flags
    for span in view.recent_positions():
        if span.stop < numbers[0] or span.start >= numbers[-1]:
            continue
        for at, number in enumerate(numbers):
            if number - 1 in span:
                flags[at] = f"\\Recent {flags[at]}".rstrip()
    return flags
