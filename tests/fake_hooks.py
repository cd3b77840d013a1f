"""Webhooks, their calls and the event bus in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pratique.domain.hook import Change, Hook
from pratique.domain.scope import Scope


class FakeHooks:
    """Hooks."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._hooks: dict[tuple[Scope, str], Hook] = {}

    def add(self, hook: Hook) -> None:
        with self._lock:
            self._hooks[hook.scope, hook.id] = hook

    def list_hooks(self, scope: Scope) -> list[Hook]:
        with self._lock:
            return sorted((h for h in self._hooks.values() if h.scope == scope), key=lambda h: h.id)

    def get(self, scope: Scope, hook_id: str) -> Hook | None:
        with self._lock:
            return self._hooks.get((scope, hook_id))

    def delete(self, scope: Scope, hook_id: str) -> bool:
        with self._lock:
            return self._hooks.pop((scope, hook_id), None) is not None

    def note(self, hook: Hook, *, failures: int, disabled: str) -> None:
        with self._lock:
            known = self._hooks.get((hook.scope, hook.id))
            if known is not None:
                self._hooks[hook.scope, hook.id] = replace(known, failures=failures, disabled=disabled)


@dataclass(frozen=True)
class Called:
    """One call of a webhook."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class FakePoster:
    """Poster: writes down what it was told to send. `answers` are given one after the other (a status, or an error to raise), then 204."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        self.answers: list[int | Exception] = []

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.calls.append(Called(url, body, headers))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeBus:
    """EventBus."""

    def __init__(self) -> None:
        self.published: list[Change] = []

    def publish(self, changes: Sequence[Change]) -> None:
        self.published += changes
