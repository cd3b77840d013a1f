"""Blocking calls of one gateway: in threads of its own, so that the event loop never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """Two pools: slow hashes cannot keep anybody's mailbox waiting."""

    def __init__(self, *, calls: int = 16, hashes: int = 2) -> None:
        self._calls = ThreadPoolExecutor(calls, thread_name_prefix="quarantine")
        self._hashes = ThreadPoolExecutor(hashes, thread_name_prefix="passwords")

    async def call(self, work: Callable[[], T]) -> T:
        """Run a call of a use case or a port. What is under way is finished where the caller is cancelled."""
        return await asyncio.get_running_loop().run_in_executor(self._calls, work)

    def start(self, work: Callable[[], None]) -> None:
        """Run something that tells of its end by itself, and raises nothing."""
        self._calls.submit(work)

    async def hash(self, work: Callable[[], T]) -> T:
        """Run what takes its time on purpose."""
        return await asyncio.get_running_loop().run_in_executor(self._hashes, work)

    def close(self) -> None:
        """Let what runs finish; nothing new is begun."""
        self._calls.shutdown(wait=False, cancel_futures=True)
        self._hashes.shutdown(wait=False, cancel_futures=True)
