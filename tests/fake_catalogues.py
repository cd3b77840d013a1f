"""Catalogues in memory."""

from __future__ import annotations

import threading
from collections import Counter

from pratique.domain.catalogue import Catalogue
from pratique.domain.direction import Direction
from pratique.domain.errors import NotFound
from pratique.domain.scope import Scope


class FakeCatalogues:
    """Catalogues. `calls` counts what was asked of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._catalogues: dict[tuple[Scope, Direction], Catalogue] = {}
        self.chapters: dict[str, bytes] = {}
        self.calls: Counter[str] = Counter()

    def read(self, scope: Scope, direction: Direction) -> Catalogue | None:
        self.calls["read"] += 1
        with self._lock:
            return self._catalogues.get((scope, direction))

    def write(self, scope: Scope, direction: Direction, catalogue: Catalogue) -> bool:
        self.calls["write"] += 1
        with self._lock:
            known = self._catalogues.get((scope, direction), Catalogue())
            if known.version != catalogue.version - 1:
                return False
            self._catalogues[scope, direction] = catalogue
            return True

    def get_chapter(self, name: str) -> bytes:
        self.calls["get_chapter"] += 1
        try:
            return self.chapters[name]
        except KeyError:
            raise NotFound("no such object") from None

    def put_chapter(self, name: str, data: bytes) -> None:
        self.calls["put_chapter"] += 1
        self.chapters[name] = bytes(data)

    def delete_chapter(self, name: str) -> None:
        self.calls["delete_chapter"] += 1
        self.chapters.pop(name, None)
