"""Not Spam and Spam: a person's report becomes a lesson."""

from __future__ import annotations

import hashlib

from pratique.domain.actor import Actor
from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label, Lesson
from pratique.domain.message import Copy
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services


def train_message(services: Services, actor: Actor, copy_id: CopyId, label: Label) -> Copy:
    """Report a message as ham or spam, wherever it is now. It teaches the layer of the actor's own level: a recipient's own, a
    domain administrator's domain, the operator's global one. The same report twice is one lesson.

    Raises NotFound, Forbidden.
    """
    actor.must_change(copy_id.recipient)
    copy = services.index.get_copy(copy_id, now=services.clock.now_ms() // 1000)
    if copy is None:
        raise NotFound("no such message")
    scopes: set[str] = set()
    done = teach(services, actor, copy, label, scopes)
    services.queue.send(QueueName.LEARN, [{"scope": scope} for scope in sorted(scopes)])
    return done


def teach(services: Services, actor: Actor, copy: Copy, label: Label, scopes: set[str]) -> Copy:
    """Write the lesson and note it on the copy; the scope whose learner has work goes to `scopes`. Raises NotFound."""
    facts = services.index.get_facts(copy.id.message)
    if facts is None:
        raise NotFound("no such message")
    # A report counts once until another label is given: the number is part of the lesson's id, so a repeat finds the same one.
    number = copy.lessons if copy.lesson == label.value else copy.lessons + 1
    lesson_id = hashlib.sha256(f"{copy.id}\n{actor.scope.key}\n{number}\n{label.value}".encode()).hexdigest()[
        :32
    ]
    now_ms = services.clock.now_ms()
    services.journal.add(
        [Lesson(lesson_id, actor.scope, label, actor.name, now_ms, facts.sample, origin=str(copy.id))]
    )
    scopes.add(actor.scope.key)
    if number != copy.lessons:
        services.index.set_lesson(
            copy.id,
            lessons=number,
            label=label.value,
            now=now_ms // 1000,
            requested=copy.requested_until > 0,
        )
    log_event(
        "taught",
        id=copy.id.message,
        label=label.value,
        level=actor.scope.level.value,
        channel=actor.channel.value,
    )
    return services.index.get_copy(copy.id, now=now_ms // 1000) or copy
