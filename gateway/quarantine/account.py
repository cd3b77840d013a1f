"""One login's mailboxes: what it sees, opens and puts where."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from functools import partial

from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.mailbox import Listing, MailboxKey
from pratique.domain.policy import EffectivePolicy
from pratique.ports.services import Services
from pratique.usecases.change_policy import get_policy

from gateway.imap.index import SEEN
from gateway.imap.storage import (
    Appended,
    Code,
    Listed,
    Mailbox,
    Message,
    Namespaces,
    Refused,
    Status,
    StatusItem,
    no_such_mailbox,
)

from .actions import put_into
from .folders import Folder, folders_of
from .logins import Known, Logins
from .mailbox import ReadMailbox, marked
from .returning import candidates, find_own, take_back, without_marks
from .shared import SharedMailbox
from .shelf import Shelf
from .threads import Threads
from .writeonly import Destinations, EmptyMailbox

POLICY_SECONDS = 30.0
"""For how long it is remembered which folders are on."""
CHECK_SECONDS = 300.0
"""How often an open connection's password is looked at again."""
APPEND_LIMIT = 40 << 20


class QuarantineAccount:
    """See Account."""

    def __init__(
        self, services: Services, threads: Threads, shelf: Shelf, logins: Logins, known: Known
    ) -> None:
        self._services, self._threads, self._shelf, self._logins = services, threads, shelf, logins
        self._actor, self._password_id = known.actor, known.password_id
        self._policy: tuple[EffectivePolicy, float] | None = None
        self._checked = asyncio.get_running_loop().time()
        self._destinations = Destinations(services, threads, self._actor, self._folders, self._may)

    @property
    def user(self) -> str:
        """See Account."""
        return self._actor.scope.key

    @property
    def namespaces(self) -> Namespaces:
        """See Account."""
        return Namespaces()

    @property
    def append_limit(self) -> int:
        """See Account."""
        return APPEND_LIMIT

    async def mailboxes(self) -> Sequence[Listed]:
        """See Account."""
        return [Listed(name, ("\\Noinferiors",)) for name in await self._folders()]

    async def subscriptions(self) -> Collection[str]:
        """See Account: to all that there are, so that clients that show subscribed folders only show them."""
        return list(await self._folders())

    async def status(self, name: str, items: StatusItem) -> Status:
        """See Account."""
        folder = await self._folder(name)
        if folder.listing is None:
            register = await self._destinations.register(folder)
            return Status(0, register.uidnext, register.uidvalidity, 0)
        shared = await self._open(folder)
        await shared.look(asked=True)
        index = shared.index
        unseen = sum(not flags & SEEN for flags in index.flags) if StatusItem.UNSEEN in items else 0
        return Status(
            messages=len(index),
            uidnext=index.uidnext,
            uidvalidity=shared.contents.uidvalidity,
            unseen=unseen,
            highestmodseq=index.highestmodseq,
            size=sum(index.sizes) if StatusItem.SIZE in items else 0,
        )

    async def open(self, name: str, *, read_only: bool) -> Mailbox:
        """See Account."""
        folder = await self._folder(name)
        if folder.listing is None:
            register = await self._destinations.register(folder)
            return EmptyMailbox(folder.name, register, read_only=read_only)
        shared = await self._open(folder)
        mailbox = ReadMailbox(
            self._services,
            self._threads,
            folder,
            shared,
            self._destinations,
            self._actor,
            read_only=read_only,
        )
        try:
            await shared.look(asked=True)
        except BaseException:
            await mailbox.close()
            raise
        return mailbox

    async def append(self, name: str, message: Message) -> Appended:
        """See Account."""
        await self._may()
        folder = await self._folder(name)
        if "caught" in folder.sources:
            own = await self._own(message.data)
            if own is not None:
                return await self._put_again(folder, *own)
        return await self._destinations.append(folder, message)

    async def _own(self, data: bytes) -> tuple[SharedMailbox, int, CopyId] | None:
        """The message of Caught, or of Caught (Outgoing), that these octets are: some clients move by APPEND."""
        original = without_marks(data)
        for folder in (await self._folders()).values():
            if folder.listing not in (Listing.CAUGHT, Listing.CAUGHT_OUTGOING):
                continue
            shared = await self._open(folder)
            same_size = candidates(shared.contents, len(original))
            found = (
                await self._threads.call(partial(find_own, self._services, same_size, original))
                if same_size
                else None
            )
            if found is not None:
                return (shared, *found)
        return None

    async def _put_again(self, folder: Folder, shared: SharedMailbox, uid: int, copy_id: CopyId) -> Appended:
        """What putting it there by MOVE does; the client deletes it in Caught by itself, before or after."""

        def act() -> bool:
            take_back(self._services, self._actor, folder, copy_id)
            return bool(put_into(self._services, self._actor, folder, [copy_id]))

        if not await self._threads.call(act):
            raise Refused(Code.EXPIRED, "This message is no longer in quarantine")
        if folder.release:
            shared.linger([uid])
        elif folder.label is Label.HAM:
            await shared.change(lambda contents: marked(contents, [uid]), by=None)
        register = await self._destinations.register(folder, 1)
        return Appended(register.uidvalidity, register.uidnext - 1)

    async def create(self, name: str, special_uses: tuple[str, ...] = ()) -> None:
        """See Account."""
        del special_uses
        if name in await self._folders():
            raise Refused(Code.ALREADYEXISTS, "This folder exists")
        raise _fixed()

    async def delete(self, name: str) -> None:
        """See Account."""
        await self._folder(name)
        raise _fixed()

    async def rename(self, old: str, new: str) -> None:
        """See Account."""
        del new
        await self._folder(old)
        raise _fixed()

    async def subscribe(self, name: str) -> None:
        """See Account."""
        await self._folder(name)

    async def unsubscribe(self, name: str) -> None:
        """See Account: taken without effect, as all folders stay subscribed."""
        del name

    async def close(self) -> None:
        """See Account."""

    async def _folders(self) -> dict[str, Folder]:
        now = asyncio.get_running_loop().time()
        if self._policy is None or self._policy[1] <= now:
            scope = self._actor.scope
            _, effective = await self._threads.call(lambda: get_policy(self._services, self._actor, scope))
            self._policy = (effective, now + POLICY_SECONDS)
        return folders_of(self._policy[0])

    async def _folder(self, name: str) -> Folder:
        folder = (await self._folders()).get(name)
        if folder is None:
            raise no_such_mailbox()
        return folder

    async def _open(self, folder: Folder) -> SharedMailbox:
        if folder.listing is None:
            raise no_such_mailbox()
        return await self._shelf.open(MailboxKey(self._actor.scope, folder.key), folder.listing)

    async def _may(self) -> None:
        """Raises Refused where the password was revoked, or has ended, since this connection was opened."""
        now = asyncio.get_running_loop().time()
        if now - self._checked < CHECK_SECONDS:
            return
        if not await self._logins.still_good(self._actor, self._password_id):
            raise Refused(Code.AUTHORIZATIONFAILED, "This password was revoked")
        self._checked = now


def _fixed() -> Refused:
    return Refused(Code.CANNOT, "The folders of a quarantine are what they are")
