"""The listening sockets: who is let in, TLS, PROXY protocol, limits by address and user, the end.

TLS of an implicit listener begins after the PROXY header, so connections are accepted here one by one, and an address that has too many
is turned away before its handshake.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .commands import COMMANDS
from .conversation import Conversation
from .greeting import greet
from .limits import Limits
from .proxy import HEAD, NotProxied, client_of, length_of
from .session import Session
from .storage import Backend, Peer
from .throttle import Patience, Throttle, network_of
from .wire import Wire

_log = logging.getLogger("pratique.imap")
BACKLOG = 512
_PAUSE = 0.2
"""Seconds until accepting is tried again when the system has no room."""


@dataclass(frozen=True, slots=True)
class Listening:
    """One listener. `implicit_tls`: TLS from the first octet (RFC 8314, 3.2). `secure`: a load balancer ends TLS before us. `plaintext`:
    passwords in the clear are taken. `proxies`: networks whose connections begin with a PROXY header; all others are then closed.
    """

    host: str
    port: int
    implicit_tls: bool = False
    secure: bool = False
    plaintext: bool = False
    proxies: tuple[str, ...] = ()


class Server:
    """A server over one backend. Make it inside the event loop that serves it."""

    def __init__(
        self,
        backend: Backend,
        *,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        patience: Patience | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self.backend, self.tls, self.limits = backend, tls, limits or Limits()
        self.throttle = throttle or Throttle(asyncio.get_running_loop().time, patience)
        self.checking = asyncio.Semaphore(self.limits.logins_at_once)
        self._sessions: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acceptors: list[asyncio.Task[None]] = []
        self._sockets: list[socket.socket] = []
        self._addresses: Counter[str] = Counter()
        self._users: Counter[str] = Counter()
        self._connections = self._in_flight = 0
        self._closing = False

    # What connections share (session.House)

    def reserve(self, octets: int) -> bool:
        """As in House."""
        if self._in_flight + octets > self.limits.in_flight:
            return False
        self._in_flight += octets
        return True

    def release(self, octets: int) -> None:
        """As in House."""
        self._in_flight -= octets

    def enter(self, user: str) -> bool:
        """As in House."""
        if self._users[user] >= self.limits.per_user:
            return False
        self._users[user] += 1
        return True

    def leave(self, user: str) -> None:
        """As in House."""
        _count_out(self._users, user)

    # Listening

    async def start(self, listening: Listening) -> int:
        """Listen; returns the port (0 takes a free one). Raises OSError; ValueError where implicit TLS has no certificate."""
        if listening.implicit_tls and self.tls is None:
            raise ValueError("implicit TLS needs a certificate")
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        listener = socket.create_server((listening.host, listening.port), family=family, backlog=BACKLOG)
        listener.setblocking(False)
        self._sockets.append(listener)
        self._acceptors.append(asyncio.get_running_loop().create_task(self._accept(listener, listening)))
        return int(listener.getsockname()[1])

    async def stop(self, grace: float = 10.0) -> None:
        """Take no new connections; commands that run are finished (for `grace` seconds), everybody is told BYE."""
        self._closing = True
        for acceptor in self._acceptors:
            acceptor.cancel()
        await asyncio.gather(*self._acceptors, return_exceptions=True)
        for listener in self._sockets:
            listener.close()
        for session in tuple(self._sessions):
            session.stop()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        """Open ones."""
        return self._connections

    async def _accept(self, listener: socket.socket, listening: Listening) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listener)
            except OSError as error:
                _log.warning("imap accept=%s", type(error).__name__)
                await asyncio.sleep(_PAUSE)
                continue
            connection.setblocking(False)
            task = loop.create_task(self._admit(connection, address, listening))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _admit(
        self, connection: socket.socket, address: Sequence[object], listening: Listening
    ) -> None:
        """One connection, from its first octet to its end."""
        taken: list[str] = []
        try:
            if self._connections >= self.limits.connections:
                _turn_away(connection, b"* BYE Too many connections\r\n")
                return
            self._connections += 1
            taken.append("")
            peer = await self._read_peer(connection, address, listening)
            network = network_of(peer.address)
            if self._addresses[network] >= self.limits.per_address:
                _turn_away(connection, b"" if listening.implicit_tls else b"* BYE Too many connections\r\n")
                return
            self._addresses[network] += 1
            taken.append(network)
            await self._converse(connection, peer, listening)
        except (OSError, NotProxied, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError) as error:
            _log.info("imap connection=refused reason=%s", type(error).__name__)
            connection.close()
        finally:
            for network in taken[1:]:
                _count_out(self._addresses, network)
            self._connections -= len(taken[:1])

    async def _converse(self, connection: socket.socket, peer: Peer, listening: Listening) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(self.limits)
        tls = self.tls if listening.implicit_tls else None
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: wire, connection, ssl=tls, ssl_handshake_timeout=self.limits.greeting if tls else None
        )
        session = Session(wire, self, peer, plaintext=listening.plaintext)
        session.closing = self._closing
        self._sessions.add(session)
        try:
            await Conversation(session, COMMANDS).serve(greet(session))
        except asyncio.CancelledError:
            wire.abort()
            raise
        finally:
            self._sessions.discard(session)

    async def _read_peer(
        self, connection: socket.socket, address: Sequence[object], listening: Listening
    ) -> Peer:
        """Who is there. Raises NotProxied, OSError, TimeoutError."""
        host, port = str(address[0]), int(str(address[1]))
        tls = listening.implicit_tls or listening.secure
        if not listening.proxies:
            return Peer(host, port, tls=tls)
        if not any(
            ipaddress.ip_address(host) in ipaddress.ip_network(network) for network in listening.proxies
        ):
            raise NotProxied
        async with asyncio.timeout(self.limits.greeting):
            head = await _read_exactly(connection, HEAD)
            rest = await _read_exactly(connection, length_of(head))
        client = client_of(head, rest) or (host, port)
        return Peer(client[0], client[1], tls=tls)


async def _read_exactly(connection: socket.socket, size: int) -> bytes:
    """Not an octet more: what follows may be a TLS handshake."""
    data = b""
    while len(data) < size:
        part = await asyncio.get_running_loop().sock_recv(connection, size - len(data))
        if not part:
            raise NotProxied
        data += part
    return data


def _turn_away(connection: socket.socket, text: bytes) -> None:
    try:
        connection.send(text)
    except OSError:
        pass
    finally:
        connection.close()


def _count_out(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
