"""Copies that may fit a search, out of a scope's catalogue: chapter by chapter, and what has changed since it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

from pratique.domain.catalogue import SETTLED_MS, Catalogue, Chapter
from pratique.domain.chapter import Pages
from pratique.domain.scope import Scope
from pratique.domain.search import Search
from pratique.ports.services import Services

REMEMBERED = 8
"""Chapters that a warm process keeps open, of some 5 MB each."""
_CHAPTER = "chapter"


@dataclass(frozen=True, slots=True)
class Seen:
    """A place that was come to. `fits` says that its copy may fit, and is to be read; else all above it, and it, was looked at. `looked_at` copies
    lie between the place before and this one.
    """

    place: str
    fits: bool
    looked_at: int


class Reading:
    """A catalogue, and the hints of what changed since it was begun, read once."""

    def __init__(self, services: Services, scope: Scope, search: Search, catalogue: Catalogue) -> None:
        self._services, self._search, self.catalogue = services, search, catalogue
        since_ms = catalogue.began_ms - SETTLED_MS
        hints = services.mailboxes.changes(scope, since_ms=since_ms)
        places = {hint.id.place for hint in hints if hint.id.direction is search.direction}
        self.changed = sorted((place for place in places if place < catalogue.top), reverse=True)
        """Places of copies that the chapters may have wrong, newest first."""

    def below(self, place: str) -> Iterator[Seen]:
        """What lies below a place, newest first. Raises NotFound where a chapter is gone: another catalogue was written. PermanentFailure where one
        cannot be read.
        """
        changed = frozenset(self.changed)
        for chapter in self.catalogue.chapters:
            if chapter.low < place:
                yield from self._through(chapter, place, changed)
                place = chapter.low
        if self.catalogue.complete:
            yield from (Seen(each, True, 0) for each in self.changed if each < place)

    def _through(self, chapter: Chapter, place: str, changed: frozenset[str]) -> Iterator[Seen]:
        pages = open_chapter(self._services, chapter)
        start = row = pages.below(place)
        named = ((pages.place(each), each) for each in pages.candidates(self._search, start))
        settled = (each for each in named if each[0] not in changed)
        others = ((each, pages.below(each)) for each in self.changed if chapter.low <= each < place)
        for each, at in merge(settled, others, reverse=True):
            yield Seen(each, True, at - row)
            row = at
        yield Seen(chapter.low, False, pages.rows - row)


def open_chapter(services: Services, chapter: Chapter) -> Pages:
    """A chapter, opened once by a warm process: it never changes. Raises NotFound, PermanentFailure."""
    key = (_CHAPTER, chapter.name)
    known = services.memory.get(key)
    if isinstance(known, Pages):
        return known
    pages = Pages(services.catalogues.get_chapter(chapter.name))
    kept = [each for each in services.memory if each[0] == _CHAPTER]
    for old in kept[: max(0, len(kept) - REMEMBERED + 1)]:
        services.memory.pop(old, None)
    services.memory[key] = pages
    return pages
