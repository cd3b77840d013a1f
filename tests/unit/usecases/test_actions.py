"""Release, Release & Train, Release & Whitelist, Blacklist & Remove, Remove, Not Spam, Spam: at three levels, once and in bulk."""

from __future__ import annotations

import pytest
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NoRoute, NotFound
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListKind
from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.act_in_bulk import BulkAction, Verb, act_in_bulk
from pratique.usecases.list_messages import list_messages
from pratique.usecases.read_message import raw_url, read_message
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.train_message import train_message

from tests import builders
from tests.fakes import World
from tests.path import arrive, block, held, opened, work_off

INSIDE = ("global", "example.org", "bob@example.org")
ALL_SPAM = Policy(spam_at=0.0, unsure_at=0.0)
OUTSIDE = ("example.net", "ann@example.org", "bob@example.net")


def _now(world: World, copy: Copy) -> Copy:
    row = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
    assert row is not None
    return row


@pytest.mark.parametrize("scope", INSIDE)
def test_each_level_may_act_on_what_is_its_own(scope: str) -> None:
    """Global, domain and recipient."""
    world = opened()
    copy = held(world)
    actor = builders.actor(scope)
    assert read_message(world.services, actor, copy.id).copy.id == copy.id
    assert release_message(world.services, actor, copy.id).state is State.RELEASING
    work_off(world)
    assert _now(world, copy).state is State.RELEASED
    assert [e.actor for e in _now(world, copy).events] == ["filter", actor.name, "courier"]


@pytest.mark.parametrize("scope", OUTSIDE)
def test_what_is_hidden_looks_as_if_it_were_missing(scope: str) -> None:
    """Invariant 7, for each verb."""
    world = opened()
    copy = held(world)
    actor = builders.actor(scope)
    for call in (
        lambda: read_message(world.services, actor, copy.id),
        lambda: raw_url(world.services, actor, copy.id),
        lambda: release_message(world.services, actor, copy.id),
        lambda: remove_message(world.services, actor, copy.id),
        lambda: train_message(world.services, actor, copy.id, Label.HAM),
        lambda: list_messages(world.services, actor, parse_scope("bob@example.org")),
    ):
        with pytest.raises(NotFound):
            call()
    assert _now(world, copy) == copy


def test_a_read_only_actor_may_look_but_not_act() -> None:
    """Forbidden, because it may see."""
    world = opened()
    copy = held(world)
    reader = builders.actor("example.org", may_write=False)
    assert read_message(world.services, reader, copy.id)
    with pytest.raises(Forbidden):
        release_message(world.services, reader, copy.id)


def test_release_and_train_delivers_and_teaches_the_actors_layer() -> None:
    """One lesson, in the layer of the actor's own level."""
    for scope in INSIDE:
        world = opened()
        copy = held(world)
        done = release_message(world.services, builders.actor(scope), copy.id, train=True)
        assert (done.state, done.lesson, done.lessons) == (State.RELEASING, "ham", 1)
        work_off(world)
        assert world.journal.counts(parse_scope(scope)) == (0, 1)
        assert len(world.courier.parcels) == 1


def test_release_and_whitelist_lists_the_sender_at_the_level_asked_for() -> None:
    """The allow entry asks for DMARC, names its author, and lets the next message through."""
    world = opened()
    copy = held(world)
    release_message(world.services, builders.actor("bob@example.org"), copy.id, allow="recipient")
    (entry,) = world.directory.list_entries(parse_scope("bob@example.org"), limit=10).entries
    assert (entry.kind, entry.pattern, entry.needs_dmarc) == (ListKind.ALLOW, "eve@spam.example", True)
    assert entry.author == "tester of bob@example.org"
    (next_one,) = arrive(world, builders.receipt("message-2")).copies
    assert next_one.state is State.QUEUED
    with pytest.raises(NotFound):
        release_message(world.services, builders.actor("bob@example.org"), copy.id, allow="domain")


def test_blacklist_and_remove_blocks_and_removes() -> None:
    """The block entry holds the next message; the removed one is kept for the time of grace only."""
    world = opened()
    world.directory.put_policy(parse_scope("bob@example.org"), ALL_SPAM)
    (copy,) = arrive(world, builders.receipt()).copies
    assert copy.state is State.HELD
    done = remove_message(world.services, builders.actor("example.org"), copy.id, block="domain")
    assert done.state is State.REMOVED
    assert done.expires_at == builders.NOW + 3 * builders.DAY
    (entry,) = world.directory.list_entries(parse_scope("example.org"), limit=10).entries
    assert (entry.kind, entry.pattern) == (ListKind.BLOCK, "eve@spam.example")
    (next_one,) = arrive(world, builders.receipt("message-2", ("ann@example.org",))).copies
    assert next_one.state is State.HELD


def test_double_actions_are_harmless() -> None:
    """Releasing or removing twice is the same as once; one after the other is a clear conflict."""
    world = opened()
    boss = builders.actor()
    one, two = held(world), held(world, "message-2")
    release_message(world.services, boss, one.id)
    release_message(world.services, boss, one.id)
    work_off(world)
    assert release_message(world.services, boss, one.id).state is State.RELEASED
    work_off(world)
    assert len(world.courier.parcels) == 1
    remove_message(world.services, boss, two.id)
    assert remove_message(world.services, boss, two.id).state is State.REMOVED
    with pytest.raises(Conflict):
        release_message(world.services, boss, two.id)
    with pytest.raises(Conflict):
        remove_message(world.services, boss, one.id)


def test_release_without_a_route_is_a_clear_error_and_changes_nothing() -> None:
    """No route, no release."""
    world = opened()
    copy = held(world)
    world.directory.delete_route("*")
    with pytest.raises(NoRoute, match=r"example\.org"):
        release_message(world.services, builders.actor(), copy.id)
    assert _now(world, copy) == copy


def test_release_after_expiry_is_not_found() -> None:
    """Expired means gone (invariant 10), also while the row is still there."""
    world = opened()
    copy = held(world)
    world.clock.advance(days=28, seconds=1)
    with pytest.raises(NotFound):
        release_message(world.services, builders.actor(), copy.id)


def test_no_sender_no_list_entry_and_nothing_done() -> None:
    """An empty MAIL FROM and no From: there is nobody to block, and the message stays where it is."""
    world = opened()
    world.directory.put_policy(GLOBAL, ALL_SPAM)
    (copy,) = arrive(world, builders.receipt(mail_from=""), b"Subject: no sender\r\n\r\nhello\r\n").copies
    with pytest.raises(InvalidInput, match="no sender"):
        remove_message(world.services, builders.actor(), copy.id, block="recipient")
    assert _now(world, copy).state is State.HELD


def test_the_same_report_twice_is_one_lesson_and_a_changed_mind_is_another() -> None:
    """Spam, spam, ham, spam: three lessons, the last word on the row."""
    world = opened()
    copy = held(world)
    boss = builders.actor()
    for label in (Label.SPAM, Label.SPAM, Label.HAM, Label.SPAM):
        train_message(world.services, boss, copy.id, label)
    work_off(world)
    assert world.journal.counts(GLOBAL) == (0, 3)
    assert (_now(world, copy).lesson, _now(world, copy).lessons) == ("spam", 3)


def test_two_levels_that_report_the_same_teach_both_layers() -> None:
    """A recipient's lesson does not use up the administrator's."""
    world = opened()
    copy = held(world)
    train_message(world.services, builders.actor("bob@example.org"), copy.id, Label.HAM)
    train_message(world.services, builders.actor("example.org"), copy.id, Label.HAM)
    work_off(world)
    assert world.journal.counts(parse_scope("bob@example.org")) == (0, 1)
    assert world.journal.counts(parse_scope("example.org")) == (0, 1)
    assert world.journal.counts(GLOBAL) == (0, 0)


def test_bulk_answers_each_id_in_order() -> None:
    """Released, hidden, garbage, and a double that is acted on once."""
    world = opened()
    mine, theirs = held(world), held(world, "message-2", "ann@example.net")
    ids = [str(mine.id), str(theirs.id), "garbage", str(mine.id)]
    answers = act_in_bulk(world.services, builders.actor("example.org"), BulkAction(Verb.RELEASE), ids)
    assert [(a.id, a.ok, a.state, a.code) for a in answers] == [
        (ids[0], True, "releasing", ""),
        (ids[1], False, "", "not_found"),
        ("garbage", False, "", "not_found"),
        (ids[0], True, "releasing", ""),
    ]
    assert len(world.queue.drain(QueueName.DELIVER)) == 1


def test_bulk_of_a_thousand() -> None:
    """A thousand in one call, every one answered; one more is refused as a whole."""
    world = opened()
    copies = [builders.a_copy(n, f"user{n % 7}@example.org") for n in range(1000)]
    for number, copy in enumerate(copies):
        world.index.add_copy(copy)
        world.index.add_facts(builders.facts(number, (str(copy.id.recipient),)), expires_at=builders.NOW * 2)
    ids = [str(copy.id) for copy in copies]
    boss = builders.actor()
    answers = act_in_bulk(world.services, boss, BulkAction(Verb.REMOVE), ids)
    assert [a.id for a in answers] == ids
    assert {a.state for a in answers} == {"removed"}
    with pytest.raises(InvalidInput, match="1000"):
        act_in_bulk(world.services, boss, BulkAction(Verb.REMOVE), [*ids, "x"])


def test_bulk_training_needs_a_label() -> None:
    """Refused before anything is touched."""
    with pytest.raises(InvalidInput):
        act_in_bulk(opened().services, builders.actor(), BulkAction(Verb.TRAIN), ["x"])


def test_lists_are_newest_first_and_paged_at_each_level() -> None:
    """Every held copy once, in order, whatever the page size."""
    world = opened()
    block(world)
    for n in range(25):
        recipient = f"user{n % 3}@example.{'org' if n % 2 else 'net'}"
        arrive(world, builders.receipt(f"m{n}", (recipient,), received_ms=builders.NOW_MS + n * 1000))
    for scope, count in (("global", 25), ("example.org", 12), ("user1@example.org", 4)):
        seen: list[Copy] = []
        cursor = None
        while True:
            page = list_messages(world.services, builders.actor(), parse_scope(scope), limit=7, cursor=cursor)
            seen += page.copies
            cursor = page.cursor
            if cursor is None:
                break
        assert len(seen) == len({c.id for c in seen}) == count
        assert [c.received_ms for c in seen] == sorted((c.received_ms for c in seen), reverse=True)
