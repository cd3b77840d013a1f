"""A quorum of recipients teaches their domain: who counts, what counts as the same campaign, and how a vote is taken back."""

from __future__ import annotations

import hashlib

import pytest
from pratique.domain.campaign import Campaign, Vote, campaign_marks
from pratique.domain.lesson import Label, Lesson, LessonRecord, LessonState, Standing
from pratique.domain.scope import domain_scope
from pratique.ports.queue import QueueName
from pratique.usecases.list_lessons import read_lesson
from pratique.usecases.undo_lessons import undo_lesson

from tests import builders, fakes
from tests.path import opened, work_off
from tests.teaching import learn, learnt, vote

ORG = domain_scope("example.org")
OPERATOR = builders.actor()
PEOPLE = ("ann@example.org", "bob@example.org", "cid@example.org")


def _given(world: fakes.World) -> list[LessonRecord]:
    """The lessons that quorums gave, learnt, newest first."""
    for item in world.queue.drain(QueueName.LEARN):
        assert item["scope"]
    learn(world, ORG)
    return list(world.journal.list_lessons(ORG, author="quorum", limit=50).records)


def _votes(
    world: fakes.World, *voters: str, message: str = "m-1", label: Label = Label.SPAM, **named: str
) -> list[Lesson]:
    return [vote(world, each, message, label, **named) for each in voters]  # type: ignore[arg-type]  # fingerprints


def _take_back(world: fakes.World, given: Lesson) -> None:
    (record,) = world.journal.get(given.scope, [given.id]).values()
    undo_lesson(world.services, OPERATOR, record.ref)
    learn(world, given.scope)


def test_three_who_agree_teach_their_domain() -> None:
    """At a lower weight, once, and the lesson tells who they were; two are too few."""
    world = opened()
    _votes(world, *PEOPLE[:2])
    assert _given(world) == []
    empty = learnt(world, ORG)
    _votes(world, PEOPLE[2], "dan@example.org")
    (given,) = _given(world)
    assert (given.lesson.author, given.lesson.standing, given.lesson.rate) == ("quorum", Standing.QUORUM, 0.5)
    assert given.state is LessonState.APPLIED
    assert learnt(world, ORG) != empty
    voters = read_lesson(world.services, builders.actor("example.org"), given.ref).voters
    assert voters == (*PEOPLE, "dan@example.org")


def test_one_recipients_many_lessons_count_once() -> None:
    """However many messages of the campaign it reports."""
    world = opened()
    for number in range(10):
        _votes(world, PEOPLE[0], message=f"m-{number}", fingerprint="00ff00ff00ff00ff")
    assert _given(world) == []
    (campaign,) = world.votes.campaigns()
    assert campaign.voters() == [PEOPLE[0]]


@pytest.mark.parametrize(
    ("voters", "labels"),
    [
        (("ann@example.org", "bob@example.org", "cid@example.net"), (Label.SPAM,) * 3),
        (PEOPLE, (Label.SPAM, Label.SPAM, Label.HAM)),
    ],
    ids=["another domain", "another label"],
)
def test_only_those_who_agree_count(voters: tuple[str, ...], labels: tuple[Label, ...]) -> None:
    """Of one domain, with one label."""
    world = opened()
    for voter, label in zip(voters, labels, strict=True):
        _votes(world, voter, label=label)
    assert _given(world) == []


def test_messages_that_are_much_alike_are_one_campaign() -> None:
    """Different messages, fingerprints a few bits apart; one that is far off is another campaign."""
    world = opened()
    for voter, fingerprint in zip(
        PEOPLE, ("0123456789abcdef", "0123456789abcdec", "8123456789abcdef"), strict=True
    ):
        _votes(world, voter, message=voter, fingerprint=fingerprint)
    assert len(_given(world)) == 1
    other = opened()
    for voter, fingerprint in zip(
        PEOPLE, ("0123456789abcdef", "0123456789abcdec", "01dcba9876543210"), strict=True
    ):
        _votes(other, voter, message=voter, fingerprint=fingerprint)
    assert _given(other) == []
    assert len(other.votes.campaigns()) == 2


def test_votes_that_are_long_ago_do_not_count() -> None:
    """A month is the window."""
    world = opened()
    _votes(world, *PEOPLE[:2])
    world.clock.advance(days=31)
    _votes(world, PEOPLE[2])
    assert _given(world) == []
    _votes(world, "dan@example.org", "eve@example.org")
    assert len(_given(world)) == 1


def test_a_vote_that_is_taken_back_takes_the_domains_lesson_with_it() -> None:
    """And its effect; the next quorum gives another lesson."""
    world = opened()
    untaught = learnt(world, ORG)
    cast = _votes(world, *PEOPLE)
    (first,) = _given(world)
    _take_back(world, cast[1])
    (record,) = _given(world)
    assert record.state is LessonState.UNDONE
    assert learnt(world, ORG) == untaught
    _votes(world, "dan@example.org")
    states = {r.lesson.id: r.state for r in _given(world)}
    assert states.pop(first.lesson.id) is LessonState.UNDONE
    assert list(states.values()) == [LessonState.APPLIED]


def test_a_quorum_that_stands_without_the_vote_stands() -> None:
    """Four voted, one takes it back."""
    world = opened()
    cast = _votes(world, *PEOPLE, "dan@example.org")
    _take_back(world, cast[0])
    assert [record.state for record in _given(world)] == [LessonState.APPLIED]


def test_what_an_administrator_took_back_is_not_given_again_by_another_vote() -> None:
    """The same quorum, one voter more."""
    world = opened()
    _votes(world, *PEOPLE)
    (given,) = _given(world)
    undo_lesson(world.services, builders.actor("example.org"), given.ref)
    learn(world, ORG)
    _votes(world, "dan@example.org")
    assert [record.state for record in _given(world)] == [LessonState.UNDONE]


def test_administrators_lessons_are_no_votes() -> None:
    """They teach the domain by themselves; in a recipient's layer they are not the recipient's word."""
    world = opened()
    from dataclasses import replace

    for voter in PEOPLE:
        own = vote(opened(), voter, "m-1", Label.SPAM)
        world.journal.add([replace(own, standing=Standing.ADMINISTRATOR, author="token:desk")])
        learn(world, own.scope)
    work_off(world)
    assert world.votes.campaigns() == []


def test_a_campaign_names_its_lesson_the_same_whoever_counts() -> None:
    """By domain, label, campaign and round; order and number of votes do not matter."""
    one = Campaign("example.org", Label.SPAM, "c", "", 0, (Vote("a", "1", 1),))
    more = Campaign("example.org", Label.SPAM, "c", "", 0, (Vote("b", "2", 2), Vote("a", "1", 1)))
    assert one.lesson_id == more.lesson_id
    assert more.voters() == ["a", "b"]
    others = {
        Campaign("example.net", Label.SPAM, "c", "").lesson_id,
        Campaign("example.org", Label.HAM, "c", "").lesson_id,
        Campaign("example.org", Label.SPAM, "d", "").lesson_id,
        Campaign("example.org", Label.SPAM, "c", "", 1).lesson_id,
    }
    assert len(others | {one.lesson_id}) == 5


def test_marks_share_a_band_where_few_bits_differ() -> None:
    """Up to seven bits for certain: eight bands cannot all be hit."""
    key = hashlib.sha256(b"x").hexdigest()[:16]
    for seed in range(50):
        number = int(key, 16)
        for bit in hashlib.sha256(bytes([seed])).digest()[:7]:
            number ^= 1 << bit % 64
        assert set(campaign_marks("a", key)[1:]) & set(campaign_marks("b", f"{number:016x}")[1:])
    assert campaign_marks("a", "") == ("M#a",)
