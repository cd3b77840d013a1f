"""The IMAP server over mail in memory, in an event loop of its own thread, and bare connections to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.imap.limits import Limits
from gateway.imap.memory import MemoryBackend, MemoryMailbox
from gateway.imap.server import Listening, Server
from gateway.imap.storage import Backend, Message
from gateway.imap.throttle import Patience

NOW = 1_000_000_000
"""9 September 2001, 01:46:40 UTC: the clock of the mail in memory stands still."""
USER, PASSWORD = "testuser", "pass"
PATIENCE = 20.0
"""Seconds until a test gives up: a bound, nothing waits longer than it takes."""
QUICK = Patience(first_delay=0.0, most_delay=0.0)


class Serving:
    """What a test holds in its hands."""

    def __init__(
        self, limits: Limits, patience: Patience, tls: ssl.SSLContext | None, backend: Backend | None
    ) -> None:
        self.limits, self._patience, self._tls = limits, patience, tls
        self.backend = MemoryBackend(PASSWORD, lambda: NOW, append_limit=limits.append)
        self._behind: Backend = backend or self.backend
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="imap-loop")

    def start(self) -> None:
        self._thread.start()
        self.server: Server = self.run(self._make())

    async def _make(self) -> Server:
        return Server(self._behind, tls=self._tls, limits=self.limits, patience=self._patience)

    def listen(self, **options: Any) -> int:
        """Another listener; returns its port."""
        listening = Listening("127.0.0.1", 0, **({"plaintext": True} | options))
        return int(self.run(self.server.start(listening)))

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call something on the loop."""

        async def inside() -> Any:
            return function(*arguments)

        return self.run(inside())

    def mailbox(self, name: str = "INBOX", user: str = USER) -> MemoryMailbox:
        return self.backend.account(user).find(name)

    def fill(self, messages: list[bytes], name: str = "INBOX", user: str = USER) -> None:
        """Put messages into a mailbox, a day apart."""
        given = [Message(raw, (), NOW + 86_400 * at) for at, raw in enumerate(messages)]
        self.call(lambda: self.mailbox(name, user).add(given))

    def close(self) -> None:
        self.run(self.server.stop(5.0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


@contextmanager
def serving(
    limits: Limits | None = None,
    *,
    patience: Patience = QUICK,
    tls: ssl.SSLContext | None = None,
    backend: Backend | None = None,
) -> Iterator[Serving]:
    one = Serving(limits or Limits(), patience, tls, backend)
    one.start()
    try:
        yield one
    finally:
        one.close()


class Wire:
    """A bare connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> bytes:
        """One line without its CRLF; b'' at the end of the connection."""
        line: bytes = self.file.readline()
        return line.removesuffix(b"\r\n")

    def until(self, start: bytes) -> list[bytes]:
        """Lines up to and with the one that starts so, or the end of the connection."""
        lines = []
        while True:
            raw = self.file.readline()
            lines.append(raw.removesuffix(b"\r\n"))
            if lines[-1].startswith(start) or not raw:
                return lines

    def command(self, text: bytes, tag: bytes = b"t") -> list[bytes]:
        """Send a command and read its answer."""
        self.send(tag + b" " + text + b"\r\n")
        return self.until(tag + b" ")

    def log_in(self, user: str = USER) -> Wire:
        self.line()
        assert self.command(f"LOGIN {user} {PASSWORD}".encode())[-1].startswith(b"t OK")
        return self

    def start_tls(self, context: ssl.SSLContext, name: str = "localhost") -> None:
        self.file.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self.file = self.socket.makefile("rb")
