"""An SMTP edge in an event loop of its own thread, in front of a fake store and a fake ingest."""

from __future__ import annotations

import asyncio
import re
import smtplib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pratique.ports.ingest import Ingest

from gateway.authentication.verdicts import Arrival, Verdicts
from gateway.smtp_edge import Edge, Pace
from gateway.smtp_protocol import Limits, Listener
from tests.fakes import FakeClock, FakeStore

ULID = "01M33Y0000000000000000000A"
RCPT = "bob@example.org"
SENDER = "alice@example.net"


_TRACE = re.compile(
    rb"Received: from [^\s()]+ \((?:[^\s()]+ )?\[[^\s\]]+\]\)\r?\n\tby \S+ with E?SMTPS? id \S+;\r?\n\t[^\r\n]+\r?\n"
)


def below_trace(kept: bytes) -> bytes:
    """A message as it was sent, without the trace field that the edge put above it."""
    trace = _TRACE.match(kept)
    assert trace is not None, kept[:200]
    return kept[trace.end() :]


class FakeIngest:
    """Ingest: remembers the events, and answers what the test has set. `hold` makes it wait."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.states: Callable[[str], str] = lambda recipient: "queued"
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self.events.append(event)
        self.entered.release()
        self.hold.wait(20)
        if self.error:
            raise self.error
        recipients = event["Records"][0]["ses"]["receipt"]["recipients"]
        copies = [{"id": f"{ULID}.x", "recipient": r, "state": self.states(r)} for r in recipients]
        return {"disposition": "CONTINUE", "message": ULID, "copies": copies}


class BreakableStore(FakeStore):
    """Fails to put while `error` is set."""

    error: Exception | None = None

    def put(self, key: str, data: bytes) -> None:
        if self.error:
            raise self.error
        super().put(key, data)


class Serving:
    """What a test holds in its hands."""

    def __init__(
        self,
        limits: Limits,
        pace: Pace,
        check: Callable[[Arrival], Verdicts] | None,
        store: FakeStore | None,
        ingest: Ingest | None,
        serves: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        self._serves = serves
        self.store, self.ingest, self.clock = BreakableStore(), FakeIngest(), FakeClock()
        self._check, self._own_store, self._own_ingest = check, store, ingest
        self.port = 0
        self._limits, self._pace = limits, pace
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="edge-loop")

    def start(self) -> None:
        self._thread.start()
        self.port = self.run(self._start())

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> int:
        self.edge = Edge(
            self._own_store or self.store,
            self._own_ingest or self.ingest,
            self.clock,
            recipients=self._limits.recipients,
            hostname="edge.example",
            pace=self._pace,
            check=self._check,
            serves=self._serves,
        )
        self.listener = Listener(self.edge, hostname="edge.test", limits=self._limits)
        return await self.listener.start("127.0.0.1", 0)

    async def stop(self, grace: float = 5.0) -> None:
        await self.listener.stop(grace)
        await self.edge.close(grace)

    def close(self) -> None:
        self.ingest.hold.set()
        self.run(self.stop(0.2))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.test", timeout=20)

    def send(self, data: bytes, *, to: str | list[str] = RCPT) -> tuple[int, bytes]:
        """The reply to DATA."""
        with self.client() as client:
            client.ehlo()
            client.mail(SENDER)
            for recipient in [to] if isinstance(to, str) else to:
                client.rcpt(recipient)
            return client.data(data)

    @property
    def stored(self) -> list[bytes]:
        """What stands below the edge's trace field."""
        return [below_trace(self.store.objects[key]) for key in self.raw_keys]

    @property
    def raw_keys(self) -> list[str]:
        return [key for key in self.store.objects if key.startswith("raw/")]

    @property
    def event(self) -> Mapping[str, Any]:
        """The only event's `ses` part."""
        (event,) = self.ingest.events
        part: Mapping[str, Any] = event["Records"][0]["ses"]
        return part


@contextmanager
def serving(
    limits: Limits | None = None,
    pace: Pace | None = None,
    *,
    check: Callable[[Arrival], Verdicts] | None = None,
    store: FakeStore | None = None,
    ingest: Ingest | None = None,
    serves: Callable[[str], Awaitable[bool]] | None = None,
) -> Iterator[Serving]:
    """A store and an ingest may be given; those of the Serving stay unused then."""
    one = Serving(limits or Limits(), pace or Pace(), check, store, ingest, serves)
    one.start()
    try:
        yield one
    finally:
        one.close()


class Wire:
    """A bare connection, for what smtplib is too well-behaved to send."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> bytes:
        """The last line of one reply, without CRLF; b'' at the end of the connection."""
        while True:
            line: bytes = self.file.readline()
            if line[3:4] != b"-":
                return line.rstrip(b"\r\n")

    def open(self, *, to: bytes = RCPT.encode()) -> None:
        """Up to and with DATA's 354."""
        self.reply()
        for command in (b"EHLO c", b"MAIL FROM:<alice@example.net>", b"RCPT TO:<" + to + b">", b"DATA"):
            self.send(command + b"\r\n")
            last = self.reply()
        assert last.startswith(b"354")
