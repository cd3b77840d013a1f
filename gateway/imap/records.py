"""The records that pass between the engine and what stands behind it. Import them from `storage`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, Flag, auto

from pratique.filtering.mime import Structure


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
