"""Who looks after whose mailbox."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.grant import Grant
from pratique.domain.scope import Scope


class Grants(Protocol):
    """An ended grant may still be there: readers look at its date."""

    def put(self, grant: Grant) -> None:
        """Add or replace that of this login and scope."""

    def get(self, login: Scope, scope: Scope) -> Grant | None:
        """Consistent read, so that one that was taken back is dead at once."""

    def delete(self, login: Scope, scope: Scope) -> bool:
        """True if there was one."""

    def of_login(self, login: Scope) -> list[Grant]:
        """Those that a person has, by scope."""

    def of_scope(self, scope: Scope) -> list[Grant]:
        """Those that were given of a mailbox, by login."""
