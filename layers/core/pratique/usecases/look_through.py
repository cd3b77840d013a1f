"""Copies that may fit a search, out of a scope's catalogue: chapter by chapter, and what has changed since it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from pratique.domain.catalogue import SETTLED_MS, Catalogue, Chapter
from pratique.domain.chapter import Pages
from pratique.domain.scope import Scope
from pratique.domain.search import Search
from pratique.ports.services import Services

MOST_CHANGED = 5_000
"""Hints that a search reads, about a megabyte. A job that moves more than that would read them again with every step."""
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


def read_catalogue(services: Services, scope: Scope, search: Search, *, now_ms: int) -> Reading | None:
    """The scope's catalogue, and what changed since it was begun. None where there is none that is recent enough."""
    catalogue = services.catalogues.read(scope, search.direction)
    if catalogue is None or not catalogue.is_usable(now_ms):
        return None
    hints = services.mailboxes.changes(scope, since_ms=catalogue.began_ms - SETTLED_MS)
    first = list(islice(hints, MOST_CHANGED + 1))
    places = {hint.id.place for hint in first if hint.id.direction is search.direction}
    changed = sorted((place for place in places if place < catalogue.top), reverse=True)
    return Reading(services, search, catalogue, changed, is_exact=len(first) <= MOST_CHANGED)


class Reading:
    """A catalogue that a search reads. `changed` are the places of copies that its chapters may have wrong, newest first; where these are not
    all (`is_exact` is False), the catalogue is of no use.
    """

    def __init__(
        self,
        services: Services,
        search: Search,
        catalogue: Catalogue,
        changed: list[str],
        *,
        is_exact: bool,
    ) -> None:
        self._services, self._search, self.catalogue = services, search, catalogue
        self.changed, self.is_exact = changed, is_exact

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
