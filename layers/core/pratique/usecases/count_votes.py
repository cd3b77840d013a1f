"""A quorum: when enough different recipients of a domain say the same of a campaign, the domain learns it.

A vote is a recipient's own lesson on a copy of its own. It is counted by the learner when the lesson is in the recipient's layer, and taken
back when the lesson is: both repeatable, a bounded number of key reads and writes each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from pratique.domain.campaign import Campaign, Vote, campaign_marks
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import parse_copy_id
from pratique.domain.lesson import (
    LESSON_DAYS,
    LIVE_LESSONS,
    QUORUM_AUTHOR,
    Lesson,
    LessonState,
    Standing,
)
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope, domain_scope
from pratique.filtering.fingerprint import NEAR, distance
from pratique.observability import log_event
from pratique.ports.journal import Outcome
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.ports.votes import Pointer
from pratique.usecases.undo_lessons import take_back

VOTING_MS = 30 * DAY * 1000
"""Votes that are further apart than this do not make a quorum."""


def count_votes(services: Services, scope: Scope, outcomes: Sequence[Outcome]) -> None:
    """Cast the vote of each lesson that is one."""
    for outcome in outcomes:
        lesson = outcome.waiting.lesson
        message = _message_voted_on(scope, lesson)
        if outcome.state is LessonState.APPLIED and message:
            _cast(services, lesson, message)


def take_votes_back(services: Services, scope: Scope, lesson_ids: Sequence[str]) -> None:
    """Withdraw the votes of lessons that were undone; a quorum that is lost with them loses its lesson."""
    if scope.level is not Level.RECIPIENT:
        return
    for record in services.journal.get(scope, lesson_ids).values():
        message = _message_voted_on(scope, record.lesson)
        if message:
            _withdraw(services, record.lesson, message)


def quorum_of(services: Services, lesson: Lesson) -> Campaign | None:
    """The campaign that a quorum's lesson came from, with its voters; None for other lessons, and when it is too long ago."""
    kind, _, campaign = lesson.origin.partition(":")
    if lesson.author != QUORUM_AUTHOR or kind != "campaign" or lesson.scope.domain is None:
        return None
    return services.votes.get(lesson.scope.domain, lesson.label, campaign)


def _message_voted_on(scope: Scope, lesson: Lesson) -> str:
    """The message that a recipient's own report is about; '' for a lesson that is no vote."""
    if scope.level is not Level.RECIPIENT or scope.sends or lesson.standing is not Standing.RECIPIENT:
        return ""
    try:
        return parse_copy_id(lesson.origin).message
    except NotFound:
        return ""


def _cast(services: Services, lesson: Lesson, message: str) -> None:
    domain = lesson.scope.domain or ""
    marks = campaign_marks(message, lesson.fingerprint)
    pointer = _nearest(services, lesson, marks) or Pointer(message, lesson.fingerprint)
    campaign = services.votes.cast(
        domain,
        lesson.label,
        pointer,
        Vote(lesson.scope.name, lesson.id, lesson.created_ms),
        marks=marks,
        until=services.clock.now_ms() // 1000 + 2 * LESSON_DAYS * DAY,
    )
    _teach_domain(services, campaign, lesson)


def _nearest(services: Services, lesson: Lesson, marks: Sequence[str]) -> Pointer | None:
    """The campaign that this message belongs to: the one it is in already, else the one whose first message is most like it."""
    found = services.votes.find(lesson.scope.domain or "", lesson.label, marks)
    if marks[0] in found:
        return found[marks[0]]
    if not lesson.fingerprint:
        return None
    near = [
        (distance(lesson.fingerprint, pointer.fingerprint), pointer.campaign, pointer)
        for pointer in found.values()
        if pointer.fingerprint
    ]
    best = min(near, key=lambda each: each[:2], default=None)
    return best[2] if best is not None and best[0] <= NEAR else None


def _teach_domain(services: Services, campaign: Campaign, lesson: Lesson) -> None:
    """Give the domain the lesson of a quorum, once per round. `lesson` is any of the votes': its sample is the one learnt from."""
    since_ms = services.clock.now_ms() - VOTING_MS
    voters = campaign.voters(since_ms=since_ms)
    if len(voters) < services.options.quorum:
        return
    scope = domain_scope(campaign.domain)
    given = replace(
        lesson,
        id=campaign.lesson_id,
        scope=scope,
        author=QUORUM_AUTHOR,
        created_ms=services.clock.now_ms(),
        origin=f"campaign:{campaign.id}",
        standing=Standing.QUORUM,
        giver=scope,
        rate=Standing.QUORUM.rate,
    )
    if services.journal.add([given]):
        log_event("quorum", voters=len(voters), label=campaign.label.value)
    services.queue.send(QueueName.LEARN, [{"scope": scope.key}])


def _withdraw(services: Services, lesson: Lesson, message: str) -> None:
    domain = lesson.scope.domain or ""
    mark = campaign_marks(message, "")[0]
    pointer = services.votes.find(domain, lesson.label, [mark]).get(mark)
    if pointer is None:
        return
    campaign = services.votes.withdraw(
        domain, lesson.label, pointer.campaign, voter=lesson.scope.name, lesson=lesson.id
    )
    if campaign is None or len(campaign.voters()) >= services.options.quorum:
        return
    scope = domain_scope(domain)
    given = services.journal.get(scope, [campaign.lesson_id]).get(campaign.lesson_id)
    if given is None:
        return
    if given.state in LIVE_LESSONS:
        with contextlib.suppress(Conflict):  # folded since it was read: its time is over
            take_back(services, given, by=QUORUM_AUTHOR)
    services.queue.send(QueueName.LEARN, [{"scope": scope.key}])
    services.votes.next_round(campaign)
