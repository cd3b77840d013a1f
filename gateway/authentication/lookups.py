"""The questions that one message may ask of the DNS: so many, and for so long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind, Resolver

ONE_SECONDS = 2.0
"""For one answer."""
MOST_QUESTIONS = 150
"""SPF alone may need 10 + 10 x 10 (RFC 7208, 4.6.4); keys and policies a dozen."""


class Lookups:
    """A message's share of the resolver. Thread-safe."""

    def __init__(
        self, resolver: Resolver, *, seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._resolver, self._now = resolver, now
        self._until = now() + seconds
        self._left = MOST_QUESTIONS
        self._lock = threading.Lock()

    def ask(self, name: str, kind: RecordKind) -> tuple[str, ...]:
        """The values under a name. Raises TemporaryFailure, also when the time or the number of questions is used up."""
        with self._lock:
            self._left -= 1
            used_up = self._left < 0
        left = self._until - self._now()
        if used_up or left <= 0:
            raise TemporaryFailure("this message has asked enough")
        return self._resolver.resolve(name, kind, seconds=min(left, ONE_SECONDS)).values
