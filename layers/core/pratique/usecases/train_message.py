"""Not Spam and Spam: a person's report becomes a lesson, another report takes the first one's place, and it can be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, LimitReached, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lesson import (
    LIVE_LESSONS,
    Label,
    Lesson,
    LessonRecord,
    LessonState,
    author_of,
    standing_of,
)
from pratique.domain.message import Copy, Event, What
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope, recipient_scope, sending
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.acting import acting, note_deed
from pratique.usecases.know_senders import forget_sender, vouch_for
from pratique.usecases.may_let_go import must_let_go
from pratique.usecases.undo_lessons import take_back

LATEST = 12
"""Reports of one copy that are looked at for the one that counts now."""


def train_message(services: Services, actor: Actor, copy_id: CopyId, label: Label | None) -> Copy:
    """Report a message as ham or spam, wherever it is now, or (None) take back what was reported. It teaches the layer of the actor's own
    level: a recipient's own, a domain administrator's domain, the operator's global one. The same report twice is one lesson; the other
    label takes the first lesson back.

    Raises NotFound, Forbidden, LimitReached.
    """
    actor.must_change(copy_id.owner)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        raise NotFound("no such message")
    scopes: set[str] = set()
    verb = f"message.train.{label.value}" if label else "message.untrain"
    planned = [_reported(actor, copy, copy.lesson, label.value if label else "")]
    with acting(
        services, actor, recipient_scope(copy_id.owner), verb, str(copy_id), planned=planned
    ) as running:
        done = (
            teach(services, running, copy, label, scopes)
            if label
            else untrain(services, running, copy, scopes)
        )
    services.queue.send(QueueName.LEARN, [{"scope": scope} for scope in sorted(scopes)])
    return done


def teach(services: Services, actor: Actor, copy: Copy, label: Label, scopes: set[str]) -> Copy:
    """Write the lesson and note it on the copy; the scope whose learner has work goes to `scopes`. Raises NotFound, LimitReached."""
    if copy.id.is_outgoing and label is Label.HAM:
        must_let_go(services, actor)
    layer = layer_of(actor, copy)
    reports = _reports(services, actor, copy)
    for record in reports.values():
        if record.lesson.label is not label and record.state in LIVE_LESSONS:
            take_back(services, record, by=actor.name, unmark=False)
            scopes.add(layer.key)
    standing = [number for number, r in reports.items() if r.lesson.label is label and _counts(r)]
    number = max(standing, default=0)
    if not number:
        number = max((copy.lessons, *reports)) + 1
        _give(services, actor, copy, label, number)
    scopes.add(layer.key)
    (vouch_for if label is Label.HAM else forget_sender)(services, copy)
    return _note(services, actor, copy, number, _reported(actor, copy, _standing_label(reports), label.value))


def untrain(services: Services, actor: Actor, copy: Copy, scopes: set[str]) -> Copy:
    """Take back what was reported of the copy in the actor's layer; the copy as it is now. Nothing to take back is no error.

    Raises Conflict (its time is over).
    """
    for record in _reports(services, actor, copy).values():
        if record.state in LIVE_LESSONS:
            take_back(services, record, by=actor.name)
            note_deed(actor, _reported(actor, copy, record.lesson.label.value, ""))
            scopes.add(layer_of(actor, copy).key)
        elif record.state is LessonState.FOLDED:
            raise Conflict("this report is too old to be taken back: it is in the model for good")
    return services.index.get_copy(copy.id, now=services.clock.now_ms() // 1000) or copy


def layer_of(actor: Actor, copy: Copy) -> Scope:
    """The layer that the actor's report of a copy teaches: its own level's, of the copy's direction."""
    return sending(actor.scope) if copy.id.is_outgoing else actor.scope


def spend_lessons(services: Services, actor: Actor, count: int) -> None:
    """Count lessons against what the actor's scope may give today. Raises LimitReached."""
    if actor.scope.level is Level.GLOBAL:
        return
    recipient = actor.scope.level is Level.RECIPIENT
    most = services.options.lessons_a_day if recipient else services.options.uploads_a_day
    today = services.clock.now_ms() // 1000 // DAY
    if count and not services.journal.spend(actor.scope, today, count, most=most):
        raise LimitReached(f"{actor.scope} may give {most} lessons a day; more tomorrow (UTC)")


def give_back(services: Services, actor: Actor, count: int) -> None:
    """Lessons that were counted turned out to be known already."""
    if count and actor.scope.level is not Level.GLOBAL:
        today = services.clock.now_ms() // 1000 // DAY
        services.journal.spend(actor.scope, today, -count, most=0)


def _reports(services: Services, actor: Actor, copy: Copy) -> dict[int, LessonRecord]:
    """The latest reports of this copy in the actor's layer, by their number."""
    numbers = range(max(1, copy.lessons + 1 - LATEST), copy.lessons + 2)
    ids = {_lesson_id(actor, copy, number, label): number for number in numbers for label in Label}
    found = services.journal.get(layer_of(actor, copy), ids)
    return {ids[lesson_id]: record for lesson_id, record in found.items()}


def _standing_label(reports: Mapping[int, LessonRecord]) -> str:
    """What was reported in this layer before ('' for nothing): the records as they were read, before any was taken back."""
    live = [number for number, record in reports.items() if record.state in LIVE_LESSONS]
    return reports[max(live)].lesson.label.value if live else ""


def _reported(actor: Actor, copy: Copy, before: str, after: str) -> Deed:
    return Deed(DeedKind.LESSON, str(copy.id), actor.scope.key, before, after)


def _counts(record: LessonRecord) -> bool:
    return record.state not in (LessonState.UNDONE, LessonState.DROPPED)


def _lesson_id(actor: Actor, copy: Copy, number: int, label: Label) -> str:
    """The same for the same report made again before it is noted on the copy."""
    named = f"{copy.id}\n{actor.scope.key}\n{number}\n{label.value}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _give(services: Services, actor: Actor, copy: Copy, label: Label, number: int) -> None:
    facts = services.index.get_facts(copy.id.message)
    if facts is None:
        raise NotFound("no such message")
    spend_lessons(services, actor, 1)
    standing = standing_of(actor)
    lesson = Lesson(
        _lesson_id(actor, copy, number, label),
        layer_of(actor, copy),
        label,
        author_of(actor),
        services.clock.now_ms(),
        facts.sample,
        origin=str(copy.id),
        channel=actor.channel,
        standing=standing,
        giver=actor.scope,
        rate=standing.rate,
        fingerprint=facts.fingerprint,
    )
    services.journal.add([lesson])
    log_event(
        "taught",
        id=copy.id.message,
        label=label.value,
        level=actor.scope.level.value,
        channel=actor.channel.value,
    )


def _note(services: Services, actor: Actor, copy: Copy, number: int, deed: Deed) -> Copy:
    """Show the label on the copy. Another report may be noted at the same moment: the later number stays."""
    now = services.clock.now_ms() // 1000
    label = str(deed.after)
    known = services.index.get_copy(copy.id, now=now) or copy
    if known.lessons < number or known.lesson != label:
        event = Event(
            services.clock.now_ms(), known.state, actor.name, actor.channel, label, What.LESSON, actor.action
        )
        note_deed(actor, deed)
        services.index.set_lesson(
            copy.id,
            lessons=max(number, known.lessons + 1),
            label=label,
            now=now,
            requested=known.requested_until > 0,
            event=event,
        )
    return services.index.get_copy(copy.id, now=now) or copy
