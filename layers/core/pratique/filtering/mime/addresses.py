"""Address fields as IMAP shows them (RFC 3501, 7.4.2; RFC 5322, 3.4 and 4.4).

Nothing is decoded and no address is lost: what is no address still gives one, with words in capitals where a piece is missing, because a
missing host would mean a group to every client. The words are Dovecot's, which clients know.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .lexer import ATEXT, BAD, END, MORE, Lexer

NO_MAILBOX = b"MISSING_MAILBOX"
NO_DOMAIN = b"MISSING_DOMAIN"
BAD_ROUTE = b"INVALID_ROUTE"
BAD_ADDRESS = b"SYNTAX_ERROR"
MAX_ADDRESSES = 5_000
"""Of one message's field; the rest is left out."""


class Address(NamedTuple):
    """The four strings of RFC 3501's address structure. A group begins with one whose domain is None and ends with one of four None."""

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    domain: bytes | None


END_OF_GROUP = Address(None, None, None, None)

_A = rb"[" + ATEXT + rb"]+"
_LOCAL = rb"[." + ATEXT + rb"]+"
_HOST = _A + rb"(?:\." + _A + rb")*"
# What nearly all addresses look like; everything else goes the long way. Possessive where it matters: no two ways to match.
_USUAL = re.compile(
    rb'(?:(?:"([^"\\\r\n\0]*)"|([' + ATEXT + rb"][." + ATEXT + rb"]*(?: [." + ATEXT + rb"]+)*))?[ \t]*<("
    + _LOCAL + rb")@(" + _HOST + rb")>|(" + _LOCAL + rb")@(" + _HOST + rb"))[ \t\r\n]*(,[ \t\r\n]*|\Z)"
)  # fmt: skip
_LESS, _GREATER, _COMMA, _COLON, _SEMICOLON, _AT, _QUOTE = b'<>,:;@"'


def read_addresses(value: bytes) -> list[Address]:
    """The addresses of a field's value. Never raises."""
    lexer = Lexer(value)
    found: list[Address] = []
    state = lexer.space()
    while state == MORE and len(found) < MAX_ADDRESSES:
        usual = _USUAL.match(value, lexer.at)
        if usual is not None:
            quoted, words, local, host, bare, bare_host, _ = usual.groups()
            found.append(Address(quoted or words or None, None, local or bare, host or bare_host))
            lexer.at = usual.end()
            state = lexer.space()
        else:
            reader = _Reader(lexer, found)
            if reader.address() == END or not lexer.next_is(_COMMA):
                break
            lexer.at += 1
            state = lexer.space()
        if state == BAD:
            found.append(Address(None, None, NO_MAILBOX, NO_DOMAIN))  # it ends in a comment that never ends
    return found


class _Reader:
    """Reads one address the long way, and what belongs to it: `address` in RFC 5322's grammar."""

    def __init__(self, lexer: Lexer, found: list[Address]) -> None:
        self.lexer = lexer
        self.found = found
        self._clear()

    def _clear(self) -> None:
        self.name: bytes | None = None
        self.route: bytes | None = None
        self.mailbox: bytes | None = None
        self.domain: bytes | None = None

    def address(self) -> int:
        start = self.lexer.at
        state = self._group()
        if state == BAD:
            self.lexer.at = start
            state = self._mailbox()
        return state

    def _group(self) -> int:
        """Name ":" [mailboxes] ";"; BAD only where it is none, so that what it read can be read again."""
        lexer = self.lexer
        state, name = lexer.phrase()
        if state != MORE or not lexer.next_is(_COLON):
            return BAD
        lexer.at += 1
        state = lexer.space()
        self.found.append(Address(None, None, name, None))
        while state == MORE and not lexer.next_is(_SEMICOLON):
            self._mailbox()
            if not lexer.next_is(_COMMA) or len(self.found) >= MAX_ADDRESSES:
                break
            lexer.at += 1
            if lexer.space() != MORE:
                state = BAD
        if state != BAD and lexer.next_is(_SEMICOLON):
            lexer.at += 1
            state = lexer.space()
        self.found.append(END_OF_GROUP)
        return END if state == END else MORE

    def _mailbox(self) -> int:
        start = self.lexer.at
        state = self._name_and_angle()
        if state == BAD:
            self.lexer.at = start
            state = self._bare()
        self.found.append(
            Address(
                self.name,
                self.route,
                NO_MAILBOX if self.mailbox is None else self.mailbox,
                self.domain or NO_DOMAIN,
            )
        )
        self._clear()
        return state

    def _name_and_angle(self) -> int:
        lexer = self.lexer
        state, name = lexer.phrase()
        if state != MORE or not lexer.next_is(_LESS):
            return BAD
        self.name = name or None
        if self._angle() == BAD:
            self.domain = BAD_ADDRESS
        return MORE if lexer.at < lexer.end else END

    def _angle(self) -> int:
        lexer = self.lexer
        lexer.at += 1
        if lexer.space() != MORE:
            return BAD
        if lexer.next_is(_AT):
            if self._route() and lexer.next_is(_COLON):
                lexer.at += 1
            else:
                self.route = BAD_ROUTE
            if lexer.space() != MORE:
                return BAD
        if not lexer.next_is(_GREATER):
            if self._local() != MORE:
                return BAD
            if lexer.next_is(_AT) and self._domain() != MORE:
                return BAD
        if not lexer.next_is(_GREATER):
            return BAD
        lexer.at += 1
        return lexer.space()

    def _route(self) -> bool:
        """The obsolete list of hosts to go through (RFC 5322, 4.4)."""
        lexer = self.lexer
        hosts = []
        while lexer.next_is(_AT):
            state, host = lexer.domain()
            if state != MORE:
                return False
            hosts.append(b"@" + host)
            while lexer.space() == MORE and lexer.next_is(_COMMA):
                lexer.at += 1
        self.route = b",".join(hosts)
        return lexer.at < lexer.end

    def _local(self) -> int:
        state, value = self.lexer.quoted() if self.lexer.next_is(_QUOTE) else self.lexer.loose_dot_atom()
        if state != BAD:
            self.mailbox = value
        self._text = value
        return state

    def _domain(self) -> int:
        state, value = self.lexer.domain()
        if state != BAD:
            self.domain = value
        return state

    def _bare(self) -> int:
        """`user@host`, perhaps with the name as a comment behind it; or something that was to be one."""
        lexer = self.lexer
        lexer.comment = b""
        quoted = lexer.next_is(_QUOTE)
        state = self._local()
        sound = state == MORE
        with_host = state != END and lexer.next_is(_AT)
        if with_host:
            host = self._domain()
            state = host if host != MORE else state
        if lexer.comment:
            self.name = lexer.comment
        elif not with_host:
            _, words = lexer.phrase()
            if words:
                self.mailbox, self.name = None, self._text + b" " + words
            elif not quoted:
                self.domain = b""
            sound, state = False, BAD
        if not sound and self.name is None and self.mailbox is not None and self.domain is None:
            self.name, self.mailbox = self.mailbox, None
        return state
