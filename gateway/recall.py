"""What the edge remembers of messages whose sender does not yet know their fate."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

KEEP_MS = 3_600_000
"""Senders try again after a 451 within minutes, most of them within the hour."""
MOST = 10_000
"""Entries; about 300 octets each."""


@dataclass(slots=True)
class Intake:
    """One message: the id and time it was first accepted under, the trace field it got then, and the work on it while there is some."""

    source_id: str
    received_ms: int
    trace: tuple[str, ...] = ()
    task: asyncio.Task[str] | None = None


def fingerprint(mail_from: str, recipients: Sequence[str], data: bytes) -> bytes:
    """The same for the same bytes in the same envelope, and for nothing else."""
    digest = hashlib.sha256()
    for part in (mail_from, *recipients):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(b"\0" + data)
    return digest.digest()


class Recall:
    """Intakes by fingerprint, the oldest forgotten first. For one event loop."""

    def __init__(self, *, most: int = MOST, keep_ms: int = KEEP_MS) -> None:
        self._most, self._keep_ms = most, keep_ms
        self._intakes: OrderedDict[bytes, Intake] = OrderedDict()

    def __len__(self) -> int:
        return len(self._intakes)

    def find(self, key: bytes, now_ms: int) -> Intake | None:
        """The intake of this fingerprint, unless it is too old."""
        while self._intakes:
            oldest = next(iter(self._intakes))
            if self._intakes[oldest].received_ms + self._keep_ms > now_ms:
                break
            del self._intakes[oldest]
        return self._intakes.get(key)

    def keep(self, key: bytes, intake: Intake) -> None:
        """Remember."""
        self._intakes[key] = intake
        while len(self._intakes) > self._most:
            self._intakes.popitem(last=False)

    def forget(self, key: bytes) -> None:
        """The sender knows: the same bytes again are a new message."""
        self._intakes.pop(key, None)
