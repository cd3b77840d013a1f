"""Security keys and passkeys of people."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.passkey import Passkey
from pratique.domain.scope import Scope


class Passkeys(Protocol):
    """By id for whoever signs in, by login for people to look at."""

    def add(self, passkey: Passkey) -> None:
        """Store a new one. Raises Conflict if the id is taken."""

    def get(self, passkey_id: str) -> Passkey | None:
        """Consistent read."""

    def of_login(self, login: Scope) -> list[Passkey]:
        """Those of exactly this login, by id; consistent."""

    def note_use(self, passkey: Passkey, *, counter: int, at_ms: int) -> bool:
        """Note a use, if the counter is still the one that was read; False where another use came first, or the key is gone."""

    def delete(self, login: Scope, passkey_id: str) -> bool:
        """True if there was one of this login."""
