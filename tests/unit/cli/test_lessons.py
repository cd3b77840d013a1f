"""lessons and untrain: the command line over the real edge."""

from __future__ import annotations

import json

from pratique.domain.lesson import LessonRef, LessonState
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.journal import Outcome

from tests import builders, fakes
from tests.unit.cli.world import Installation

ORG = parse_scope("example.org")


def _give(world: fakes.World, count: int, *, parked: bool = False) -> list[str]:
    lessons = [builders.lesson(n, ORG, author="token:desk", giver=ORG) for n in range(1, count + 1)]
    world.journal.add(lessons)
    if parked:
        outcomes = [Outcome(w, LessonState.PARKED, note="why") for w in world.journal.pending(ORG, limit=999)]
        world.journal.settle(ORG, outcomes, now_ms=builders.NOW_MS, until=builders.NOW + 99)
    return [str(LessonRef(ORG, each.id)) for each in lessons]


def test_lessons_are_listed_and_shown(here: Installation) -> None:
    """The id first; a page says how to go on; why a lesson was parked."""
    refs = _give(here.world, 3, parked=True)
    page = here.run("lessons", "list", "--scope", "example.org", "--state", "parked", "--limit", "2")
    assert page.exit_code == 0
    assert page.stdout.splitlines()[0].split()[:3] == [refs[2], "parked", "spam"]
    assert "more: --cursor" in page.stdout
    assert "by token:desk (operator, api)" in page.stdout
    assert "why" in page.stdout
    assert here.run("lessons", "list").stdout == "nothing here\n"
    shown = json.loads(here.run("lessons", "show", refs[0], "--json").stdout)
    assert (shown["lesson"]["id"], shown["voters"]) == (refs[0], [])
    assert refs[0] in here.run("lessons", "show", refs[0]).stdout


def test_one_of_several_that_fails_is_told(here: Installation) -> None:
    """The others are done; the exit code says so."""
    refs = _give(here.world, 2)
    done = here.run("lessons", "undo", refs[0], "nothing", refs[1])
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [f"{refs[0]}  undone", f"{refs[1]}  undone"]
    assert "not_found" in done.stderr


def test_parked_lessons_are_decided(here: Installation) -> None:
    """One by one, or all of them."""
    refs = _give(here.world, 4, parked=True)
    here.login("example.org")
    assert "4 of them are parked" in here.run("status").stdout
    here.login("global")
    assert here.run("lessons", "accept", refs[0]).stdout == f"{refs[0]}  pending\n"
    assert here.run("lessons", "drop", refs[1]).stdout == f"{refs[1]}  dropped\n"
    assert here.run("lessons", "review", "perhaps").exit_code == 2
    assert here.run("lessons", "review", "drop", "--scope", "example.org").stdout == "2 dropped\n"


def test_forgetting_somebody_goes_on_until_nothing_is_left(here: Installation) -> None:
    """The API does 500 in one call."""
    _give(here.world, 620)
    found = here.run("lessons", "forget", "token:desk", "--scope", "example.org", "--json")
    assert json.loads(found.stdout) == {"undone": 620}
    page = here.world.journal.list_lessons(ORG, state=LessonState.UNDONE, limit=999)
    assert len(page.records) == 620
    assert here.world.journal.list_lessons(GLOBAL, limit=9).records == ()


def test_a_report_is_taken_back(here: Installation) -> None:
    """What was said of a message."""
    copy = builders.a_copy(1)
    here.world.index.add_facts(builders.facts(1), expires_at=copy.expires_at)
    here.world.index.add_copy(copy)
    assert here.run("train", str(copy.id), "ham").exit_code == 0
    assert here.run("untrain", str(copy.id)).stdout == f"{copy.id}  not taught\n"
