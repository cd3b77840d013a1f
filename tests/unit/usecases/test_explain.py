"""Explanations of stored mail, the nearest past decisions, and the proof that what is stored adds up."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.adapters.aws.rows import copy_from_row, copy_row, facts_from_row, facts_row
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.errors import NotFound
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.domain.verdict import Contribution, judge
from pratique.filtering.classifier.attribution import Layer
from pratique.filtering.classifier.seed import Seed
from pratique.filtering.examine import examine
from pratique.usecases.explain_message import explain_message
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.past_decisions import LOOKED_AT, past_decisions

from tests import builders, fakes
from tests.path import arrive, held, opened
from tests.unit.api.calling import call, of, stocked

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EVIDENCE = st.lists(
    st.tuples(TEXT, st.floats(-50, 50, allow_nan=False), TEXT).map(lambda each: Contribution(*each)),
    max_size=20,
).map(tuple)
KEY = "0123456789abcdef"


@given(EVIDENCE, EVIDENCE)
def test_what_is_stored_adds_up_to_the_score_exactly(
    common: tuple[Contribution, ...], own: tuple[Contribution, ...]
) -> None:
    """Rows as DynamoDB holds them, and the API's JSON: not about the same score, the same one."""
    score = judge(common + own).score
    facts = facts_from_row(facts_row(builders.facts(contributions=common), builders.NOW))
    copy = copy_from_row(copy_row(builders.a_copy(contributions=own, score=score), 4))
    assert copy.judgement(facts).score == copy.score == score
    world = fakes.world()
    world.index.add_facts(facts, expires_at=copy.expires_at)
    world.index.add_copy(copy)
    for path in ("", "why"):
        body = call(world, "GET", of(copy, path)).body
        weights = [each["weight"] for each in json.loads(json.dumps(body))["contributions"]]
        assert (
            judge(tuple(Contribution("", weight) for weight in weights)).score
            == body["message"]["score"]
            == score
        )


def test_real_mail_adds_up_too() -> None:
    """Through ingest, with list, layers and whatever else speaks."""
    world = opened()
    copy = held(world)
    why = explain_message(world.services, builders.actor("bob@example.org"), copy.id)
    assert judge(why.view.contributions).score == copy.score
    assert why.explanation.log_odds == math.fsum(c.weight for c in why.view.contributions)
    assert why.explanation.held
    assert "list:block (+20.00)" in why.explanation.summary


@pytest.mark.parametrize("scope", ["ann@example.org", "example.net"])
def test_another_scope_sees_nothing(scope: str) -> None:
    """Checked before anything is read."""
    world, (copy,) = stocked()
    with pytest.raises(NotFound):
        explain_message(world.services, builders.actor(scope), copy.id)


def test_flips_are_told_against_the_policy_of_today() -> None:
    """The threshold may have been moved since."""
    world, (copy,) = stocked()
    world.directory.put_policy(parse_scope("example.org"), Policy(spam_at=0.99))
    why = explain_message(world.services, builders.actor(), copy.id)
    assert why.policy.spam_at == 0.99
    assert not why.explanation.held
    assert "below the quarantine threshold of 0.99" in why.explanation.summary


@pytest.mark.parametrize(
    ("auth", "defects", "contributions", "helps"),
    [
        (builders.PASSES, (), (), True),
        (AuthResults(dmarc=Outcome.FAIL), (), (), False),
        (builders.PASSES, ("several-senders",), (), False),
        (builders.PASSES, (), (Contribution("doubled-field", 0.8, "from, to"),), False),
        (builders.PASSES, (), (Contribution("doubled-field", 0.8, "to"),), True),
    ],
)
def test_an_allow_entry_is_proposed_only_where_it_would_count(
    auth: AuthResults, defects: tuple[str, ...], contributions: tuple[Contribution, ...], helps: bool
) -> None:
    """As ingest would see it (filtering/senders.py)."""
    world = fakes.world()
    copy = builders.a_copy(sender="eve@spam.example")
    evidence = (Contribution("classifier", 5.0), *contributions)
    facts = builders.facts(auth=auth, defects=defects, contributions=evidence)
    world.index.add_facts(facts, expires_at=copy.expires_at)
    world.index.add_copy(copy)
    flips = explain_message(world.services, builders.actor(), copy.id).explanation.flips
    assert flips[-1].text.startswith("An allow entry for eve@spam.example would ")
    assert ("not have helped" not in flips[-1].text) == helps


def test_a_virus_stays_whatever_it_scores() -> None:
    world = fakes.world()
    copy = builders.a_copy()
    world.index.add_facts(builders.facts(auth=AuthResults(virus=Outcome.FAIL)), expires_at=copy.expires_at)
    world.index.add_copy(copy)
    why = explain_message(world.services, builders.actor(), copy.id)
    assert why.explanation.held
    assert why.explanation.flips == ()


def _decided(number: int, **changes: Any) -> Copy:
    values: dict[str, Any] = {"state": State.RELEASED, "sender": "x@other.example"}
    return builders.a_copy(number, **(values | changes))


def test_like_three_that_were_released() -> None:
    """By text first, then sender, then domain; what was decided, not where it is now; only the recipient's own."""
    world = fakes.world()
    near, far = f"{int(KEY, 16) ^ 0b111:016x}", f"{int(KEY, 16) ^ 0xFFFFFF:016x}"
    copy = builders.a_copy(90, sender="eve@spam.example", fingerprint=KEY)
    others = [
        _decided(1, fingerprint=near),
        _decided(2, fingerprint=KEY),
        _decided(3, fingerprint=KEY, state=State.RELEASING),
        _decided(4, fingerprint=KEY, state=State.REMOVED),
        _decided(5, fingerprint=far),
        _decided(6, fingerprint=KEY, state=State.HELD),
        _decided(7, fingerprint=KEY, state=State.DELIVERED, lesson="spam"),
        _decided(8, sender="eve@spam.example", lesson="ham"),
        _decided(9, sender="mallory@spam.example", state=State.REMOVED),
        builders.a_copy(10, "ann@example.org", state=State.RELEASED, fingerprint=KEY),
    ]
    for each in (copy, *others):
        world.index.add_copy(each)
    found = past_decisions(world.services, copy)
    assert found.counts == {
        "text": {"released": 3, "reported as spam": 1, "removed": 1},
        "sender": {"reported as not spam": 1},
        "domain": {"removed": 1},
    }
    assert [n.distance for n in found.nearest] == [0, 0, 0, 0, 3]
    assert found.sentences() == [
        "Nearly the same text: 3 released, 1 reported as spam, 1 removed.",
        "The same sender: 1 reported as not spam.",
        "The same domain: 1 removed.",
    ]


def test_a_message_without_a_key_is_like_none_by_its_text() -> None:
    world = fakes.world()
    copy = builders.a_copy(90, sender="")
    world.index.add_copy(_decided(1, fingerprint="", sender=""))
    assert past_decisions(world.services, copy).counts == {}


def test_past_decisions_cost_two_pages_however_much_there_is() -> None:
    """A recipient with thousands of messages is looked through as far as two pages go."""
    world = fakes.world()
    for number in range(1, 1_001):
        world.index.add_copy(
            _decided(number, fingerprint=KEY, state=State.RELEASED if number % 2 else State.DELIVERED)
        )
    copy = builders.a_copy(2_000, fingerprint=KEY)
    before = world.index.rows_read
    found = past_decisions(world.services, copy)
    assert world.index.rows_read - before <= 2 * (LOOKED_AT + 1)
    assert found.counts == {"text": {"released": LOOKED_AT}}


def test_mail_of_a_campaign_is_found_through_ingest() -> None:
    """The fingerprint that ingest writes is the one that is compared."""
    world = opened()
    words = "Dear customer your parcel could not be delivered today please confirm your address and pay the fee online now thank you"
    copies: list[Copy] = []
    for number in (1, 2):
        raw = builders.raw_message(body=f"{words} {number}\r\n", sender=f"Post <a{number}@p{number}.example>")
        receipt = builders.receipt(f"message-{number}", mail_from=f"a{number}@p{number}.example")
        world.directory.put_policy(parse_scope("global"), Policy(spam_at=0.0, unsure_at=0.0))
        copies += arrive(world, receipt, raw).copies
        world.clock.advance(seconds=1)
    assert copies[0].fingerprint
    removed = replace(copies[0], state=State.REMOVED)
    world.index.move(
        removed.id,
        expected=[State.HELD],
        state=State.REMOVED,
        expires_at=removed.expires_at,
        event=removed.events[-1],
        now=builders.NOW,
    )
    why = explain_message(world.services, builders.actor(), copies[1].id)
    assert why.past.sentences() == ["Nearly the same text: 1 removed."]


def _taught(world: fakes.World, scope: str, text: str, label: Label, number: int = 0) -> None:
    """A layer that has learnt a text, and another one of the other kind."""
    other = Label.HAM if label is Label.SPAM else Label.SPAM
    lessons = []
    for kind, words in ((label, text), (other, "the ordinary minutes of a harbour meeting")):
        sample = examine(builders.raw_message(body=f"{words}\r\n"), builders.receipt()).sample
        lessons += [
            builders.lesson(
                1000 * number + n + (500 if kind is label else 0),
                parse_scope(scope),
                label=kind,
                sample=sample,
            )
            for n in range(15)
        ]
    world.journal.add(lessons)
    learn_lessons(world.services, parse_scope(scope))


def _stored_words(world: fakes.World, copy: Copy) -> str:
    facts = world.index.get_facts(copy.id.message)
    assert facts is not None
    assert copy.judgement(facts).score == copy.score
    return " ".join(c.detail for c in facts.contributions if c.signal.startswith("classifier"))


def test_mail_that_is_no_clear_ham_is_stored_with_the_words_that_moved_the_classifier() -> None:
    """Readable, at most 80 characters, and the weights are what they were."""
    world = opened()
    text = "zyzzogeton wonderpills without prescription"
    _taught(world, "global", text, Label.SPAM)
    (copy,) = arrive(world, builders.receipt(), builders.raw_message(body=f"{text}\r\n")).copies
    words = _stored_words(world, copy)
    assert "like spam: " in words
    assert any(word in words for word in text.split())
    facts = world.index.get_facts(copy.id.message)
    assert facts is not None
    assert all(len(c.detail) <= 80 and c.detail.isprintable() for c in facts.contributions)


def test_clear_ham_costs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks why, as a rule; `why` works them out when somebody does."""
    world = opened()
    _taught(world, "global", "the very dear harbour captain writes", Label.HAM)
    monkeypatch.setattr(
        "pratique.filtering.classifier.attribution.weigh_fragments", lambda *_: pytest.fail("work")
    )
    raw = builders.raw_message(
        body="the very dear harbour captain writes\r\n", sender="Ann <ann@friend.example>"
    )
    (copy,) = arrive(world, builders.receipt(mail_from="ann@friend.example"), raw).copies
    assert copy.score < 0.1
    assert ": " not in _stored_words(world, copy)


def test_what_a_recipients_own_layer_has_learnt_is_shown_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stored words are read by every recipient of the message: only the seed and the global layer name them."""
    world = opened()
    text = "zyzzogeton wonderpills without prescription"
    _taught(world, "bob@example.org", text, Label.SPAM)
    asked: list[Sequence[Layer]] = []

    def recorded(_sample: bytes, layers: Sequence[Layer], _limit: int) -> list[tuple[str, float]]:
        asked.append(layers)
        return []

    monkeypatch.setattr("pratique.filtering.classifier.attribution.fragments", recorded)
    people = ("bob@example.org", "ann@example.net")
    copies = arrive(
        world, builders.receipt(recipients=people), builders.raw_message(body=f"{text}\r\n")
    ).copies
    assert any(c.signal == "classifier:recipient" for c in copies[0].contributions)
    assert [[type(layer) for layer in layers] for layers in asked] == [[Seed]]


def test_why_names_the_words_of_the_recipients_own_layers_too() -> None:
    """To the recipient, what moves today's models, both ways."""
    world = opened()
    text = "zyzzogeton wonderpills without prescription"
    (copy,) = arrive(world, builders.receipt(), builders.raw_message(body=f"{text}\r\n")).copies
    before = explain_message(world.services, builders.actor("bob@example.org"), copy.id).words
    _taught(world, "bob@example.org", text, Label.SPAM)
    after = explain_message(world.services, builders.actor("bob@example.org"), copy.id).words
    assert dict(after).get("zyzzogeton", 0.0) > dict(before).get("zyzzogeton", 0.0)
    assert any(weight > 0 for _, weight in after)
    assert len(after) <= 24
