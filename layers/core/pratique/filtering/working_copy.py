"""The octets that are analysed: the message itself, or, where it is huge or built to hurt, a cut copy of the same structure.

Parsing costs time with every part and every level (each line is compared with the boundaries of all open levels), and a multiple of the
body in memory. All of it is bounded here, on the bytes, before any parser sees them. What is stored and delivered is never touched.
"""

from __future__ import annotations

import re

from .parsed import MAX_DEPTH, MAX_FIELD, MAX_PARTS

WHOLE = 512 * 1024
"""Octets up to which a body is analysed whole."""
LONG_PART = 192 * 1024
"""Octets kept of a long part's beginning while the budget lasts."""
SHORT_PART = 4 * 1024
"""... and after that."""
BUDGET = 1024 * 1024
MAX_PARAMETERS = 60
"""Semicolons in a Content-Type field."""
MAX_BLANKS = 1_000
"""Empty lines in a message with a delivery status: each may begin a block that becomes an object."""

CUT_MARK = re.compile(r"[\r\n]\x01cut (\d{1,12}) (\d{1,12})\n?\Z")
"""Ends a part that was cut: octets left out, and base64 characters among them. Means nothing in a copy that is not marked `cut`."""

_BLOCK = 16 * 1024
_TYPE, _MASKED_TYPE = b"content-type", b"x-ntent-type"
_ANY_TYPE = re.compile(rb"(?i)content-type")
_FOLDED = re.compile(rb"[^\r\n]*(?:(?:\r\n|\n|\r)[ \t][^\r\n]*)*")
_BOUNDARY = re.compile(rb"(?i)boundary\*?\d*\*?[ \t]*=[ \t]*\"?([^\";\r\n]{1,200})")
_LINE_END = re.compile(rb"[\r\n]|\Z")
_BLOCK_END = re.compile(rb"\r?\n\r?\n|\r\r")


def working_copy(raw: bytes, start: int = 0) -> tuple[bytes, tuple[str, ...]]:
    """(what to parse, defects) for the body that begins at `start`; the defects are among `too-many-parts` and `cut`."""
    defects: list[str] = []
    end = len(raw)
    if raw.count(b"\n--", start) + raw.count(b"\r--", start) >= MAX_PARTS:
        end = _dashes(raw, start, MAX_PARTS + 1)[-1] + 1
        defects.append("too-many-parts")
    if end - start <= WHOLE:
        return raw[start:end], tuple(defects)
    defects.append("cut")
    return _abridge(raw, start, end), tuple(defects)


def _dashes(raw: bytes, start: int, most: int) -> list[int]:
    """Positions of the line ends that are followed by `--`: every delimiter is among them."""
    found: list[int] = []
    for mark in (b"\n--", b"\r--"):
        at, count = raw.find(mark, start), 0
        while at >= 0 and count < most:
            found.append(at)
            count += 1
            at = raw.find(mark, at + 1)
    found.sort()
    return found[:most]


def _abridge(raw: bytes, first: int, last: int) -> bytes:
    """Keep the beginning of what lies between two lines that could be delimiters, and every such line."""
    view = memoryview(raw)
    kept: list[bytes | memoryview] = []
    budget = BUDGET
    starts = [first, *(at for at in _dashes(raw, first, MAX_PARTS) if at < last)]
    for start, end in zip(starts, [*starts[1:], last], strict=True):
        room = max(min(LONG_PART, budget), SHORT_PART)
        if end - start <= room + 64:
            kept.append(view[start:end])
            budget -= end - start
            continue
        stop = raw.rfind(b"\n", start + room // 2, start + room)
        stop = stop if stop > 0 else start + room
        kept += (view[start:stop], _mark(raw, stop, end))
        budget -= stop - start
    return b"".join(kept)


def _mark(raw: bytes, stop: int, end: int) -> bytes:
    line_ends = raw.count(b"\n", stop, end) + raw.count(b"\r", stop, end)
    padding = raw.count(b"=", max(stop, end - 8), end)
    return b"\n\x01cut %d %d%s" % (
        end - stop,
        end - stop - line_ends - padding,
        b"\n" if end == len(raw) else b"",
    )


def shallow(document: bytes) -> tuple[bytes, bool]:
    """(the same octets, or a copy of the same length in which what costs too much is a leaf; whether that was needed).

    Costly are containers below MAX_DEPTH, type fields beyond MAX_FIELD or MAX_PARAMETERS (the standard library reads parameters in
    quadratic time), and a delivery status of very many blocks.
    """
    low = document.lower()
    work = document
    if b"message/delivery-status" in low and low.count(b"\n\n") + low.count(b"\n\r\n") > MAX_BLANKS:
        work = re.sub(rb"(?i)message/delivery-status", b"text/xx-delivery-status", work)
    work = _mask_long_types(work, low)
    if low.count(b"boundary") + low.count(b"message/") > MAX_DEPTH // 2:
        # Parts of a digest are messages by default, without saying so (RFC 2046, 5.1.5): as a plain multipart they must say so.
        levels = _Levels(bytearray(re.sub(rb"(?i)multipart/digest", b"multipart/folder", work)))
        levels.visit(0)
        for at in _dashes(document, 0, MAX_PARTS):
            levels.delimiter(at + 1)
        work = bytes(levels.work) if levels.cut else work
    return work, work is not document


def _mask_long_types(document: bytes, low: bytes) -> bytes:
    work: bytearray | None = None
    at = low.find(_TYPE)
    while at >= 0:
        found = _FOLDED.match(low, at, at + MAX_FIELD)
        end = found.end() if found else at
        if end - at >= MAX_FIELD or low.count(b";", at, end) > MAX_PARAMETERS:
            work = work or bytearray(document)
            work[at : at + len(_TYPE)] = _MASKED_TYPE
        at = low.find(_TYPE, at + 1)
    return document if work is None else bytes(work)


class _Levels:
    """Counts open containers along the document; more than are really open at worst, never fewer.

    Every line that begins with `--` is taken to begin a part, since a boundary can be declared in ways that only a full parser reads.
    """

    def __init__(self, work: bytearray) -> None:
        self.work = work
        self.low = bytes(work).lower()
        self.open: list[bytes] = []  # a boundary, or b"" for a message or a boundary that was not understood
        self.cut = False

    def delimiter(self, at: int) -> None:
        end = _LINE_END.search(self.work, at, at + 300)
        line = bytes(self.work[at : end.start() if end else at + 300]).rstrip()
        for i in range(len(self.open) - 1, -1, -1):
            mark = b"--" + self.open[i]
            if self.open[i] and line in (mark, mark + b"--"):
                closing = line != mark
                del self.open[i + (not closing) :]
                if closing:
                    return
                break
        self.visit(end.end() if end else at + 300)

    def visit(self, at: int) -> None:
        """Look at the header block at `at`, and at those of the messages that begin right behind it."""
        while at < len(self.low):
            found = _BLOCK_END.search(self.low, at, at + _BLOCK)
            head = self.low[at : found.start() if found else at + _BLOCK]
            message, multipart = b"message/" in head, b"multipart/" in head and b"boundary" in head
            if not message and not multipart:
                return
            if len(self.open) >= MAX_DEPTH:
                self.cut = True
                self.work[at : at + len(head)] = _ANY_TYPE.sub(_MASKED_TYPE, self.work[at : at + len(head)])
                return
            if multipart:
                boundary = _BOUNDARY.search(self.work, at, at + len(head))
                self.open.append(bytes(boundary[1]).rstrip() if boundary else b"")
            if not message or found is None:
                return
            self.open.append(b"")
            at = found.end()
