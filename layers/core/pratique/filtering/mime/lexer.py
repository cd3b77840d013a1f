"""The lexical tokens of header fields (RFC 5322, 3.2; RFC 2045, 5.1), read forgivingly and in linear time.

Each reader answers what follows what it read: MORE input, the END of it, or BAD when the token was none. A reader that
answers BAD has still moved on, as far as it understood.
"""

from __future__ import annotations

import re

MORE, END, BAD = 1, 0, -1

ATEXT = rb"A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-"
"""Characters of an atom (RFC 5322, 3.2.3; octets above 127 by RFC 6532), for a regular expression's class."""
TOKEN = rb".A-Za-z0-9!#$%&'*+^_`{|}~\x80-\xff-"
"""Characters of a MIME token (RFC 2045, 5.1)."""
NUL_SHOWN = "\N{REPLACEMENT CHARACTER}".encode()
"""What stands for a NUL, which no IMAP string can carry (RFC 3501, 9: CHAR8)."""

_SPACE = re.compile(rb"[ \t\r\n]*")
_ATOM = re.compile(rb"[" + ATEXT + rb"]*")
_ATOM_OR_DOT = re.compile(rb"[." + ATEXT + rb"]*")
_DOTS = re.compile(rb"\.*")
_TOKEN = re.compile(rb"[" + TOKEN + rb"]*")
_PHRASE_GOES_ON = re.compile(rb'[".' + ATEXT + rb"]")
_IN_COMMENT = re.compile(rb"[()\\]")
_IN_QUOTES = re.compile(rb'["\\]')
_LITERAL = re.compile(rb"\[((?:[^\[\]\\]|\\.)*)\]", re.DOTALL)
_PAIR = re.compile(rb"\\([^\r\n\0])")
_FOLD = re.compile(rb"\r?\n")
_AT, _DOT, _QUOTE, _OPEN, _BRACKET, _BACKSLASH = b'@."([\\'


def plain(octets: bytes) -> bytes:
    """The content of a quoted string or comment: pairs resolved, line ends of folds dropped, NUL shown."""
    if b"\n" in octets:
        octets = _FOLD.sub(b"", octets)
    if b"\\" in octets:
        octets = _PAIR.sub(rb"\1", octets)
    return octets.replace(b"\0", NUL_SHOWN) if b"\0" in octets else octets


class Lexer:
    """A place `at` in `data`. `comment` is the content of the comment passed last."""

    __slots__ = ("at", "comment", "data", "end")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.end = len(data)
        self.comment = b""

    def next_is(self, char: int) -> bool:
        """Whether the next octet is `char`."""
        return self.at < self.end and self.data[self.at] == char

    def _state(self) -> int:
        return MORE if self.at < self.end else END

    def space(self) -> int:
        """Pass white space, folds and comments."""
        match = _SPACE.match
        while True:
            found = match(self.data, self.at)
            self.at = found.end() if found else self.at
            if not self.next_is(_OPEN):
                return self._state()
            if self._comment() == BAD:
                return BAD

    def _comment(self) -> int:
        start = place = self.at + 1
        depth = 1
        while (found := _IN_COMMENT.search(self.data, place)) is not None:
            place = found.end()
            char = found[0]
            if char == b"\\":
                place += 1
            else:
                depth += 1 if char == b"(" else -1
                if not depth:
                    self.comment = plain(self.data[start : place - 1])
                    self.at = place
                    return self._state()
        self.comment = b""
        self.at = self.end
        return BAD

    def _run(self, pattern: re.Pattern[bytes]) -> bytes:
        found = pattern.match(self.data, self.at)
        if found is None:
            return b""
        self.at = found.end()
        return found[0]

    def token(self) -> tuple[int, bytes]:
        """A MIME token and the space behind it; the token may be empty."""
        value = self._run(_TOKEN)
        return (self.space() if self.at < self.end else END), value

    def atom(self) -> tuple[int, bytes]:
        """An atom and the space behind it. BAD without one."""
        value = self._run(_ATOM)
        if not value:
            return BAD, b""
        return (self.space() if self.at < self.end else END), value

    def dot_atom(self) -> tuple[int, bytes]:
        """Atoms joined by single dots, with space allowed about the dots (RFC 5322, 4.4)."""
        out: list[bytes] = []
        while True:
            value = self._run(_ATOM)
            if not value:
                return BAD, b"".join(out)
            out.append(value)
            if self.at >= self.end:
                return END, b"".join(out)
            state = self.space()
            if state != MORE or not self.next_is(_DOT):
                return state, b"".join(out)
            self.at += 1
            out.append(b".")
            if self.space() != MORE:
                return BAD, b"".join(out)

    def loose_dot_atom(self) -> tuple[int, bytes]:
        """As dot_atom, with dots anywhere, any number of them: local parts as they are written."""
        out = []
        state = BAD
        while True:
            dots = self._run(_DOTS)
            if dots:
                out.append(dots)
                if self.at >= self.end:
                    return END, b"".join(out)
                state = MORE
            if self.next_is(_AT):
                return state, b"".join(out)
            state, value = self.atom()
            out.append(value)
            if state != MORE or not self.next_is(_DOT):
                return state, b"".join(out)

    def quoted(self) -> tuple[int, bytes]:
        """A quoted string's content, and the space behind it. BAD, at the end of input, if it is never closed."""
        start = place = self.at + 1
        while (found := _IN_QUOTES.search(self.data, place)) is not None:
            place = found.end()
            if found[0] == b'"':
                self.at = place
                return self.space(), plain(self.data[start : place - 1])
            place += 1
        self.at = self.end
        return BAD, plain(self.data[start:])

    def phrase(self) -> tuple[int, bytes]:
        """Words, quoted or not, one space between them (RFC 5322, 3.2.5 and 4.1)."""
        out: list[bytes] = []
        if self.at >= self.end:
            return END, b""
        if self.next_is(_DOT):
            return BAD, b""
        while True:
            if self.next_is(_QUOTE):
                state, value = self.quoted()
            else:
                value = self._run(_ATOM_OR_DOT)
                state = self.space() if self.at < self.end else END
            out.append(value)
            if state != MORE:
                return state, b" ".join(out)
            if _PHRASE_GOES_ON.match(self.data, self.at) is None:
                return state, b" ".join(out)

    def domain(self) -> tuple[int, bytes]:
        """What stands behind an @: names joined by dots, or a literal in brackets."""
        self.at += 1
        if self.space() != MORE:
            return BAD, b""
        if not self.next_is(_BRACKET):
            return self.dot_atom()
        found = _LITERAL.match(self.data, self.at)
        if found is None:
            self.at = self.end
            return BAD, b""
        self.at = found.end()
        return self.space(), _FOLD.sub(b"", found[0]).replace(b"\0", NUL_SHOWN)
