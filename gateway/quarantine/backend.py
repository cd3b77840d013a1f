"""What the IMAP server stands on: logins and mailboxes of the quarantine."""

from __future__ import annotations

from pratique.ports.services import Services

from gateway.imap.storage import Account, Peer

from .account import QuarantineAccount
from .logins import Logins
from .shelf import Shelf
from .threads import Threads


class QuarantineBackend:
    """See Backend. For one event loop."""

    def __init__(
        self, services: Services, threads: Threads | None = None, logins: Logins | None = None
    ) -> None:
        self._services = services
        self._threads = threads or Threads()
        self._shelf = Shelf(services, self._threads)
        self._logins = logins or Logins(services, self._threads)

    async def login(self, user: str, password: str, peer: Peer) -> Account:
        """See Backend."""
        known = await self._logins.login(user, password, peer)
        return QuarantineAccount(self._services, self._threads, self._shelf, self._logins, known)

    async def close(self) -> None:
        """The gateway ends: nothing is asked any more."""
        await self._shelf.close()
        self._threads.close()
