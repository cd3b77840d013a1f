"""Undo of Remove."""

from __future__ import annotations

import pytest
from pratique.domain.actor import Channel
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.usecases.act_in_bulk import BulkAction, Verb, act_in_bulk
from pratique.usecases.list_messages import list_messages
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.restore_message import restore_message

from tests import builders, fakes
from tests.path import arrive, opened, work_off

BOB = builders.actor("bob@example.org")


def _held(source_id: str = "message-1") -> tuple[fakes.World, CopyId]:
    world = opened()
    world.directory.put_policy(
        parse_scope("example.org"), Policy(spam_at=0.0, unsure_at=0.0, retention_days=20)
    )
    (copy,) = arrive(world, builders.receipt(source_id)).copies
    assert copy.state is State.HELD
    return world, copy.id


def test_a_removed_message_is_held_again_until_the_day_it_would_have_expired_on() -> None:
    world, copy_id = _held()
    before = world.index.get_copy(copy_id, now=builders.NOW)
    assert before is not None
    remove_message(world.services, BOB, copy_id)
    world.clock.advance(days=2)
    back = restore_message(world.services, BOB, copy_id)
    assert (back.state, back.expires_at) == (State.HELD, before.expires_at)
    assert [event.state for event in back.events] == [State.HELD, State.REMOVED, State.HELD]
    assert back.events[-1].channel is BOB.channel is not Channel.SES
    shown = list_messages(world.services, BOB, BOB.scope, states=(State.HELD,), limit=10, cursor=None)
    assert [copy.id for copy in shown.copies] == [copy_id]
    release_message(world.services, BOB, copy_id)
    work_off(world)
    assert len(world.courier.parcels) == 1


def test_restoring_twice_is_once_and_what_was_let_go_is_a_conflict() -> None:
    world, copy_id = _held()
    remove_message(world.services, BOB, copy_id)
    assert restore_message(world.services, BOB, copy_id) == restore_message(world.services, BOB, copy_id)
    release_message(world.services, BOB, copy_id)
    with pytest.raises(Conflict):
        restore_message(world.services, BOB, copy_id)


def test_when_the_time_of_grace_is_up_it_is_gone() -> None:
    world, copy_id = _held()
    remove_message(world.services, BOB, copy_id)
    world.clock.advance(days=4)
    with pytest.raises(NotFound):
        restore_message(world.services, BOB, copy_id)


def test_somebody_elses_looks_like_missing() -> None:
    world, copy_id = _held()
    remove_message(world.services, BOB, copy_id)
    with pytest.raises(NotFound):
        restore_message(world.services, builders.actor("ann@example.org"), copy_id)


def test_many_at_once() -> None:
    world, copy_id = _held()
    remove_message(world.services, BOB, copy_id)
    (answer,) = act_in_bulk(world.services, BOB, BulkAction(Verb.RESTORE), [str(copy_id)])
    assert (answer.ok, answer.state) == (True, "held")
