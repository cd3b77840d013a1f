"""Taking lessons back: one, or everything that somebody taught. Their effect leaves the model when the learner has made it anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import ConcurrentChange, Conflict, NotFound
from pratique.domain.ids import parse_copy_id
from pratique.domain.lesson import LESSON_DAYS, LIVE_LESSONS, LessonRecord, LessonRef, LessonState
from pratique.domain.scope import Scope
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change

MOST_AT_ONCE = 500
"""Lessons of an author taken back in one call: the API must answer within 30 seconds."""
WORKERS = 8
TRIES = 5
_GONE = (LessonState.UNDONE, LessonState.DROPPED)


@dataclass(frozen=True, slots=True)
class Undone:
    """How many lessons were taken back, and whether there are more of the author's."""

    undone: int
    more: bool


def undo_lesson(services: Services, actor: Actor, ref: LessonRef) -> LessonRecord:
    """Take one lesson back. Twice is once. Raises NotFound, Forbidden, Conflict (its time is over)."""
    actor.must_change(ref.scope)
    record = services.journal.get(ref.scope, [ref.id]).get(ref.id)
    if record is None:
        raise NotFound("no such lesson")
    done = take_back(services, record, by=actor.name)
    services.queue.send(QueueName.LEARN, [{"scope": ref.scope.key}])
    record_change(services, actor, ref.scope, "lesson.undo", str(ref))
    return done


def undo_author(services: Services, actor: Actor, author: str, *, scope: Scope) -> Undone:
    """Take back what `author` taught in `scope`, whatever can be taken back, up to 500 at once: a recipient's layer, a domain's and those of
    its recipients, or the global one (what an author taught domains, it takes back there).

    For administrators. Raises NotFound, Forbidden.
    """
    actor.must_administer(scope)
    page = services.journal.list_by_author(author, scope.domain, limit=MOST_AT_ONCE)
    found = [record for record in page.records if scope.covers(record.lesson.scope)]
    # What was taken back before is read and left aside: pages may be empty.
    while not found and page.cursor is not None:
        page = services.journal.list_by_author(author, scope.domain, limit=MOST_AT_ONCE, cursor=page.cursor)
        found = [record for record in page.records if scope.covers(record.lesson.scope)]

    def one(record: LessonRecord) -> bool:
        try:
            take_back(services, record, by=actor.name)
        except (Conflict, NotFound):  # folded, or gone, since it was listed
            return False
        return True

    with ThreadPoolExecutor(WORKERS) as pool:
        undone = sum(pool.map(one, found))
    scopes = sorted({record.lesson.scope.key for record in found})
    services.queue.send(QueueName.LEARN, [{"scope": key} for key in scopes])
    record_change(services, actor, scope, "lesson.undo_author", author)
    log_event("author_undone", level=scope.level.value, lessons=undone)
    return Undone(undone, page.cursor is not None)


def take_back(services: Services, record: LessonRecord, *, by: str, unmark: bool = True) -> LessonRecord:
    """Take a lesson back, whatever state it is in by then; the record as it is now. The learner is to be told by the caller. The copy that
    the lesson was about loses its label, unless the caller sets another.

    Raises NotFound, Conflict (its time is over), ConcurrentChange (it never stood still).
    """
    scope, lesson_id = record.lesson.scope, record.lesson.id
    for _ in range(TRIES):
        if record.state in _GONE:
            return record
        if record.state not in LIVE_LESSONS:
            raise Conflict(
                f"this lesson is older than {LESSON_DAYS} days (or one of very many): its sample is gone, and it is in the model for good"
            )
        state = LessonState.DROPPED if record.state is LessonState.PARKED else LessonState.UNDONE
        done = services.journal.undo(record, state=state, by=by, at_ms=services.clock.now_ms())
        found = services.journal.get(scope, [lesson_id]).get(lesson_id)
        if found is None:
            raise NotFound("no such lesson")
        record = found
        if done and unmark:
            _unmark(services, record)
        if done:
            return record
    raise ConcurrentChange("the lesson is being learnt; try again")


def _unmark(services: Services, record: LessonRecord) -> None:
    """The copy that the lesson was about shows no label any more, if this was its last one."""
    try:
        copy_id = parse_copy_id(record.lesson.origin)
    except NotFound:
        return
    now = services.clock.now_ms() // 1000
    copy = services.index.get_copy(copy_id, now=now)
    if copy is not None and copy.lesson == record.lesson.label.value:
        services.index.set_lesson(copy.id, lessons=copy.lessons + 1, label="", now=now)
