"""Clean and released mail to the next hop: once, with back-off, with an end."""

from __future__ import annotations

import pytest
from pratique.domain.errors import InvalidInput, NotFound, PermanentFailure, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.deliver_copy import Outcome, deliver_batch, deliver_copy
from pratique.usecases.release_message import release_message

from tests import builders
from tests.fakes import World
from tests.path import arrive, block, held, opened, work_off


def _copy_state(world: World, recipient: str = "bob@example.org") -> State:
    page = world.index.list_copies(
        parse_scope(recipient), states=list(State), limit=10, now=world.clock.now_ms() // 1000
    )
    return page.copies[0].state


def test_clean_mail_arrives_byte_identical_below_our_headers() -> None:
    """Invariant 2."""
    world = opened()
    raw = builders.raw_message(body="Line\r\n.dot\r\n\r\n  trailing \r\n")
    arrive(world, builders.receipt(), raw)
    work_off(world)
    (parcel,) = world.courier.parcels
    assert parcel.data.endswith(raw)
    assert parcel.data.startswith(b"X-Pratique-")
    assert (parcel.mail_from, str(parcel.recipient)) == ("eve@spam.example", "bob@example.org")
    assert _copy_state(world) is State.DELIVERED


def test_the_same_item_twice_delivers_once() -> None:
    """SQS delivers at least once."""
    world = opened()
    arrive(world, builders.receipt())
    items = world.queue.drain(QueueName.DELIVER)
    assert deliver_copy(world.services, items[0]) is Outcome.DELIVERED
    assert deliver_copy(world.services, items[0]) is Outcome.NOTHING
    assert len(world.courier.parcels) == 1


def test_two_workers_at_once_deliver_once() -> None:
    """The second finds the lease taken."""
    world = opened()
    (copy,) = arrive(world, builders.receipt()).copies
    now = world.clock.now_ms()
    assert world.index.claim(
        copy.id, expected=State.QUEUED, lease_until_ms=now + 60_000, now_ms=now, watch_at=1
    )
    assert deliver_copy(world.services, {"id": str(copy.id)}) is Outcome.NOTHING
    assert world.courier.tried == 0
    world.clock.advance(seconds=61)
    assert deliver_copy(world.services, {"id": str(copy.id)}) is Outcome.DELIVERED


def test_temporary_failures_back_off_and_are_noted() -> None:
    """30, 60, 120 ... 900 seconds; the item shows what the next hop said."""
    world = opened()
    (copy,) = arrive(world, builders.receipt()).copies
    world.courier.fail(TemporaryFailure("451 4.7.1 later"), times=7)
    delays = []
    for _ in range(7):
        (item,) = world.queue.drain(QueueName.DELIVER)
        assert deliver_copy(world.services, item) is Outcome.LATER
        delays += world.queue.delays[QueueName.DELIVER]
    assert delays == [30, 60, 120, 240, 480, 900, 900]
    row = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
    assert row is not None
    assert (row.reply, row.attempts, row.lease_until_ms) == ("451 4.7.1 later", 7, 0)
    work_off(world)
    assert len(world.courier.parcels) == 1


def test_after_four_days_it_is_given_up_buried_and_can_be_redriven() -> None:
    """RFC 5321, 4.5.4.1; nothing is lost: the copy is `failed`, the item in the dead-letter queue."""
    world = opened()
    arrive(world, builders.receipt())
    world.courier.fail(TemporaryFailure("421 busy"), times=2)
    (item,) = world.queue.drain(QueueName.DELIVER)
    deliver_copy(world.services, item)
    world.clock.advance(days=4, seconds=60)
    (item,) = world.queue.drain(QueueName.DELIVER)
    assert deliver_copy(world.services, item) is Outcome.FAILED
    assert _copy_state(world) is State.FAILED
    assert world.queue.depths(QueueName.DELIVER) == (0, 1)
    assert world.queue.redrive(QueueName.DELIVER, limit=10) == 1
    work_off(world)
    assert _copy_state(world) is State.DELIVERED
    assert len(world.courier.parcels) == 1


def test_a_duplicate_of_a_failed_item_does_not_try_again() -> None:
    """Only a person's redrive sets a failed copy going."""
    world = opened()
    (copy,) = arrive(world, builders.receipt()).copies
    world.courier.fail(PermanentFailure("550 5.1.1 unknown user"))
    assert deliver_copy(world.services, {"id": str(copy.id)}) is Outcome.FAILED
    assert deliver_copy(world.services, {"id": str(copy.id)}) is Outcome.NOTHING
    assert world.courier.tried == 1


def test_a_failed_release_stays_releasable() -> None:
    """Releasing again tries again."""
    world = opened()
    copy = held(world)
    boss = builders.actor()
    release_message(world.services, boss, copy.id)
    world.courier.fail(PermanentFailure("550 no"))
    work_off(world)
    assert _copy_state(world) is State.FAILED
    release_message(world.services, boss, copy.id)
    work_off(world)
    assert _copy_state(world) is State.RELEASED
    assert len(world.courier.parcels) == 1


def test_without_a_route_clean_mail_waits() -> None:
    """The operator may still set one; nothing bounces for that."""
    world = opened()
    world.directory.delete_route("*")
    arrive(world, builders.receipt())
    (item,) = world.queue.drain(QueueName.DELIVER)
    assert deliver_copy(world.services, item) is Outcome.LATER
    world.directory.put_route(builders.route("example.org"))
    work_off(world)
    assert world.courier.routes[0].domain == "example.org"


def test_a_domains_own_route_wins_over_the_general_one() -> None:
    """`*` is for domains that have none."""
    world = opened()
    world.directory.put_route(builders.route("example.org", host="mx.own.example"))
    arrive(world, builders.receipt(recipients=("bob@example.org", "ann@example.net")))
    work_off(world)
    assert sorted(r.host for r in world.courier.routes) == ["mx.next.example", "mx.own.example"]


def test_tagged_mail_carries_its_notation() -> None:
    """Quarantine off: delivered, marked for the destination to filter on."""
    world = opened()
    block(world)
    world.directory.put_policy(parse_scope("global"), Policy(quarantine=False))
    arrive(world, builders.receipt())
    work_off(world)
    assert b"\r\nSubject: [SPAM] Cheap things\r\n" in world.courier.parcels[0].data


def test_lost_bytes_fail_loudly() -> None:
    """A copy whose bytes are gone is failed, not silently forgotten."""
    world = opened()
    (copy,) = arrive(world, builders.receipt()).copies
    world.store.delete(copy.raw_key)
    work_off(world)
    assert _copy_state(world) is State.FAILED


def test_garbage_items_fail_alone() -> None:
    """One bad item of a batch does not take the others with it."""
    world = opened()
    (copy,) = arrive(world, builders.receipt()).copies
    results = deliver_batch(world.services, [{}, {"id": "x"}, {"id": str(copy.id)}])
    assert [type(r) for r in results] == [InvalidInput, InvalidInput, type(None)]
    assert world.courier.closed == 1


def test_a_released_message_passes_when_it_comes_round_again() -> None:
    """The signed header makes ingest let it pass, though its sender is blocked."""
    world = opened()
    copy = held(world)
    release_message(world.services, builders.actor(), copy.id)
    work_off(world)
    data = world.courier.parcels[0].data
    (again,) = arrive(world, builders.receipt("message-2"), data).copies
    assert again.state is State.QUEUED
    (other,) = arrive(world, builders.receipt("message-3", ("ann@example.net",)), data).copies
    assert other.state is State.HELD, "the header is bound to its recipient"
    forged = data.replace(b"Buy now", b"Buy then")
    (changed,) = arrive(world, builders.receipt("message-4"), forged).copies
    assert changed.state is State.HELD, "and to its body"


def test_a_message_that_keeps_coming_back_is_held() -> None:
    """Invariant 11: our own trace counts hops."""
    world = opened()
    data = builders.raw_message()
    for turn in range(5):
        (copy,) = arrive(world, builders.receipt(f"turn-{turn}"), data).copies
        assert copy.state is State.QUEUED
        work_off(world)
        data = world.courier.parcels[-1].data
    (copy,) = arrive(world, builders.receipt("turn-5"), data).copies
    assert copy.state is State.HELD
    assert "loop" in {c.signal for c in copy.contributions}


def test_releasing_something_unknown_is_not_found() -> None:
    """No such message."""
    with pytest.raises(NotFound):
        release_message(opened().services, builders.actor(), builders.copy_id())
