"""Which domains an edge takes mail for, remembered for a moment."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .bounded import keep

KEEP_SECONDS = 60.0
"""A new domain is taken, and one that went is refused, after this at the latest."""
MOST = 10_000
THREADS = 4


class Domains:
    """Asks `is_served` (blocking; may raise PratiqueError) in threads of its own. For one event loop; close it at the end."""

    def __init__(
        self, is_served: Callable[[str], bool], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._is_served, self._now = is_served, now
        self._known: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="edge-domains")

    async def __call__(self, domain: str) -> bool:
        """Whether mail for this domain is taken. Raises what `is_served` raises, and remembers nothing then."""
        until, served = self._known.get(domain, (0.0, False))
        if self._now() < until:
            return served
        served = await asyncio.get_running_loop().run_in_executor(self._threads, self._is_served, domain)
        keep(self._known, domain, (self._now() + KEEP_SECONDS, served), most=MOST)
        return served

    def __len__(self) -> int:
        return len(self._known)

    def close(self) -> None:
        """Let its threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
