"""Who logs in: app passwords by the use case, remembered for a moment so that a client's many connections cost one slow hash."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from pratique.domain.actor import Actor, Channel
from pratique.ports.services import Services
from pratique.usecases.check_password import check_password

from gateway.imap.storage import Code, Peer, Refused

from .threads import Threads

REMEMBERED_SECONDS = 120.0
"""A revoked password may open new connections for so long."""
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A login that was good, by which password, until when (of the loop's clock)."""

    actor: Actor
    password_id: str
    until: float


class Logins:
    """For one event loop. Nothing of a password is kept but a hash under a key of this process."""

    def __init__(self, services: Services, threads: Threads) -> None:
        self._services, self._threads = services, threads
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    async def login(self, user: str, password: str, peer: Peer) -> Known:
        """Who it is. Raises Refused; TemporaryFailure where nobody can tell now."""
        token = self._token(user, password)
        known = self._remembered(token)
        if known is not None:
            return known
        checked = await self._threads.hash(
            lambda: check_password(self._services, user, password, address=peer.address, channel=Channel.IMAP)
        )
        if checked.locked:
            raise Refused(Code.UNAVAILABLE, "Too many wrong passwords: try again in a quarter of an hour")
        if checked.actor is None:
            raise Refused(Code.AUTHENTICATIONFAILED, "Wrong login or password")
        return self._remember(token, checked.actor, checked.password_id)

    async def still_good(self, actor: Actor, password_id: str) -> bool:
        """Whether a login's password was not revoked and has not ended."""
        now = self._services.clock.now_ms() / 1000
        passwords = await self._threads.call(lambda: self._services.app_passwords.passwords(actor.scope))
        return any(p.id == password_id and (p.expires_at is None or p.expires_at > now) for p in passwords)

    def _token(self, user: str, password: str) -> bytes:
        """What stands for a login and its password in memory."""
        text = f"{len(user)}:{user}\0{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")

    def _remembered(self, token: bytes) -> Known | None:
        known = self._known.get(token)
        if known is not None and known.until <= asyncio.get_running_loop().time():
            del self._known[token]
            return None
        return known

    def _remember(self, token: bytes, actor: Actor, password_id: str) -> Known:
        until = asyncio.get_running_loop().time() + REMEMBERED_SECONDS
        known = self._known[token] = Known(actor, password_id, until)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return known
