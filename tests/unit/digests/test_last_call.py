"""The last call: one more notice for what may be wanted and nobody has seen."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.errors import TemporaryFailure
from pratique.domain.lesson import Label
from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.usecases.arm_digests import arm_digests
from pratique.usecases.read_message import read_message
from pratique.usecases.train_message import train_message

from tests import builders, fakes
from tests.unit.digests.setting import BOB, ORG, mails, next_morning, run, world

WANTED = "0.5 pk"
"""Near the threshold, proven, from a known correspondent (domain/triage.py)."""


def hold(w: fakes.World, number: int, *, triage: str = WANTED, days: int = 28) -> Copy:
    """A likely mistake, as ingest stores it."""
    now_ms = w.clock.now_ms()
    copy = builders.a_copy(
        number,
        at_ms=now_ms,
        triage=triage,
        subject=f"Letter {number}",
        expires_at=now_ms // 1000 + days * builders.DAY,
    )
    w.index.add_copy(copy)
    w.index.add_facts(builders.facts(number, at_ms=now_ms), expires_at=now_ms // 1000 + 99 * builders.DAY)
    arm_digests(w.services, w.directory.look_up([copy.id.owner], []), [copy])
    return copy


def until_two_days_before_the_end(w: fakes.World, days: int = 28) -> None:
    w.clock.advance(days=days - 3)
    next_morning(w)
    run(w)


def test_what_may_be_wanted_and_was_never_seen_is_called_out_once() -> None:
    """By itself, in time, and never again; certain spam is not."""
    w = world()
    hold(w, 1)
    hold(w, 2, triage="20.0 ")
    next_morning(w)
    run(w)
    assert len(mails(w)) == 1
    until_two_days_before_the_end(w, 27)
    _, call = mails(w)
    assert call.parsed["Subject"] == "Before it is deleted: 1 message you have not seen"
    assert "Letter 1" in call.text
    assert "Letter 2" not in call.text
    for _ in range(3):
        next_morning(w)
        run(w)
    assert len(mails(w)) == 2


def test_what_was_looked_at_moved_or_taught_is_not() -> None:
    w = world()
    copies = [hold(w, number) for number in (1, 2, 3)]
    w.digests.look([copies[0].id], ends=2**40)
    w.index.move(
        copies[1].id,
        expected=[copies[1].state],
        state=type(copies[1].state).REMOVED,
        expires_at=copies[1].expires_at,
        event=replace(copies[1].events[0], state=type(copies[1].state).REMOVED),
        now=w.clock.now_ms() // 1000,
    )
    train_message(w.services, builders.actor("bob@example.org"), copies[2].id, Label.SPAM)
    next_morning(w)
    run(w)
    before = len(mails(w))
    until_two_days_before_the_end(w, 27)
    assert len(mails(w)) == before
    assert w.digests.calls(BOB, until=2**40) == []


def test_a_short_retention_still_leaves_time() -> None:
    """A third of it; and where the first digest comes no earlier, there is none."""
    w = world()
    hold(w, 1, days=3)
    (due,) = w.digests._calls.values()
    assert w.clock.now_ms() // 1000 < due <= w.clock.now_ms() // 1000 + 2 * builders.DAY
    v = world(digest_frequency="weekly")
    hold(v, 1, days=2)
    assert v.digests._calls == {}


def test_nobody_who_wants_none_is_called() -> None:
    w = world(digest_last_call=False)
    hold(w, 1)
    assert w.digests._calls == {}
    v = world()
    hold(v, 1)
    v.directory.put_policy(ORG, Policy(digest=False))
    until_two_days_before_the_end(v)
    assert mails(v) == []


def test_a_next_hop_that_is_away_gets_the_call_later() -> None:
    w = world()
    hold(w, 1)
    next_morning(w)
    run(w)
    w.clock.advance(days=24)
    next_morning(w)
    w.courier.fail(TemporaryFailure("421"))
    run(w)
    assert len(mails(w)) == 1
    w.clock.advance(seconds=900)
    run(w)
    assert len(mails(w)) == 2


def test_calls_that_fall_due_on_one_day_are_one_mail() -> None:
    w = world()
    for number in range(4):
        hold(w, number)
        w.clock.advance(seconds=60)
    next_morning(w)
    run(w)
    until_two_days_before_the_end(w, 27)
    assert len(mails(w)) == 2
    assert all(f"Letter {number}" in mails(w)[1].text for number in range(4))


def test_reading_ones_own_mail_is_looking_and_an_administrators_look_is_none() -> None:
    """By API and panel; certain spam costs no write."""
    w = world()
    first, second, spam = hold(w, 1), hold(w, 2), hold(w, 3, triage="20.0 ")
    bob = builders.actor("bob@example.org")
    for copy, who in ((first, bob), (second, builders.actor("example.org")), (spam, bob)):
        read_message(w.services, who, copy.id)
    assert w.digests.looked_at([first.id, second.id, spam.id]) == {first.id}
    next_morning(w)
    run(w)
    until_two_days_before_the_end(w, 27)
    assert "Letter 2" in mails(w)[-1].text
    assert "Letter 1" not in mails(w)[-1].text


def test_a_look_that_cannot_be_noted_keeps_nobody_from_reading() -> None:
    w = world()
    copy = hold(w, 1)
    services = fakes.faulty(w.services)
    fakes.fail_next(services, "digests.look", TemporaryFailure("away"))
    assert read_message(services, builders.actor("bob@example.org"), copy.id).copy.id == copy.id
