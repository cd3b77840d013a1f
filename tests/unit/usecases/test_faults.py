"""Killed, or failed, between any two steps, then run again: nothing is lost, nothing is stored or delivered twice.

Every scenario is run once undisturbed to count its port calls; then once for each call with a failure before it, after it (its
effect took place, the answer was lost), and with the process killed at both places. The second run must end in the same picture.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from pratique.domain.envelope import Receipt
from pratique.domain.errors import PratiqueError, TemporaryFailure
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.lesson import Label
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.expire_messages import expire_messages, purge_copy
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.restore_message import restore_message
from pratique.usecases.train_message import train_message

from tests import builders, fakes
from tests.path import SPAMMER, Picture, block, opened, picture, work_off

RECIPIENTS = ("bob@example.org", "ann@example.org", "friend@example.net")
RECEIPT = builders.receipt(recipients=RECIPIENTS, mail_from=SPAMMER)
BOB = builders.actor("bob@example.org")


def _mixed() -> fakes.World:
    """Bytes are in; two recipients will hold the message, one will get it."""
    world = opened()
    block(world, "example.org")
    world.store.put(f"raw/{RECEIPT.source_id}", builders.raw_message())
    return world


def _taken_in() -> fakes.World:
    world = _mixed()
    ingest_message(world.services, RECEIPT)
    return world


def _bob(world: fakes.World) -> CopyId:
    return next(c.id for c in ingest_message(world.services, RECEIPT).copies if c.id.recipient.local == "bob")


def _removed() -> fakes.World:
    world = _taken_in()
    remove_message(world.services, BOB, _bob(world))
    return world


def _over_its_time() -> fakes.World:
    world = _taken_in()
    work_off(world)
    world.clock.advance(days=40)
    return world


def _taught() -> fakes.World:
    world = _taken_in()
    train_message(world.services, builders.actor(), _bob(world), Label.HAM)
    return world


def _sweep(services: Services, world: fakes.World) -> None:
    expire_messages(services, until_ms=world.clock.now_ms() + 10_000)


def _deliver(services: Services, world: fakes.World) -> None:
    """One turn of the worker, and the queue's own behaviour: what failed, or was killed, comes back."""
    items = world.queue.drain(QueueName.DELIVER)
    try:
        results = deliver_batch(services, items)
    except BaseException:
        world.queue.send(QueueName.DELIVER, items)
        raise
    failed = [error for error in results if error is not None]
    world.queue.send(QueueName.DELIVER, [i for i, e in zip(items, results, strict=True) if e is not None])
    if failed:
        raise failed[0]


@dataclass(frozen=True)
class Scenario:
    """A prepared world and the step that is disturbed."""

    name: str
    prepare: Callable[[], fakes.World]
    step: Callable[[Services, fakes.World], object]
    receipt: Receipt = RECEIPT


SCENARIOS = [
    Scenario("ingest", _mixed, lambda s, _w: ingest_message(s, RECEIPT)),
    Scenario("deliver", _taken_in, _deliver),
    Scenario("release", _taken_in, lambda s, w: release_message(s, BOB, _bob(w))),
    Scenario(
        "release-train", _taken_in, lambda s, w: release_message(s, builders.actor(), _bob(w), train=True)
    ),
    Scenario("release-allow", _taken_in, lambda s, w: release_message(s, BOB, _bob(w), allow="recipient")),
    Scenario("remove", _taken_in, lambda s, w: remove_message(s, BOB, _bob(w))),
    Scenario("restore", _removed, lambda s, w: restore_message(s, BOB, _bob(w))),
    Scenario("remove-block", _taken_in, lambda s, w: remove_message(s, BOB, _bob(w), block="recipient")),
    Scenario("train", _taken_in, lambda s, w: train_message(s, builders.actor(), _bob(w), Label.SPAM)),
    Scenario("learn", _taught, lambda s, _w: learn_lessons(s, GLOBAL)),
    Scenario("expire", _over_its_time, _sweep),
]


SENT_BUT_NOT_NOTED = {("courier.send", "after"), ("index.move", "before")}


def _run(
    scenario: Scenario, at: int, when: Literal["before", "after"], error: BaseException
) -> tuple[Picture, str]:
    """Disturbed at one call, run again undisturbed, everything worked off: the picture, and the call that was hit."""
    world = scenario.prepare()
    watched = fakes.faulty(world.services, at=at, when=when, error=error)
    with contextlib.suppress(fakes.Killed, PratiqueError):
        scenario.step(watched, world)
    hit = fakes.calls(watched)[at - 1]
    world.clock.advance(seconds=1000)  # leases of the killed worker run out, the sweep's watch time comes
    scenario.step(world.services, world)
    _finish(world)
    return picture(world, scenario.receipt), hit


def _finish(world: fakes.World) -> None:
    work_off(world)
    world.clock.advance(seconds=1000)
    _sweep(world.services, world)
    work_off(world)
    _purge_leftovers(world)


def _purge_leftovers(world: fakes.World) -> None:
    """What the table's stream does: every row that is gone is looked after."""
    message = message_ulid(RECEIPT.source_id, RECEIPT.received_ms)
    for address in RECEIPT.envelope.recipients:
        purge_copy(world.services, CopyId(message, address))


def _calm(scenario: Scenario) -> tuple[Picture, int]:
    world = scenario.prepare()
    watched = fakes.faulty(world.services)
    scenario.step(watched, world)
    count = len(fakes.calls(watched))
    world.clock.advance(seconds=1000)
    scenario_again = scenario.step
    scenario_again(world.services, world)
    _finish(world)
    return picture(world, scenario.receipt), count


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["failed", "killed"])
def test_every_port_call(scenario: Scenario, when: Literal["before", "after"], kind: str) -> None:
    """The whole table: each call of each scenario, in four ways."""
    expected, count = _calm(scenario)
    assert count > 1
    for at in range(1, count + 1):
        error: BaseException = fakes.Killed() if kind == "killed" else TemporaryFailure("injected")
        seen, hit = _run(scenario, at, when, error)
        if (
            scenario.name == "deliver"
            and (hit, when) in SENT_BUT_NOT_NOTED
            and (kind == "killed" or hit == "courier.send")
        ):
            # The next hop has it, and nobody could write that down: no SMTP client can know (RFC 5321, 6.1).
            # Twice, but never not at all.
            assert set(seen.arrived) == set(expected.arrived), hit
            assert seen.states == expected.states
            continue
        assert seen == expected, f"call {at}: {hit}"


def test_the_pictures_tell_things_apart() -> None:
    """The table above compares something: the scenarios end differently."""
    ends = {scenario.name: _calm(scenario)[0] for scenario in SCENARIOS}
    assert ends["ingest"].states == (
        ("bob@example.org", "held"),
        ("ann@example.org", "held"),
        ("friend@example.net", "delivered"),
    )
    assert ends["release"].arrived == ("bob@example.org", "friend@example.net")
    assert ends["release-allow"].listed == (SPAMMER, SPAMMER)
    assert ends["remove"].states[0] == ("bob@example.org", "removed")
    assert ends["train"].lessons == ends["learn"].lessons == ends["release-train"].lessons == (0, 1)
    assert ends["expire"].objects == ()
    assert {state for _, state in ends["expire"].states} == {"gone"}
    assert parse_scope("global") == GLOBAL
