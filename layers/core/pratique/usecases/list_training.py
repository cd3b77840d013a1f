"""Training Requested, by how much a label would teach: what the filter knows least about, and what stands for most mail, first.

gain = bits of doubt x (1 + log2 of the copies that the label would answer for)

The doubt is the entropy of the copy's score: one bit at 0.5, half a bit at 0.11 and 0.89, next to none at the ends. The copies are those of the same
campaign (near-duplicate key) that still ask, in the part of the list that was looked at: twice as many teach one doubt more, for their
siblings are judged by what the first one taught. Everything is on the copies' own rows: a page costs the rows that it looks at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput
from pratique.domain.message import Copy
from pratique.domain.scope import Scope
from pratique.ports.services import Services
from pratique.usecases.fold_campaigns import fold_campaigns

MOST = 500
"""Copies that one page looks at, at most."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One campaign that asks: the copy in most doubt, the others alike, and what a label of it would teach (0 and more)."""

    copy: Copy
    others: tuple[Copy, ...]
    gain: float


@dataclass(frozen=True, slots=True)
class TrainingPage:
    """The newest `looked_at` copies that ask, the best lesson first; `cursor` goes on with older ones."""

    asking: tuple[Asking, ...]
    looked_at: int
    cursor: str | None


def list_training(
    services: Services, actor: Actor, scope: Scope, *, limit: int = 200, cursor: str | None = None
) -> TrainingPage:
    """Look at the next `limit` copies of the scope that ask for training. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"limit is a number from 1 to {MOST}")
    now = services.clock.now_ms() // 1000
    page = services.waiting.list_training(scope, limit=limit, now=now, cursor=cursor)
    found = []
    for line in fold_campaigns(page.copies):
        alike = sorted((line.copy, *line.others), key=lambda copy: (-doubt(copy.score), copy.id.message))
        gain = doubt(alike[0].score) * (1 + math.log2(len(alike)))
        found.append(Asking(alike[0], tuple(alike[1:]), gain))
    found.sort(key=lambda each: (-each.gain, each.copy.id.message))
    return TrainingPage(tuple(found), len(page.copies), page.cursor)


def doubt(score: float) -> float:
    """How little a score (0..1) says, in bits: the entropy of a coin that falls so."""
    if not 0.0 < score < 1.0:
        return 0.0
    return -(score * math.log2(score) + (1 - score) * math.log2(1 - score))
