"""The machine's clock: the only place that reads it."""

from __future__ import annotations

import time


class SystemClock:
    """Clock."""

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return time.time_ns() // 1_000_000
