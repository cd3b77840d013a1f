"""Write the catalogue of a scope whose copies are many, so that searching them is quick. In the background: nobody waits for it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from pratique.domain.catalogue import (
    FEW,
    HOUR_MS,
    MOST_ROWS,
    ROWS,
    SETTLED_MS,
    Catalogue,
    Chapter,
)
from pratique.domain.chapter import pack_chapter
from pratique.domain.direction import Direction
from pratique.domain.errors import PratiqueError
from pratique.domain.ids import ulid
from pratique.domain.message import Copy
from pratique.domain.scope import Scope
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services

OLD_MS = 12 * HOUR_MS
"""A catalogue that is older is written anew when somebody searches."""
PAUSE_MS = 10 * 60_000
"""None is written again before that: reading very many copies has its price."""
LEASE_MS = 6 * 60_000
"""Longer than the function may run."""
_ASKED_MS = 60_000
_ORDERED = "catalogue ordered"


def order_catalogue(services: Services, scope: Scope, direction: Direction = Direction.INCOMING) -> None:
    """Have the catalogue of a scope written, unless this process asked for it a moment ago. Whether it is needed is decided by who writes it."""
    key, now_ms = (_ORDERED, scope.key, direction.value), services.clock.now_ms()
    asked_ms = services.memory.get(key)
    if isinstance(asked_ms, int) and now_ms - asked_ms < _ASKED_MS:
        return
    services.memory[key] = now_ms
    services.queue.send(QueueName.JOBS, [{"catalogue": scope.key, "direction": direction.value}])


def write_catalogue(services: Services, scope: Scope, direction: Direction, *, until_ms: int) -> bool:
    """Write the catalogue of a scope, unless that was done a moment ago or somebody is at it. What is not read when the clock comes to `until_ms` is
    left to be read one by one. Whether a catalogue was written.
    """
    now_ms = services.clock.now_ms()
    known = services.catalogues.read(scope, direction) or Catalogue()
    if known.busy_until_ms > now_ms or now_ms - known.began_ms < PAUSE_MS:
        return False
    begun = replace(known, version=known.version + 1, busy_until_ms=now_ms + LEASE_MS)
    if not services.catalogues.write(scope, direction, begun):
        return False
    top = ulid(now_ms - SETTLED_MS, bytes(10))
    copies = services.index.walk_copies(scope, below=top, now=now_ms // 1000, direction=direction)
    chapters, complete = _chapters(services, copies, until_ms)
    made = Catalogue(begun.version + 1, now_ms, top, complete, tuple(chapters))
    done = services.catalogues.write(scope, direction, made)
    _forget(services, known if done else made)
    log_event(
        "catalogue_written",
        level=scope.level.value,
        direction=direction.value,
        rows=sum(chapter.rows for chapter in chapters),
        complete=complete,
        milliseconds=services.clock.now_ms() - now_ms,
    )
    return done


def _chapters(services: Services, copies: Iterator[Copy], until_ms: int) -> tuple[list[Chapter], bool]:
    """The chapters, stored, and whether they hold all copies. None for few copies."""
    chapters: list[Chapter] = []
    rows = 0
    while rows < MOST_ROWS and services.clock.now_ms() < until_ms:
        part = list(islice(copies, ROWS))
        if not part or (not chapters and len(part) < FEW):
            return chapters, True
        chapter = Chapter(secrets.token_hex(16), part[-1].id.place, len(part))
        services.catalogues.put_chapter(chapter.name, pack_chapter(part))
        chapters.append(chapter)
        rows += len(part)
        if len(part) < ROWS:
            return chapters, True
    return chapters, False


def _forget(services: Services, catalogue: Catalogue) -> None:
    """Delete chapters that no catalogue names. What stays behind is gone by itself in some days."""
    for chapter in catalogue.chapters:
        with contextlib.suppress(PratiqueError):
            services.catalogues.delete_chapter(chapter.name)
