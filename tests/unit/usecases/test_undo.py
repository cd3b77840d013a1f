"""Taking lessons back: their effect is gone from the model, octet by octet; after their time they are in it for good."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.errors import Conflict, Forbidden, NotFound
from pratique.domain.lesson import Label, Lesson, LessonRef, LessonState
from pratique.domain.scope import GLOBAL, domain_scope
from pratique.ports.models import Part
from pratique.usecases import replay_lessons
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.undo_lessons import undo_author, undo_lesson

from tests import builders, fakes
from tests.path import opened
from tests.teaching import learn, learnt, lesson, model, record, teach

ORG = domain_scope("example.org")
OPERATOR = builders.actor()
DESK = builders.actor("example.org")


def _lessons(count: int, *, scope: str = "global") -> list[Lesson]:
    labels = (Label.HAM, Label.SPAM, Label.SPAM)
    actor = builders.actor(scope)
    return [lesson(n, labels[n % 3], actor) for n in range(count)]


def _undo(world: fakes.World, given: Lesson) -> None:
    undo_lesson(world.services, OPERATOR, LessonRef(given.scope, given.id))


def _taught(*lessons: Lesson) -> fakes.World:
    world = opened()
    teach(world, lessons)
    return world


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_learn_three_undo_one_is_as_if_it_had_never_been(taken: int) -> None:
    """The issue's own words, for the first, the second and the last."""
    lessons = _lessons(3)
    world = _taught(*lessons)
    before = learnt(world, GLOBAL)
    _undo(world, lessons[taken])
    learn(world, GLOBAL)
    without = _taught(*(each for each in lessons if each is not lessons[taken]))
    assert learnt(world, GLOBAL) == learnt(without, GLOBAL) != before
    assert record(world, lessons[taken]).state is LessonState.UNDONE
    assert world.journal.samples(GLOBAL) == 2


def test_undone_among_later_batches_and_further_lessons() -> None:
    """Several batches, several undos in two rounds, lessons in between: still what the rest alone would have made."""
    lessons = _lessons(30)
    world = _taught(*lessons[:10])
    teach(world, lessons[10:20])
    for each in (lessons[3], lessons[12]):
        _undo(world, each)
    world.journal.add(lessons[20:25])
    learn(world, GLOBAL)
    _undo(world, lessons[22])
    learn(world, GLOBAL)
    teach(world, lessons[25:])
    gone = (lessons[3], lessons[12], lessons[22])
    rest = _taught(*(each for each in lessons if each not in gone))
    assert learnt(world, GLOBAL) == learnt(rest, GLOBAL)
    assert model(world, GLOBAL).lessons_ham + model(world, GLOBAL).lessons_spam == 27


def test_a_layer_is_made_again_with_what_those_above_said_then() -> None:
    """The domain learnt on top of an old global layer; the global one has changed since. What is kept is kept as it was."""
    below = _lessons(12, scope="example.org")
    above = [lesson(100 + n, label, OPERATOR) for n in range(60) for label in Label]
    world = _taught(*above[:60])
    teach(world, below)
    teach(world, above[60:])
    undone = below[5]
    _undo(world, undone)
    learn(world, ORG)
    same = _taught(*above[:60])
    teach(same, [each for each in below if each is not undone])
    assert learnt(world, ORG) == learnt(same, ORG)


def test_the_directory_names_the_version_without_it() -> None:
    """Ingest judges the next message by the model that has nothing of it."""
    lessons = _lessons(2)
    world = _taught(*lessons)
    first = world.directory.look_up([], []).models[GLOBAL]
    _undo(world, lessons[0])
    learn(world, GLOBAL)
    assert world.directory.look_up([], []).models[GLOBAL] > first


def test_what_was_not_learnt_yet_never_is() -> None:
    """Taken back before the learner came."""
    world = opened()
    lessons = _lessons(2)
    world.journal.add(lessons)
    _undo(world, lessons[0])
    learn(world, GLOBAL)
    assert learnt(world, GLOBAL) == learnt(_taught(lessons[1]), GLOBAL)
    assert world.journal.samples(GLOBAL) == 1
    assert world.journal.undos(GLOBAL) == []


def test_undoing_twice_is_undoing_once() -> None:
    """The second time says so, and changes nothing."""
    lessons = _lessons(3)
    world = _taught(*lessons)
    for _ in range(2):
        _undo(world, lessons[0])
        learn(world, GLOBAL)
    assert learnt(world, GLOBAL) == learnt(_taught(*lessons[1:]), GLOBAL)


def test_a_model_is_made_anew_in_as_many_turns_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is up after each page: meanwhile mail is judged by the old model, new lessons are learnt and a second undo starts it over."""
    monkeypatch.setattr(replay_lessons, "PAGE", 4)
    lessons = _lessons(30)
    world = _taught(*lessons[:25])
    _undo(world, lessons[20])
    old = learnt(world, GLOBAL)
    now = world.clock.now_ms()
    for _ in range(3):
        turn = learn_lessons(world.services, GLOBAL, until_ms=now)
        assert (turn.more, turn.undone) == (True, 0)
        assert learnt(world, GLOBAL) == old
    under_way = model(world, GLOBAL, Part.REBUILD)
    assert under_way.version == 12
    world.journal.add(lessons[25:])
    _undo(world, lessons[2])
    for _ in range(30):
        if not learn_lessons(world.services, GLOBAL, until_ms=now).more:
            break
    rest = _taught(*(each for each in lessons if each not in (lessons[2], lessons[20])))
    assert learnt(world, GLOBAL) == learnt(rest, GLOBAL)


def test_a_half_made_model_of_before_is_not_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was made for other undos, which are forgotten since."""
    monkeypatch.setattr(replay_lessons, "PAGE", 4)
    lessons = _lessons(16)
    world = _taught(*lessons)
    _undo(world, lessons[9])
    learn_lessons(world.services, GLOBAL, until_ms=0)
    _undo(world, lessons[1])
    learn(world, GLOBAL)
    _undo(world, lessons[14])
    learn(world, GLOBAL)
    rest = _taught(*(each for n, each in enumerate(lessons) if n not in (1, 9, 14)))
    assert learnt(world, GLOBAL) == learnt(rest, GLOBAL)


def test_old_lessons_go_into_the_base_and_their_samples_go() -> None:
    """After 90 days; the model is the same, and the lesson can no longer be taken back: it says so."""
    lessons = _lessons(8)
    world = _taught(*lessons[:5])
    world.clock.advance(days=60)
    teach(world, [replace(each, created_ms=world.clock.now_ms()) for each in lessons[5:]])
    assert world.journal.due(now_ms=world.clock.now_ms(), limit=5) == []
    whole = learnt(world, GLOBAL)
    world.clock.advance(days=31)
    assert world.journal.due(now_ms=world.clock.now_ms(), limit=5) == [GLOBAL]
    learn(world, GLOBAL)
    assert world.journal.due(now_ms=world.clock.now_ms(), limit=5) == []
    assert learnt(world, GLOBAL) == whole
    assert world.journal.samples(GLOBAL) == 3
    assert model(world, GLOBAL, Part.BASE).version == 5
    assert record(world, lessons[0]).state is LessonState.FOLDED
    with pytest.raises(Conflict, match="90 days"):
        _undo(world, lessons[0])
    _undo(world, lessons[6])
    learn(world, GLOBAL)
    assert learnt(world, GLOBAL) == learnt(_taught(*(e for e in lessons if e is not lessons[6])), GLOBAL)


def test_when_all_are_folded_nobody_looks_for_more() -> None:
    """Until the next lesson."""
    world = _taught(*_lessons(3))
    world.clock.advance(days=91)
    learn(world, GLOBAL)
    assert world.journal.keeping(GLOBAL) is None
    teach(world, [lesson(50, Label.HAM, OPERATOR)])
    assert world.journal.keeping(GLOBAL) is not None


def test_very_many_lessons_are_folded_before_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest beyond the bound, page by page; the model is the same as ever."""
    monkeypatch.setattr(replay_lessons, "KEEP_MOST", 6)
    monkeypatch.setattr(replay_lessons, "PAGE", 2)
    lessons = _lessons(20)
    world = opened()
    for at in range(0, 20, 5):
        teach(world, lessons[at : at + 5])
    assert len(world.journal.kept(GLOBAL, after=0, limit=100)) == 6
    monkeypatch.undo()
    assert learnt(world, GLOBAL) == learnt(_taught(*lessons), GLOBAL)


def test_a_lesson_that_is_taken_back_while_it_is_folded_is_not_in_the_base() -> None:
    """Whoever is first decides: here the undo."""
    lessons = _lessons(4)
    world = _taught(*lessons)
    world.clock.advance(days=91)
    _undo(world, lessons[1])
    learn(world, GLOBAL)
    rest = _taught(*(each for each in lessons if each is not lessons[1]))
    assert learnt(world, GLOBAL) == learnt(rest, GLOBAL)
    base = model(world, GLOBAL, Part.BASE)
    assert base.lessons_ham + base.lessons_spam == 3


def test_everything_somebody_taught_is_forgotten_at_once() -> None:
    """In the domain and in the layers of its people; nothing of another domain, and nothing of others."""
    world = opened()
    eve, ann = builders.actor("eve@example.org"), builders.actor("ann@example.org")
    other = builders.actor("eve@example.net")
    mine = [lesson(n, Label.HAM, eve) for n in range(3)]
    rest = [lesson(n, Label.SPAM, each) for n, each in enumerate((ann, other, DESK, DESK))]
    foreign = replace(lesson(9, Label.SPAM, other), author="eve@example.org")
    teach(world, [*mine, *rest, foreign])
    assert undo_author(world.services, DESK, "eve@example.org", scope=ORG).undone == 3
    for scope in ("eve@example.org", "ann@example.org", "eve@example.net", "example.org"):
        learn(world, scope)
    assert {record(world, each).state for each in mine} == {LessonState.UNDONE}
    assert {record(world, each).state for each in (*rest, foreign)} == {LessonState.APPLIED}
    assert learnt(world, "eve@example.org") == learnt(opened(), "eve@example.org")


def test_who_may_take_back_what() -> None:
    """One's own layer; the domain's for its administrators; by author for administrators only."""
    world = opened()
    bob = builders.actor("bob@example.org")
    own, desks = lesson(1, Label.HAM, bob), lesson(2, Label.HAM, DESK)
    teach(world, [own, desks])
    with pytest.raises(NotFound):
        undo_lesson(world.services, bob, LessonRef(ORG, desks.id))
    with pytest.raises(NotFound):
        undo_lesson(world.services, builders.actor("ann@example.org"), LessonRef(bob.scope, own.id))
    with pytest.raises(NotFound):
        undo_lesson(world.services, DESK, LessonRef(ORG, own.id))
    with pytest.raises(Forbidden):
        undo_author(world.services, bob, "bob@example.org", scope=bob.scope)
    reader = builders.actor("bob@example.org", may_write=False)
    with pytest.raises(Forbidden):
        undo_lesson(world.services, reader, LessonRef(bob.scope, own.id))
    assert undo_lesson(world.services, bob, LessonRef(bob.scope, own.id)).state is LessonState.UNDONE
    assert undo_lesson(world.services, DESK, LessonRef(ORG, desks.id)).state is LessonState.UNDONE
