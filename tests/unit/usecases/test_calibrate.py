"""Calibration: a domain's own mail keeps its good mail below its threshold, and no recipient alone moves it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.calibration import Calibration
from pratique.domain.lesson import Label, LessonState
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Disposition, Policy
from pratique.domain.scope import GLOBAL, domain_scope
from pratique.domain.verdict import Contribution, Verdict, sigmoid
from pratique.filtering.classifier.calibration import relief
from pratique.ports.journal import Outcome
from pratique.ports.queue import QueueName
from pratique.usecases.calibrate_scopes import calibrate_scope, calibrate_scopes, log_odds

from tests import builders, fakes
from tests.path import arrive, block, opened

ORG = domain_scope("example.org")
DAY_MS = 86_400_000
HELD_AT = math.log(9)


class Mail:
    """Fills a world with copies of a domain whose sums of evidence are given."""

    def __init__(self, world: fakes.World) -> None:
        self.world, self._number = world, 0

    def add(self, odds: float, *, to: str = "bob@example.org", days: float = 2, **changes: Any) -> Copy:
        """One copy, delivered two days ago without a word, unless said otherwise; `odds` is the sum of all its evidence."""
        self._number += 1
        at_ms = self.world.clock.now_ms() - round(days * DAY_MS) + self._number
        values: dict[str, Any] = {
            "state": State.DELIVERED,
            "verdict": Verdict.SPAM if odds >= HELD_AT else Verdict.HAM,
            "disposition": Disposition.DELIVER,
            "score": sigmoid(odds),
            "expires_at": self.world.clock.now_ms() // 1000 + 999_999,
        }
        copy = builders.a_copy(self._number, to, at_ms=at_ms, **(values | changes))
        self.world.index.add_copy(copy)
        return copy

    def quiet(self, count: int = 300) -> None:
        """Good mail far below the threshold, and spam far above it."""
        for number in range(count):
            self.add(-4 + number % 3)
            self.add(6.0, state=State.HELD)

    def reported(self, odds: float, *people: str, label: str = "ham") -> None:
        """Held mail that people said is good (and let go)."""
        for who in people:
            self.add(odds, to=f"{who}@example.org", state=State.RELEASED, lesson=label)


@pytest.fixture
def mail() -> Mail:
    return Mail(opened())


def _shift(mail: Mail) -> float:
    return calibrate_scope(mail.world.services, ORG).shift


def test_good_mail_that_is_below_needs_no_shift(mail: Mail) -> None:
    """And what was found is written down all the same."""
    mail.quiet()
    assert _shift(mail) == 0
    stored = mail.world.directory.look_up([builders.copy_id().recipient], []).calibrations[ORG]
    assert (stored.shift, stored.ham, stored.spam, stored.made_ms) == (0, 300, 300, builders.NOW_MS)


def test_good_mail_above_the_threshold_is_brought_below_it(mail: Mail) -> None:
    """When enough recipients said so; by no more than it takes."""
    mail.quiet()
    mail.reported(3.0, "ann", "bob", "cid", "dan")
    shift = _shift(mail)
    assert HELD_AT - 3.0 - 0.2 < shift < HELD_AT - 3.0
    mail.world.directory.put_policy(ORG, Policy(spam_at=0.97))
    mail.world.clock.advance(seconds=1)
    assert _shift(mail) == 0


def test_few_recipients_alone_move_nothing(mail: Mail) -> None:
    """Fewer than a quorum, with as many reports as they like."""
    mail.quiet()
    for _ in range(100):
        mail.reported(5.0, "eve", "mallory")
    assert _shift(mail) == 0
    mail.reported(3.0, "ann")
    assert _shift(mail) == pytest.approx(HELD_AT - 3.0, abs=0.2)


def test_an_administrators_word_counts_by_itself(mail: Mail) -> None:
    """One lesson of the domain's administrator about the copy."""
    mail.quiet()
    copy = mail.add(3.0, state=State.RELEASED, lesson="ham")
    assert _shift(mail) == 0
    given = builders.lesson(1, ORG, origin=str(copy.id), label=Label.HAM)
    mail.world.journal.add([given])
    mail.world.clock.advance(seconds=1)
    assert _shift(mail) < 0
    (waiting,) = mail.world.journal.pending(ORG, limit=1)
    mail.world.journal.settle(ORG, [Outcome(waiting, LessonState.PARKED)], now_ms=1, until=2**33)
    mail.world.clock.advance(seconds=1)
    assert _shift(mail) == 0


def test_peoples_decisions_and_the_shift_itself_are_not_the_filters_word(mail: Mail) -> None:
    """Entries and release marks are taken off, and so is the present shift: it must not count twice."""
    mail.quiet()
    lowered = (Contribution("calibration", -1.0), Contribution("list:allow", -20.0))
    for who in ("ann", "bob", "cid", "dan"):
        mail.add(
            3.0 - 21.0, to=f"{who}@example.org", state=State.RELEASED, lesson="ham", contributions=lowered
        )
    assert _shift(mail) == pytest.approx(HELD_AT - 3.0, abs=0.2)


def test_silence_about_mail_that_only_an_entry_let_through_says_nothing(mail: Mail) -> None:
    """Nor about mail that came just now, or that was tagged as spam."""
    mail.quiet()
    allowed = (Contribution("list:allow", -20.0),)
    for who in range(10):
        mail.add(5.0 - 20.0, to=f"u{who}@example.org", contributions=allowed, verdict=Verdict.HAM)
        mail.add(5.0, to=f"u{who}@example.org", verdict=Verdict.SPAM, disposition=Disposition.TAG)
        mail.add(1.9, to=f"u{who}@example.org", days=0.5)
    found = calibrate_scope(mail.world.services, ORG)
    assert (found.shift, found.ham) == (0, 300)


def test_what_the_shift_freed_keeps_it_unless_people_say_it_is_spam(mail: Mail) -> None:
    """Silence about it agrees; a quorum that reports a good part of it ends it."""
    mail.quiet()
    shifted = (Contribution("calibration", -1.0),)
    for number in range(10):
        mail.add(2.0, to=f"u{number}@example.org", contributions=shifted, verdict=Verdict.UNSURE)
    kept = _shift(mail)
    assert kept == pytest.approx(HELD_AT - 3.0, abs=0.2)
    for number in range(4):
        mail.add(
            2.0, to=f"v{number}@example.org", contributions=shifted, lesson="spam", verdict=Verdict.UNSURE
        )
    mail.world.clock.advance(seconds=1)
    assert _shift(mail) == 0


def test_a_saturated_score_is_no_figure_to_calculate_with(mail: Mail) -> None:
    """A block entry on top of sure spam: nothing is left of the filter's word."""
    assert log_odds(1.0) == 36.0
    assert log_odds(sigmoid(-20.0)) == pytest.approx(-20.0)
    mail.quiet()
    blocked = (Contribution("list:block", 20.0),)
    mail.add(45.0, state=State.RELEASED, lesson="ham", contributions=blocked)
    assert calibrate_scope(mail.world.services, ORG).ham == 300


def test_the_next_message_is_judged_with_the_shift() -> None:
    """For the domain's recipients and nobody else's, as evidence that says why; none where there is no shift, or a person has decided."""
    world = opened()
    (before,) = arrive(world, builders.receipt("message-0", ("bob@example.org",))).copies
    world.directory.put_policy(GLOBAL, Policy(spam_at=before.score * 0.9, unsure_at=before.score * 0.1))
    world.directory.set_calibration(ORG, Calibration(-1.5, 500, 500, 1))
    world.directory.set_calibration(domain_scope("example.net"), Calibration(0.0, 500, 500, 1))
    receipt = builders.receipt(recipients=("bob@example.org", "ann@example.net"))
    bob, ann = arrive(world, receipt).copies
    (shift,) = [c for c in bob.contributions if c.signal == "calibration"]
    assert "below the threshold" in shift.detail
    assert not [c for c in ann.contributions if c.signal == "calibration"]
    assert log_odds(bob.score) == pytest.approx(log_odds(ann.score) + shift.weight)
    assert (bob.verdict, ann.verdict) == (Verdict.UNSURE, Verdict.SPAM)
    block(world, "example.org")
    (blocked,) = arrive(world, builders.receipt("message-2", ("bob@example.org",))).copies
    assert not [c for c in blocked.contributions if c.signal == "calibration"]


def test_each_domain_has_its_turn_once_a_day_the_longest_ago_first() -> None:
    """Those with a route and those with mail; what the time is too short for is done by the next run."""
    world = opened()
    for name in ("b.example", "a.example"):
        world.directory.put_route(builders.route(name))
    Mail(world).add(-3.0, to="x@c.example")
    world.clock = fakes.FakeClock(step_ms=1_000)
    services = replace(world.services, clock=world.clock)
    first = calibrate_scopes(services, until_ms=world.clock.now_ms() + 6_000)
    assert (first.domains, first.more) == (1, True)
    second = calibrate_scopes(services, until_ms=world.clock.now_ms() + 600_000)
    assert (second.domains, second.more) == (2, False)
    assert calibrate_scopes(services, until_ms=world.clock.now_ms() + 600_000).domains == 0
    world.clock.advance(days=1)
    assert calibrate_scopes(services, until_ms=world.clock.now_ms() + 600_000).domains == 3


def test_the_learner_is_told_of_lessons_that_are_old_enough() -> None:
    """So that samples go in their time, whether anybody teaches or not."""
    from tests.teaching import learn, lesson

    world = opened()
    world.journal.add([lesson(1, Label.HAM, builders.actor())])
    learn(world, "global")
    assert calibrate_scopes(world.services, until_ms=0).folding == 0
    world.clock.advance(days=91)
    assert calibrate_scopes(world.services, until_ms=0).folding == 1
    assert world.queue.waiting[QueueName.LEARN] == [{"scope": "*"}]


@pytest.mark.parametrize("shift", [-0.05, -1.5, -4.0, -6.0])
def test_relief_keeps_the_order_and_moves_only_what_is_near_the_threshold(shift: float) -> None:
    """What lay at the threshold and the shift above it lies at the threshold; far below and far above nothing changes."""
    held_at = HELD_AT
    odds = [step / 20 for step in range(-100, 400)]
    moved = [each + relief(each, shift, held_at=held_at) for each in odds]
    assert moved == sorted(moved)
    assert len(set(moved)) == len(moved)
    assert all(new <= old for new, old in zip(moved, odds, strict=True))
    top = held_at - shift
    assert top + relief(top, shift, held_at=held_at) == pytest.approx(held_at)
    assert relief(top - 0.05, shift, held_at=held_at) + top - 0.05 < held_at
    assert relief(held_at - 1.01, shift, held_at=held_at) == relief(top + 4.01, shift, held_at=held_at) == 0.0
