"""What became of a message: the whole life of a copy, and after it."""

from __future__ import annotations

import pytest
from pratique.domain.errors import NotFound, TemporaryFailure
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import What
from pratique.ports.queue import QueueName
from pratique.usecases.deliver_copy import deliver_copy
from pratique.usecases.expire_messages import expire_messages
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.read_history import read_history
from pratique.usecases.release_message import release_message
from pratique.usecases.train_message import train_message

from tests import builders
from tests.path import arrive, held, opened, work_off

BOB = builders.actor("bob@example.org")
ANN = builders.actor("ann@example.org")


def test_from_acceptance_to_the_next_hops_answer() -> None:
    """Held, reported, let go by somebody, tried, delivered: each with who, when, and what the next hop said."""
    world = opened()
    copy = held(world)
    train_message(world.services, BOB, copy.id, Label.HAM)
    release_message(world.services, BOB, copy.id)
    world.courier.fail(TemporaryFailure("450 4.2.0 later"))
    work_off(world)
    life = read_history(world.services, BOB, copy.id)
    assert (life.source, life.client_ip, life.history.state) == ("ses", "192.0.2.7", State.RELEASED)
    assert [(e.what, e.state, e.actor, e.note) for e in life.history.events] == [
        (What.MOVE, State.HELD, "filter", ""),
        (What.LESSON, State.HELD, BOB.name, "ham"),
        (What.MOVE, State.RELEASING, BOB.name, ""),
        (What.TRY, State.RELEASING, "courier", "try 1: 450 4.2.0 later"),
        (What.MOVE, State.RELEASED, "courier", "250 2.0.0 taken"),
    ]
    stored = world.index.get_copy(copy.id, now=builders.NOW)
    assert stored is not None
    assert stored.decided is not None
    assert (stored.decided.actor, stored.decided.channel) == (BOB.name, BOB.channel)


def test_it_outlives_the_copy_for_the_records_time() -> None:
    """Expired: no list, no bytes, no subject, but its life can be read; after the record's time it cannot."""
    world = opened()
    copy = held(world)
    world.clock.advance(days=28)
    before = read_history(world.services, BOB, copy.id).history
    assert before.state is State.EXPIRED, "its time is up, whether the sweep came or not"
    expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)
    life = read_history(world.services, BOB, copy.id)
    assert life.purged
    assert [e.state for e in life.history.events] == [State.HELD, State.EXPIRED]
    assert life.history.ended_ms == world.clock.now_ms()
    world.clock.advance(days=world.services.options.record_days)
    with pytest.raises(NotFound):
        read_history(world.services, BOB, copy.id)


def test_a_gone_copy_does_not_come_back_with_the_same_event() -> None:
    """A dead letter that is put back to work after the mail expired for one recipient and not for the other."""
    world = opened()
    receipt = builders.receipt(recipients=("bob@example.org", "ann@example.org"))
    arrive(world, receipt)
    work_off(world)
    world.clock.advance(days=15)
    expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)
    world.store.put(f"raw/{receipt.source_id}", builders.raw_message())
    ingest_message(world.services, receipt)
    assert world.index.all_copies() == []
    assert world.queue.waiting[QueueName.DELIVER] == []
    assert len(world.courier.parcels) == 2


def test_others_histories_look_like_none() -> None:
    """Hidden and missing look the same."""
    world = opened()
    copy = held(world)
    with pytest.raises(NotFound):
        read_history(world.services, ANN, copy.id)
    with pytest.raises(NotFound):
        read_history(world.services, BOB, builders.copy_id(9))


def test_four_days_of_tries_are_few_lines() -> None:
    """Each of the first four, then every doubling: the row stays small, and giving up is counted from when it set out."""
    world = opened()
    (copy,) = arrive(world, builders.receipt()).copies
    for _ in range(600):
        world.courier.fail(TemporaryFailure("421 busy"))
        deliver_copy(world.services, {"id": str(copy.id)})
        world.clock.advance(seconds=900)
        world.queue.drain(QueueName.DELIVER)
    events = read_history(world.services, BOB, copy.id).history.events
    tries = [int(e.note.split()[1][:-1]) for e in events if e.what is What.TRY]
    assert tries == [1, 2, 3, 4, 8, 16, 32, 64, 128, 256]
    assert events[-1].state is State.FAILED
    assert events[-1].at_ms - events[0].at_ms == pytest.approx(4 * builders.DAY * 1000, abs=1_000_000)
