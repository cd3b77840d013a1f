"""Sessions of signed-in people."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.scope import Scope
from pratique.domain.session import Session


class Sessions(Protocol):
    """By id for the authorizer, by login for people to look at. An ended session may still be there: readers look at its dates."""

    def add(self, session: Session) -> None:
        """Store a new session. Raises Conflict if the id is taken."""

    def get(self, session_id: str) -> Session | None:
        """Consistent read, so that a revoked session is dead at once."""

    def touch(self, session_id: str, *, seen_ms: int) -> None:
        """Note a request; never brings back a session that is gone, never goes back in time."""

    def act(self, session_id: str, scope: Scope | None, *, until: int, reason: str) -> bool:
        """Let the session act as somebody until then (Unix seconds), or as itself again (None). False where it is gone."""

    def prove(self, session_id: str, second: str) -> None:
        """Note that a second factor was shown; never brings back a session that is gone."""

    def delete(self, session_id: str) -> bool:
        """True if there was one."""

    def of_login(self, login: Scope) -> list[Session]:
        """Those of exactly this login, the oldest first; consistent."""
