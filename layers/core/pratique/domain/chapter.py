"""A chapter: what a search needs of many copies in one run of octets, which is looked through as a whole. It only says which copies may fit:
whoever searches reads these and looks again, so a chapter may be older than the rows it was made from.

Octets: the magic number, three lengths, then packed: a head (JSON), the places and the texts of the copies (a line each, newest first), and
columns of numbers, little-endian.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import accumulate
from typing import TypeVar

from .errors import PermanentFailure
from .lifecycle import LIVE, State
from .log_status import states_of
from .message import Copy
from .search import ANYWHERE, FIELDS, ID_CHARACTERS, Search, Term, field_texts, fold
from .verdict import Verdict

_MAGIC = b"PC1\n"
_HEAD = struct.Struct("<4sIIII")
_PLAIN = {0: " ", 10: " "}
"""What parts fields and lines is a blank in them, and in the words that are looked for."""
_ULID = 26
_LEAST = 1e-6
"""Scores are kept as 32-bit numbers: bounds are that much wider here."""
MAX_OCTETS = 64 << 20
"""A chapter unfolds to no more."""
_Numbers = TypeVar("_Numbers", "array[int]", "array[float]")


def pack_chapter(copies: Sequence[Copy]) -> bytes:
    """A chapter of these copies: newest first, by place, each once."""
    states, verdicts = list(State), list(Verdict)
    places = [copy.id.place.encode() for copy in copies]
    texts = [_line(copy) for copy in copies]
    columns = (
        _little(array("I", map(len, places))).tobytes(),
        _little(array("I", map(len, texts))).tobytes(),
        bytes(states.index(copy.state) for copy in copies),
        bytes(verdicts.index(copy.verdict) for copy in copies),
        _little(array("f", [copy.score for copy in copies])).tobytes(),
        _little(array("I", [copy.size for copy in copies])).tobytes(),
    )
    head = json.dumps({"rows": len(copies), "states": states, "verdicts": verdicts}).encode()
    parts = [head, _lines(places), _lines(texts), b"".join(columns)]
    return _HEAD.pack(_MAGIC, *map(len, parts)) + zlib.compress(b"".join(parts), 6)


class Pages:
    """A chapter that was opened. `rows` copies, newest first, are named by their number from 0."""

    def __init__(self, data: bytes) -> None:
        """Raises PermanentFailure for octets that pack_chapter did not make."""
        try:
            magic, *lengths = _HEAD.unpack_from(data)
            opened = zlib.decompressobj()
            whole = opened.decompress(data[_HEAD.size :], MAX_OCTETS)
            if magic != _MAGIC or not opened.eof or sum(lengths) != len(whole):
                raise PermanentFailure("no chapter of this version")
            ends = list(accumulate(lengths))
            head = json.loads(whole[: ends[0]])
            self.rows: int = head["rows"]
            self._places, self._texts = whole[ends[0] : ends[1]], whole[ends[1] : ends[2]]
            columns = _Columns(whole[ends[2] :], self.rows)
            self._place_starts, self._text_starts = _starts(columns.whole("I")), _starts(columns.whole("I"))
            self._states, self._verdicts = columns.whole("B"), columns.whole("B")
            self._scores, self._sizes = columns.floats(), columns.whole("I")
            self._state_names: list[str] = head["states"]
            self._verdict_names: list[str] = head["verdicts"]
        except (struct.error, zlib.error, ValueError, KeyError, TypeError) as error:
            raise PermanentFailure("a chapter cannot be read") from error
        live = frozenset(n for n, name in enumerate(self._state_names) if name in LIVE)
        self._live = [row for row, state in enumerate(self._states) if state in live]

    def place(self, row: int) -> str:
        """Where the copy of a row is in every list."""
        return self._places[self._place_starts[row] : self._place_starts[row + 1] - 1].decode()

    def below(self, place: str) -> int:
        """The first row below a place; `rows` where there is none."""
        low, high = 0, self.rows
        while low < high:
            middle = (low + high) // 2
            if self.place(middle) < place:
                high = middle
            else:
                low = middle + 1
        return low

    def candidates(self, search: Search, start: int) -> Iterator[int]:
        """Rows from `start` on that may fit, the newest first: every one that fits is among them, as long as its copy is as it was. What was on
        its way then has changed since, and is always among them.
        """
        terms = [_Needle(term) for term in search.terms if term.text and not term.without]
        terms.sort(key=lambda term: -len(term.octets))
        rows = self._with(terms, start) if terms else iter(range(start, self.rows))
        fits = self._bounds(search)
        live = self._live[bisect_right(self._live, start - 1) :]
        yield from _each_once((row for row in rows if fits(row)), live)

    def _with(self, terms: Sequence[_Needle], start: int) -> Iterator[int]:
        """Rows with all of these; the first leads."""
        for row in self._led_by(terms[0], start):
            if all(self._has(row, term) for term in terms[1:]):
                yield row

    def _led_by(self, term: _Needle, start: int) -> Iterator[int]:
        named = self._named(term, start)
        if term.field == "id":
            yield from named
            return
        yield from _each_once(self._worded(term, start), named)

    def _worded(self, term: _Needle, start: int) -> Iterator[int]:
        """Rows with the word in a field where it counts."""
        texts, starts = self._texts, self._text_starts
        at = texts.find(term.octets, starts[start])
        while at >= 0:
            row = bisect_right(starts, at) - 1
            if texts.count(b"\0", starts[row], at) in term.columns:
                yield row
                at = starts[row + 1] - 1
            at = texts.find(term.octets, at + 1)

    def _named(self, term: _Needle, start: int) -> Iterator[int]:
        """Rows whose id begins so."""
        if not term.ulid:
            return
        row = max(start, self.below(term.ulid + "\U0010ffff"))
        while row < self.rows and self.place(row).startswith(term.ulid):
            yield row
            row += 1

    def _has(self, row: int, term: _Needle) -> bool:
        if term.ulid and self.place(row).startswith(term.ulid):
            return True
        fields = self._texts[self._text_starts[row] : self._text_starts[row + 1] - 1].split(b"\0")
        return any(term.octets in fields[column] for column in term.columns)

    def _bounds(self, search: Search) -> _Bounds:
        wanted = set(search.states) or set(State)
        if search.statuses:
            wanted &= {state for status in search.statuses for state in states_of(status)}
        verdicts = search.verdicts or set(Verdict)
        return _Bounds(
            (self._states, self._verdicts, self._scores, self._sizes),
            frozenset(n for n, name in enumerate(self._state_names) if name in wanted),
            frozenset(n for n, name in enumerate(self._verdict_names) if name in verdicts),
            search,
        )


class _Needle:
    """A word as it is looked for in a chapter."""

    def __init__(self, term: Term) -> None:
        self.octets = _octets(term.text)
        self.field = term.field
        self.columns = frozenset(
            n for n, name in enumerate(FIELDS) if name == term.field or (not term.field and name in ANYWHERE)
        )
        may_be_id = term.field == "id" or (not term.field and len(term.text) >= ID_CHARACTERS)
        head = term.text[:_ULID].upper()
        self.ulid = head if may_be_id and head.isascii() and head.isalnum() else ""


class _Bounds:
    """Whether a row's numbers fit."""

    def __init__(
        self,
        columns: tuple[Sequence[int], Sequence[int], Sequence[float], Sequence[int]],
        states: frozenset[int],
        verdicts: frozenset[int],
        search: Search,
    ) -> None:
        self._columns = columns
        self._states, self._verdicts, self._search = states, verdicts, search

    def __call__(self, row: int) -> bool:
        states, verdicts, scores, sizes = self._columns
        search = self._search
        return (
            states[row] in self._states
            and verdicts[row] in self._verdicts
            and search.score_from - _LEAST <= scores[row] <= search.score_to + _LEAST
            and search.larger <= sizes[row]
            and (not search.smaller or sizes[row] < search.smaller)
        )


def _each_once(one: Iterable[int], other: Iterable[int]) -> Iterator[int]:
    """The rows of two ordered series, in order."""
    last = -1
    for row in merge(one, other):
        if row != last:
            yield row
        last = row


def _line(copy: Copy) -> bytes:
    texts = field_texts(copy)
    return b"\0".join(_octets(fold(texts[name])) for name in FIELDS)


def _octets(text: str) -> bytes:
    return text.translate(_PLAIN).encode("utf-8", "surrogatepass")


def _lines(parts: Sequence[bytes]) -> bytes:
    return b"".join(part + b"\n" for part in parts)


def _starts(lengths: Sequence[int]) -> array[int]:
    """Where each line begins, and where the last one ends."""
    return array("Q", accumulate((length + 1 for length in lengths), initial=0))


class _Columns:
    """Columns of `rows` numbers each, one after the other."""

    def __init__(self, data: bytes, rows: int) -> None:
        self._data, self._rows, self._at = data, rows, 0

    def whole(self, code: str) -> array[int]:
        """The next column, of whole numbers."""
        column: array[int] = array(code)
        column.frombytes(self._next(column.itemsize))
        return _little(column)

    def floats(self) -> array[float]:
        """The next column, of 32-bit floating-point numbers."""
        column = array("f")
        column.frombytes(self._next(column.itemsize))
        return _little(column)

    def _next(self, size: int) -> bytes:
        part = self._data[self._at : self._at + self._rows * size]
        self._at += len(part)
        if len(part) != self._rows * size:
            raise PermanentFailure("a chapter is cut")
        return part


def _little(column: _Numbers) -> _Numbers:
    """The same on machines of either order of octets."""
    if sys.byteorder == "big":
        column.byteswap()
    return column
