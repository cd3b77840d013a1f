"""A resolver that remembers: answers for as long as they hold, failures for a moment, and that there is no DNS at all."""

from __future__ import annotations

import threading
from collections import OrderedDict

from pratique.domain.errors import TemporaryFailure
from pratique.ports.clock import Clock
from pratique.ports.resolver import Answer, RecordKind, Resolver

MOST = 5_000
"""Answers kept; the longest unused go first."""
MOST_CHARACTERS = 4_096
"""Of one answer that is kept: what is larger is asked for anew."""
SHORTEST, LONGEST = 30, 3_600
"""Seconds that an answer is kept, whatever it says itself."""
FAILED_SECONDS = 10
OUTAGE_SECONDS = 30
PROBE = "a.root-servers.net"
"""A name that no sender has a hand in, and that is there wherever the Internet's DNS is: if it is not found, the fault is on our side."""
PROBE_SECONDS = 1.0
SANE_SECONDS = 600
"""After the DNS was seen to know something, it is believed for this long when it says that a name is not there."""

_Key = tuple[str, RecordKind]


class RememberingResolver:
    """In front of another resolver. On a machine without DNS, the first question costs its time, those of the next half minute cost
    nothing; a resolver that knows no name at all (a closed network's) counts as none. A sender cannot bring that about.
    """

    def __init__(self, inner: Resolver, clock: Clock) -> None:
        self._inner, self._clock = inner, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, tuple[int, Answer | None]] = OrderedDict()
        self._outage_until = self._sane_until = 0

    def resolve(self, name: str, kind: RecordKind, *, seconds: float) -> Answer:
        """See Resolver."""
        key = (name.lower().removesuffix("."), kind)
        found, answer = self._recall(key)
        if not found:
            try:
                answer = self._inner.resolve(name, kind, seconds=seconds)
            except TemporaryFailure:
                if self._is_sane():
                    self._keep(key, None, FAILED_SECONDS)
                raise
            if not answer.values and not self._is_known_sane() and not self._is_sane():
                raise TemporaryFailure("the DNS here knows no names")
            self._keep(key, answer, min(max(answer.seconds, SHORTEST), LONGEST))
        if answer is None:
            raise TemporaryFailure("the DNS did not answer this a moment ago")
        return answer

    def _recall(self, key: _Key) -> tuple[bool, Answer | None]:
        now = self._clock.now_ms()
        with self._lock:
            until, answer = self._kept.get(key, (0, None))
            if until > now:
                self._kept.move_to_end(key)
                return True, answer
            if self._outage_until > now:
                raise TemporaryFailure("there is no DNS here now")
        return False, None

    def _keep(self, key: _Key, answer: Answer | None, seconds: int) -> None:
        if answer is not None and sum(map(len, answer.values)) > MOST_CHARACTERS:
            return
        with self._lock:
            self._kept[key] = (self._clock.now_ms() + seconds * 1000, answer)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def _is_known_sane(self) -> bool:
        with self._lock:
            return self._sane_until > self._clock.now_ms()

    def _is_sane(self) -> bool:
        """Whether the DNS knows a name that must be there; when it does not, nothing more is asked for a while."""
        try:
            found = bool(self._inner.resolve(PROBE, RecordKind.A, seconds=PROBE_SECONDS).values)
        except TemporaryFailure:
            found = False
        now = self._clock.now_ms()
        with self._lock:
            if found:
                self._sane_until = now + SANE_SECONDS * 1000
            else:
                self._outage_until = now + OUTAGE_SECONDS * 1000
        return found
