"""One mailbox as all connections of this gateway share it: the engine's index, fed by a Keeper."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from array import array
from collections.abc import Collection, Sequence

from pratique.domain.errors import PermanentFailure, PratiqueError
from pratique.domain.mailbox import Listing, MailboxKey
from pratique.ports.services import Services

from gateway.imap.index import Arrival, Index
from gateway.imap.storage import Origin

from .contents import Came, Contents, Flagged, Operation
from .keeper import Keeper, Make
from .remembered import Remembered
from .threads import Threads

POLL_SECONDS = 2.0
"""How often a mailbox that somebody waits in (IDLE) is looked at."""
LEAST_SECONDS = 1.0
"""Between two looks that clients ask for."""
LINGER_SECONDS = 3.0
"""A copied message stays for so long: a client that sends COPY, STORE and EXPUNGE in one go must find the numbers it knew."""
KEYWORDS = ("$NotJunk",)
"""Kept after the system flags, in this order everywhere: their bits are stored."""

_log = logging.getLogger("pratique.imap")


class SharedMailbox:
    """For one event loop. `broken` is set where it was numbered anew by somebody: whoever opens it next gets another."""

    def __init__(
        self,
        services: Services,
        threads: Threads,
        key: MailboxKey,
        listing: Listing,
        remembered: Remembered | None = None,
    ) -> None:
        self.key, self.listing = key, listing
        self.remembered = remembered or Remembered()
        self.broken = False
        self.users = 0
        self.idle_since = 0.0
        self._keeper = Keeper(services, key, listing)
        self._threads = threads
        self._lock = asyncio.Lock()
        self._looked = 0.0
        self._lingering: dict[int, float] = {}
        self._poll: asyncio.Task[None] | None = None
        self.index = Index()

    @property
    def contents(self) -> Contents:
        """What it holds; read it only, and let it be replaced at any await."""
        return self._keeper.contents

    async def open(self) -> None:
        """Load it, once."""
        async with self._lock:
            if self._looked:
                return
            self.index = await self._threads.call(self._load)
            self._looked = asyncio.get_running_loop().time()

    def enter(self) -> None:
        """A connection has it open: from now on it is looked at while somebody waits."""
        self.users += 1
        if self._poll is None:
            self._poll = asyncio.create_task(self._keep_looking())

    def leave(self) -> None:
        """A connection has left."""
        self.users -= 1
        self.idle_since = asyncio.get_running_loop().time()
        if self.users == 0 and self._poll is not None:
            self._poll.cancel()
            self._poll = None

    async def look(self, *, asked: bool) -> None:
        """See what came and went. A client that asked sees at once that what it copied away is gone."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if asked:
                self._lingering.clear()
            if asked and now - self._looked < LEAST_SECONDS:
                return
            self._lingering = {uid: until for uid, until in self._lingering.items() if until > now}
            spare = frozenset(self._lingering)
            news, over = await self._threads.call(lambda: self._look(spare))
            self._looked = asyncio.get_running_loop().time()
            self._tell(news, None)
            # Under the modseq that is there: an end by the clock is no operation, and the next one takes the next number.
            self.index.vanish(over, modseq=self.index.highestmodseq)

    async def change(self, make: Make, *, by: Origin | None) -> None:
        """Write down what `make` says, and tell it."""
        async with self._lock:
            others, own = await self._threads.call(lambda: self._change(make))
            self._tell(others, None)
            self._tell(own, by)

    def linger(self, uids: Collection[int]) -> None:
        """These were copied to where they leave this mailbox."""
        until = asyncio.get_running_loop().time() + LINGER_SECONDS
        self._lingering.update(dict.fromkeys(uids, until))
        self._looked = 0.0

    def _load(self) -> Index:
        self._keeper.open()
        self._keeper.ended()
        self._keeper.look()
        return make_index(self._keeper.contents)

    def _look(self, spare: Collection[int]) -> tuple[list[Operation], list[int]]:
        try:
            return self._keeper.look(spare), self._keeper.ended()
        except PermanentFailure:
            self.broken = True
            raise

    def _change(self, make: Make) -> tuple[list[Operation], list[Operation]]:
        try:
            return self._keeper.change(make)
        except PermanentFailure:
            self.broken = True
            raise

    def _tell(self, operations: Sequence[Operation], by: Origin | None) -> None:
        for each in operations:
            if isinstance(each, Came):
                self._arrive(each)
            elif isinstance(each, Flagged):
                masks = [each.flags] * len(each.uids)
                self.index.set_flags(each.uids, masks, modseq=each.version, by=by)
            else:
                self.index.vanish(each.uids, modseq=each.version, by=by)

    def _arrive(self, came: Came) -> None:
        contents = self._keeper.contents
        self.index.arrive(
            Arrival(
                uid,
                came.flags,
                seconds=contents.received_ms(contents.position(uid)) // 1000,
                size=entry.size,
                modseq=came.version,
            )
            for uid, entry in enumerate(came.entries, came.first)
        )

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self.index.watched or self.broken:
                continue
            try:
                await self.look(asked=False)
            except PratiqueError as error:
                _log.warning("imap look error=%s", error.code)
            except Exception as error:  # noqa: BLE001 - one failure must not end the watch
                _log.error("imap look error=%s", type(error).__name__)

    async def close(self) -> None:
        """The gateway ends."""
        if self._poll is not None:
            self._poll.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poll


def make_index(contents: Contents) -> Index:
    """The engine's index of everything that is not gone, column by column: 100,000 messages must not take a second."""
    index = Index(uidnext=contents.uidnext, highestmodseq=max(1, contents.version))
    live = list(contents.live())

    def shown(column: array[int]) -> array[int]:
        if len(live) == len(column):
            return column
        return array(column.typecode, map(column.__getitem__, live))

    index.uids, index.flags = shown(contents.uids)[:], array("Q", shown(contents.flags))
    index.modseqs, index.sizes = shown(contents.modseqs)[:], array("q", shown(contents.sizes))
    index.seconds = shown(contents.all_seconds())
    index.zones = array("h", bytes(2 * len(live)))
    index.mask(KEYWORDS)
    return index


def flag_bit(name: str) -> int:
    """The bit of a kept flag."""
    index = Index()
    index.mask(KEYWORDS)
    return index.mask([name], create=False)
