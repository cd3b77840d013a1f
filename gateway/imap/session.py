"""What is known of one connection, and what it is told without asking (RFC 3501, 3, 5.2 and 7)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from . import lines
from .limits import Limits
from .names import BadName, decode_name, encode_name
from .storage import Account, Backend, Peer
from .syntax import Bad, Cursor
from .throttle import Throttle
from .view import View
from .wire import Wire


class State(Enum):
    """RFC 3501, 3."""

    GREETED = auto()
    AUTHENTICATED = auto()
    SELECTED = auto()
    ENDED = auto()


class No(Exception):
    """Tagged NO. `code` without its brackets."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text, self.code = text, code


class House(Protocol):
    """What all connections share: the server."""

    backend: Backend
    limits: Limits
    throttle: Throttle
    tls: ssl.SSLContext | None
    checking: asyncio.Semaphore

    def reserve(self, octets: int) -> bool:
        """Make room for a literal among all that are being received."""

    def release(self, octets: int) -> None:
        """Give it back."""

    def enter(self, user: str) -> bool:
        """Count a user's connection in; False for one too many."""

    def leave(self, user: str) -> None:
        """Count it out."""


@dataclass(frozen=True, slots=True)
class Command:
    """`run` returns the text behind "OK ", or nothing where it has answered already.

    `expunges`: EXPUNGE may be told with its answer (RFC 3501, 7.4.1).
    """

    run: Callable[[Session, Cursor], Awaitable[str]]
    states: frozenset[State]
    expunges: bool = True


class Session:
    """See the module."""

    def __init__(self, wire: Wire, house: House, peer: Peer, *, plaintext: bool) -> None:
        self.wire, self.house, self.peer = wire, house, peer
        self.limits = house.limits
        self.backend = house.backend
        self.plaintext = plaintext
        """Logging in without TLS is allowed."""
        self.tls = peer.tls
        self.state = State.GREETED
        self.account: Account | None = None
        self.view: View | None = None
        self.enabled: set[str] = set()
        self.failed_logins = 0
        self.tag = ""
        self.by_uid = False
        """The command is a UID command: FETCH answers carry UIDs (RFC 3501, 6.4.8)."""
        self.busy = self.closing = False
        self._flags_told = 0

    # Shortcuts for commands

    @property
    def utf8(self) -> bool:
        """UTF8=ACCEPT is on (RFC 6855)."""
        return "UTF8=ACCEPT" in self.enabled

    @property
    def condstore(self) -> bool:
        """CONDSTORE is on (RFC 7162, 3.1)."""
        return "CONDSTORE" in self.enabled

    @property
    def who(self) -> Account:
        """Whoever logged in; commands that need one run in no other state."""
        if self.account is None:
            raise Bad("Log in first")
        return self.account

    @property
    def open(self) -> View:
        """The selected mailbox; commands that need one run in no other state."""
        if self.view is None:
            raise Bad("No mailbox selected")
        return self.view

    @property
    def selected(self) -> str:
        """The selected mailbox's name; it may have been renamed."""
        return self.view.mailbox.name if self.view is not None else ""

    def read_name(self, octets: bytes) -> str:
        """A mailbox's name. Raises No."""
        try:
            return decode_name(octets, utf8=self.utf8)
        except BadName as error:
            raise No(f"Not a mailbox's name: {error}", "CANNOT") from None

    def read_pattern(self, octets: bytes) -> str | None:
        """A LIST pattern as people would write it; None where it is no name, so that it matches none."""
        try:
            return decode_name(octets, utf8=self.utf8)
        except BadName:
            return None

    def name(self, name: str) -> bytes:
        """A mailbox's name for an answer."""
        return encode_name(name, utf8=self.utf8)

    def untagged(self, text: str) -> None:
        """One untagged line of ASCII."""
        self.wire.write(b"* " + text.encode("ascii") + b"\r\n")

    def untagged_octets(self, line: bytes) -> None:
        """The same for a line with names in it."""
        self.wire.write(b"* " + line + b"\r\n")

    async def pause(self) -> None:
        """Between two pieces of a long answer: lets the client take it, and others run. Raises Hung."""
        await self.wire.drain()
        await asyncio.sleep(0)

    # News of the mailbox

    def enable_condstore(self) -> None:
        """By ENABLE or by the first command that uses it (RFC 7162, 3.1)."""
        if not self.condstore:
            self.enabled.add("CONDSTORE")
            if self.view is not None:
                self.untagged(f"OK [HIGHESTMODSEQ {self.view.index.highestmodseq}] CONDSTORE is on")

    def tell_keywords(self, *, first: bool = False) -> None:
        """FLAGS and PERMANENTFLAGS, if there are keywords that the client has not heard of (RFC 3501, 7.2.6)."""
        index = self.open.index
        if not first and index.flag_count == self._flags_told:
            return
        self._flags_told = index.flag_count
        keywords = index.keywords
        self.untagged(f"FLAGS ({' '.join((*lines.SYSTEM_FLAGS, *keywords))})")
        self.untagged(f"OK [PERMANENTFLAGS ({' '.join(self.permanent_flags())})] Flags permitted")

    def permanent_flags(self) -> tuple[str, ...]:
        r"""What STORE keeps: the backend's, and where it lets clients make keywords (\*) those that are there."""
        view = self.open
        if view.read_only:
            return ()
        flags = view.mailbox.permanent_flags
        if "\\*" not in flags:
            return flags
        known = tuple(word for word in view.index.keywords if word not in flags)
        star = () if view.index.full else ("\\*",)
        return (*(flag for flag in flags if flag != "\\*"), *known, *star)

    def tell(self, *, expunges: bool) -> None:
        """Untagged data about what changed since the client last heard."""
        view = self.view
        if view is None or not view.has_news():
            return
        news = view.take_news(expunges=expunges)
        if news.expunged:
            self.wire.write("".join([f"* {number} EXPUNGE\r\n" for number in news.expunged]).encode("ascii"))
        if news.exists is not None:
            self.untagged(f"{news.exists} EXISTS")
        if news.recent is not None:
            self.untagged(f"{news.recent} RECENT")
        if news.changed:
            self.tell_keywords()
            labels = self.flag_labels()
            for span in news.changed:
                self.wire.write(lines.write_lines(view, labels, span).encode("ascii"))

    def flag_labels(self, *, silent: bool = False) -> list[str]:
        """Items of an untagged FETCH that tells of flags (RFC 3501, 6.4.8; RFC 7162, 3.1: MODSEQ in each)."""
        labels = ["UID"] if self.by_uid else []
        if not silent:
            labels.append("FLAGS")
        if self.condstore:
            labels.append("MODSEQ")
        return labels

    async def deselect(self) -> None:
        """Leave the mailbox, without expunging."""
        view, self.view = self.view, None
        if view is not None:
            self.state = State.AUTHENTICATED
            await view.mailbox.close()

    def stop(self) -> None:
        """The server ends: say BYE now, or when the command that runs is done."""
        self.closing = True
        if self.busy:
            self.wire.poke()
        else:
            self.wire.interrupt()
