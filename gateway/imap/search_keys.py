"""What SEARCH asks for: RFC 3501, 6.4.4; RETURN by RFC 4731; MODSEQ by RFC 7162, 3.1.5."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pratique.filtering.mime.search import fold

from . import index
from .dates import read_date
from .search_program import (
    All,
    Everything,
    HasFlags,
    HasKeyword,
    InDays,
    InHeader,
    InSet,
    InText,
    IsRecent,
    Key,
    ModSeq,
    Not,
    OfSize,
    Or,
    Search,
)
from .sequences import parse_sequence
from .syntax import MOST_DEPTH, MOST_MODSEQ, Bad, Cursor

MOST_KEYS = 2_000
_RETURNS = frozenset({"MIN", "MAX", "ALL", "COUNT"})
_CHARSETS = {"US-ASCII": "utf-8", "UTF-8": "utf-8"}
"""ASCII is UTF-8, and some clients say the one and send the other."""
_ENTRY = re.compile(rb"(?i:/flags/\\?[!#$&'+\-./0-9:;<=>?@A-Z^_`a-z|}~]+)\Z")
_SPACES = re.compile(r"\s+")


class BadCharset(Exception):
    """NO [BADCHARSET (...)] (RFC 3501, 6.4.4)."""


@dataclass(slots=True)
class _Reading:
    cursor: Cursor
    charset: str = "utf-8"
    keys: int = 0
    modseq: bool = field(default=False)

    def text(self) -> str:
        """A search string, case-folded, on one line."""
        try:
            text = self.cursor.astring().decode(self.charset)
        except UnicodeDecodeError:
            raise Bad("Text is not in the charset") from None
        return fold(_SPACES.sub(" ", text))


def read_search(cursor: Cursor, *, utf8: bool) -> Search:
    """A search program to its end. Raises Bad, BadCharset; with UTF8=ACCEPT on, CHARSET is an error (RFC 6855, 3)."""
    reading = _Reading(cursor)
    returns = _read_returns(cursor) if _keyword(cursor, "RETURN") else None
    if _keyword(cursor, "CHARSET"):
        if utf8:
            raise Bad("No CHARSET with UTF8=ACCEPT")
        name = cursor.astring().decode("ascii", "replace").upper()
        if name not in _CHARSETS:
            raise BadCharset
        cursor.sp()
    keys = [_read_key(reading, 0)]
    while not cursor.at_end:
        cursor.sp()
        keys.append(_read_key(reading, 0))
    return Search(_all(keys), returns, reading.modseq)


def _keyword(cursor: Cursor, word: str) -> bool:
    """Read this word and the space behind it if they come."""
    text = cursor.lines[cursor.line][cursor.at : cursor.at + len(word) + 1]
    if text.upper() != word.encode("ascii") + b" ":
        return False
    cursor.at += len(text)
    return True


def _read_returns(cursor: Cursor) -> frozenset[str]:
    cursor.expect(b"(", '"("')
    found: set[str] = set()
    while not cursor.take(b")"):
        if found:
            cursor.sp()
        name = cursor.atom("a result option")
        if name not in _RETURNS:
            raise Bad("Unknown result option")
        found.add(name)
    cursor.sp()
    return frozenset(found or {"ALL"})


def _all(keys: list[Key]) -> Key:
    return keys[0] if len(keys) == 1 else All(tuple(keys))


def _read_key(reading: _Reading, depth: int) -> Key:
    reading.keys += 1
    if depth > MOST_DEPTH or reading.keys > MOST_KEYS:
        raise Bad("Search too complex")
    cursor = reading.cursor
    if cursor.take(b"("):
        keys = [_read_key(reading, depth + 1)]
        while cursor.take(b" "):
            keys.append(_read_key(reading, depth + 1))
        cursor.expect(b")", '")"')
        return _all(keys)
    if cursor.lines[cursor.line][cursor.at : cursor.at + 1] in _DIGITS:
        return InSet(parse_sequence(cursor.sequence()), uid=False)
    name = cursor.atom("a search key")
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "NOT":
        cursor.sp()
        return Not(_read_key(reading, depth + 1))
    if name == "OR":
        cursor.sp()
        left = _read_key(reading, depth + 1)
        cursor.sp()
        return Or(left, _read_key(reading, depth + 1))
    reader = _WITH_ARGUMENT.get(name)
    if reader is None:
        raise Bad("Unknown search key")
    cursor.sp()
    return reader(reading)


_DIGITS = frozenset(bytes([octet]) for octet in b"0123456789*")
_PLAIN: dict[str, Key] = {
    "ALL": Everything(),
    "RECENT": IsRecent(),
    "OLD": Not(IsRecent()),
    "NEW": All((IsRecent(), HasFlags(index.SEEN, wanted=False))),
}
for _word, _bit in (
    ("ANSWERED", index.ANSWERED),
    ("DELETED", index.DELETED),
    ("DRAFT", index.DRAFT),
    ("FLAGGED", index.FLAGGED),
    ("SEEN", index.SEEN),
):
    _PLAIN[_word] = HasFlags(_bit, wanted=True)
    _PLAIN["UN" + _word] = HasFlags(_bit, wanted=False)


def _read_header(reading: _Reading) -> Key:
    name = reading.cursor.astring().decode("latin-1").lower()
    reading.cursor.sp()
    return InHeader(name, reading.text())


def _read_modseq(reading: _Reading) -> Key:
    """[entry-name SP entry-type-req SP] mod-sequence; one sequence a message is kept here, so the entry changes nothing."""
    cursor = reading.cursor
    if cursor.next_is(b'"') or cursor.at_literal:
        if not _ENTRY.match(cursor.string()):
            raise Bad("Unknown entry")
        cursor.sp()
        if cursor.atom("an entry's type") not in {"PRIV", "SHARED", "ALL"}:
            raise Bad("Unknown entry's type")
        cursor.sp()
    reading.modseq = True
    return ModSeq(cursor.number(MOST_MODSEQ))


_NEVER, _ALWAYS = -(1 << 40), 1 << 40


def _days(bounds: Callable[[int], tuple[int, int]], *, sent: bool) -> Callable[[_Reading], Key]:
    def read(reading: _Reading) -> Key:
        return InDays(*bounds(read_date(reading.cursor)), sent=sent)

    return read


def _header(name: str) -> Callable[[_Reading], Key]:
    return lambda reading: InHeader(name, reading.text())


_WITH_ARGUMENT: dict[str, Callable[[_Reading], Key]] = {
    "HEADER": _read_header,
    "MODSEQ": _read_modseq,
    "UID": lambda reading: InSet(parse_sequence(reading.cursor.sequence()), uid=True),
    "KEYWORD": lambda reading: HasKeyword(reading.cursor.atom_as_is(), wanted=True),
    "UNKEYWORD": lambda reading: HasKeyword(reading.cursor.atom_as_is(), wanted=False),
    "LARGER": lambda reading: OfSize(reading.cursor.number(), above=True),
    "SMALLER": lambda reading: OfSize(reading.cursor.number(), above=False),
    "BODY": lambda reading: InText(reading.text(), header=False),
    "TEXT": lambda reading: InText(reading.text(), header=True),
}
for _word in ("FROM", "TO", "CC", "BCC", "SUBJECT"):
    _WITH_ARGUMENT[_word] = _header(_word.lower())
for _prefix, _sent in (("", False), ("SENT", True)):
    _WITH_ARGUMENT[_prefix + "BEFORE"] = _days(lambda day: (_NEVER, day), sent=_sent)
    _WITH_ARGUMENT[_prefix + "ON"] = _days(lambda day: (day, day + 1), sent=_sent)
    _WITH_ARGUMENT[_prefix + "SINCE"] = _days(lambda day: (day, _ALWAYS), sent=_sent)
