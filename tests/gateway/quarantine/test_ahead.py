"""Bodies ahead of the client: in order, within the bound, errors where they belong. What was read of messages is remembered within a bound."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from pratique.domain.errors import TemporaryFailure
from pratique.domain.ids import CopyId

from gateway.imap.storage import Facts
from gateway.quarantine import ahead
from gateway.quarantine.remembered import Remembered
from gateway.quarantine.threads import Threads
from tests import builders, fakes

T = TypeVar("T")


class Slow(fakes.FakeStore):
    """Answers out of order; `at_once` is how many were asked at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.running = self.at_once = self.gets = 0
        self.broken = ""

    def get(self, key: str) -> bytes:
        with self.lock:
            self.gets += 1
            self.running += 1
            self.at_once = max(self.at_once, self.running)
        try:
            time.sleep(0.002 if key.endswith(("0", "3")) else 0)
            if key == self.broken:
                raise TemporaryFailure("not now")
            return super().get(key)
        finally:
            with self.lock:
                self.running -= 1


def a_world(many: int) -> tuple[fakes.World, Slow, list[ahead.Wanted]]:
    """So many messages of 100 octets and more."""
    store = Slow()
    world = fakes.World(store=store)
    wanted = []
    for number in range(many):
        copy = builders.a_copy(number)
        world.index.add_copy(copy)
        store.put(copy.raw_key, b"%d" % number * 100)
        wanted.append((number + 1, copy.id, 100))
    return world, store, wanted


def run(work: Callable[[Threads], T]) -> T:
    """With threads that end."""
    threads = Threads()
    try:
        return work(threads)
    finally:
        threads.close()


async def everything(
    world: fakes.World, threads: Threads, wanted: list[ahead.Wanted]
) -> list[tuple[int, bytes | None]]:
    return [each async for each in ahead.read_bodies(world.services, threads, wanted)]


@pytest.mark.parametrize("many", [0, 1, 2, 9, 130])
def test_bodies_come_in_order_each_once(many: int) -> None:
    world, store, wanted = a_world(many)
    found = run(lambda threads: asyncio.run(everything(world, threads, wanted)))
    assert found == [(number + 1, b"%d" % number * 100) for number in range(many)]
    assert store.gets == many


def test_what_is_gone_is_none_and_the_rest_comes() -> None:
    """A row that is gone, and octets that are gone."""
    world, store, wanted = a_world(5)
    store.delete("raw/message-2")
    wanted[3] = (4, CopyId("01ARZ3NDEKTSV4RRFFQ69G5FAV", wanted[3][1].recipient), 100)
    found = run(lambda threads: asyncio.run(everything(world, threads, wanted)))
    assert [body is None for _, body in found] == [False, False, True, True, False]


def test_a_failure_is_raised_at_its_message() -> None:
    """Those before it have come."""
    world, store, wanted = a_world(20)
    store.broken = "raw/message-7"
    came: list[int] = []

    async def read(threads: Threads) -> None:
        async for uid, _ in ahead.read_bodies(world.services, threads, wanted):
            came.append(uid)

    with pytest.raises(TemporaryFailure):
        run(lambda threads: asyncio.run(read(threads)))
    assert came == [1, 2, 3, 4, 5, 6, 7]


def test_octets_on_hand_are_bounded_while_a_client_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is fetched than fits, until the client takes some."""
    monkeypatch.setattr(ahead, "AHEAD_OCTETS", 350)
    world, store, wanted = a_world(30)

    async def read(threads: Threads) -> None:
        bodies = ahead.read_bodies(world.services, threads, wanted)
        taken = 0
        async for _ in bodies:
            taken += 1
            for _ in range(3):
                await asyncio.sleep(0.001)
                assert store.gets <= taken + 3

    run(lambda threads: asyncio.run(read(threads)))
    assert store.at_once <= 3


def test_nothing_more_is_fetched_for_a_client_that_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what there is room for by then."""
    monkeypatch.setattr(ahead, "AHEAD_OCTETS", 500)
    world, store, wanted = a_world(100)

    async def read(threads: Threads) -> None:
        bodies = ahead.read_bodies(world.services, threads, wanted)
        await anext(bodies)
        await bodies.aclose()
        await asyncio.sleep(0.02)

    run(lambda threads: asyncio.run(read(threads)))
    assert store.gets <= 6
    assert store.running == 0


def test_what_is_remembered_is_bounded_and_the_longest_unused_goes() -> None:
    kept = Remembered(most=3_500)
    for name in (b"a", b"b", b"c"):
        kept.put(name, Facts(1, 2))
    assert kept.get(b"a") == Facts(1, 2)
    kept.put(b"d", Facts(3, 4))
    assert [kept.get(name) is not None for name in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    kept.put(b"d", Facts(5, 6))
    assert kept.get(b"d") == Facts(5, 6)
    assert kept.get(b"a") is not None
