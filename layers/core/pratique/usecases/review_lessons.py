"""Lessons that are parked, or kept aside: an administrator lets them teach after all, or drops them."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import ConcurrentChange, Conflict, Forbidden, NotFound
from pratique.domain.lesson import LessonRecord, LessonRef, LessonState
from pratique.domain.scope import Level, Scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change
from pratique.usecases.undo_lessons import take_back

MOST_AT_ONCE = 200
"""Parked lessons accepted or dropped in one call."""
_ASIDE = (LessonState.PARKED, LessonState.HELD_OUT)
_TAUGHT = (LessonState.PENDING, LessonState.APPLIED, LessonState.FOLDED)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many parked lessons were accepted or dropped, and whether there are more."""

    done: int
    more: bool


def accept_lesson(services: Services, actor: Actor, ref: LessonRef) -> LessonRecord:
    """Let a parked lesson (or one that is kept aside) teach after all. Twice is once.

    What a domain's administrators taught and the test parked is for somebody above them: a stolen token cannot accept its own lessons.
    Raises NotFound, Forbidden, Conflict (it is neither parked nor kept aside).
    """
    actor.must_administer(ref.scope)
    record = _read(services, ref)
    done = _accept(services, actor, record)
    services.queue.send(QueueName.LEARN, [{"scope": ref.scope.key}])
    record_change(services, actor, ref.scope, "lesson.accept", str(ref))
    return done


def drop_lesson(services: Services, actor: Actor, ref: LessonRef) -> LessonRecord:
    """Say no to a parked lesson. Twice is once. Raises NotFound, Forbidden, Conflict (it is not parked)."""
    actor.must_administer(ref.scope)
    record = _read(services, ref)
    if record.state not in (LessonState.PARKED, LessonState.DROPPED):
        raise Conflict(f"this lesson is {record.state.value}, not parked")
    done = take_back(services, record, by=actor.name)
    services.queue.send(QueueName.LEARN, [{"scope": ref.scope.key}])
    record_change(services, actor, ref.scope, "lesson.drop", str(ref))
    return done


def review_parked(
    services: Services, actor: Actor, *, scope: Scope, author: str | None, accept: bool
) -> Reviewed:
    """Accept or drop the parked lessons of a scope (of one author), up to 200 at once. Raises NotFound, Forbidden."""
    actor.must_administer(scope)
    page = services.journal.list_lessons(scope, state=LessonState.PARKED, author=author, limit=MOST_AT_ONCE)
    done = 0
    for record in page.records:
        try:
            if accept:
                _accept(services, actor, record)
            else:
                take_back(services, record, by=actor.name)
        except (Conflict, NotFound, ConcurrentChange):  # somebody else was there since it was listed
            continue
        done += 1
    services.queue.send(QueueName.LEARN, [{"scope": scope.key}])
    record_change(
        services, actor, scope, "lesson.accept" if accept else "lesson.drop", author or "all parked"
    )
    return Reviewed(done, page.cursor is not None)


def _read(services: Services, ref: LessonRef) -> LessonRecord:
    record = services.journal.get(ref.scope, [ref.id]).get(ref.id)
    if record is None:
        raise NotFound("no such lesson")
    return record


def _accept(services: Services, actor: Actor, record: LessonRecord) -> LessonRecord:
    giver = record.lesson.giver
    own = giver is not None and giver == actor.scope and giver.level is not Level.GLOBAL
    if record.state is LessonState.PARKED and own:
        raise Forbidden("a lesson that was parked is accepted by somebody above those who gave it")
    if record.state in _TAUGHT:
        return record
    if record.state not in _ASIDE:
        raise Conflict(f"this lesson is {record.state.value}, not parked")
    if not services.journal.accept(record, by=actor.name, at_ms=services.clock.now_ms()):
        raise Conflict("this lesson was changed, or its sample is gone")
    return _read(services, record.ref)
