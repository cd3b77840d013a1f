"""What stands behind the IMAP server: Protocols for a backend, and the records that pass between it and the engine.

Everything here runs on the event loop: a backend does its blocking work in threads of its own. What a call changes is durable
when it returns, because the engine then says the tagged OK. A call that cannot be done raises `Refused` and has changed
nothing; the domain's TemporaryFailure becomes NO [UNAVAILABLE], any other exception NO [SERVERBUG] with a log line.

Names of mailboxes are str as people see them; modified UTF-7 is the engine's work. INBOX arrives spelled "INBOX" however the
client spelled it (RFC 3501, 5.1).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import Protocol

from pratique.filtering.mime import Structure

from .index import Index


class Code(Enum):
    """Response codes a backend may refuse with (RFC 5530; TRYCREATE: RFC 3501, 7.1; ALREADYEXISTS and NONEXISTENT: RFC 5530, 3;
    TOOBIG: RFC 7889, 4; USEATTR: RFC 6154, 3).
    """

    NONE = ""
    ALREADYEXISTS = "ALREADYEXISTS"
    AUTHENTICATIONFAILED = "AUTHENTICATIONFAILED"
    AUTHORIZATIONFAILED = "AUTHORIZATIONFAILED"
    CANNOT = "CANNOT"
    EXPIRED = "EXPIRED"
    INUSE = "INUSE"
    LIMIT = "LIMIT"
    NONEXISTENT = "NONEXISTENT"
    NOPERM = "NOPERM"
    OVERQUOTA = "OVERQUOTA"
    SERVERBUG = "SERVERBUG"
    TOOBIG = "TOOBIG"
    TRYCREATE = "TRYCREATE"
    UNAVAILABLE = "UNAVAILABLE"
    USEATTR = "USEATTR"


class Refused(Exception):
    """The backend says no and has changed nothing: `NO [code] text`. The text is shown to people: printable ASCII, no address."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(f"[{code.value}] {text}")
        self.code, self.text = code, text


def no_such_mailbox() -> Refused:
    """The refusal for a mailbox that is not there or is hidden: the two look the same. For COPY, MOVE and APPEND the engine turns
    NONEXISTENT into TRYCREATE where the account may create it (RFC 3501, 6.3.11 and 6.4.7).
    """
    return Refused(Code.NONEXISTENT, "No such mailbox")


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: the client's own address, as PROXY protocol tells it behind a load balancer."""

    address: str
    port: int = 0
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Namespaces:
    """RFC 2342: (prefix, delimiter) pairs of each kind."""

    personal: tuple[tuple[str, str], ...] = (("", "/"),)
    others: tuple[tuple[str, str], ...] = ()
    shared: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    r"""One mailbox as LIST shows it. `attributes` are spelled with their backslash: \Noselect, \Noinferiors, \Marked, \Unmarked
    (RFC 3501, 7.2.2) and special uses (RFC 6154, 2). \HasChildren, \HasNoChildren, \Subscribed and \NonExistent are the engine's.
    """

    name: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """RFC 3501, 6.3.10; SIZE: RFC 8438, the sum of RFC822.SIZE; HIGHESTMODSEQ: RFC 7162, 3.1.7. What was not asked may be 0."""

    messages: int
    uidnext: int
    uidvalidity: int
    unseen: int
    recent: int = 0
    highestmodseq: int = 1
    size: int = 0


class StatusItem(Flag):
    """What STATUS asks for; what is not asked need not be counted."""

    MESSAGES = auto()
    UIDNEXT = auto()
    UIDVALIDITY = auto()
    UNSEEN = auto()
    RECENT = auto()
    HIGHESTMODSEQ = auto()
    SIZE = auto()


@dataclass(frozen=True, slots=True)
class Message:
    """A message to append (RFC 3501, 6.3.11). `flags` without \\Recent; `seconds` since 1970 UTC and `zone` in minutes east of UTC,
    None where the client gave no date.
    """

    data: bytes
    flags: tuple[str, ...] = ()
    seconds: int | None = None
    zone: int = 0


@dataclass(frozen=True, slots=True)
class Appended:
    """APPENDUID (RFC 4315, 3)."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Copied:
    """COPYUID (RFC 4315, 3): `sources[i]` became `copies[i]`. Messages that were gone already are in neither; both ascend."""

    uidvalidity: int
    sources: Sequence[int] = ()
    copies: Sequence[int] = ()


class Need(Flag):
    """Which facts of messages the engine wants; a backend may give more."""

    ARRIVAL = auto()
    """seconds, zone and size, of messages that the index has them not of (index.UNKNOWN)."""
    STRUCTURE = auto()
    """`structure`."""
    HEADER = auto()
    """`structure` with its header, or `header` alone where that is cheaper."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a message without reading it; what was not asked for may be missing. Where a structure is cut or a header is not
    held whole, the engine reads the message itself.
    """

    size: int = 0
    """Octets of the raw message (RFC822.SIZE)."""
    seconds: int = 0
    zone: int = 0
    """Internal date: since 1970 UTC, and minutes east of UTC."""
    structure: Structure | None = None
    header: bytes | None = None
    """The whole header block with the empty line after it."""


class Change(Enum):
    """What STORE does with the flags it names (RFC 3501, 6.4.6)."""

    ADD = "+FLAGS"
    REMOVE = "-FLAGS"
    SET = "FLAGS"


@dataclass(frozen=True, slots=True)
class FlagChange:
    """One STORE. `flags` are names (system flags with their backslash, never \\Recent)."""

    kind: Change
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The session that asks for a change, so that its own view does not hear of it twice. Compared by identity."""

    name: str = field(default="", compare=False)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Mailbox(Protocol):
    r"""A selected mailbox. One object may serve all connections that have it open: `index` is shared, and is where the backend puts
    what it learns (`Index.arrive`, `Index.set_flags`, `Index.vanish`), from which every connection's untagged data is made.

    A write-only mailbox has an empty index whose `uidnext` grows: SELECT answers READ-WRITE and 0 EXISTS for ever.
    """

    @property
    def name(self) -> str:
        """As LIST shows it."""

    @property
    def uidvalidity(self) -> int:
        """RFC 3501, 2.3.1.1: from 1 to 2**32 - 1."""

    @property
    def index(self) -> Index:
        """UIDs, flags, modification sequences; shared, in ascending order of UID."""

    @property
    def read_only(self) -> bool:
        """SELECT answers READ-ONLY, and nothing here changes flags."""

    @property
    def permanent_flags(self) -> tuple[str, ...]:
        r"""RFC 3501, 7.1 PERMANENTFLAGS: what STORE keeps; "\*" in it lets clients make keywords."""

    async def refresh(self) -> None:
        """Look now for what came, went or changed elsewhere and put it into the index (NOOP, CHECK, IDLE's start). A backend with a
        feed of its own limits how often it looks. While `index.watched`, it looks by itself every few seconds (RFC 2177).
        """

    async def facts(self, uids: Sequence[int], need: Need) -> Sequence[Facts | None]:
        """In the order of `uids`; None for a message that is gone. The engine asks for some hundreds at once."""

    def bodies(self, uids: Sequence[int]) -> AsyncIterator[tuple[int, bytes | None]]:
        """(uid, raw octets) in the order of `uids`; None for a message that is gone. The backend fetches ahead, in parallel, within a
        bound of its own in octets; the engine closes the iterator (aclose) where a client hangs up.
        """

    async def store(
        self, uids: Sequence[int], change: FlagChange, *, unchanged_since: int | None = None, by: Origin
    ) -> Sequence[int]:
        """Change flags, and the index with `by`. Messages whose modseq is above `unchanged_since` are left alone and returned, in
        ascending order (RFC 7162, 3.1.3: test and change are one step). Messages that are gone are skipped.
        """

    async def expunge(self, uids: Sequence[int], *, by: Origin) -> None:
        r"""Remove these messages, which the engine found \Deleted, for good; and take them out of the index."""

    async def copy(self, uids: Sequence[int], destination: str) -> Copied:
        r"""Copy with flags and internal date (RFC 3501, 6.4.7): all or, when it raises, none. The engine has not looked whether
        `destination` exists; `no_such_mailbox()` says it does not.
        """

    async def move(self, uids: Sequence[int], destination: str, *, by: Origin) -> Copied:
        """RFC 6851: each message is copied and expunged as one step, and is taken out of the index; a message is never in neither
        mailbox. Raising, it has moved none.
        """

    async def search(self, field: str, needle: str, uids: Sequence[int]) -> Collection[int] | None:
        """UIDs whose header `field` (lower case: from, to, cc, bcc, subject) holds `needle` (case-folded), if the backend has an index
        of its own for that; None lets the engine look through header blocks, which it keeps a compact column of.
        """

    async def close(self) -> None:
        """This connection has left the mailbox (one call for each `Account.open`)."""


class Account(Protocol):
    """Whoever logged in."""

    @property
    def user(self) -> str:
        """One name for one user, however it was spelled at login: connections are counted by it. Never logged."""

    @property
    def namespaces(self) -> Namespaces:
        """RFC 2342."""

    @property
    def append_limit(self) -> int:
        """Octets that one APPEND may have (RFC 7889); the engine takes the smaller of this and its own limit."""

    async def mailboxes(self) -> Sequence[Listed]:
        """All that this user sees, INBOX too; the engine matches LIST's patterns."""

    async def subscriptions(self) -> Collection[str]:
        """Names subscribed to, also of mailboxes that no longer exist (RFC 3501, 6.3.6 and 6.3.9)."""

    async def status(self, name: str, items: StatusItem) -> Status:
        """RFC 3501, 6.3.10: without opening the mailbox where that is cheaper. Refuses like `open`."""

    async def open(self, name: str, *, read_only: bool) -> Mailbox:
        r"""SELECT, or EXAMINE where `read_only`. Refuses NONEXISTENT, or CANNOT for a \Noselect one."""

    async def append(self, name: str, message: Message) -> Appended:
        """RFC 3501, 6.3.11. Refuses NONEXISTENT (becomes TRYCREATE), CANNOT, OVERQUOTA, TOOBIG, LIMIT."""

    async def create(self, name: str, special_uses: tuple[str, ...] = ()) -> None:
        """RFC 3501, 6.3.3; CREATE-SPECIAL-USE is not offered, so `special_uses` is empty. A delimiter at the end of the name has been
        removed. Makes missing superiors. Refuses ALREADYEXISTS, CANNOT, NOPERM, LIMIT.
        """

    async def delete(self, name: str) -> None:
        r"""RFC 3501, 6.3.4: with inferiors the name stays as \Noselect; such a name again is refused. Refuses NONEXISTENT, CANNOT, NOPERM."""

    async def rename(self, old: str, new: str) -> None:
        """RFC 3501, 6.3.5: inferiors too; of INBOX it moves the messages and leaves INBOX empty. Refuses NONEXISTENT, ALREADYEXISTS."""

    async def subscribe(self, name: str) -> None:
        """RFC 3501, 6.3.6. Refuses NONEXISTENT where it looks."""

    async def unsubscribe(self, name: str) -> None:
        """RFC 3501, 6.3.7: a name that was not subscribed is no error."""

    async def close(self) -> None:
        """The connection has ended."""


class Backend(Protocol):
    """Checks who logs in. The engine slows failures down and limits them by address and by user before it calls this."""

    async def login(self, user: str, password: str, peer: Peer) -> Account:
        """LOGIN and AUTHENTICATE PLAIN. Hashing is done off the event loop, in the same time for unknown users. Refuses
        AUTHENTICATIONFAILED (also for unknown users), AUTHORIZATIONFAILED, EXPIRED, LIMIT, UNAVAILABLE.
        """
