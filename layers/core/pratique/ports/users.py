"""People's accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pratique.domain.scope import Scope
from pratique.domain.user import User


@dataclass(frozen=True, slots=True)
class UserPage:
    """Users in the order of their logins, and the cursor of the next page."""

    users: tuple[User, ...]
    cursor: str | None


class Users(Protocol):
    """By login, and by where their scope lies for administrators to look at."""

    def add(self, user: User) -> None:
        """Store a new one. Raises Conflict if the login is taken."""

    def get(self, login: Scope) -> User | None:
        """Consistent read: a disabled account is shut at once."""

    def change(self, user: User) -> User:
        """Replace the user whose `version` this is; answers the new one. Raises ConcurrentChange where another change came first, or the
        user is gone.
        """

    def delete(self, login: Scope) -> bool:
        """True if there was one."""

    def list_users(self, place: Scope, *, limit: int, cursor: str | None = None) -> UserPage:
        """Those whose scope lies in this domain (the domain itself and its addresses), or is global. Raises InvalidInput for a cursor
        that is none.
        """

    def note_place(self, login: Scope, place: str, *, at_ms: int, ends_at: int) -> bool:
        """Remember a place that this login was used from, until `ends_at` (Unix seconds); True if it was not known."""
