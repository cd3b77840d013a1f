"""The learner killed, or failed, between any two steps, then run again: the model, the votes and what is written down end the same.

As test_faults.py: each scenario runs once undisturbed to count its port calls, then once for each call, with the process killed after it: its
effect took place, nothing after it did. (Before a call is after the one before it, and a failure is passed on as it is: no other outcome.)
"""

from __future__ import annotations

import contextlib
import copy
import copyreg
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from pratique.domain.lesson import Label, Lesson, LessonRef, LessonState
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope, scope_from_key
from pratique.filtering.classifier.model import Model
from pratique.ports.journal import Outcome
from pratique.ports.models import Part
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases import replay_lessons
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.review_lessons import accept_lesson
from pratique.usecases.undo_lessons import undo_lesson

from tests import builders, fakes
from tests.path import opened
from tests.teaching import learn, lesson, vote

ORG = domain_scope("example.org")
BOB = recipient_scope("bob@example.org")
SCOPES = (GLOBAL, ORG, BOB)
OPERATOR = builders.actor()
LESSONS = [lesson(n, (Label.HAM, Label.SPAM)[n % 2], OPERATOR) for n in range(5)]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_lessons, "PAGE", 3)


@dataclass(frozen=True)
class Picture:
    """What a person could tell apart: what each layer has learnt, its base, what became of each lesson, who voted, what samples there are."""

    learnt: tuple[tuple[str, int, int], ...]
    bases: tuple[tuple[str, int, int], ...]
    states: tuple[tuple[str, str, str], ...]
    voters: tuple[tuple[str, ...], ...]
    samples: tuple[int, ...]
    waiting: tuple[int, ...]


def _learnt(world: fakes.World, scope: Scope, part: Part) -> tuple[str, int, int]:
    stored = world.models.load(scope, part)
    return _read(stored.data if stored else b"")


@cache
def _read(data: bytes) -> tuple[str, int, int]:
    """A digest of what a model has learnt, and how many lessons of each label."""
    found = Model.loads(data) if data else Model.empty()
    found.version, found.applied = 0, frozenset()
    return hashlib.sha256(found.dumps()).hexdigest(), found.lessons_ham, found.lessons_spam


def _picture(world: fakes.World) -> Picture:
    return Picture(
        learnt=tuple(_learnt(world, scope, Part.MODEL) for scope in SCOPES),
        bases=tuple(_learnt(world, scope, Part.BASE) for scope in SCOPES),
        states=tuple(
            sorted(
                (scope.key, r.lesson.id, r.state.value)
                for scope in SCOPES
                for r in world.journal.list_lessons(scope, limit=100).records
            )
        ),
        voters=tuple(tuple(campaign.voters()) for campaign in world.votes.campaigns()),
        samples=tuple(world.journal.samples(scope) for scope in SCOPES),
        waiting=tuple(len(world.journal.undos(scope)) for scope in SCOPES),
    )


def _waiting() -> fakes.World:
    world = opened()
    world.journal.add(LESSONS)
    return world


def _undone(*numbers: int) -> Callable[[], fakes.World]:
    def prepare() -> fakes.World:
        world = _waiting()
        learn(world, GLOBAL)
        world.journal.add([lesson(90, Label.HAM, OPERATOR)])
        for number in numbers:
            undo_lesson(world.services, OPERATOR, LessonRef(GLOBAL, LESSONS[number].id))
        return world

    return prepare


def _taken_back_unlearnt() -> fakes.World:
    world = _waiting()
    undo_lesson(world.services, OPERATOR, LessonRef(GLOBAL, LESSONS[3].id))
    return world


def _old() -> fakes.World:
    world = _undone()()
    learn(world, GLOBAL)
    world.clock.advance(days=91)
    world.journal.add([lesson(91, Label.HAM, OPERATOR)])
    return world


def _old_and_undone() -> fakes.World:
    world = _old()
    undo_lesson(world.services, OPERATOR, LessonRef(GLOBAL, LESSONS[2].id))
    return world


def _two_votes(world: fakes.World) -> None:
    for voter in ("ann@example.org", "cid@example.org"):
        vote(world, voter, "message-1", Label.SPAM)


def _before_a_quorum() -> fakes.World:
    world = opened()
    _two_votes(world)
    with contextlib.suppress(fakes.Killed):
        vote(world, "bob@example.org", "message-1", Label.SPAM, learn_it=False)
    return world


def _quorum() -> fakes.World:
    world = _before_a_quorum()
    _everywhere(world.services, world)
    (own,) = world.journal.list_lessons(BOB, limit=5).records
    undo_lesson(world.services, OPERATOR, own.ref)
    return world


def _parked() -> fakes.World:
    world = opened()
    world.journal.add(LESSONS[:4])
    for each in world.journal.pending(GLOBAL, limit=2):
        parked = Outcome(each, LessonState.PARKED, note="for the test")
        world.journal.settle(
            GLOBAL, [parked], now_ms=world.clock.now_ms(), until=world.clock.now_ms() // 1000 + 99
        )
    return world


def _learn(scope: Scope) -> Callable[[Services, fakes.World], None]:
    def step(services: Services, _world: fakes.World) -> None:
        while learn_lessons(services, scope).more:
            pass

    return step


def _slowly(services: Services, _world: fakes.World) -> None:
    """A page in each turn."""
    while learn_lessons(services, GLOBAL, until_ms=0).more:
        pass


def _everywhere(services: Services, world: fakes.World) -> None:
    """Bob's layer, and those that the queue names then."""
    _learn(BOB)(services, world)
    for item in world.queue.drain(QueueName.LEARN):
        _learn(scope_from_key(item["scope"]))(world.services, world)


def _accept(services: Services, _world: fakes.World) -> None:
    accept_lesson(services, OPERATOR, LessonRef(GLOBAL, LESSONS[1].id))
    learn_lessons(services, GLOBAL)


@dataclass(frozen=True)
class Scenario:
    """A prepared world and the step that is disturbed."""

    name: str
    prepare: Callable[[], fakes.World]
    step: Callable[[Services, fakes.World], None]


SCENARIOS = [
    Scenario("learn", _waiting, _learn(GLOBAL)),
    Scenario("undo", _undone(1, 3), _learn(GLOBAL)),
    Scenario("undo-unlearnt", _taken_back_unlearnt, _learn(GLOBAL)),
    Scenario("rebuild-slowly", _undone(2, 4), _slowly),
    Scenario("fold", _old, _learn(GLOBAL)),
    Scenario("fold-and-undo", _old_and_undone, _learn(GLOBAL)),
    Scenario("vote", _before_a_quorum, _everywhere),
    Scenario("withdraw", _quorum, _everywhere),
    Scenario("accept", _parked, _accept),
]


def _end(world: fakes.World, scenario: Scenario) -> Picture:
    scenario.step(world.services, world)
    for scope in SCOPES:
        learn(world, scope)
    return _picture(world)


@cache
def _prepared(name: str) -> fakes.World:
    return next(each for each in SCENARIOS if each.name == name).prepare()


def _fresh(scenario: Scenario) -> fakes.World:
    """The prepared world, as new each time. A lock in it is copied as a new lock."""
    for kind in (threading.Lock, threading.RLock):
        copyreg.pickle(type(kind()), lambda _lock, kind=kind: (kind, ()))  # type: ignore[misc]  # typed for classes
    return copy.deepcopy(_prepared(scenario.name))


@cache
def _calm(scenario: Scenario) -> tuple[Picture, int]:
    world = _fresh(scenario)
    watched = fakes.faulty(world.services)
    scenario.step(watched, world)
    return _end(world, scenario), len(fakes.calls(watched))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_every_port_call(scenario: Scenario) -> None:
    """The whole table: killed after each call of each scenario."""
    expected, count = _calm(scenario)
    assert count > 5
    for at in range(1, count + 1):
        world = _fresh(scenario)
        watched = fakes.faulty(world.services, at=at, when="after", error=fakes.Killed())
        with contextlib.suppress(fakes.Killed):
            scenario.step(watched, world)
        assert _end(world, scenario) == expected, f"call {at}: {fakes.calls(watched)[at - 1]}"


def _states(scenario: str) -> dict[str, int]:
    end = _calm(next(s for s in SCENARIOS if s.name == scenario))[0]
    return {state: sum(s == state for _, _, s in end.states) for _, _, state in end.states}


def test_the_pictures_tell_things_apart() -> None:
    """The table above compares something: the scenarios end differently."""
    assert _states("learn") == {"applied": 5}
    assert _states("undo") == {"applied": 4, "undone": 2}
    assert _states("undo-unlearnt") == {"applied": 4, "undone": 1}
    assert _states("rebuild-slowly") == {"applied": 4, "undone": 2}
    assert _states("fold") == {"folded": 6, "applied": 1}
    assert _states("vote") == {"applied": 2}
    assert _states("withdraw") == {"undone": 2}
    assert _states("accept") == {"applied": 3, "parked": 1}


def test_the_base_holds_what_was_folded_and_nothing_that_was_taken_back() -> None:
    """Whichever came first."""
    end = _calm(next(s for s in SCENARIOS if s.name == "fold-and-undo"))[0]
    assert sum(end.bases[0][1:]) == 5
    undone: Lesson = LESSONS[2]
    assert ("*", undone.id, "undone") in end.states
