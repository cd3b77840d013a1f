"""Searches that people keep."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.saved_search import SavedSearch
from pratique.domain.scope import Scope


class Searches(Protocol):
    """By owner: the login of a person, or the scope of a token. All reads are consistent; the last writer wins."""

    def put(self, owner: Scope, search: SavedSearch) -> None:
        """Add, or replace that of this id."""

    def of_owner(self, owner: Scope) -> list[SavedSearch]:
        """Those of exactly this owner, by id."""

    def delete(self, owner: Scope, search_id: str) -> bool:
        """True if there was one."""
