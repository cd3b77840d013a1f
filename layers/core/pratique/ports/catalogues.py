"""Catalogues: what makes a search among very many copies quick. A cache: the rows are the truth, and nothing is lost with it."""

from __future__ import annotations

from typing import Protocol

from pratique.domain.catalogue import Catalogue
from pratique.domain.direction import Direction
from pratique.domain.scope import Scope


class Catalogues(Protocol):
    """A catalogue and its chapters are gone by themselves KEPT_SECONDS after it was begun. Chapters are never changed: written under a new name
    before a catalogue names them, deleted after none does.
    """

    def read(self, scope: Scope, direction: Direction) -> Catalogue | None:
        """Consistent. None for a scope that has none, or one that cannot be read any more."""

    def write(self, scope: Scope, direction: Direction, catalogue: Catalogue) -> bool:
        """Store if the stored version is one less (version 1: if there is none). False when another writer was first."""

    def get_chapter(self, name: str) -> bytes:
        """Raises NotFound."""

    def put_chapter(self, name: str, data: bytes) -> None:
        """Store."""

    def delete_chapter(self, name: str) -> None:
        """Delete; nothing there is fine."""
