"""Digests by the clock: once a slot, only with news, whatever fails."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Literal

import pytest
from pratique.domain.alias import AliasDomain
from pratique.domain.digest import SHARDS, shard_of_scope
from pratique.domain.errors import InvalidInput, LimitReached, NotFound, PermanentFailure, TemporaryFailure
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.user import User
from pratique.ports.queue import QueueName
from pratique.usecases.change_policy import put_policy
from pratique.usecases.release_message import release_message
from pratique.usecases.request_digest import request_digest
from pratique.usecases.run_digests import read_item, start_digests, work_on, work_shard
from pratique.usecases.serve_digest import REFUSALS, Served, serve_digest

from tests import builders, fakes
from tests.unit.digests.setting import BOB, ORG, hold, mails, next_morning, run, world


def test_mail_that_was_held_is_told_of_at_the_hour() -> None:
    """Once, and not before."""
    w = world()
    hold(w)
    assert run(w) == 0
    assert w.courier.parcels == []
    next_morning(w)
    assert run(w) == 1
    (mail,) = mails(w)
    assert (mail.to, mail.mail_from) == ("bob@example.org", "")
    assert "Cheap things" in mail.text
    for _ in range(3):
        assert run(w) == 0
        w.clock.advance(seconds=900)
    assert len(w.courier.parcels) == 1


def test_no_news_no_digest() -> None:
    """Neither on a quiet day, nor when what was held is gone again before the hour."""
    w = world()
    hold(w)
    next_morning(w)
    run(w)
    for _ in range(3):
        next_morning(w)
        run(w)
    assert len(mails(w)) == 1
    copy = hold(w, 2)
    release_message(w.services, builders.actor("bob@example.org"), copy.id)
    next_morning(w)
    run(w)
    assert len([m for m in mails(w) if "digest" in m.parsed["Message-ID"]]) == 1


def test_only_what_is_new_since_the_last_one_is_listed() -> None:
    w = world()
    hold(w, 1, subject="First offer")
    next_morning(w)
    run(w)
    hold(w, 2, subject="Second offer")
    next_morning(w)
    run(w)
    first, second = mails(w)
    assert ("First offer" in first.text, "Second offer" in first.text) == (True, False)
    assert ("First offer" in second.text, "Second offer" in second.text) == (False, True)


def test_nobody_who_chose_none_gets_one_and_ingest_writes_nothing_for_them() -> None:
    w = world()
    w.directory.put_policy(parse_scope("ann@example.org"), Policy(digest=False))
    hold(w, to=("ann@example.org", "eve@example.net"))
    assert w.digests.progress(parse_scope("ann@example.org")) is None
    assert w.digests.progress(parse_scope("eve@example.net")) is None
    next_morning(w)
    assert run(w) == 0


def test_a_slot_that_was_missed_is_served_once_and_late() -> None:
    """The scheduler was down for three days: one digest, not three."""
    w = world()
    hold(w)
    w.clock.advance(days=3, seconds=3_600)
    run(w)
    assert len(mails(w)) == 1
    run(w)
    assert len(mails(w)) == 1


def test_a_next_hop_that_is_away_is_tried_again_for_the_same_slot() -> None:
    w = world()
    hold(w)
    next_morning(w)
    w.courier.fail(TemporaryFailure("421 away"))
    run(w)
    assert mails(w) == []
    w.clock.advance(seconds=600)
    assert run(w) == 0
    w.clock.advance(seconds=600)
    assert run(w) == 1
    assert len(mails(w)) == 1


def test_a_mailbox_that_refuses_is_left_in_peace() -> None:
    """It may not exist: three refusals in a row, then a week of quiet. What was refused counts as not reported."""
    w = world()
    for _ in range(REFUSALS):
        hold(w)
        w.courier.fail(PermanentFailure("550 no such user"))
        next_morning(w)
        run(w)
    assert w.courier.tried == REFUSALS
    hold(w)
    next_morning(w)
    run(w)
    assert w.courier.tried == REFUSALS
    w.clock.advance(days=8)
    run(w)
    (mail,) = mails(w)
    assert mail.text.count("Cheap things") >= 1
    progress = w.digests.progress(BOB)
    assert progress is not None
    assert progress.failures == 0


@pytest.mark.parametrize(
    ("port", "call", "in_the_slot"), [("index", "get_many_facts", 1), ("digests", "finish", 0)]
)
def test_a_worker_that_dies_is_replaced_unless_it_may_have_sent(
    monkeypatch: pytest.MonkeyPatch, port: str, call: str, in_the_slot: int
) -> None:
    """Never twice for one slot; and what nobody is sure was reported is reported with the next one."""
    w = world()
    hold(w)
    next_morning(w)

    def die(*_: object, **__: object) -> None:
        raise fakes.Killed

    with monkeypatch.context() as patched:
        patched.setattr(getattr(w, port), call, die)
        with pytest.raises(fakes.Killed):
            work_shard(w.services, shard_of_scope(BOB), until_ms=w.clock.now_ms() + 1)
    before = len(mails(w))
    assert serve_digest(w.services, BOB) is Served.BUSY
    w.clock.advance(seconds=700)
    run(w)
    assert len(mails(w)) - before == in_the_slot
    next_morning(w)
    run(w)
    assert len(mails(w)) - before == 1
    assert all("Cheap things" in mail.text for mail in mails(w))


def test_settings_that_change_between_news_and_slot_count() -> None:
    """Later, earlier, off."""
    w = world()
    hold(w)
    w.directory.put_policy(ORG, Policy(digest=True, digest_hours="9", digest_skip_blocked=False))
    next_morning(w)
    run(w)
    assert mails(w) == []
    next_morning(w, 9)
    run(w)
    assert len(mails(w)) == 1
    hold(w, 2)
    w.directory.put_policy(ORG, Policy(digest=False))
    w.clock.advance(days=2)
    run(w)
    assert len(mails(w)) == 1
    assert run(w) == 0


def test_the_local_day_and_not_utcs() -> None:
    """07:00 in Tokyo is 22:00 of the day before in UTC."""
    w = world(digest_zone="Asia/Tokyo")
    hold(w)
    next_morning(w, 22)
    run(w)
    (mail,) = mails(w)
    assert "22 September" in mail.text or "21 September" in mail.text
    assert "Asia/Tokyo" in mail.text


def test_an_alias_and_a_plus_address_make_one_digest() -> None:
    """All of an owner's mail is in its own."""
    w = world()
    for number, recipient in enumerate(("bob@example.org", "b+news@example.org", "robert@example.org")):
        copy = builders.a_copy(number + 10, recipient, at_ms=w.clock.now_ms() - 60_000 - number)
        w.index.add_copy(
            replace(copy, id=replace(copy.id, of=builders.copy_id().recipient), subject=f"Offer {number}")
        )
    hold(w, 1)
    next_morning(w)
    run(w)
    (mail,) = mails(w)
    assert mail.to == "bob@example.org"
    assert all(f"Offer {number}" in mail.text for number in range(3))


def test_administrators_get_the_domains() -> None:
    """Each of them, with everybody's mail; whose it is, is said."""
    w = world(digest=False, digest_admins="ann@example.org, desk@example.org")
    hold(w, 1, ("bob@example.org",))
    hold(w, 2, ("eve@example.org",), subject="Another offer")
    next_morning(w)
    run(w)
    found = mails(w)
    assert sorted(m.to for m in found) == ["ann@example.org", "desk@example.org"]
    for mail in found:
        assert "bob@example.org" in mail.text
        assert "eve@example.org" in mail.text
        assert mail.parsed["Subject"] == "Quarantine report for example.org: 2 messages held"
    assert found[0].urls != found[1].urls


def test_one_of_several_administrators_who_fails_does_not_double_the_others() -> None:
    w = world(digest=False, digest_admins="ann@example.org, desk@example.org")
    hold(w)
    next_morning(w)
    w.courier.fail(TemporaryFailure("421"))
    run(w)
    w.clock.advance(days=0, seconds=2_000)
    run(w)
    assert [m.to for m in mails(w)] == ["desk@example.org"]


def test_another_mailbox_may_get_it() -> None:
    w = world(digest_to="helper@example.org")
    hold(w)
    next_morning(w)
    run(w)
    (mail,) = mails(w)
    assert mail.to == "helper@example.org"
    assert "bob@example.org" in mail.text


def test_a_run_gives_out_only_shards_where_somebody_is_due() -> None:
    """And workers serve a crowd; a worker whose time is up says so, and the next goes on."""
    w = world()
    names = [f"user{number}@example.org" for number in range(300)]
    for at in range(0, 300, 50):
        hold(w, at, tuple(names[at : at + 50]))
    next_morning(w)
    assert start_digests(w.services) == SHARDS
    items = w.queue.drain(QueueName.DIGEST)
    assert work_shard(w.services, int(items[0]["shard"]), until_ms=w.clock.now_ms())
    assert mails(w) == []
    for item in items + items:
        assert not work_shard(w.services, int(item["shard"]), until_ms=w.clock.now_ms() + 1)
    assert sorted(str(p.recipient) for p in w.courier.parcels) == sorted(names)


def test_a_scope_that_cannot_be_served_at_all_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    w = world()
    shard = shard_of_scope(BOB)
    other = next(
        f"u{n}@example.org" for n in range(999) if shard_of_scope(parse_scope(f"u{n}@example.org")) == shard
    )
    hold(w, 1, ("bob@example.org",))
    hold(w, 2, (other,))
    next_morning(w)
    original = w.index.list_copies

    def odd(scope: object, **more: object) -> object:
        if scope == BOB:
            raise RuntimeError("odd")
        return original(scope, **more)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(w.index, "list_copies", odd)
    run(w)
    assert [m.to for m in mails(w)] == [other]
    monkeypatch.setattr(w.index, "list_copies", original)
    w.clock.advance(seconds=3_700)
    run(w)
    assert {m.to for m in mails(w)} == {other, "bob@example.org"}


def test_a_busy_mailbox_costs_one_write_a_slot_and_warm_process() -> None:
    """Ingest remembers who is due."""
    w = world()
    calls: list[object] = []
    original = w.digests.arm

    def counted(scope: object, **more: object) -> int:
        calls.append(scope)
        return original(scope, **more)  # type: ignore[arg-type]  # handed on

    w.digests.arm = counted  # type: ignore[method-assign]  # counts, and hands on
    for number in range(20):
        hold(w, number)
    assert calls == [BOB]
    next_morning(w)
    hold(w, 99)
    assert len(calls) == 2


def test_certain_spam_and_blocked_senders_are_left_out_where_that_was_chosen() -> None:
    w = world(digest_skip_blocked=True)
    hold(w)
    assert w.digests.progress(BOB) is None
    v = world(digest_ceiling=0.95)
    hold(v)
    assert v.digests.progress(BOB) is None


def test_who_chooses_digests_is_told_of_what_is_held_already() -> None:
    """A mailbox for itself, an administrator for the whole domain, page by page."""
    w = world(digest=False)
    for number, name in enumerate(("bob", "ann", "eve")):
        hold(w, number, (f"{name}@example.org",))
    put_policy(w.services, builders.actor("bob@example.org"), BOB, Policy(digest=True))
    assert w.digests.progress(BOB) is not None
    put_policy(w.services, builders.actor("example.org"), ORG, Policy(digest=True, digest_skip_blocked=False))
    for item in w.queue.drain(QueueName.DIGEST):
        assert not work_on(w.services, read_item(item), until_ms=w.clock.now_ms() + 1)
    next_morning(w)
    run(w)
    assert sorted(m.to for m in mails(w)) == ["ann@example.org", "bob@example.org", "eve@example.org"]


def test_a_person_cannot_send_the_own_digests_to_strangers() -> None:
    w = world()
    bob = builders.actor("bob@example.org")
    put_policy(w.services, bob, BOB, Policy(digest_to="bobby@example.org"))
    with pytest.raises(InvalidInput, match="digest_to"):
        put_policy(w.services, bob, BOB, Policy(digest_to="bob@elsewhere.example"))
    put_policy(w.services, builders.actor("example.org"), BOB, Policy(digest_to="bob@elsewhere.example"))


def test_a_catch_all_gets_none_unless_that_was_chosen() -> None:
    w = world()
    w.services.aliases.put_domain(AliasDomain("example.org", catch_all=builders.copy_id().recipient))
    hold(w, 1, ("whoever@example.org",))
    next_morning(w)
    run(w)
    assert mails(w) == []
    w.directory.put_policy(BOB, Policy(digest_catch_all=True))
    hold(w, 2, ("nobody@example.org",))
    next_morning(w)
    run(w)
    assert [m.to for m in mails(w)] == ["bob@example.org"]


def test_one_on_demand_is_of_everything_and_counts_as_told() -> None:
    """However lately the last one went, and also for who gets none by the clock."""
    w = world(digest=False)
    hold(w, 1)
    hold(w, 2, subject="Another offer")
    bob = builders.actor("bob@example.org")
    view = request_digest(w.services, bob, BOB)
    assert (view.held, view.to) == (2, ())
    items = w.queue.drain(QueueName.DIGEST)
    for item in [*items, *items]:
        work_on(w.services, read_item(item), until_ms=0)
    (mail,) = mails(w)
    assert "2 messages to bob@example.org are held back as spam right now." in mail.text
    w.directory.put_policy(ORG, Policy(digest=True, digest_skip_blocked=False))
    w.clock.advance(seconds=60)
    next_morning(w)
    run(w)
    assert len(mails(w)) == 1


def test_a_digest_that_could_not_be_sent_now_is_sent_later() -> None:
    """Once: the item comes back, and the mailbox gets what it asked for."""
    w = world(digest=False)
    hold(w)
    request_digest(w.services, builders.actor("bob@example.org"), BOB)
    (item,) = w.queue.drain(QueueName.DIGEST)
    w.courier.fail(TemporaryFailure("busy"), times=2)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            work_on(w.services, read_item(item), until_ms=0)
    for _ in range(2):
        work_on(w.services, read_item(item), until_ms=0)
    assert len(mails(w)) == 1


def test_asking_is_limited_and_nothing_held_sends_nothing() -> None:
    w = world()
    bob = builders.actor("bob@example.org")
    assert request_digest(w.services, bob, BOB).held == 0
    assert w.queue.waiting[QueueName.DIGEST] == []
    for _ in range(2):
        request_digest(w.services, bob, BOB)
    with pytest.raises(LimitReached):
        request_digest(w.services, bob, BOB)
    with pytest.raises(NotFound):
        request_digest(w.services, bob, parse_scope("ann@example.org"))
    with pytest.raises(InvalidInput):
        request_digest(w.services, builders.actor("example.org"), ORG)
    with pytest.raises(InvalidInput):
        request_digest(w.services, builders.actor(), GLOBAL)


def test_items_that_are_none_are_refused() -> None:
    for body in ({}, {"shard": "99"}, {"scope": "x"}, {"shard": "-1"}):
        with pytest.raises(InvalidInput):
            read_item(body)


def test_the_language_is_the_persons_own() -> None:
    """By the own policy, else by the account, else by the domain's policy."""
    w = world(digest_language="de")
    bob = builders.copy_id().recipient
    w.services.users.add(User(BOB, BOB, bob, language="fr-CA"))
    hold(w)
    next_morning(w)
    run(w)
    assert "Rapport de quarantaine" in mails(w)[-1].parsed["Subject"]
    w.directory.put_policy(BOB, Policy(digest_language="es"))
    hold(w, 2)
    next_morning(w)
    run(w)
    assert "Informe de cuarentena" in mails(w)[-1].parsed["Subject"]
    hold(w, 3, ("ann@example.org",))
    next_morning(w)
    run(w)
    assert "Quarantäne-Bericht" in mails(w)[-1].parsed["Subject"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_fails_a_slot_has_one_digest_and_nothing_is_forgotten(
    when: Literal["before", "after"],
) -> None:
    """Each call of a worker fails once, before or after it takes effect; then runs go on as they would. The one exception: a next hop that took
    the mail without our hearing of it gets it again, under the same Message-ID.
    """
    calm = world()
    hold(calm)
    next_morning(calm)
    watched = fakes.faulty(calm.services)
    work_shard(watched, shard_of_scope(BOB), until_ms=calm.clock.now_ms() + 1)
    total = len(fakes.calls(watched))
    assert total > 12
    for number in range(1, total + 1):
        w = world()
        hold(w)
        next_morning(w)
        services = fakes.faulty(w.services, at=number, when=when)
        with contextlib.suppress(TemporaryFailure):
            work_shard(services, shard_of_scope(BOB), until_ms=w.clock.now_ms() + 1)
        for _ in range(3):
            w.clock.advance(seconds=901)
            run(w)
        failed = fakes.calls(services)[number - 1]
        names = {mail.parsed["Message-ID"] for mail in mails(w)}
        assert len(names) <= 1, failed
        assert len(mails(w)) <= (2 if (failed, when) == ("courier.send", "after") else 1), failed
        next_morning(w)
        run(w)
        assert any("Cheap things" in mail.text for mail in mails(w)), failed
