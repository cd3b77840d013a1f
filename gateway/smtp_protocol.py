"""SMTP on the wire: aiosmtpd's server with what an edge of the open Internet needs besides.

What is different from aiosmtpd 1.4.6:

- DATA keeps every octet, lines of any length and NUL among them (aiosmtpd refuses lines above 1,001 octets). Only
  `CRLF . CRLF` ends it (RFC 5321, 4.1.1.4); a message with a lone dot between *bare* line ends is refused whole, since a next
  hop may take it for the end of the mail (SMTP smuggling; https://www.postfix.org/smtp-smuggling.html). Other bare CR and LF
  stay as they came: raw mail is never changed.
- connections are bounded, in all and per address; so are the octets of messages on their way in.
- PIPELINING (RFC 2920): commands are read one after the other from one buffer, so it holds; aiosmtpd does not announce it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, syntax

MIB = 1024 * 1024
HANDSHAKE_SECONDS = 20.0
READ_AHEAD = 64 * 1024
"""Octets a connection may send ahead of what is read (asyncio stops reading at twice this)."""
COMMAND_OCTETS = 2048
"""RFC 5321, 4.5.3.1.4 says 512; extensions and UTF-8 addresses add to it."""
REPEATS = {
    "NOOP": 100,
    "RSET": 10_000,
    "VRFY": 20,
    "EHLO": 20,
    "HELO": 20,
    "HELP": 20,
    "AUTH": 3,
    "*": 1_000_000,
}
"""How often a session may use a command. RCPT and MAIL are bounded per message instead."""
_LONE_DOT = re.compile(rb"[\r\n]\.[\r\n]")
_CLOSING = b"421 4.3.2 closing down, try again later\r\n"
_BUSY = b"421 4.7.0 too many connections, try again later\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes. Sizes in octets, times in seconds."""

    message: int = 40 * MIB
    recipients: int = 100
    connections: int = 200
    per_address: int = 50
    in_flight: int = 256 * MIB
    idle: float = 300.0
    """RFC 5321, 4.5.3.2.7: at least five minutes."""
    transfer: float = 900.0
    """For the whole of one DATA."""


@dataclass(frozen=True, slots=True)
class Secure:
    """How a listener is secured. `tls` offers STARTTLS, or (`implicit`) is there from the first octet; `behind_tls`: a load balancer ends TLS in
    front of it, and begins each connection with a PROXY header. With `logins` AUTH is offered, where TLS is on the line only.
    """

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    behind_tls: bool = False
    logins: bool = False

    @property
    def from_the_start(self) -> bool:
        """Whether every octet goes over TLS."""
        return self.implicit or self.behind_tls


OPEN = Secure()
PROXY_SECONDS = 10.0
"""A load balancer's header comes with the connection."""


class Listener:
    """One listening socket and its connections. `handler` has aiosmtpd's hooks (handle_EHLO, handle_MAIL, handle_RCPT, handle_DATA)."""

    def __init__(
        self, handler: object, *, hostname: str, limits: Limits | None = None, secure: Secure = OPEN
    ) -> None:
        self.secure = secure
        self.handler = handler
        self.hostname = hostname
        self.limits = limits or Limits()
        self.in_flight = 0
        self._connections: set[Connection] = set()
        self._addresses: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (0 takes a free one). Raises OSError."""
        # Its INFO lines quote every command, so whole addresses; where nobody logs in, no password is among them.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        tls = self.secure.tls if self.secure.implicit else None
        self._server = await loop.create_server(
            lambda: Connection(self, loop),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self, grace: float = 10.0) -> None:
        """Take no new connections, let messages that are being taken in finish (for `grace` seconds), close the rest with 421."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.close_when_idle()
        deadline = asyncio.get_running_loop().time() + grace
        while self._connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)  # lets the event loop tell them that they are closed
        self._server = None

    def admit(self, connection: Connection, address: str) -> bool:
        """Count a connection in, or say that there are too many."""
        if (
            len(self._connections) >= self.limits.connections
            or self._addresses[address] >= self.limits.per_address
        ):
            return False
        self._connections.add(connection)
        self._addresses[address] += 1
        return True

    def leave(self, connection: Connection, address: str) -> None:
        """Count a connection out."""
        self._connections.discard(connection)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]


class Connection(SMTP):
    """One connection."""

    line_length_limit = READ_AHEAD

    def __init__(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        secure = listener.secure
        super().__init__(
            listener.handler,
            data_size_limit=listener.limits.message,
            enable_SMTPUTF8=True,
            hostname=listener.hostname,
            ident="Pratique",
            timeout=listener.limits.idle,
            command_call_limit=REPEATS,
            tls_context=None if secure.from_the_start else secure.tls,
            auth_require_tls=not (secure.logins and secure.from_the_start),
            auth_exclude_mechanism=() if secure.logins else ("LOGIN", "PLAIN"),
            proxy_protocol_timeout=PROXY_SECONDS if secure.behind_tls else None,
            loop=loop,
        )
        # aiosmtpd keeps these in one dictionary of the class and lets every EHLO of anybody raise them.
        self.command_size_limits: dict[str, int] = defaultdict(lambda: COMMAND_OCTETS)
        self._listener = listener
        self._address = ""
        self._admitted = False
        self._counted = 0
        self._taking = False
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; one too many is told so and closed. After STARTTLS it is made again, with TLS."""
        if self._admitted:
            super().connection_made(transport)
            return
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._admitted = self._listener.admit(self, self._address)
        if self._admitted:
            super().connection_made(transport)
        elif isinstance(transport, asyncio.Transport):
            transport.write(_BUSY)
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Count it out."""
        if self._admitted:
            self._admitted = False
            self._listener.leave(self, self._address)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Nothing is read from a connection that was turned away."""
        if self._admitted:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """As above."""
        return super().eof_received() if self._admitted else False

    def close_when_idle(self) -> None:
        """Close now, or after the message that is being taken in has its answer."""
        self._closing = True
        if not self._taking:
            self._say_goodbye()

    def abort(self) -> None:
        """Close at once."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _say_goodbye(self) -> None:
        if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
            self.transport.write(_CLOSING)
            self.transport.close()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds commands by name
        """Read a message to its end, give it to the handler, answer."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT first")
        elif arg:
            await self.push("501 5.5.4 DATA takes no argument")
        else:
            self._taking = True
            try:
                await self._take(self.envelope)
            finally:
                self._taking = False
            if self._closing:
                self._say_goodbye()

    async def _take(self, envelope: Envelope) -> None:
        await self.push("354 end with <CRLF>.<CRLF>")
        self._reset_timeout(self._listener.limits.transfer)
        data = bytearray()
        try:
            fault = await self._read_data(data)
            self._reset_timeout(self._listener.limits.transfer)
            if fault:
                status: Any = fault
            else:
                envelope.content = envelope.original_content = bytes(data)
                status = await self._call_handler_hook("DATA")
        finally:
            self._listener.in_flight -= self._counted
            self._counted = 0
            self.envelope = self._create_envelope()
        self._reset_timeout()
        await self.push(status)

    async def _read_data(self, data: bytearray) -> str:
        """Read a message into `data`, without its dots (RFC 5321, 4.5.2); returns why it cannot be taken ('' if it can)."""
        fault = ""
        starts_line, before = True, b"\r\n"
        while True:
            try:
                piece = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                piece = await self._reader.read(error.consumed)
            if starts_line and piece == b".\r\n":
                return fault
            if _LONE_DOT.search(before + piece):
                fault = fault or "554 5.6.0 a lone dot between bare line ends: refused"
            before = (before + piece)[-2:]
            if starts_line and piece.startswith(b"."):
                piece = piece[1:]
            starts_line = before == b"\r\n"
            if not fault:
                fault = self._add(data, piece)

    def _add(self, data: bytearray, piece: bytes) -> str:
        limits = self._listener.limits
        fault = ""
        if len(data) + len(piece) > limits.message:
            fault = f"552 5.3.4 larger than {limits.message} octets"
        elif self._listener.in_flight + len(piece) > limits.in_flight:
            fault = "452 4.3.1 too much mail on its way in, try again later"
        if fault:
            data.clear()
            self._listener.in_flight -= self._counted
            self._counted = 0
        else:
            data += piece
            self._counted += len(piece)
            self._listener.in_flight += len(piece)
        return fault
