"""A gateway over fakes, in a thread of its own, and clients that speak real IMAP to it."""

from __future__ import annotations

import asyncio
import imaplib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.change_passwords import create_password
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.ingest_message import Ingested, ingest_message

from gateway.imap.server import Listening, Server
from gateway.quarantine.backend import QuarantineBackend
from tests import fakes
from tests.builders import actor, raw_message, receipt, route

PATIENCE = 20.0
"""Seconds until a test gives up: a bound, nothing waits longer than it takes."""


class Gateway:
    """The server, its fakes, and what tests do with them."""

    def __init__(self, world: fakes.World) -> None:
        self.world = world
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._count = 0
        self._clients: list[Client] = []

    def start(self) -> None:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(PATIENCE)

    def stop(self) -> None:
        for client in self._clients:
            client.imap.shutdown()
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _start(self) -> int:
        self._backend = QuarantineBackend(self.world.services)
        self._server = Server(self._backend)
        return await self._server.start(Listening("127.0.0.1", 0, plaintext=True))

    async def _stop(self) -> None:
        await self._server.stop(1.0)
        await self._backend.close()

    def password(self, login: str, **options: object) -> str:
        scope = parse_scope(login)
        values: dict[str, object] = {"label": "desk", "scope": scope}
        return create_password(self.world.services, actor(scope), **(values | options))[1]  # type: ignore[arg-type]  # its own keywords

    def client(self, login: str, password: str | None = None) -> Client:
        made = Client(self.port, login, password or self.password(login))
        self._clients.append(made)
        return made

    def receive(self, *recipients: str, body: str = "Buy now.", subject: str = "Cheap things") -> Ingested:
        """A message from outside, a second after the one before."""
        self._count += 1
        self.world.clock.advance(seconds=1)
        name = f"message-{self._count}"
        raw = raw_message(body=f"{body}\r\n", subject=subject, to=recipients[0])
        self.world.store.put(f"raw/{name}", raw)
        event = receipt(name, recipients or ("bob@example.org",), received_ms=self.world.clock.now_ms())
        return ingest_message(self.world.services, event)

    def deliver(self) -> None:
        """Carry out what waits in the deliver queue."""
        deliver_batch(self.world.services, self.world.queue.drain(QueueName.DELIVER))


@dataclass
class Seen:
    """One message as FETCH shows it."""

    number: int
    uid: int
    flags: frozenset[str]
    subject: str


class Client:
    """imaplib, with the few things that tests ask for."""

    def __init__(self, port: int, login: str, password: str) -> None:
        self.imap = imaplib.IMAP4("127.0.0.1", port, timeout=PATIENCE)
        try:
            self.ok(self.imap.login(login, password))
        except imaplib.IMAP4.error:
            self.imap.shutdown()
            raise

    def ok(self, answer: tuple[str, list[Any]]) -> list[Any]:
        kind, data = answer
        assert kind == "OK", answer
        return data

    def no(self, answer: tuple[str, Any]) -> str:
        kind, data = answer
        assert kind == "NO", answer
        return b" ".join(each for each in data if isinstance(each, bytes)).decode()

    def select(self, folder: str, *, readonly: bool = False) -> int:
        return int(self.ok(self.imap.select(f'"{folder}"', readonly))[0] or 0)

    def code(self, name: str) -> str:
        """The last response code of that name."""
        _, data = self.imap.response(name)
        return data[0].decode() if data and isinstance(data[0], bytes) else ""

    def uid(self, command: str, *args: str) -> list[Any]:
        return self.ok(self.imap.uid(command, *args))

    def put(self, command: str, uids: str, folder: str) -> list[Any]:
        """UID COPY or UID MOVE."""
        return self.uid(command, uids, f'"{folder}"')

    def listing(self) -> list[Seen]:
        """Everything in the mailbox."""
        found = []
        for each in self.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"):
            if isinstance(each, tuple):
                head = each[0].decode()
                number, uid = re.match(r"(\d+) ", head), re.search(r"UID (\d+)", head)
                flags = re.search(r"FLAGS \(([^)]*)\)", head)
                assert number
                assert uid
                assert flags
                subject = each[1].decode().removeprefix("Subject: ").strip()
                found.append(
                    Seen(int(number[1]), int(uid[1]), frozenset(flags[1].split()) - {"\\Recent"}, subject)
                )
        return found

    def uids(self) -> list[int]:
        found = self.uid("SEARCH", "ALL")[0]
        return [int(each) for each in found.split()] if isinstance(found, bytes) else []

    def status(self, folder: str, items: str = "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)") -> dict[str, int]:
        line = self.ok(self.imap.status(f'"{folder}"', items))[0]
        assert isinstance(line, bytes)
        words = line.decode().rpartition("(")[2].rstrip(")").split()
        return {name: int(value) for name, value in zip(words[::2], words[1::2], strict=True)}


@contextmanager
def serving() -> Iterator[Gateway]:
    """A gateway whose domain has a route, and holds all mail as spam."""
    world = fakes.world()
    world.directory.put_route(route())
    world.directory.put_policy(parse_scope("global"), Policy(spam_at=0.0, unsure_at=0.0))
    gateway = Gateway(world)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()
