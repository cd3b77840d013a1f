"""What-if: a change is played on stored evidence, and nothing is changed."""

from __future__ import annotations

import copy as copying
from collections.abc import Sequence
from typing import Any

import pytest
from pratique.domain.address import Address
from pratique.domain.calibration import Calibration
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.message import Copy, Facts
from pratique.domain.policy import Disposition, Policy
from pratique.domain.scope import GLOBAL, Scope, parse_scope
from pratique.domain.verdict import Contribution, Verdict, judge
from pratique.filtering.classifier.features import features
from pratique.filtering.examine import examine
from pratique.ports.directory import View
from pratique.usecases.layers import layer_evidence
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.preview_change import Preview, preview_change
from pratique.usecases.replay import Change

from tests import builders, fakes
from tests.path import arrive, opened
from tests.unit.api.calling import call

ORG = parse_scope("example.org")
SAMPLE = examine(builders.raw_message(), builders.receipt()).sample


def put(
    world: fakes.World, number: int, log_odds: float, recipient: str = "bob@example.org", **changes: Any
) -> Copy:
    """A message whose classifier said so much, decided by the defaults as ingest decides."""
    evidence = (Contribution("bias", -1.5), Contribution("classifier", log_odds + 1.5))
    own = changes.pop("own", ())
    auth = changes.pop("auth", builders.PASSES)
    score = judge((*evidence, *own)).score
    spam = score >= 0.9 or changes.pop("virus", False)
    values: dict[str, Any] = {
        "score": score,
        "contributions": own,
        "verdict": Verdict.SPAM if spam else Verdict.HAM,
        "disposition": Disposition.QUARANTINE if spam else Disposition.DELIVER,
        "state": State.HELD if spam else State.DELIVERED,
        "sender": "eve@spam.example",
    }
    copy = builders.a_copy(number, recipient, **(values | changes))
    facts = builders.facts(
        number, (recipient,), at_ms=copy.received_ms, contributions=evidence, auth=auth, sample=SAMPLE
    )
    world.index.add_facts(facts, expires_at=copy.expires_at)
    world.index.add_copy(copy)
    return copy


def preview(world: fakes.World, scope: Scope = ORG, **change: Any) -> Preview:
    return preview_change(world.services, builders.actor(), scope, Change(**change))


def ids(found: Preview, group: str) -> list[str]:
    return [str(each.copy.id) for each in getattr(found, group).examples]


def test_a_higher_threshold_frees_and_says_what_became_of_them() -> None:
    """Of three that would have been let go one was released, one reported as spam, one removed."""
    world = fakes.world()
    sure = put(world, 1, 6.0)
    freed = [
        put(world, 2, 2.5, state=State.RELEASED),
        put(world, 3, 2.6, lesson="spam"),
        put(world, 4, 2.7, state=State.REMOVED),
    ]
    put(world, 5, -4.0)
    found = preview(world, policy=Policy(spam_at=0.95))
    assert (found.looked_at, found.held_then, found.held_now, found.held_changed) == (5, 4, 4, 1)
    assert ids(found, "freed") == [str(c.id) for c in reversed(freed)]
    group = found.freed
    assert (group.copies, group.released, group.reported_spam, group.removed, group.reported_ham) == (
        3,
        1,
        1,
        1,
        0,
    )
    assert found.held.copies == 0
    assert (found.oldest_ms, found.newest_ms) == (sure.received_ms, sure.received_ms + 4)
    assert found.cursor is None


def test_a_lower_threshold_holds_more() -> None:
    """What was delivered and then reported as spam speaks for the change."""
    world = fakes.world()
    wanted = put(world, 1, 1.0, lesson="spam")
    put(world, 2, -3.0)
    found = preview(world, policy=Policy(spam_at=0.7))
    assert ids(found, "held") == [str(wanted.id)]
    assert (found.held.reported_spam, found.freed.copies) == (1, 0)


def test_a_quarantine_that_is_switched_off_frees_all_but_what_is_dangerous() -> None:
    """A virus is held whatever the policy says, also where its score would let it go."""
    world = fakes.world()
    ordinary = put(world, 1, 6.0)
    put(world, 2, 6.0, auth=AuthResults(virus=Outcome.FAIL))
    put(world, 3, 6.0, own=(Contribution("loop", 30.0),))
    released = put(
        world, 4, 40.0, auth=AuthResults(virus=Outcome.FAIL), own=(Contribution("released", -30.0),)
    )
    found = preview(world, policy=Policy(quarantine=False))
    assert ids(found, "freed") == [str(released.id), str(ordinary.id)]


def test_a_nearer_scope_keeps_its_own_choice() -> None:
    """The change lies over the asked scope's own choices, under those of scopes inside it."""
    world = fakes.world()
    put(world, 1, 2.5, "own@example.org")
    freed = put(world, 2, 2.5)
    world.directory.put_policy(parse_scope("own@example.org"), Policy(spam_at=0.9))
    world.directory.put_policy(ORG, Policy(spam_at=0.91))
    found = preview(world, policy=Policy(spam_at=0.95))
    assert ids(found, "freed") == [str(freed.id)]


def test_settings_that_changed_since_do_not_count_as_this_change() -> None:
    """`held_then` is what happened, `held_now` what today's settings do; only the difference the change makes is listed."""
    world = fakes.world()
    put(world, 1, 2.5)
    world.directory.put_policy(ORG, Policy(spam_at=0.95))
    found = preview(world)
    assert (found.held_then, found.held_now, found.held_changed, found.freed.copies) == (1, 0, 0, 0)


def test_a_weight_change_is_a_factor_on_the_signal() -> None:
    world = fakes.world()
    freed = put(world, 1, 4.0)
    stays = put(world, 2, 4.0, own=(Contribution("list:block", 20.0),))
    found = preview(world, factors={"classifier": 0.5})
    assert ids(found, "freed") == [str(freed.id)]
    assert found.freed.examples[0].score == judge((Contribution("", -1.5), Contribution("", 2.75))).score
    assert found.held_changed == 1
    assert ids(preview(world, factors={"list": 0.0, "classifier": 0.0}), "freed") == [
        str(stays.id),
        str(freed.id),
    ]


def test_a_block_entry_holds_its_senders_mail() -> None:
    """By From and by envelope, of this scope only."""
    world = fakes.world()
    theirs = put(world, 1, -3.0, sender="ann@friend.example")
    by_envelope = put(world, 2, -3.0, sender="bob@friend.example")
    put(world, 3, -3.0, "x@example.net")
    entry = ListEntry(ORG, ListKind.BLOCK, "friend.example")
    assert ids(preview(world, entries=(entry,)), "held") == [str(by_envelope.id), str(theirs.id)]
    envelope = ListEntry(ORG, ListKind.BLOCK, "Eve@Spam.example")
    assert preview(world, entries=(envelope,)).held.copies == 2
    assert preview(world, GLOBAL, entries=(envelope,)).held.copies == 3


def test_an_allow_entry_needs_dmarc_as_in_ingest() -> None:
    """Invariant 9: of two messages only the proven one would have passed, unless the entry does without."""
    world = fakes.world()
    proven = put(world, 1, 6.0)
    forged = put(world, 2, 6.0, auth=AuthResults(dmarc=Outcome.FAIL))
    allow = ListEntry(ORG, ListKind.ALLOW, "eve@spam.example")
    assert ids(preview(world, entries=(allow,)), "freed") == [str(proven.id)]
    trusting = ListEntry(ORG, ListKind.ALLOW, "eve@spam.example", needs_dmarc=False)
    assert ids(preview(world, entries=(trusting,)), "freed") == [str(forged.id), str(proven.id)]


def test_an_entry_that_is_there_can_be_forgotten_or_moved() -> None:
    """The stored list evidence gives way to what the lists would say."""
    world = fakes.world()
    world.directory.put_entry(ListEntry(ORG, ListKind.BLOCK, "eve@spam.example"))
    copy = put(world, 1, -3.0, own=(Contribution("list:block", 20.0),))
    assert ids(preview(world, forget=("EVE@spam.example",)), "freed") == [str(copy.id)]
    world.directory.put_entry(ListEntry(GLOBAL, ListKind.BLOCK, "spam.example"))
    assert preview(world, forget=("eve@spam.example",)).freed.copies == 0  # the global entry comes to bear
    assert preview(world, entries=(ListEntry(ORG, ListKind.ALLOW, "eve@spam.example"),)).freed.copies == 1


def test_the_models_of_today_may_be_asked() -> None:
    """What was delivered before the lessons would be held after them."""
    world = opened()
    body = "cheap pills and watches, order now and save, no prescription needed at all\r\n"
    for number in range(12):
        kind = "spam" if number % 2 else "ham"
        text = (
            body
            if number % 2
            else "minutes of the meeting about the harbour and the ships that lie there\r\n"
        )
        raw = builders.raw_message(
            sender=f"{kind}{number}@{kind}.example", subject=f"{kind} {number}", body=text
        )
        (copy,) = arrive(world, builders.receipt(f"m{number}"), raw).copies
        facts = world.index.get_facts(copy.id.message)
        assert facts is not None
        lessons = [
            builders.lesson(100 * number + n, label=Label(kind), sample=facts.sample) for n in range(20)
        ]
        world.journal.add(lessons)
        world.clock.advance(seconds=1)
    learn_lessons(world.services, GLOBAL)
    plain, again = preview(world), preview(world, rejudge=True)
    assert (plain.looked_at, plain.held.copies) == (12, 0)
    assert {each.copy.subject for each in again.held.examples} == {f"spam {n}" for n in range(1, 12, 2)}


def test_todays_calibration_goes_with_todays_models() -> None:
    """A shift that was chosen since holds less; the one of then is not counted beside it."""
    world = fakes.world()
    copy = put(world, 1, 3.0, own=(Contribution("calibration", -0.5),))
    world.directory.set_calibration(ORG, Calibration(-2.0, 900, 300, builders.NOW_MS))
    found = preview(world, rejudge=True)
    assert found.looked_at == 1
    assert [str(each.copy.id) for each in found.freed.examples] == [str(copy.id)]
    seed = layer_evidence(world.services, {}, features(SAMPLE), [])[0]
    assert (
        found.freed.examples[0].score == judge((Contribution("", -1.5), *seed, Contribution("", -2.0))).score
    )


def test_only_the_days_that_were_asked_for() -> None:
    world = fakes.world()
    for days in range(6):
        put(world, days + 1, 2.5, at_ms=builders.NOW_MS - days * builders.DAY * 1000)
    found = preview_change(world.services, builders.actor(), ORG, Change(policy=Policy(spam_at=0.95)), days=3)
    assert (found.looked_at, found.cursor) == (4, None)


def test_it_goes_on_by_cursor() -> None:
    """Three calls of four see all ten, each once."""
    world = fakes.world()
    for number in range(1, 11):
        put(world, number, 2.5)
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        found = preview_change(
            world.services, builders.actor(), ORG, Change(policy=Policy(spam_at=0.95)), limit=4, cursor=cursor
        )
        seen += ids(found, "freed")
        cursor = found.cursor
    assert cursor is None
    assert len(seen) == len(set(seen)) == 10


def test_it_stops_in_time_and_says_so() -> None:
    """A clock that runs: after twenty seconds no further page is begun."""
    world = fakes.World(clock=fakes.FakeClock(step_ms=8_000))
    for number in range(1, 1_201):
        put(world, number, 2.5)
    found = preview(world, policy=Policy(spam_at=0.95))
    assert 500 <= found.looked_at < 1_200
    assert found.cursor is not None
    assert len(found.freed.examples) == 10


def test_thresholds_cost_no_facts_and_lists_cost_only_what_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are counted: clear mail needs none for a threshold; evidence comes in batches, never one by one."""
    world = fakes.world()
    for number in range(1, 301):
        put(world, number, -5.0)
    asked: list[int] = []
    looked: list[int] = []
    many_facts, look_up = world.index.get_many_facts, world.directory.look_up

    def counted(names: Sequence[str]) -> dict[str, Facts]:
        asked.append(len(names))
        return many_facts(names)

    def counted_look_up(people: Sequence[Address], patterns: Sequence[str]) -> View:
        looked.append(len(patterns))
        return look_up(people, patterns)

    monkeypatch.setattr(world.index, "get_many_facts", counted)
    monkeypatch.setattr(world.index, "get_facts", lambda _name: pytest.fail("facts are read in batches"))
    monkeypatch.setattr(world.directory, "look_up", counted_look_up)
    preview(world, policy=Policy(spam_at=0.5))
    assert (sum(asked), looked) == (0, [0])
    preview(world, entries=(ListEntry(ORG, ListKind.BLOCK, "nobody.example"),))
    assert asked[1:] == [300]
    assert looked == [0, 0]


@pytest.mark.parametrize(
    "options",
    [
        {"change": Change(policy=Policy(spam_at=1.5))},
        {"change": Change(factors={"url": -1.0})},
        {"change": Change(factors={"url": float("nan")})},
        {"change": Change(factors={f"s{n}": 1.0 for n in range(101)})},
        {"change": Change(forget=("no pattern at all",))},
        {"change": Change(forget=tuple(f"d{n}.example" for n in range(51)))},
        {"days": 0},
        {"days": 10_000},
        {"limit": 0},
        {"limit": 5_001},
        {"cursor": "garbage"},
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any]) -> None:
    world = fakes.world()
    put(world, 1, 1.0)
    change = options.pop("change", Change())
    with pytest.raises(InvalidInput):
        preview_change(world.services, builders.actor(), ORG, change, **options)


@pytest.mark.parametrize(
    ("actor", "scope"),
    [("bob@example.org", "example.org"), ("example.net", "example.org"), ("example.org", "global")],
)
def test_nobody_looks_beyond_his_scope(actor: str, scope: str) -> None:
    world = fakes.world()
    with pytest.raises(NotFound):
        preview_change(world.services, builders.actor(actor), parse_scope(scope), Change())


def test_nothing_is_changed() -> None:
    """Every port's content is the same before and after."""
    world = fakes.world()
    put(world, 1, 2.5)
    before = copying.deepcopy((world.index.all_copies(), world.index.all_facts(), world.audit.log))
    preview(
        world,
        policy=Policy(spam_at=0.5),
        entries=(ListEntry(ORG, ListKind.BLOCK, "spam.example"),),
        factors={"bias": 0.0},
    )
    assert (world.index.all_copies(), world.index.all_facts(), world.audit.log) == before
    assert world.directory.get_policy(ORG) is None
    assert world.directory.list_entries(ORG, limit=10).entries == ()


def test_over_http() -> None:
    """The whole request; a field that is misspelt is refused."""
    world = fakes.world()
    copy = put(world, 1, 2.5, state=State.RELEASED)
    body = {
        "scope": "example.org",
        "policy": {"spam_at": 0.95},
        "entries": [{"kind": "block", "pattern": "x.example"}],
        "weights": {"url": 2},
    }
    answer = call(world, "POST", "/v1/what-if", body=body, scope="example.org")
    assert answer.status == 200
    assert (answer.body["looked_at"], answer.body["freed"]["released"]) == (1, 1)
    assert answer.body["freed"]["examples"][0]["message"]["id"] == str(copy.id)
    for wrong in (
        {"treshold": 1},
        {"policy": {"spam_at": 2}},
        {"weights": {"url": -1}},
        {"policy": {"retention_days": 3}},
    ):
        assert call(world, "POST", "/v1/what-if", body=wrong).status == 422
    assert call(fakes.world(), "POST", "/v1/what-if", body={}).body["oldest"] is None
