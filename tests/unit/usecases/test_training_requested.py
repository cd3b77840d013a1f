"""Unsure mail that is delivered and asks what it is; and what is kept of mail that somebody may look at."""

from __future__ import annotations

import pytest
from pratique.domain.errors import InvalidInput
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.mailbox import Listing, placed
from pratique.domain.message import Copy
from pratique.domain.policy import Disposition, Policy, check_policy
from pratique.domain.scope import GLOBAL, recipient_scope
from pratique.filtering.mime import open_structure
from pratique.ports.queue import QueueName
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.train_message import train_message
from pratique.usecases.withdraw_request import withdraw_request

from tests import fakes
from tests.builders import DAY, NOW, a_copy, actor, raw_message, receipt, route

UNSURE = Policy(spam_at=1.0, unsure_at=0.0, training_requested=True, training_days=3)


def receive(world: fakes.World, policy: Policy, *recipients: str) -> list[Copy]:
    world.directory.put_route(route())
    world.directory.put_policy(GLOBAL, policy)
    world.store.put("raw/message-1", raw_message())
    ingest_message(world.services, receipt("message-1", recipients or ("bob@example.org",)))
    return world.index.all_copies()


def deliver(world: fakes.World) -> Copy:
    deliver_batch(world.services, world.queue.drain(QueueName.DELIVER))
    (copy,) = world.index.all_copies()
    return copy


def test_unsure_mail_asks_once_it_is_delivered() -> None:
    """For its own days; the record of the delivery is kept as long as it would be."""
    world = fakes.world()
    (queued,) = receive(world, UNSURE)
    assert (queued.state, queued.training_days, queued.requested_until) == (State.QUEUED, 3, 0)
    copy = deliver(world)
    assert (copy.requested_until, copy.expires_at) == (NOW + 3 * DAY, NOW + 14 * DAY)
    assert [each.id for each in world.mailboxes.listed(GLOBAL, Listing.REQUESTED, now=NOW)] == [copy.id]


def test_it_may_ask_for_longer_than_the_record_is_kept() -> None:
    """Then the record, and the bytes with it, stay as long."""
    world = fakes.world()
    receive(world, Policy(spam_at=1.0, unsure_at=0.0, training_requested=True, training_days=30, log_days=2))
    copy = deliver(world)
    assert copy.requested_until == copy.expires_at == NOW + 30 * DAY


@pytest.mark.parametrize(
    "policy",
    [
        Policy(spam_at=1.0, unsure_at=0.0),
        Policy(spam_at=1.0, unsure_at=1.0, training_requested=True),
        Policy(spam_at=0.0, unsure_at=0.0, training_requested=True, quarantine=False),
    ],
    ids=["off", "ham", "spam"],
)
def test_other_mail_asks_nothing(policy: Policy) -> None:
    world = fakes.world()
    receive(world, policy)
    assert deliver(world).requested_until == 0
    assert list(world.mailboxes.listed(GLOBAL, Listing.REQUESTED, now=NOW)) == []
    assert world.index.hints == []


def test_each_recipient_has_a_choice() -> None:
    world = fakes.world()
    world.directory.put_policy(recipient_scope("carol@example.org"), Policy(training_requested=False))
    bob, carol = receive(world, UNSURE, "bob@example.org", "carol@example.org")
    assert (bob.training_days, carol.training_days) == (3, 0)


def test_what_was_taught_on_its_way_asks_no_more() -> None:
    world = fakes.world()
    (queued,) = receive(world, UNSURE)
    train_message(world.services, actor("example.org"), queued.id, Label.HAM)
    assert deliver(world).requested_until == 0


def test_an_answer_ends_the_request_and_so_does_withdrawing_it() -> None:
    """By any channel; withdrawing twice is the same as once."""
    for answer in ("train", "withdraw"):
        world = fakes.world()
        receive(world, UNSURE)
        copy = deliver(world)
        if answer == "train":
            train_message(world.services, actor("example.org"), copy.id, Label.SPAM)
        else:
            assert withdraw_request(world.services, actor("bob@example.org"), copy.id)
            assert not withdraw_request(world.services, actor("bob@example.org"), copy.id)
        assert list(world.mailboxes.listed(GLOBAL, Listing.REQUESTED, now=NOW)) == []
        (after,) = world.index.all_copies()
        assert after.state is State.DELIVERED


def test_a_structure_is_kept_of_what_somebody_may_look_at() -> None:
    """Held, or asking; made of the bytes, gone with the facts."""
    for policy in (Policy(spam_at=0.0, unsure_at=0.0), UNSURE):
        world = fakes.world()
        (copy,) = receive(world, policy)
        (stored,) = world.index.structures([copy.id.message]).values()
        assert open_structure(stored).size == len(raw_message())
        world.index.drop_recipient(copy.id)
        world.index.delete_facts(copy.id.message)
        assert world.index.structures([copy.id.message]) == {}


def test_clean_mail_pays_nothing() -> None:
    """No structure, no hint: the calls are those of before."""
    world = fakes.world()
    watched = fakes.faulty(world.services)
    world.store.put("raw/message-1", raw_message())
    world.directory.put_policy(GLOBAL, Policy(spam_at=1.0, unsure_at=1.0))
    ingest_message(watched, receipt("message-1"))
    assert "index.add_structure" not in fakes.calls(watched)
    assert world.index.hints == []


@pytest.mark.parametrize(
    ("changes", "caught", "requested"),
    [
        ({}, True, False),
        ({"expires_at": NOW}, False, False),
        ({"state": State.FAILED}, True, False),
        ({"state": State.FAILED, "disposition": Disposition.DELIVER}, False, False),
        ({"state": State.RELEASING}, False, False),
        ({"state": State.REMOVED}, False, False),
        ({"state": State.DELIVERED}, False, False),
        ({"state": State.DELIVERED, "requested_until": NOW + 5}, False, True),
        ({"state": State.DELIVERED, "requested_until": NOW}, False, False),
        ({"state": State.DELIVERED, "requested_until": NOW + 5, "lesson": "ham"}, False, False),
        ({"state": State.QUEUED, "requested_until": NOW + 5}, False, False),
    ],
)
def test_what_a_mailbox_shows(changes: dict[str, object], caught: bool, requested: bool) -> None:
    """The one rule that listings and hints are decided by."""
    copy = a_copy(1, **changes)  # type: ignore[arg-type]  # fields of a copy
    assert (placed(copy, Listing.CAUGHT, now=NOW) is not None) == caught
    assert (placed(copy, Listing.REQUESTED, now=NOW) is not None) == requested


def test_days_are_bounded() -> None:
    for days in (0, 366):
        with pytest.raises(InvalidInput):
            check_policy(Policy(training_days=days))
