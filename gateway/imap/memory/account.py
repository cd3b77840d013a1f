"""Users and their mailboxes in memory."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence

from ..storage import (
    Account,
    Appended,
    Backend,
    Code,
    Listed,
    Message,
    Namespaces,
    Peer,
    Refused,
    Status,
    StatusItem,
    no_such_mailbox,
)
from .mailbox import MemoryMailbox

DELIMITER = "/"
MOST_LEVELS = 50
MOST_MAILBOXES = 10_000
SPECIAL_USES = {"Drafts": "\\Drafts", "Junk": "\\Junk", "Sent": "\\Sent", "Trash": "\\Trash"}


class MemoryAccount(Account):
    r"""One user's mailboxes. A name whose mailbox is None is \Noselect: deleted, but with inferiors (RFC 3501, 6.3.4)."""

    def __init__(self, user: str, now: Callable[[], float], *, append_limit: int) -> None:
        self._user, self._now, self._append_limit = user, now, append_limit
        self._validity = max(1, int(now()))
        self._mailboxes: dict[str, MemoryMailbox | None] = {}
        self._subscribed: set[str] = set()
        for name in ("INBOX", *SPECIAL_USES):
            self._make(name)

    @property
    def user(self) -> str:
        """As in the protocol."""
        return self._user

    @property
    def namespaces(self) -> Namespaces:
        """One, the user's own."""
        return Namespaces((("", DELIMITER),))

    @property
    def append_limit(self) -> int:
        """As in the protocol."""
        return self._append_limit

    def find(self, name: str) -> MemoryMailbox:
        """The mailbox of this name. Raises Refused."""
        if name not in self._mailboxes:
            raise no_such_mailbox()
        mailbox = self._mailboxes[name]
        if mailbox is None:
            raise Refused(Code.CANNOT, "The name has inferiors only")
        return mailbox

    async def mailboxes(self) -> Sequence[Listed]:
        """As in the protocol."""
        return [
            Listed(name, ("\\Noselect",) if mailbox is None else ())
            if name not in SPECIAL_USES or mailbox is None
            else Listed(name, (SPECIAL_USES[name],))
            for name, mailbox in self._mailboxes.items()
        ]

    async def subscriptions(self) -> Collection[str]:
        """As in the protocol."""
        return frozenset(self._subscribed)

    async def status(self, name: str, items: StatusItem) -> Status:
        """As in the protocol."""
        return self.find(name).status(items)

    async def open(self, name: str, *, read_only: bool) -> MemoryMailbox:
        """As in the protocol."""
        del read_only
        return self.find(name)

    async def append(self, name: str, message: Message) -> Appended:
        """As in the protocol."""
        mailbox = self.find(name)
        (uid,) = mailbox.add([message])
        return Appended(mailbox.uidvalidity, uid)

    async def create(self, name: str, special_uses: tuple[str, ...] = ()) -> None:
        """As in the protocol."""
        del special_uses
        if self._mailboxes.get(name) is not None:
            raise Refused(Code.ALREADYEXISTS, "There is such a mailbox")
        self._make_with_superiors(name)

    async def delete(self, name: str) -> None:
        """As in the protocol."""
        if name not in self._mailboxes:
            raise no_such_mailbox()
        mailbox = self._mailboxes[name]
        if self._inferiors(name):
            if mailbox is None:
                raise Refused(Code.CANNOT, "The name has inferiors")
            self._mailboxes[name] = None
        else:
            del self._mailboxes[name]
        if mailbox is not None:
            mailbox.drop(list(mailbox.index.uids))

    async def rename(self, old: str, new: str) -> None:
        """As in the protocol."""
        if old not in self._mailboxes:
            raise no_such_mailbox()
        if new in self._mailboxes:
            raise Refused(Code.ALREADYEXISTS, "There is such a mailbox")
        if old == "INBOX":
            self._make_with_superiors(new)
            inbox = self.find("INBOX")
            found, messages = inbox.take(list(inbox.index.uids))
            self.find(new).add(messages)
            inbox.drop(found)
            return
        if new.startswith(old + DELIMITER):
            raise Refused(Code.CANNOT, "Not into itself")
        moved = {name: new + name[len(old) :] for name in (old, *self._inferiors(old))}
        if any(name in self._mailboxes for name in moved.values()):
            raise Refused(Code.ALREADYEXISTS, "There is such a mailbox")
        _check(max(moved.values(), key=lambda name: name.count(DELIMITER)))
        superior = new.rpartition(DELIMITER)[0]
        if superior and superior not in self._mailboxes:
            self._make_with_superiors(superior)
        for before, after in moved.items():
            mailbox = self._mailboxes[after] = self._mailboxes.pop(before)
            if mailbox is not None:
                mailbox.name = after

    async def subscribe(self, name: str) -> None:
        """As in the protocol."""
        if name not in self._mailboxes:
            raise no_such_mailbox()
        self._subscribed.add(name)

    async def unsubscribe(self, name: str) -> None:
        """As in the protocol."""
        self._subscribed.discard(name)

    async def close(self) -> None:
        """The mail stays."""

    def _inferiors(self, name: str) -> list[str]:
        return [other for other in self._mailboxes if other.startswith(name + DELIMITER)]

    def _make_with_superiors(self, name: str) -> None:
        _check(name)
        parts = name.split(DELIMITER)
        if len(self._mailboxes) + len(parts) > MOST_MAILBOXES:
            raise Refused(Code.LIMIT, "Too many mailboxes")
        for level in range(1, len(parts)):
            superior = DELIMITER.join(parts[:level])
            if superior not in self._mailboxes:
                self._make(superior)
        self._make(name)

    def _make(self, name: str) -> None:
        self._validity += 1
        self._mailboxes[name] = MemoryMailbox(name, self._validity, self.find, self._now)


def _check(name: str) -> None:
    parts = name.split(DELIMITER)
    if not all(parts) or len(parts) > MOST_LEVELS or "*" in name or "%" in name:
        raise Refused(Code.CANNOT, "Not a name for a mailbox")


class MemoryBackend(Backend):
    """Any user with the one password; each user's mail is there as long as the process. `now`: seconds since 1970."""

    def __init__(self, password: str, now: Callable[[], float], *, append_limit: int) -> None:
        self._password, self._now, self._append_limit = password, now, append_limit
        self._accounts: dict[str, MemoryAccount] = {}

    def account(self, user: str) -> MemoryAccount:
        """A user's account, made when first asked for."""
        if user not in self._accounts:
            self._accounts[user] = MemoryAccount(user, self._now, append_limit=self._append_limit)
        return self._accounts[user]

    async def login(self, user: str, password: str, peer: Peer) -> Account:
        """As in the protocol."""
        del peer
        if not user or not hmac.compare_digest(password.encode(), self._password.encode()):
            raise Refused(Code.AUTHENTICATIONFAILED, "Wrong user or password")
        return self.account(user)
