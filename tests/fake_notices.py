"""Notices to senders in memory."""

from __future__ import annotations

import threading

from pratique.domain.address import Address
from pratique.domain.notice import Notice


class FakeNotices:
    """Notices; `taken` is (sender, day) -> message."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken: dict[tuple[Address, int], str] = {}

    def claim(self, sender: Address, day: int, *, message: str, until: int) -> bool:
        with self._lock:
            if (sender, day) in self.taken:
                return False
            self.taken[sender, day] = message
            return True

    def give_back(self, sender: Address, day: int, *, message: str) -> None:
        with self._lock:
            if self.taken.get((sender, day)) == message:
                del self.taken[sender, day]


class FakeBouncer:
    """Bouncer that writes down what it was asked for, or fails as told."""

    def __init__(self) -> None:
        self.sent: list[Notice] = []
        self.senders: list[str] = []
        self.errors: list[Exception] = []

    def bounce(self, notice: Notice, *, sender: str, hostname: str) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(notice)
        self.senders.append(sender)
        return f"taken at {hostname}"
