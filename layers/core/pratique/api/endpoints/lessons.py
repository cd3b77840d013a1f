"""Lessons: from raw messages; listed, taken back, accepted, dropped."""

from __future__ import annotations

from pratique.domain.lesson import parse_lesson_ref
from pratique.domain.scope import Scope, parse_scope
from pratique.usecases.list_lessons import list_lessons, read_lesson
from pratique.usecases.review_lessons import Reviewed, accept_lesson, drop_lesson, review_parked
from pratique.usecases.undo_lessons import undo_author as undo_all
from pratique.usecases.undo_lessons import undo_lesson

from .. import asked, given
from .. import lessons as wire
from ..endpoint import Call


def upload(call: Call) -> given.LessonsResult:
    """A batch of labelled raw messages."""
    from pratique.usecases.train_upload import (  # noqa: PLC0415 - brings the mail parser, which no other call needs at a cold start
        Upload,
        train_upload,
    )

    body: asked.LessonsRequest = call.body
    uploads = [Upload(name=m.name, raw=m.raw, label=m.label) for m in body.messages]
    result = train_upload(call.services, call.actor, uploads, scope=_scope(call, body.scope))
    return given.LessonsResult(new=result.new, known=result.known)


def list_(call: Call) -> wire.LessonList:
    """A page of lessons."""
    query: wire.LessonQuery = call.query
    page = list_lessons(
        call.services,
        call.actor,
        _scope(call, query.scope),
        state=query.state,
        author=query.author,
        limit=query.limit,
        cursor=query.cursor,
    )
    return wire.LessonList(lessons=[wire.view(record) for record in page.records], cursor=page.cursor)


def read(call: Call) -> wire.LessonDetail:
    """One lesson with its voters."""
    found = read_lesson(call.services, call.actor, parse_lesson_ref(call.path["id"]))
    return wire.LessonDetail(lesson=wire.view(found.record), voters=list(found.voters))


def undo(call: Call) -> wire.Lesson:
    """Take one back."""
    return wire.view(undo_lesson(call.services, call.actor, parse_lesson_ref(call.path["id"])))


def undo_author(call: Call) -> wire.UndoneResult:
    """Take back what somebody taught."""
    body: wire.AuthorRequest = call.body
    done = undo_all(call.services, call.actor, body.author, scope=_scope(call, body.scope))
    return wire.UndoneResult(undone=done.undone, more=done.more)


def accept(call: Call) -> wire.Lesson:
    """Let a parked lesson teach."""
    return wire.view(accept_lesson(call.services, call.actor, parse_lesson_ref(call.path["id"])))


def drop(call: Call) -> wire.Lesson:
    """Say no to a parked lesson."""
    return wire.view(drop_lesson(call.services, call.actor, parse_lesson_ref(call.path["id"])))


def accept_parked(call: Call) -> wire.ReviewedResult:
    """Let parked lessons teach."""
    return _reviewed(_review(call, accept=True))


def drop_parked(call: Call) -> wire.ReviewedResult:
    """Say no to parked lessons."""
    return _reviewed(_review(call, accept=False))


def _review(call: Call, *, accept: bool) -> Reviewed:
    body: wire.ParkedRequest = call.body
    scope = _scope(call, body.scope)
    return review_parked(call.services, call.actor, scope=scope, author=body.author, accept=accept)


def _reviewed(done: Reviewed) -> wire.ReviewedResult:
    return wire.ReviewedResult(done=done.done, more=done.more)


def _scope(call: Call, text: str | None) -> Scope:
    return call.actor.scope if text is None else parse_scope(text)
