"""The mailboxes as one connection has them open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from typing import TypeVar

from pratique.domain.actor import Actor
from pratique.domain.errors import Refusal
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.mailbox import Listing, Placed
from pratique.ports.services import Services
from pratique.usecases.note_look import note_looks_by_id
from pratique.usecases.open_body import must_open_all

from gateway.imap.index import SEEN, SYSTEM_FLAGS, Index
from gateway.imap.storage import Change, Copied, Facts, FlagChange, Need, Origin

from .actions import put_into, refused, take_out, withdraw
from .ahead import read_bodies
from .contents import Came, Contents, Flagged, Operation, Went
from .folders import Folder
from .reading import TOGETHER, read_facts
from .remembered import A_SCAN
from .shared import KEYWORDS, SharedMailbox, flag_bit
from .threads import Threads
from .writeonly import Destinations

T = TypeVar("T")
NOT_JUNK = flag_bit(KEYWORDS[0])
r"""Taught as good mail and still held: removing it by an EXPUNGE, which is how clients finish a move, would lose it."""
KEPT = (1 << len(SYSTEM_FLAGS)) - 1
"""Flags that clients may change."""


class ReadMailbox:
    """A folder that shows copies (engine's Mailbox). `may` is asked before each call whether this login still may."""

    def __init__(
        self,
        services: Services,
        threads: Threads,
        folder: Folder,
        shared: SharedMailbox,
        destinations: Destinations,
        actor: Actor,
        *,
        read_only: bool,
    ) -> None:
        self._services, self._threads, self._folder = services, threads, folder
        self._shared, self._destinations, self._actor = shared, destinations, actor
        self.read_only = read_only or not actor.may_write
        self._left = False
        self._opened: set[CopyId] = set()
        shared.enter()

    @property
    def name(self) -> str:
        """See Mailbox."""
        return self._folder.name

    @property
    def uidvalidity(self) -> int:
        """See Mailbox."""
        return self._shared.contents.uidvalidity

    @property
    def index(self) -> Index:
        """See Mailbox."""
        return self._shared.index

    @property
    def permanent_flags(self) -> tuple[str, ...]:
        """See Mailbox."""
        return () if self.read_only else SYSTEM_FLAGS

    async def refresh(self) -> None:
        """See Mailbox."""
        await self._destinations.may()
        await self._shared.look(asked=True)

    async def facts(self, uids: Sequence[int], need: Need) -> Sequence[Facts | None]:
        """See Mailbox: all that is known, whatever is asked for. A hundred messages a call, calls side by side."""
        del need
        await self._destinations.may()
        contents, kept = self._shared.contents, self._shared.remembered
        found: dict[int, Facts | None] = {}
        missing: list[tuple[int, bytes, CopyId]] = []
        for uid in uids:
            at = contents.position(uid)
            if at < 0 or contents.gone[at]:
                continue
            message = contents.octets(at)
            found[uid] = kept.get(message)
            if found[uid] is None:
                missing.append((uid, message, contents.copy_id(at)))
        parts = [missing[start : start + TOGETHER] for start in range(0, len(missing), TOGETHER)]
        for part, read in zip(parts, await asyncio.gather(*map(self._read, parts)), strict=True):
            for (uid, message, _), facts in zip(part, read, strict=True):
                found[uid] = facts
                if facts is not None and len(uids) <= A_SCAN:
                    kept.put(message, facts)
        return [found.get(uid) for uid in uids]

    async def _read(self, part: Sequence[tuple[int, bytes, CopyId]]) -> list[Facts | None]:
        ids = [copy_id for _, _, copy_id in part]
        return await self._threads.call(lambda: read_facts(self._services, ids))

    async def opened(self, uids: Sequence[int]) -> None:
        """See Mailbox: of somebody else's mail its owner is told first."""
        if not self._actor.reason:
            return
        new = [each for each in self._ids(uids).values() if each not in self._opened]
        await self._threads.call(lambda: must_open_all(self._services, self._actor, new))
        self._opened.update(new)

    async def bodies(self, uids: Sequence[int]) -> AsyncGenerator[tuple[int, bytes | None], None]:
        """See Mailbox."""
        await self._destinations.may()
        contents, known = self._shared.contents, self._ids(uids)
        wanted = [
            (uid, copy_id, contents.sizes[contents.position(uid)])
            for uid, copy_id in known.items()
            if contents.position(uid) >= 0
        ]
        async with contextlib.aclosing(read_bodies(self._services, self._threads, wanted)) as bodies:
            async for uid, body in bodies:
                yield uid, body

    async def store(
        self, uids: Sequence[int], change: FlagChange, *, unchanged_since: int | None = None, by: Origin
    ) -> Sequence[int]:
        """See Mailbox. Flags that are not kept are left aside (RFC 3501, 7.1: PERMANENTFLAGS)."""
        mask = self.index.mask(change.flags, create=False) & KEPT
        failed: list[int] = []
        looked: list[CopyId] = []

        def make(contents: Contents) -> list[Operation]:
            failed.clear()
            looked.clear()
            by_flags: dict[int, list[int]] = {}
            for uid in uids:
                at = contents.position(uid)
                if at < 0 or contents.gone[at]:
                    continue
                if unchanged_since is not None and contents.modseqs[at] > unchanged_since:
                    failed.append(uid)
                    continue
                old = contents.flags[at]
                new = _changed(old, mask, change.kind)
                if new & SEEN & ~old:
                    looked.append(contents.copy_id(at))
                if new != old:
                    by_flags.setdefault(new, []).append(uid)
            version = contents.version + 1
            return [Flagged(version, tuple(each), flags) for flags, each in by_flags.items()]

        await self._shared.change(make, by=by)
        if looked:
            self._threads.start(lambda: note_looks_by_id(self._services, self._actor, looked))
        return failed

    async def expunge(self, uids: Sequence[int], *, by: Origin) -> None:
        """See Mailbox. In Caught: Remove. What was taught as good mail stays held, under a new number."""
        await self._destinations.may()
        if self._folder.listing is Listing.REQUESTED:
            await self._run(lambda: withdraw(self._services, self._actor, list(self._ids(uids).values())))
            await self._depart(uids, (), by)
            return
        contents, known = self._shared.contents, self._ids(uids)
        stays = {uid for uid in known if contents.flags[contents.position(uid)] & NOT_JUNK}
        removed = [copy_id for uid, copy_id in known.items() if uid not in stays]
        await self._run(lambda: take_out(self._services, self._actor, removed))
        await self._depart(uids, stays, by)

    async def copy(self, uids: Sequence[int], destination: str) -> Copied:
        """See Mailbox. What is released, or taught on request, leaves this mailbox by itself, a moment later."""
        folder, done = await self._put(uids, destination)
        if folder.release or self._folder.listing is Listing.REQUESTED:
            self._shared.linger(done)
        elif folder.label is Label.HAM:
            await self._shared.change(lambda contents: marked(contents, done), by=None)
        return await self._destinations.copied(folder, done)

    async def move(self, uids: Sequence[int], destination: str, *, by: Origin) -> Copied:
        """See Mailbox. As COPY, STORE and EXPUNGE (RFC 6851, 3.3)."""
        folder, done = await self._put(uids, destination)
        stays: Collection[int] = ()
        if self._folder.listing is not Listing.REQUESTED and not folder.release:
            if folder.label is Label.HAM:
                stays = done
            else:
                removed = list(self._ids(done).values())
                await self._run(lambda: take_out(self._services, self._actor, removed))
        copied = await self._destinations.copied(folder, done)
        await self._depart(done, stays, by)
        return copied

    async def search(self, field: str, needle: str, uids: Sequence[int]) -> Collection[int] | None:
        """See Mailbox. The engine's column of headers will do."""
        del field, needle, uids
        return None

    async def close(self) -> None:
        """See Mailbox."""
        if not self._left:
            self._left = True
            self._shared.leave()

    async def _put(self, uids: Sequence[int], destination: str) -> tuple[Folder, list[int]]:
        """Do what the destination stands for; which UIDs it was done to."""
        await self._destinations.may()
        folder = await self._destinations.taking(destination, self._folder)
        known = self._ids(uids)
        done = set(
            await self._run(lambda: put_into(self._services, self._actor, folder, list(known.values())))
        )
        return folder, [uid for uid, copy_id in known.items() if copy_id in done]

    async def _depart(self, uids: Sequence[int], stays: Collection[int], by: Origin) -> None:
        """Out of the mailbox; those that stay held come back at its end."""

        def make(contents: Contents) -> list[Operation]:
            places = [at for at in map(contents.position, uids) if at >= 0 and not contents.gone[at]]
            if not places:
                return []
            version = contents.version + 1
            again = [at for at in places if contents.uids[at] in stays]
            entries = tuple(
                Placed(contents.copy_id(at), contents.ends[at], contents.sizes[at]) for at in again
            )
            went = Went(version, tuple(contents.uids[at] for at in places))
            return [went, Came(version, contents.uidnext, entries)] if entries else [went]

        await self._shared.change(make, by=by)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await self._threads.call(work)
        except Refusal as refusal:
            raise refused(type(refusal), str(refusal.args[0]) if refusal.args else refusal.code) from refusal

    def _ids(self, uids: Sequence[int]) -> dict[int, CopyId]:
        """The copies of those UIDs that are here, in the same order."""
        contents = self._shared.contents
        places = ((uid, contents.position(uid)) for uid in uids)
        return {uid: contents.copy_id(at) for uid, at in places if at >= 0 and not contents.gone[at]}


def _changed(old: int, mask: int, kind: Change) -> int:
    if kind is Change.ADD:
        return old | mask
    if kind is Change.REMOVE:
        return old & ~mask
    return (old & ~KEPT) | mask


def marked(contents: Contents, uids: Sequence[int]) -> list[Operation]:
    """The operation that notes what was taught as good mail."""
    by_flags: dict[int, list[int]] = {}
    for uid in uids:
        at = contents.position(uid)
        if at >= 0 and not contents.gone[at] and not contents.flags[at] & NOT_JUNK:
            by_flags.setdefault(contents.flags[at] | NOT_JUNK, []).append(uid)
    return [Flagged(contents.version + 1, tuple(each), flags) for flags, each in by_flags.items()]
