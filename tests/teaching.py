"""Teaching in tests: many different small messages, lessons of whoever says them, and the model without its bookkeeping."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.lesson import Label, Lesson, LessonRecord, author_of, standing_of
from pratique.domain.scope import Scope, parse_scope
from pratique.filtering.classifier.model import Model
from pratique.filtering.examine import examine
from pratique.ports.models import Part
from pratique.usecases.learn_lessons import learn_lessons

from tests import builders, fakes

WORDS = {
    Label.HAM: [
        "garden",
        "meeting",
        "minutes",
        "tuesday",
        "attached",
        "regards",
        "report",
        "draft",
        "schedule",
        "thanks",
        "budget",
        "committee",
    ],
    Label.SPAM: [
        "winner",
        "prize",
        "claim",
        "dollars",
        "viagra",
        "click",
        "offer",
        "urgent",
        "transfer",
        "million",
        "lottery",
        "casino",
    ],
}


def mail(number: int, label: Label) -> bytes:
    """The `number`-th message of a kind: a few words of its own among the kind's."""
    words = WORDS[label]
    own = hashlib.sha256(f"{label}{number}".encode()).hexdigest()
    said = " ".join(words[int(digit, 16) % len(words)] for digit in own[:16])
    return (
        f"From: someone <{own[:6]}@{own[6:10]}.example>\r\nTo: you@example.org\r\nSubject: {said[:40]}\r\n\r\n"
        f"{said} {own[:12]} {' '.join(reversed(said.split()))}\r\n"
    ).encode()


def lesson(
    number: int, label: Label, actor: Actor, *, scope: Scope | None = None, say: Label | None = None
) -> Lesson:
    """What `actor` says of mail(number, label): the truth, or `say`. Lessons of a later number are given later."""
    raw, said = mail(number, label), say or label
    standing = standing_of(actor)
    where = scope or actor.scope
    return Lesson(
        hashlib.sha256(f"{number}{label}{said}{where.key}{actor.name}".encode()).hexdigest()[:32],
        where,
        said,
        author_of(actor),
        builders.NOW_MS + number,
        _sample(raw),
        origin=f"upload:{number}",
        standing=standing,
        giver=actor.scope,
        rate=standing.rate,
    )


def vote(
    world: fakes.World,
    voter: str,
    message: str,
    label: Label,
    *,
    fingerprint: str = "",
    number: int = 1,
    learn_it: bool = True,
) -> Lesson:
    """A recipient's report of a copy of its own of the message named so, learnt at once in its own layer unless told otherwise."""
    actor = builders.actor(voter)
    copy_id = CopyId(message_ulid(message, builders.NOW_MS), parse_address(voter))
    raw = mail(len(message), label)
    given = Lesson(
        hashlib.sha256(f"{voter}{message}{label}{number}".encode()).hexdigest()[:32],
        actor.scope,
        label,
        author_of(actor),
        world.clock.now_ms(),
        _sample(raw),
        origin=str(copy_id),
        standing=standing_of(actor),
        giver=actor.scope,
        rate=0.5,
        fingerprint=fingerprint,
    )
    world.journal.add([given])
    if learn_it:
        learn(world, actor.scope)
    return given


def _sample(raw: bytes) -> bytes:
    return examine(raw, builders.receipt()).sample


def teach(world: fakes.World, lessons: Iterable[Lesson]) -> None:
    """Give lessons and let them be learnt."""
    given = list(lessons)
    world.journal.add(given)
    for scope in dict.fromkeys(each.scope for each in given):
        learn(world, scope)


def learn(world: fakes.World, scope: Scope | str) -> None:
    """Until no work is left."""
    where = parse_scope(scope) if isinstance(scope, str) else scope
    while learn_lessons(world.services, where).more:
        pass


def record(world: fakes.World, given: Lesson) -> LessonRecord:
    """What became of a lesson."""
    return world.journal.get(given.scope, [given.id])[given.id]


def model(world: fakes.World, scope: Scope | str, part: Part = Part.MODEL) -> Model:
    """The scope's model."""
    stored = world.models.load(parse_scope(scope) if isinstance(scope, str) else scope, part)
    return Model.loads(stored.data) if stored else Model.empty()


def learnt(world: fakes.World, scope: Scope | str) -> bytes:
    """All that the scope's model has learnt, as octets: without the number of its version and the names of lessons under way."""
    found = model(world, scope)
    found.version, found.applied = 0, frozenset()
    return found.dumps()
