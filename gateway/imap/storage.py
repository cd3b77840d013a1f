"""What stands behind the IMAP server: Protocols for a backend, and the records that pass between it and the engine.

Everything here runs on the event loop: a backend does its blocking work in threads of its own. What a call changes is durable
when it returns, because the engine then says the tagged OK. A call that cannot be done raises `Refused` and has changed
nothing; the domain's TemporaryFailure becomes NO [UNAVAILABLE], any other exception NO [SERVERBUG] with a log line.

Names of mailboxes are str as people see them; modified UTF-7 is the engine's work. INBOX arrives spelled "INBOX" however the
client spelled it (RFC 3501, 5.1).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Protocol

from .index import Index
from .records import (
    Appended,
    Change,
    Code,
    Copied,
    Facts,
    FlagChange,
    Listed,
    Message,
    Namespaces,
    Need,
    Origin,
    Peer,
    Refused,
    Status,
    StatusItem,
    no_such_mailbox,
)

__all__ = [
    "Account",
    "Appended",
    "Backend",
    "Change",
    "Code",
    "Copied",
    "Facts",
    "FlagChange",
    "Listed",
    "Mailbox",
    "Message",
    "Namespaces",
    "Need",
    "Origin",
    "Peer",
    "Refused",
    "Status",
    "StatusItem",
    "no_such_mailbox",
]


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

    def bodies(self, uids: Sequence[int]) -> AsyncGenerator[tuple[int, bytes | None], None]:
        """(uid, raw octets) in the order of `uids`; None for a message that is gone. The backend fetches ahead, in parallel, within a
        bound of its own in octets; the engine closes the generator (aclose) where a client hangs up.
        """

    async def opened(self, uids: Sequence[int]) -> None:
        """A person is about to be given what these messages say (a FETCH of a body, not a search). Raises what a backend cannot do."""

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
