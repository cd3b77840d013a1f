"""Webhooks: where they are kept, how they are called, and the event bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pratique.domain.hook import Change, Hook
from pratique.domain.scope import Scope


class Hooks(Protocol):
    """The webhooks of a scope."""

    def add(self, hook: Hook) -> None:
        """Store a new one; again is harmless."""

    def list_hooks(self, scope: Scope) -> list[Hook]:
        """Those of exactly this scope, by id. They are few: see usecases/change_hooks.py."""

    def get(self, scope: Scope, hook_id: str) -> Hook | None:
        """One of them."""

    def delete(self, scope: Scope, hook_id: str) -> bool:
        """True if there was one."""

    def note(self, hook: Hook, *, failures: int, disabled: str) -> None:
        """Keep how it is doing; nothing where it is gone."""


class Poster(Protocol):
    """Calls addresses in the outside world that people named."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """POST; the status of the answer (redirects are not followed). Raises TemporaryFailure where nobody answers in time, PermanentFailure
        where the address may not be called (it is not public).
        """


class EventBus(Protocol):
    """Tells other systems of the same account."""

    def publish(self, changes: Sequence[Change]) -> None:
        """Put all on the bus, if the installation has one. Raises TemporaryFailure: again is harmless, receivers know a change by its id."""
