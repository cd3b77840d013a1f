"""Raw messages for one client, fetched ahead of it, side by side, within a bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence

from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId
from pratique.ports.services import Services

from .reading import TOGETHER, read_body
from .threads import Threads

AHEAD = 8
"""Messages that are fetched at one time for one client."""
FIRST = 2
"""And at the beginning; twice as many each time that the client has to wait, so that a store which answers at once is not crowded."""
AHEAD_OCTETS = 16 << 20
"""Octets of messages fetched and not yet taken; one message is always fetched."""

Wanted = tuple[int, CopyId, int]
"""UID, copy, octets."""


async def read_bodies(
    services: Services, threads: Threads, wanted: Sequence[Wanted]
) -> AsyncGenerator[tuple[int, bytes | None], None]:
    """(uid, octets) in the order of `wanted`; None where the message is gone."""
    if len(wanted) == 1:
        uid, copy_id, _ = wanted[0]
        yield uid, await threads.call(lambda: read_body(services, copy_id))
        return
    for start in range(0, len(wanted), TOGETHER):
        part = wanted[start : start + TOGETHER]
        keys = await threads.call(lambda part=part: _raw_keys(services, part))  # type: ignore[misc]  # bound at once
        ahead = _Ahead(services, threads, keys, [size for _, _, size in part])
        try:
            for at, (uid, _, _) in enumerate(part):
                yield uid, await ahead.take(at)
        finally:
            ahead.close()


def _raw_keys(services: Services, wanted: Sequence[Wanted]) -> list[str | None]:
    """Where the octets are; None for what is gone. Blocking."""
    ids = [copy_id for _, copy_id, _ in wanted]
    copies = services.index.get_copies(ids, now=services.clock.now_ms() // 1000)
    return [copy.raw_key if (copy := copies.get(each)) else None for each in ids]


class _Ahead:
    """Threads that each fetch the next message until there is none, or no room. The client's task is woken only for the one that it waits
    for: small messages cost no change of threads each.
    """

    def __init__(
        self, services: Services, threads: Threads, keys: Sequence[str | None], sizes: Sequence[int]
    ) -> None:
        self._services, self._threads, self._keys, self._sizes = services, threads, keys, sizes
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._done: dict[int, bytes | Exception | None] = {}
        self._next = self._held = self._working = 0
        self._most = FIRST
        self._awaited: tuple[int, asyncio.Future[None]] | None = None

    async def take(self, at: int) -> bytes | None:
        """The message at this place; places are taken in their order."""
        future = self._loop.create_future()
        with self._lock:
            there = at in self._done
            self._awaited = None if there else (at, future)
            wanting = 0 if self._full() else min(self._most, len(self._keys) - self._next) - self._working
            self._working += max(0, wanting)
            if not there:
                self._most = min(AHEAD, 2 * self._most)
        for _ in range(wanting):
            self._threads.start(self._work)
        if not there:
            await future
        with self._lock:
            result = self._done.pop(at)
            self._held -= self._sizes[at]
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        """Fetch no more; what is under way is finished and dropped."""
        with self._lock:
            self._next = len(self._keys)
            self._awaited = None

    def _full(self) -> bool:
        if self._next >= len(self._keys):
            return True
        return self._held > 0 and self._held + self._sizes[self._next] > AHEAD_OCTETS

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._full():
                    self._working -= 1
                    return
                at, self._next = self._next, self._next + 1
                self._held += self._sizes[at]
            self._finish(at, self._fetch(self._keys[at]))

    def _finish(self, at: int, result: bytes | Exception | None) -> None:
        with self._lock:
            self._done[at] = result
            awaited = self._awaited
            if awaited is None or awaited[0] != at:
                return
            self._awaited = None
        self._loop.call_soon_threadsafe(_wake, awaited[1])

    def _fetch(self, key: str | None) -> bytes | Exception | None:
        try:
            return None if key is None else self._services.store.get(key)
        except NotFound:
            return None
        except Exception as error:  # noqa: BLE001 - raised again where the message is taken
            return error


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
