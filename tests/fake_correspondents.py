"""Correspondents in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from pratique.domain.address import Address
from pratique.domain.correspondent import MOST_BEARERS, Correspondent, Question, Relations, Sent

DAY_MS = 86_400_000


class FakeCorrespondents:
    """Correspondents; `relations` is what a look-up answers. Nothing ends by itself here: readers look at the times."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[tuple[Address, Address], Correspondent] = {}
        self._days: dict[tuple[Address, Address], int] = {}
        self._names: dict[tuple[str, str], set[Address]] = {}
        self._looks: dict[tuple[str, str], set[str]] = {}
        self._sent: dict[tuple[str, str], Sent] = {}

    def note_day(self, recipient: Address, sender: Address, *, at_ms: int) -> Correspondent | None:
        with self._lock:
            key, today = (recipient, sender), at_ms // DAY_MS
            if self._days.get(key, -1) >= today:
                return None
            known = self._known.get(key) or Correspondent(0, at_ms, at_ms)
            self._days[key] = today
            self._known[key] = known._replace(days=known.days + 1, last_ms=at_ms)
            return self._known[key]

    def vouch(self, recipient: Address, sender: Address, *, at_ms: int) -> None:
        with self._lock:
            known = self._known.get((recipient, sender)) or Correspondent(0, at_ms, at_ms)
            if known.last_ms <= at_ms:
                self._known[recipient, sender] = known._replace(vouched=True, last_ms=at_ms)

    def forget(self, recipient: Address, sender: Address) -> bool:
        with self._lock:
            self._days.pop((recipient, sender), None)
            return self._known.pop((recipient, sender), None) is not None

    def get(self, recipient: Address, sender: Address) -> Correspondent | None:
        with self._lock:
            return self._known.get((recipient, sender))

    def known(self, recipient: Address, senders: Sequence[Address]) -> frozenset[Address]:
        with self._lock:
            return frozenset(sender for sender in senders if (recipient, sender) in self._known)

    def note_name(self, domain: str, name: str, address: Address, *, at_ms: int) -> None:
        with self._lock:
            bearers = self._names.setdefault((domain, name), set())
            if len(bearers) < MOST_BEARERS:
                bearers.add(address)

    def forget_name(self, domain: str, name: str, address: Address) -> None:
        with self._lock:
            self._names.get((domain, name), set()).discard(address)

    def note_look(self, domain: str, look: str, genuine: str, *, at_ms: int) -> None:
        with self._lock:
            bearers = self._looks.setdefault((domain, look), set())
            if len(bearers) < MOST_BEARERS:
                bearers.add(genuine)

    def note_sent(self, domain: str, reference: str, sent: Sent) -> None:
        with self._lock:
            self._sent[domain, reference] = sent

    def relations(self, recipients: Sequence[Address], asked: Question) -> Relations:
        with self._lock:
            domains = dict.fromkeys(each.domain for each in recipients)
            known = {r: self._known.get((r, asked.author)) for r in recipients if asked.author}
            names = {d: tuple(sorted(self._names.get((d, asked.name), ()))) for d in domains}
            looks = {d: tuple(sorted(self._looks.get((d, asked.look), ()))) for d in domains}
            sent = {d: [self._sent.get((d, each)) for each in asked.references] for d in domains}
            return Relations(
                known={r: each for r, each in known.items() if each is not None},
                namesakes={d: each for d, each in names.items() if asked.name and each},
                alike={d: each for d, each in looks.items() if asked.look and each},
                answered={d: tuple(s for s in each if s) for d, each in sent.items() if any(each)},
            )
