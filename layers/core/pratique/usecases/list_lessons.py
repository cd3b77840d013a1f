"""What was taught, by whom, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.lesson import LessonRecord, LessonRef, LessonState
from pratique.domain.scope import Scope
from pratique.ports.journal import RecordPage
from pratique.ports.services import Services
from pratique.usecases.count_votes import quorum_of

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class LessonView:
    """A lesson, and the recipients whose votes it came from (none for a lesson that somebody gave alone)."""

    record: LessonRecord
    voters: tuple[str, ...]


def list_lessons(
    services: Services,
    actor: Actor,
    scope: Scope,
    *,
    state: LessonState | None = None,
    author: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> RecordPage:
    """The lessons of exactly this scope, newest first. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"limit is a number from 1 to {MAX_PAGE}")
    return services.journal.list_lessons(scope, state=state, author=author, limit=limit, cursor=cursor)


def read_lesson(services: Services, actor: Actor, ref: LessonRef) -> LessonView:
    """One lesson. Raises NotFound."""
    actor.must_see(ref.scope)
    record = services.journal.get(ref.scope, [ref.id]).get(ref.id)
    if record is None:
        raise NotFound("no such lesson")
    campaign = quorum_of(services, record.lesson)
    return LessonView(record, tuple(campaign.voters()) if campaign else ())
