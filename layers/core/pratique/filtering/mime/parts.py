"""The tree of a message's parts, as octet ranges of the raw message (RFC 2045, RFC 2046).

Where the RFC is silent (hostile and broken mail) the reading is Dovecot's, which most clients are tried with: a boundary line is one
that *begins* with the boundary, the longest boundary that fits wins, an outer one ends all that is inside, and a header block ends at a
boundary line even without an empty line. Linear in the message's size times the depth; bounded in depth and parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum

from .fields import Params, read_type, split_fields, value_of

MAX_DEPTH = 100
"""Parts within parts; what is deeper is shown as application/octet-stream."""
MAX_PARTS = 10_000
"""Parts of one message; behind the last one no boundary is looked for."""
MAX_HEADER = 1 << 20
"""Octets of one header block that are read for fields. The block itself is as long as it is."""
MAX_BOUNDARY = 80
"""Octets of a boundary that are looked at (RFC 2046, 5.1.1 allows 70)."""

_BLANK = re.compile(rb"\n\r?\n")
_LINE = MAX_BOUNDARY + 4


class Kind(IntEnum):
    """How a part is read."""

    OTHER = 0
    TEXT = 1
    MULTIPART = 2
    MESSAGE = 3


@dataclass(slots=True, eq=False)
class Part:
    """Octets start..body are its header block with the empty line, body..end its body; `lines` is the number of LFs in the body.

    `fields` are those of the header block (a message's only, and those for MIME), `major` is b'' where no valid Content-Type was found.
    """

    start: int
    body: int = 0
    end: int = 0
    lines: int = 0
    kind: Kind = Kind.TEXT
    is_mime: bool = False
    in_digest: bool = False
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    major: bytes = b""
    minor: bytes = b""
    params: Params = ()
    children: list[Part] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Open:
    """A multipart whose boundary is looked for. No boundary line of it begins before `at`; one does at `at` if `hit`."""

    part: Part
    depth: int
    boundary: bytes
    needle: bytes
    at: int
    hit: bool = False


def read_parts(raw: bytes) -> Part:
    """The message's tree; its root is the message itself. Never raises."""
    scan = _Scan(raw)
    scan.run()
    _count_lines(raw, scan.root)
    return scan.root


class _Scan:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.root = Part(0)
        self.path = [self.root]  # from the root to the part we are in
        self.open: list[_Open] = []
        self.parts = 1

    def run(self) -> None:
        place = self._header(0)
        while (dash := self._next(place)) >= 0:
            place = self._boundary(dash)
        for part in self.path:
            part.end = len(self.raw)

    def _next(self, place: int) -> int:
        """Where the next boundary line begins, at `place` or behind it; -1 where none does."""
        if not self.open or self.parts >= MAX_PARTS:
            return -1
        best = len(self.raw)
        for one in self.open:  # outer ones first: an inner one is looked for only up to there
            start = max(one.at, place - 1)
            if start >= best or (one.hit and start == one.at):
                pass
            else:
                found = self.raw.find(one.needle, start, best + len(one.needle))
                one.at, one.hit = (found, True) if found >= 0 else (best, False)
            if one.hit and place - 1 <= one.at < best:
                best = one.at
        return best + 1 if best < len(self.raw) else -1

    def _boundary(self, dash: int) -> int:
        """Take the boundary line at `dash`; what follows is at the place that is returned."""
        raw = self.raw
        line_end = raw.find(b"\n", dash)
        which = self._which(dash, line_end)
        if which < 0:
            return dash + 1
        one = self.open[which]
        closes = raw.startswith(b"--", dash + 2 + len(one.boundary))
        del self.open[which + (not closes) :]
        newline = self._line_start(dash, 0)
        for part in reversed(self.path[one.depth + 1 :]):
            # Behind an inner boundary line at once comes an outer one: the line end between them ends the inner line.
            inside = part.children[-1].end if part.children else part.body
            part.end = max(part.body, newline, inside)
        del self.path[one.depth + 1 :]
        if line_end < 0:
            return len(raw)
        return line_end + 1 if closes else self._add(one.part, line_end + 1)

    def _which(self, dash: int, line_end: int) -> int:
        """The open boundary that a line means: the innermost that it is exactly, else the longest that it begins with."""
        stop = line_end if line_end >= 0 else len(self.raw)
        if line_end > 0 and self.raw.startswith(b"\r", line_end - 1):
            stop -= 1
        text = self.raw[dash + 2 : min(stop, dash + 2 + _LINE)]
        best = -1
        for i in range(len(self.open) - 1, -1, -1):
            boundary = self.open[i].boundary
            if text.startswith(boundary) and (best < 0 or len(boundary) > len(self.open[best].boundary)):
                best = i
                if text == boundary or (boundary and text == boundary + b"--"):
                    break
        return best

    def _add(self, parent: Part, place: int) -> int:
        part = Part(
            place, is_mime=True, in_digest=parent.kind is Kind.MULTIPART and parent.minor.lower() == b"digest"
        )
        parent.children.append(part)
        self.path.append(part)
        self.parts += 1
        return self._header(place)

    def _header(self, place: int) -> int:
        """Read the header block of the part we are in, and those of the messages that begin right behind it."""
        part = self.path[-1]
        while True:
            whole = self._block(part, place)
            place = part.body
            if part.kind is not Kind.MESSAGE:
                return place
            if len(self.path) >= MAX_DEPTH or self.parts >= MAX_PARTS:
                part.kind = Kind.OTHER
                return place
            child = Part(place, body=place)
            part.children.append(child)
            self.path.append(child)
            self.parts += 1
            if not whole:
                return place
            part = child

    def _block(self, part: Part, place: int) -> bool:
        """Find the part's header block and read it; whether an empty line ended it and a body may follow."""
        raw = self.raw
        dash = self._next(place)
        limit = dash if dash >= 0 else len(raw)
        if raw.startswith((b"\n", b"\r\n"), place) and place < limit:
            part.body = place + (1 if raw.startswith(b"\n", place) else 2)
            stop = place
        elif (blank := _BLANK.search(raw, place, limit)) is not None:
            part.body, stop = blank.end(), blank.start()
        else:
            part.body = stop = self._line_start(dash, place) if dash >= 0 else limit
            _classify(part, split_fields(raw[place : min(stop, place + MAX_HEADER)]))
            return False
        _classify(part, split_fields(raw[place : min(stop, place + MAX_HEADER)]))
        self._enter(part)
        if part.body == dash and self.open[self._which(dash, raw.find(b"\n", dash))].part is not part:
            part.body = self._line_start(
                dash, place
            )  # the empty line's end is the boundary's (RFC 2046, 5.1.1)
            return False
        return True

    def _line_start(self, dash: int, place: int) -> int:
        """Where the line end before a boundary line begins; not before `place`."""
        if dash <= place:
            return place
        return dash - 1 - (dash - 1 > place and self.raw.startswith(b"\r", dash - 2))

    def _enter(self, part: Part) -> None:
        """Look for the boundary of a multipart from here on."""
        if part.kind is not Kind.MULTIPART:
            return
        boundary = next((value for name, value in part.params if name.lower() == b"boundary"), None)
        if len(self.path) >= MAX_DEPTH:
            part.kind = Kind.OTHER
        elif boundary is not None:
            boundary = boundary[:MAX_BOUNDARY]
            self.open.append(_Open(part, len(self.path) - 1, boundary, b"\n--" + boundary, part.body - 1))


def _classify(part: Part, fields: list[tuple[bytes, bytes]]) -> None:
    """Keep the fields and say what the part is (RFC 2045, 5.2; RFC 2046, 5.1.5)."""
    part.fields = fields
    typed = None
    for name, value in fields:
        if name == b"content-type":
            typed = value if typed is None else typed
            part.is_mime = True
        elif name == b"mime-version":
            part.is_mime = True
    if typed is None:
        part.kind = Kind.MESSAGE if part.in_digest else Kind.TEXT
        return
    part.major, part.minor, part.params = read_type(value_of(typed))
    major = part.major.lower()
    if major in (b"text", b""):
        part.kind = Kind.TEXT
    elif major == b"multipart":
        part.kind = Kind.MULTIPART
    elif major == b"message" and part.minor.lower() == b"rfc822":
        part.kind = Kind.MESSAGE
    else:
        part.kind = Kind.OTHER


def _count_lines(raw: bytes, root: Part) -> None:
    """Fill in `lines` of texts and messages, each octet of the message looked at once."""
    waiting, parts = [root], []
    while waiting:
        part = waiting.pop()
        waiting += part.children
        if part.kind in (Kind.TEXT, Kind.MESSAGE):
            parts.append(part)
    places = sorted({place for part in parts for place in (part.body, part.end)})
    seen, last, before = 0, 0, {}
    for place in places:
        seen += raw.count(b"\n", last, place)
        before[place], last = seen, place
    for part in parts:
        part.lines = before[part.end] - before[part.body]
