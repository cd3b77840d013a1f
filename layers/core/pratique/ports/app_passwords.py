"""App passwords of logins, and how often somebody got one wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pratique.domain.app_password import AppPassword
from pratique.domain.scope import Scope


class AppPasswords(Protocol):
    """A login is a scope: `global`, a domain, an address."""

    def add_password(self, password: AppPassword) -> None:
        """Store a new one. Raises Conflict if the id is taken in its scope (also by one that was deleted)."""

    def passwords(self, scope: Scope) -> list[AppPassword]:
        """Those of exactly this login, in the order of their ids; consistent, so that a revoked one opens nothing."""

    def delete_password(self, scope: Scope, password_id: str) -> bool:
        """True if there was one. Its id is spent: add_password refuses it for ever, so that no repeated request revives it."""

    def note_use(self, password: AppPassword, *, at_ms: int) -> None:
        """Write down when it was last used."""

    def failures(self, sources: Sequence[str], *, window: int) -> dict[str, int]:
        """How many wrong passwords each source (a login, a network) gave in this window of time; sources without any are left out."""

    def note_failure(self, source: str, *, window: int, ends_at: int) -> int:
        """Count one more, and forget the window after `ends_at` (Unix seconds); how many it is now."""
