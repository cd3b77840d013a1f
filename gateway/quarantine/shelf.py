"""The mailboxes that this gateway has in memory: one for all connections that have it open, and for a while after."""

from __future__ import annotations

import asyncio

from pratique.domain.mailbox import Listing, MailboxKey
from pratique.ports.services import Services

from .remembered import Remembered
from .shared import SharedMailbox
from .threads import Threads

KEPT_SECONDS = 300.0
"""A mailbox that nobody has open any more stays in memory for so long."""
KEPT_MESSAGES = 1_000_000
"""In all mailboxes that nobody has open; the longest unused goes first."""


class Shelf:
    """For one event loop."""

    def __init__(self, services: Services, threads: Threads) -> None:
        self._services, self._threads = services, threads
        self._remembered = Remembered()
        self._mailboxes: dict[MailboxKey, SharedMailbox] = {}

    async def open(self, key: MailboxKey, listing: Listing) -> SharedMailbox:
        """The mailbox, loaded."""
        self._tidy()
        shared = self._mailboxes.get(key)
        if shared is None or shared.broken:
            shared = SharedMailbox(self._services, self._threads, key, listing, self._remembered)
            self._mailboxes[key] = shared
            shared.idle_since = asyncio.get_running_loop().time()
        try:
            await shared.open()
        except BaseException:
            if shared.users == 0 and self._mailboxes.get(key) is shared:
                del self._mailboxes[key]
            raise
        return shared

    async def close(self) -> None:
        """The gateway ends."""
        for shared in self._mailboxes.values():
            await shared.close()
        self._mailboxes.clear()

    def _tidy(self) -> None:
        """Let go of mailboxes that were not open for a while."""
        now = asyncio.get_running_loop().time()
        unused = [each for each in self._mailboxes.values() if each.users == 0]
        unused.sort(key=lambda each: each.idle_since)
        messages = sum(len(each.index) for each in unused)
        for each in unused:
            if now - each.idle_since < KEPT_SECONDS and messages <= KEPT_MESSAGES:
                break
            messages -= len(each.index)
            if self._mailboxes.get(each.key) is each:
                del self._mailboxes[each.key]
