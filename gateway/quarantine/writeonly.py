"""Folders that take messages and show none: selectable, READ-WRITE, always empty, with a UIDNEXT that grows. Of all ways tried this is the
one that real clients have no complaint about.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence

from pratique.domain.actor import Actor
from pratique.domain.errors import Refusal
from pratique.domain.mailbox import MailboxKey, Register
from pratique.ports.services import Services
from pratique.usecases.train_upload import Upload, train_upload

from gateway.imap.index import SYSTEM_FLAGS, Index
from gateway.imap.storage import (
    Appended,
    Code,
    Copied,
    Facts,
    FlagChange,
    Message,
    Need,
    Origin,
    Refused,
    no_such_mailbox,
)

from .actions import refused
from .folders import INBOX, Folder
from .threads import Threads

UPLOAD_NAME = "imap"


class EmptyMailbox:
    """A mailbox with nothing in it (engine's Mailbox)."""

    def __init__(self, name: str, register: Register, *, read_only: bool) -> None:
        self.name, self.read_only = name, read_only
        self.uidvalidity = register.uidvalidity
        self.index = Index(uidnext=register.uidnext)

    @property
    def permanent_flags(self) -> tuple[str, ...]:
        """See Mailbox."""
        return () if self.read_only else SYSTEM_FLAGS

    async def refresh(self) -> None:
        """See Mailbox."""

    async def facts(self, uids: Sequence[int], need: Need) -> Sequence[Facts | None]:
        """See Mailbox."""
        del need
        return [None] * len(uids)

    async def opened(self, uids: Sequence[int]) -> None:
        """See Mailbox: there is nothing."""

    async def bodies(self, uids: Sequence[int]) -> AsyncGenerator[tuple[int, bytes | None], None]:
        """See Mailbox."""
        for uid in uids:
            yield uid, None

    async def store(
        self, uids: Sequence[int], change: FlagChange, *, unchanged_since: int | None = None, by: Origin
    ) -> Sequence[int]:
        """See Mailbox."""
        del uids, change, unchanged_since, by
        return []

    async def expunge(self, uids: Sequence[int], *, by: Origin) -> None:
        """See Mailbox."""

    async def copy(self, uids: Sequence[int], destination: str) -> Copied:
        """See Mailbox: nothing can be copied from here."""
        del uids, destination
        return Copied(self.uidvalidity)

    async def move(self, uids: Sequence[int], destination: str, *, by: Origin) -> Copied:
        """See Mailbox."""
        del uids, destination, by
        return Copied(self.uidvalidity)

    async def search(self, field: str, needle: str, uids: Sequence[int]) -> Collection[int] | None:
        """See Mailbox."""
        del field, needle, uids
        return ()

    async def close(self) -> None:
        """See Mailbox."""


class Destinations:
    """What one login may put where. `may` raises where the login has ended meanwhile."""

    def __init__(
        self,
        services: Services,
        threads: Threads,
        actor: Actor,
        folders: Callable[[], Awaitable[dict[str, Folder]]],
        may: Callable[[], Awaitable[None]],
    ) -> None:
        self._services, self._threads, self._actor = services, threads, actor
        self._folders, self.may = folders, may

    async def taking(self, name: str, source: Folder) -> Folder:
        """The folder of that name, if it takes messages from `source`. Raises Refused."""
        folder = (await self._folders()).get(name)
        if folder is None:
            raise no_such_mailbox()
        if source.key not in folder.sources:
            raise Refused(Code.CANNOT, f"Messages of {source.name} cannot be put into {folder.name}")
        return folder

    async def register(self, folder: Folder, more: int = 0) -> Register:
        """The UIDs of a folder that shows nothing, `more` of them given away."""
        if folder.name == INBOX:
            return Register(0, 1, 1, "", 0, b"")
        key = MailboxKey(self._actor.scope, folder.key)
        now = max(1, self._services.clock.now_ms() // 1000 & 0xFFFFFFFF)
        mailboxes = self._services.mailboxes

        def take() -> Register:
            known = mailboxes.read(key) if not more else None  # whoever only asks writes nothing
            return known or mailboxes.take_uids(key, more, uidvalidity=now)

        return await self._threads.call(take)

    async def copied(self, folder: Folder, uids: Sequence[int]) -> Copied:
        """COPYUID for what was put there: every message gets a UID that shows nothing."""
        register = await self.register(folder, len(uids))
        first = register.uidnext - len(uids)
        return Copied(register.uidvalidity, uids, range(first, register.uidnext))

    async def append(self, folder: Folder, message: Message) -> Appended:
        """Mail that did not come through here: a lesson in the folders that take such mail, refused in all others."""
        label = folder.label
        if not folder.uploads or label is None:
            raise Refused(Code.CANNOT, f"{folder.name} takes only messages of this quarantine")
        upload = Upload(UPLOAD_NAME, message.data, label)
        scope = self._actor.scope
        try:
            await self._threads.call(lambda: train_upload(self._services, self._actor, [upload], scope=scope))
        except Refusal as refusal:
            raise refused(type(refusal), str(refusal.args[0]) if refusal.args else refusal.code) from refusal
        register = await self.register(folder, 1)
        return Appended(register.uidvalidity, register.uidnext - 1)
