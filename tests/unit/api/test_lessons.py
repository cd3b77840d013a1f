"""Lessons over HTTP: listed, taken back, accepted, dropped; a report of a copy taken back; a day's limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.lesson import LessonRef, LessonState
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.journal import Outcome
from pratique.ports.queue import QueueName

from tests import builders, fakes
from tests.path import work_off
from tests.unit.api.calling import call, of, stocked

ORG = parse_scope("example.org")


def _given(world: fakes.World, *numbers: int, parked: bool = False, author: str = "tester") -> list[str]:
    """Lessons of the domain, given by its administrators."""
    lessons = [builders.lesson(n, ORG, author=author, giver=ORG) for n in numbers]
    world.journal.add(lessons)
    if parked:
        found = world.journal.pending(ORG, limit=100)
        outcomes = [Outcome(each, LessonState.PARKED, note="why") for each in found]
        world.journal.settle(ORG, outcomes, now_ms=builders.NOW_MS, until=builders.NOW + 99)
    return [str(LessonRef(ORG, each.id)) for each in lessons]


def _listed(world: fakes.World, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(
        world, "GET", "/v1/lessons", query={"scope": "example.org"} | query
    ).body["lessons"]
    return found


def test_a_lesson_shows_who_gave_it_and_what_became_of_it() -> None:
    """Newest first, page by page, by state and author."""
    world = fakes.world()
    first, second, third = _given(world, 1, 2, 3)
    page = call(world, "GET", "/v1/lessons", query={"scope": "example.org", "limit": 2}).body
    assert [each["id"] for each in page["lessons"]] == [third, second]
    rest = call(
        world, "GET", "/v1/lessons", query={"scope": "example.org", "limit": 2, "cursor": page["cursor"]}
    ).body
    assert ([each["id"] for each in rest["lessons"]], rest["cursor"]) == ([first], None)
    one = rest["lessons"][0]
    assert (one["author"], one["given_as"], one["state"], one["weight"]) == (
        "tester",
        "operator",
        "pending",
        1.0,
    )
    assert _listed(world, state="parked") == _listed(world, author="nobody") == []
    assert len(_listed(world, author="tester", state="pending")) == 3


def test_a_lesson_is_taken_back_once_and_the_learner_is_told() -> None:
    """The second call answers the same, and another one's record is not there."""
    world = fakes.world()
    (ref,) = _given(world, 1)
    for _ in range(2):
        answer = call(world, "POST", f"/v1/lessons/{ref}/undo")
        assert (answer.status, answer.body["state"], answer.body["changed_by"]) == (
            200,
            "undone",
            "tester of global",
        )
    assert world.queue.waiting[QueueName.LEARN] == [{"scope": "example.org"}] * 2
    assert [entry.action for entry in world.audit.log] == ["lesson.undo"] * 2
    for missing in ("nothing", ref.replace(ref[0], "g"), str(LessonRef(GLOBAL, builders.lesson(1).id))):
        assert call(world, "POST", f"/v1/lessons/{missing}/undo").status == 404


def test_a_lesson_whose_time_is_over_says_so() -> None:
    """409, and how old is too old."""
    world = fakes.world()
    (ref,) = _given(world, 1)
    (waiting,) = world.journal.pending(ORG, limit=1)
    world.journal.settle(ORG, [Outcome(waiting, LessonState.APPLIED, 1)], now_ms=builders.NOW_MS, until=0)
    world.journal.fold(ORG, [waiting.lesson.id])
    answer = call(world, "POST", f"/v1/lessons/{ref}/undo")
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert "90 days" in answer.body["detail"]


def test_everything_somebody_taught() -> None:
    """Those of the author, and no others."""
    world = fakes.world()
    _given(world, 1, 2, author="bob@example.org")
    _given(world, 3)
    answer = call(world, "POST", "/v1/lessons/undo", scope="example.org", body={"author": "bob@example.org"})
    assert (answer.status, answer.body) == (200, {"undone": 2, "more": False})
    assert [each["state"] for each in _listed(world)] == ["pending", "undone", "undone"]


@pytest.mark.parametrize(("verb", "state"), [("accept", "pending"), ("drop", "dropped")])
def test_a_parked_lesson_is_decided_once(verb: str, state: str) -> None:
    """By somebody above those who gave it; twice is once; the other answer then comes too late."""
    world = fakes.world()
    (ref,) = _given(world, 1, parked=True)
    for _ in range(2):
        answer = call(world, "POST", f"/v1/lessons/{ref}/{verb}")
        assert (answer.status, answer.body["state"]) == (200, state)
    other = "drop" if verb == "accept" else "accept"
    assert call(world, "POST", f"/v1/lessons/{ref}/{other}").body["code"] == "conflict"


def test_nobody_accepts_their_own_parked_lessons() -> None:
    """A stolen token of the domain could; dropping is allowed."""
    world = fakes.world()
    first, second = _given(world, 1, 2, parked=True)
    answer = call(world, "POST", f"/v1/lessons/{first}/accept", scope="example.org")
    assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert call(world, "POST", f"/v1/lessons/{second}/drop", scope="example.org").status == 200


def test_all_parked_lessons_of_an_author_are_decided_together() -> None:
    """Those of others stay."""
    world = fakes.world()
    _given(world, 1, 2, parked=True, author="token:desk")
    _given(world, 3, parked=True)
    body = {"author": "token:desk", "scope": "example.org"}
    assert call(world, "POST", "/v1/lessons/accept", body=body).body == {"done": 2, "more": False}
    assert call(world, "POST", "/v1/lessons/drop", body={"scope": "example.org"}).body["done"] == 1
    assert sorted(each["state"] for each in _listed(world)) == ["dropped", "pending", "pending"]
    assert call(world, "GET", "/v1/status", scope="example.org").body["lessons_parked"] == 0


def test_a_quorums_lesson_is_traced_to_its_voters() -> None:
    """And a lesson that somebody gave alone has none."""
    from pratique.domain.campaign import Vote
    from pratique.domain.lesson import Label, Standing
    from pratique.ports.votes import Pointer

    world = fakes.world()
    given = builders.lesson(
        1, ORG, author="quorum", standing=Standing.QUORUM, origin="campaign:one", giver=ORG, rate=0.5
    )
    world.journal.add([given, replace(builders.lesson(2, ORG), origin="campaign:one")])
    for voter in ("bob@example.org", "ann@example.org"):
        world.votes.cast(
            "example.org", Label.SPAM, Pointer("one", ""), Vote(voter, voter, 1), marks=[], until=2
        )
    found = call(world, "GET", f"/v1/lessons/{LessonRef(ORG, given.id)}").body
    assert found["voters"] == ["ann@example.org", "bob@example.org"]
    assert (found["lesson"]["author"], found["lesson"]["weight"]) == ("quorum", 0.5)
    alone = call(world, "GET", f"/v1/lessons/{LessonRef(ORG, builders.lesson(2).id)}").body
    assert alone["voters"] == []


def test_a_report_of_a_copy_is_taken_back() -> None:
    """At the level of whoever asks; nothing to take back is no error."""
    world, (copy,) = stocked()
    path = of(copy, "untrain")
    assert call(world, "POST", path).body["lesson"] == ""
    assert (
        call(world, "POST", of(copy, "train"), scope="bob@example.org", body={"label": "ham"}).status == 200
    )
    assert call(world, "POST", path, scope="example.org").body["lesson"] == "ham"
    assert call(world, "POST", path, scope="bob@example.org").body["lesson"] == ""
    found = call(world, "GET", "/v1/lessons", scope="bob@example.org").body["lessons"]
    assert [each["state"] for each in found] == ["undone"]
    again = call(world, "POST", of(copy, "train"), scope="bob@example.org", body={"label": "ham"})
    assert again.body["lesson"] == "ham"
    found = call(world, "GET", "/v1/lessons", scope="bob@example.org").body["lessons"]
    assert sorted(each["state"] for each in found) == ["pending", "undone"]


def test_a_day_has_so_many_lessons() -> None:
    """429 with a time to come back; a repeat of what was reported costs nothing; tomorrow is another day."""
    world, copies = stocked(messages=3)
    services = replace(world.services, options=replace(world.options, lessons_a_day=2))
    world.services = services
    for copy in (copies[0], copies[0], copies[1], copies[0]):
        answer = call(world, "POST", of(copy, "train"), scope="bob@example.org", body={"label": "spam"})
        assert answer.status == 200
    refused = call(world, "POST", of(copies[2], "train"), scope="bob@example.org", body={"label": "spam"})
    assert (refused.status, refused.body["code"], refused.headers["retry-after"]) == (
        429,
        "limit_reached",
        "3600",
    )
    assert "2 lessons a day" in refused.body["detail"]
    assert (
        call(world, "POST", of(copies[2], "train"), scope="example.org", body={"label": "spam"}).status == 200
    )
    world.clock.advance(days=1)
    assert (
        call(world, "POST", of(copies[2], "train"), scope="bob@example.org", body={"label": "spam"}).status
        == 200
    )


def test_a_release_that_may_not_teach_any_more_goes_out_all_the_same() -> None:
    """The answer says that it was not taught."""
    world, copies = stocked(messages=2)
    world.services = replace(world.services, options=replace(world.options, lessons_a_day=1))
    assert (
        call(world, "POST", of(copies[0], "release"), scope="bob@example.org", body={"train": True}).status
        == 200
    )
    second = call(world, "POST", of(copies[1], "release"), scope="bob@example.org", body={"train": True})
    assert second.status == 429
    work_off(world)
    assert len(world.courier.parcels) == 2
