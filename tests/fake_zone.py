"""The DNS in memory: zone = FakeZone({"example.org": {"TXT": "v=spf1 -all", "MX": ["10 mail.example.org"]}})."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import Answer, RecordKind

Records = Mapping[str, str | Sequence[str]]


class FakeZone:
    """Resolver; `asked` is every question in order. Names in `failing` do not answer, nor does any where `down` is set."""

    def __init__(self, records: Mapping[str, Records] | None = None, *, seconds: int = 300) -> None:
        self._lock = threading.Lock()
        self._records: dict[tuple[str, str], tuple[str, ...]] = {}
        self.seconds = seconds
        self.failing: set[str] = set()
        self.down = False
        self.asked: list[tuple[str, RecordKind]] = []
        for name, kinds in (records or {}).items():
            for kind, values in kinds.items():
                self.put(name, kind, *([values] if isinstance(values, str) else values))

    def put(self, name: str, kind: str, *values: str) -> None:
        """Publish; none at all withdraws."""
        self._records[name.lower().removesuffix("."), kind] = values

    def resolve(self, name: str, kind: RecordKind, *, seconds: float) -> Answer:
        key = name.lower().removesuffix(".")
        with self._lock:
            self.asked.append((key, kind))
        if self.down or key in self.failing:
            raise TemporaryFailure("no answer")
        alias = self._records.get((key, "CNAME"), ())
        if alias and len(self.asked) < 1_000:
            return self.resolve(alias[0], kind, seconds=seconds)
        return Answer(self._records.get((key, kind.value), ()), self.seconds)
