"""The learner: pending lessons of a scope become a new version of its model, each exactly once.

The order is what makes it exact (see ports/journal.py): load the model, then read what is pending, skip what the model has, save
conditionally, publish the version, complete the lessons.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from pratique.domain.address import parse_address
from pratique.domain.errors import ConcurrentChange, InvalidInput
from pratique.domain.lesson import Label, Lesson
from pratique.domain.scope import Level, Scope
from pratique.filtering.classifier.features import features
from pratique.filtering.classifier.model import Model
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.layers import current_model

BATCH = 400
"""Lessons applied between two saves."""
TRIES = 5
"""How often a lost race is run again before the queue's own retry takes over."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What one run did: lessons applied, lessons that changed weights, and the model's version now."""

    applied: int
    changed: int
    version: str
    more: bool
    """Whether lessons are still pending (the batch was full)."""


def learn_lessons(services: Services, scope: Scope) -> Learned:
    """Apply up to BATCH pending lessons of the scope. Raises ConcurrentChange when other learners won TRIES times in a row."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(ConcurrentChange):
            return _learn_once(services, scope)
    return _learn_once(services, scope)


def _learn_once(services: Services, scope: Scope) -> Learned:
    stored = services.models.load(scope)
    model = Model.loads(stored.data) if stored else Model.empty()
    pending = services.journal.pending(scope, limit=BATCH)
    fresh = [lesson for lesson in pending if lesson.id not in model.applied]
    changed = _apply(model, fresh, _layers_above(services, scope))
    if fresh:
        seen = frozenset(lesson.id for lesson in pending)
        # Ids may be forgotten only when everything pending was seen: one not shown could be one that the model has.
        model.applied = seen if len(pending) < BATCH else model.applied | seen
        model.version += 1
        services.models.save(scope, model.dumps(), expected_tag=stored.tag if stored else None)
    if stored or fresh:
        services.directory.set_model(scope, f"{model.version:012d}")
    services.journal.complete(scope, [lesson.id for lesson in pending])
    if fresh:
        log_event(
            "learned", level=scope.level.value, lessons=len(fresh), changed=changed, version=model.version
        )
    return Learned(len(fresh), changed, f"{model.version:012d}", more=len(pending) == BATCH)


def _apply(model: Model, lessons: list[Lesson], above: list[Model]) -> int:
    """Take the lessons; how many changed weights. A layer learns only what the layers `above` it do not know yet."""
    changed = 0
    for lesson in lessons:
        try:
            found = features(lesson.sample)
        except InvalidInput:
            log_event("sample_unreadable", lesson=lesson.id)
            continue
        is_spam = lesson.label is Label.SPAM
        if above:
            odds = [layer.log_odds(found) for layer in above]
            changed += model.learn(found, is_spam=is_spam, base=tuple(map(sum, zip(*odds, strict=True))))
        else:
            changed += model.learn(found, is_spam=is_spam)
    return changed


def _layers_above(services: Services, scope: Scope) -> list[Model]:
    """The current models of the scopes that this one lies in."""
    if scope.level is Level.GLOBAL:
        return []
    inside = [parse_address(scope.name)] if scope.level is Level.RECIPIENT else []
    versions = services.directory.look_up(inside, []).models
    found = (current_model(services, s, v) for s, v in versions.items() if s != scope and s.covers(scope))
    return [model for model in found if model is not None]
