"""Untagged FETCH lines of what the index knows, many at a time: the bulk of what a client asks when it opens a mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .dates import write_date_time
from .index import SYSTEM_FLAGS, Arrays, Index
from .view import View

__all__ = ["CHUNK", "SYSTEM_FLAGS", "value", "write_lines"]
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
    """The lines of these messages. `labels` are of fetch_items.LIGHT; sizes and dates are known."""
    if not view.shared:
        return "".join([_line(view, labels, *source) for source in view.sources(positions)])
    numbers = range(positions.start + 1, positions.stop + 1)
    arrays = view.index.arrays()
    rows = zip(numbers, *(_column(view, label, arrays, positions) for label in labels), strict=True)
    writer = _WRITERS.get(tuple(labels))
    if writer is not None:
        return "".join(writer(rows))
    template = "* %d FETCH (" + " ".join(_TEMPLATES[label] for label in labels) + ")\r\n"
    return "".join(map(template.__mod__, rows))


def value(view: View, label: str, arrays: Arrays, at: int) -> str:
    """One item of one message, as it stands in a line."""
    match label:
        case "UID":
            text = f"UID {arrays.uids[at]}"
        case "RFC822.SIZE":
            text = f"RFC822.SIZE {arrays.sizes[at]}"
        case "MODSEQ":
            text = f"MODSEQ ({arrays.modseqs[at]})"
        case "INTERNALDATE":
            text = f"INTERNALDATE {write_date_time(arrays.seconds[at], arrays.zones[at])}"
        case _:
            flags = view.index.rendered(arrays.flags[at])
            text = f"FLAGS ({_with_recent(flags) if view.is_recent(arrays.uids[at]) else flags})"
    return text


def _line(view: View, labels: Sequence[str], number: int, arrays: Arrays, at: int) -> str:
    return f"* {number} FETCH ({' '.join([value(view, label, arrays, at) for label in labels])})\r\n"


def _column(view: View, label: str, arrays: Arrays, places: range) -> Iterable[Any]:
    start, stop = places.start, places.stop
    match label:
        case "UID":
            found: Iterable[Any] = arrays.uids[start:stop]
        case "FLAGS":
            found = _flags(view, arrays, places)
        case "RFC822.SIZE":
            found = arrays.sizes[start:stop]
        case "MODSEQ":
            found = arrays.modseqs[start:stop]
        case _:
            found = map(write_date_time, arrays.seconds[start:stop], arrays.zones[start:stop])
    return found


def _flags(view: View, arrays: Arrays, places: range) -> list[str]:
    texts = _Flags(view.index)
    flags = [texts[mask] for mask in arrays.flags[places.start : places.stop]]
    for span in view.recent_positions():
        for at in range(max(span.start, places.start), min(span.stop, places.stop)):
            flags[at - places.start] = _with_recent(flags[at - places.start])
    return flags


def _with_recent(flags: str) -> str:
    return f"\\Recent {flags}" if flags else "\\Recent"
