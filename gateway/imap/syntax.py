"""Reads the arguments of a command: RFC 3501, section 9, token by token, each octet looked at a bounded number of times.

A command has come in as lines and the literals between them (`wire.py` collects them). A `Cursor` walks over both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST_DEPTH = 40
"""Nested parentheses, NOT and OR."""

_ATOM = re.compile(rb"[^(){ %*\"\\\]\x00-\x1f\x7f-\xff]+")
_ASTRING = re.compile(rb"[^(){ %*\"\\\x00-\x1f\x7f-\xff]+")
_PATTERN = re.compile(rb"[^(){ \"\\\x00-\x1f\x7f-\xff]+")
_TAG = re.compile(rb"[^(){ %*\"\\+\x00-\x1f\x7f-\xff]+")
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*)"')
_NUMBER = re.compile(rb"[0-9]{1,20}")
_SEQUENCE = re.compile(rb"[0-9*:,]+")
_FLAG = re.compile(rb"\\?[^(){ %*\"\\\]\x00-\x1f\x7f-\xff]+")
_TEXT = re.compile(rb"[^\x00\r\n]+")
_ESCAPED = re.compile(rb"\\(.)")
MOST_NUMBER = 0xFFFFFFFF
MOST_MODSEQ = 0x7FFFFFFFFFFFFFFF


class Bad(Exception):
    """The command is not one: tagged BAD with this text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal; `binary` for literal8 (RFC 3516, 2.1; RFC 6855, 4)."""

    data: bytes
    binary: bool = False


@dataclass(slots=True)
class Cursor:
    """A place in a command. `lines[i]` is followed by `literals[i]`; the last line by none. Methods named after a rule of the grammar
    read it and raise `Bad` where it is not there.
    """

    lines: list[bytes]
    literals: list[Literal] = field(default_factory=list)
    line: int = 0
    at: int = 0

    # What comes

    @property
    def at_literal(self) -> bool:
        """Whether a literal comes."""
        return self.at == len(self.lines[self.line]) and self.line < len(self.literals)

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.lines[self.line]) and self.line >= len(self.literals)

    def next_is(self, char: bytes) -> bool:
        """Whether this octet comes."""
        return self.lines[self.line].startswith(char, self.at)

    def take(self, char: bytes) -> bool:
        """Read this octet (or these) if it comes."""
        if self.next_is(char):
            self.at += len(char)
            return True
        return False

    def expect(self, char: bytes, what: str) -> None:
        """Read this octet."""
        if not self.take(char):
            raise Bad(f"Expected {what}")

    def end(self) -> None:
        """Nothing more."""
        if not self.at_end:
            raise Bad("Too many arguments")

    def sp(self) -> None:
        """One space."""
        self.expect(b" ", "a space")

    # Tokens

    def _match(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        found = pattern.match(self.lines[self.line], self.at)
        if found is None:
            raise Bad(f"Expected {what}")
        self.at = found.end()
        return found.group()

    def tag(self) -> bytes:
        """1*<any ASTRING-CHAR except "+">."""
        return self._match(_TAG, "a tag")

    def atom(self, what: str = "an atom") -> str:
        """In upper case: names of commands, items, keys."""
        return self._match(_ATOM, what).decode("ascii").upper()

    def atom_as_is(self) -> str:
        """In its own case: keywords."""
        return self._match(_ATOM, "an atom").decode("ascii")

    def word(self, pattern: re.Pattern[bytes], what: str) -> str:
        """What a pattern of the caller's matches, in upper case."""
        return self._match(pattern, what).decode("ascii").upper()

    def text(self) -> bytes:
        """What is left of a line that has no literal."""
        return self._match(_TEXT, "text")

    def number(self, most: int = MOST_NUMBER) -> int:
        """Unsigned, up to `most`."""
        value = int(self._match(_NUMBER, "a number"))
        if value > most:
            raise Bad("Number too large")
        return value

    def nz_number(self) -> int:
        """Above 0."""
        value = self.number()
        if not value:
            raise Bad("Number must not be 0")
        return value

    def sequence(self) -> bytes:
        """The characters of a sequence-set (sequences.py knows the rest)."""
        return self._match(_SEQUENCE, "a message set")

    def string(self) -> bytes:
        """quoted / literal."""
        if self.at_literal:
            return self._literal()
        found = _QUOTED.match(self.lines[self.line], self.at)
        if found is None:
            raise Bad("Expected a string")
        self.at = found.end()
        value = found.group(1)
        return _ESCAPED.sub(rb"\1", value) if b"\\" in value else value

    def astring(self) -> bytes:
        """1*ASTRING-CHAR / string."""
        return self._any_string(_ASTRING)

    def pattern(self) -> bytes:
        """list-mailbox: 1*list-char / string."""
        return self._any_string(_PATTERN)

    def nstring(self) -> bytes | None:
        """String / NIL."""
        found = _ATOM.match(self.lines[self.line], self.at)
        if found is not None and found.group().upper() == b"NIL":
            self.at = found.end()
            return None
        return self.string()

    def literal(self) -> Literal:
        """A literal and nothing else: APPEND's message."""
        if not self.at_literal:
            raise Bad("Expected a literal")
        found = self.literals[self.line]
        self.line += 1
        self.at = 0
        return found

    def flag(self) -> str:
        r"""A flag or keyword (RFC 3501, 9: flag), spelled as it is. `\*` is none."""
        return self._match(_FLAG, "a flag").decode("ascii")

    def _any_string(self, pattern: re.Pattern[bytes]) -> bytes:
        found = pattern.match(self.lines[self.line], self.at)
        if found is None:
            return self.string()
        self.at = found.end()
        return found.group()

    def _literal(self) -> bytes:
        found = self.literal()
        if found.binary:
            raise Bad("A binary literal has no place here")
        if b"\0" in found.data:
            raise Bad("NUL in a literal")
        return found.data
