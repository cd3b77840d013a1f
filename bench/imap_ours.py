"""Our side of bench.imap, in a process of its own: the gateway's IMAP service on the quarantine backend, over stores in memory (tests/fakes.py)
that count what is asked of them and may be as slow as a network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pratique.adapters.clock import SystemClock
from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address
from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId
from pratique.domain.scope import parse_scope
from pratique.ports.services import Services
from pratique.usecases.change_passwords import create_password

from bench.imap_mail import Mail
from gateway.imap_service import ImapOptions, serve_imap
from gateway.quarantine.backend import QuarantineBackend
from tests import builders, fakes
from tests.emulator import free_port

USER = "bob@example.org"
BATCH = 100
"""Rows of one BatchGetItem."""
PAGE = 1_000
"""Rows of a listing that fit into one Query (1 MB, some 1 kB a row read)."""


class Counted:
    """A port in front of a port: counts round trips, and waits `seconds` at each."""

    def __init__(self, name: str, inner: object, seen: Counter[str], seconds: float) -> None:
        self._name, self._inner, self._seen, self._seconds = name, inner, seen, seconds
        self._lock = threading.Lock()

    def __getattr__(self, method: str) -> Any:
        found: Callable[..., Any] = getattr(self._inner, method)

        def counted(*args: Any, **named: Any) -> Any:
            trips = 1
            if method in ("structures", "get_copies"):
                trips = -(-len(args[0]) // BATCH)
            self._trip(method, trips)
            result = found(*args, **named)
            return self._paged(method, result) if method == "listed" else result

        setattr(self, method, counted)
        return counted

    def _paged(self, method: str, rows: Iterator[object]) -> Iterator[object]:
        for number, row in enumerate(rows, 1):
            if number % PAGE == 0:
                self._trip(method, 1)
            yield row

    def _trip(self, method: str, trips: int) -> None:
        with self._lock:
            self._seen[f"{self._name}.{method}"] += trips
        if self._seconds:
            time.sleep(self._seconds * trips)


class Octets:
    """MessageStore whose objects are made when they are asked for: 100,000 messages need not fit into memory."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def get(self, key: str) -> bytes:
        """See MessageStore."""
        number = key.removeprefix("raw/")
        if not number.isdecimal():
            raise NotFound("no such object")
        return self._mail.raw(int(number))


def services_of(mail: Mail, seconds: float) -> tuple[Services, Counter[str], str]:
    """Services over `mail`, what is counted of them, and a password of USER."""
    world = fakes.world()
    address = parse_address(USER)
    for number in range(mail.count):
        named = CopyId(mail.id(number), address)
        received = mail.seconds(number) * 1000
        copy = builders.a_copy(
            at_ms=received,
            id=named,
            size=mail.size(number),
            raw_key=f"raw/{number}",
            expires_at=mail.end + 365 * 86_400,
            events=(),
        )
        world.index.add_copy(copy)
        world.index.add_structure(named.message, mail.structure(number), expires_at=copy.expires_at)
    scope = parse_scope(USER)
    who = Actor("bench", scope, Channel.API, True)
    _, password = create_password(world.services, who, label="bench", scope=scope)
    seen: Counter[str] = Counter()
    plain = replace(world.services, clock=SystemClock(), store=Octets(mail))  # type: ignore[arg-type]  # reading is all that is asked of it
    ports = {
        name: Counted(name, getattr(plain, name), seen, seconds)
        for name in ("store", "index", "mailboxes", "directory", "app_passwords")
    }
    return replace(plain, **ports), seen, password  # type: ignore[arg-type]  # each stands for its port


def serve(count: int, end: int, latency_ms: float) -> None:
    """The child: says its ports (two gateways over the same store, as two tasks would be) and a password; then, for each line on its input, what
    was asked of the store since. Ends with its input.
    """
    services, seen, password = services_of(Mail(count, end), latency_ms / 1000)

    async def run() -> None:
        ports = [free_port(), free_port()]
        options = [
            ImapOptions(plain=("127.0.0.1", port), per_address=1_000, per_user=1_000) for port in ports
        ]
        stops = [await serve_imap(QuarantineBackend(services), each) for each in options]
        print(json.dumps({"ports": ports, "password": password}), flush=True)
        ended = asyncio.Event()

        def answer() -> None:
            if not sys.stdin.readline():
                ended.set()
                return
            print(json.dumps(seen), flush=True)
            seen.clear()

        asyncio.get_running_loop().add_reader(sys.stdin, answer)
        await ended.wait()
        for stop in stops:
            with contextlib.suppress(OSError):
                await stop()

    asyncio.run(run())
