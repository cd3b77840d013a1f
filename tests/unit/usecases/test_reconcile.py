"""Reconcile: what a lost invocation left behind comes back, what nobody accounts for is said, and nothing is guessed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pratique.domain.actor import Actor
from pratique.domain.errors import Forbidden, InvalidInput, NotFound, TemporaryFailure
from pratique.domain.gap import GapKind
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL
from pratique.domain.tally import total
from pratique.usecases.envelopes import written_by_ses
from pratique.usecases.expire_messages import expire_messages, purge_copy
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.reconcile import Reconciled, reconcile
from pratique.usecases.recover_message import close_gap, list_gaps, recover_message
from pratique.usecases.remove_message import remove_message

from gateway.ses_event import ses_event
from tests import builders, fakes
from tests.path import arrive, block, held, opened, work_off

RECEIPT = builders.receipt("message-1", ("bob@example.org", "ann@example.org"))
OPERATOR = builders.actor()


def run(world: fakes.World) -> Reconciled:
    return reconcile(world.services, until_ms=world.clock.now_ms() + 60_000)


def by_ses(name: str = "message-1", to: str = "bob@example.org") -> bytes:
    """A message as SES stores it; the sender wrote another recipient into To and Cc."""
    return (
        f"Return-Path: <pat@friend.example>\r\nReceived: from mx.friend.example (mx.friend.example [192.0.2.9])\r\n"
        f" by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {name}\r\n for {to};\r\n Mon, 21 Sep 2026 14:13:20 +0000 (UTC)\r\n"
        "X-SES-Virus-Verdict: PASS\r\n"
    ).encode() + builders.raw_message(to="carol@example.org", headers=("Cc: dan@example.org",))


def states(world: fakes.World) -> dict[str, str]:
    return {str(copy.id.recipient): copy.state.value for copy in world.index.all_copies()}


def test_a_message_that_our_edge_accepted_comes_back_whole() -> None:
    """The table lost its rows (an emulator that crashed): the envelope beside the bytes has everything, the moment too."""
    world = opened()
    world.store.put("raw/edge.1", builders.raw_message())
    event = ses_event(
        source_id="edge.1",
        received_ms=builders.NOW_MS,
        mail_from="pat@friend.example",
        recipients=["bob@example.org", "ann@example.org"],
        data=builders.raw_message(),
        client_ip="192.0.2.7",
        helo="mx",
    )
    world.store.put("envelope/edge.1", json.dumps(event).encode())
    assert run(world).recovered == 0, "it is too young: its event may be under way"
    world.clock.advance(seconds=901)
    done = run(world)
    assert (done.recovered, done.open_gaps, done.whole) == (1, 0, True)
    (facts,) = world.index.all_facts()
    assert facts.message == message_ulid("edge.1", builders.NOW_MS)
    assert (facts.mail_from, facts.client_ip) == ("pat@friend.example", "192.0.2.7")
    assert set(states(world)) == {"bob@example.org", "ann@example.org"}
    assert run(world).recovered == 0


def test_what_the_edge_did_not_accept_is_not_brought_in() -> None:
    """Its sender was told to come again. After five days the bytes go."""
    world = opened()
    world.store.put("raw/edge.2", builders.raw_message())
    world.clock.advance(days=1)
    assert (run(world).waiting, world.index.all_facts()) == (1, [])
    world.clock.advance(days=5)
    assert run(world).abandoned == 1
    assert world.store.objects == {}


def test_facts_without_all_their_copies_get_them() -> None:
    """Ingest died between two copies, and its event is lost: the facts have the whole envelope."""
    world = opened()
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "index.add_copy", fakes.Killed(), when="after")
    with pytest.raises(fakes.Killed):
        arrive(world, RECEIPT, services=watched)
    assert states(world) == {"bob@example.org": "queued"}
    world.clock.advance(seconds=901)
    assert run(world).completed == 1
    work_off(world)
    assert states(world) == {"bob@example.org": "delivered", "ann@example.org": "delivered"}
    assert len(world.courier.parcels) == 2


def test_an_event_that_ses_dropped_is_taken_in_for_whom_ses_wrote_down() -> None:
    """SES names one recipient in its own Received field. There may have been others: somebody has to say."""
    world = opened()
    world.store.put("raw/message-1", by_ses())
    world.clock.advance(seconds=6 * 3600)
    assert (run(world).waiting, states(world)) == (1, {}), "Lambda may hand the event over for six hours"
    world.clock.advance(seconds=3600)
    done = run(world)
    assert (done.recovered, done.open_gaps) == (1, 1)
    assert set(states(world)) == {"bob@example.org"}
    (gap,) = list_gaps(world.services, OPERATOR, limit=9)
    assert (gap.kind, gap.hint) == (GapKind.PARTIAL, "bob@example.org")
    (facts,) = world.index.all_facts()
    assert facts.mail_from == "pat@friend.example"
    assert run(world).recovered == 0


def test_the_event_that_comes_after_all_completes_it() -> None:
    """A dead letter that is put back to work: one message, each recipient once, and the gap closes by itself."""
    world = opened()
    world.store.put("raw/message-1", by_ses())
    world.clock.advance(seconds=7 * 3600)
    run(world)
    work_off(world)
    ingest_message(world.services, RECEIPT)
    work_off(world)
    assert len(world.index.all_facts()) == 1
    assert states(world) == {"bob@example.org": "delivered", "ann@example.org": "delivered"}
    assert len(world.courier.parcels) == 2
    assert run(world).open_gaps == 0
    copies = world.index.all_copies()
    world.clock.advance(days=40)
    for copy in copies[:1]:
        purge_copy(world.services, copy.id)
    assert "raw/message-1" in world.store.objects, "bytes stay while anybody's copy does"


@pytest.mark.parametrize(
    "raw",
    [
        builders.raw_message(to="bob@example.org"),
        by_ses("another-id"),
        builders.raw_message(
            headers=("Received: by inbound-smtp.eu-west-1.amazonaws.com for bob@example.org;",)
        ),
        b"",
        b"Received: from mx\r\n by inbound-smtp.eu-west-1.amazonaws.com with SMTP id message-1\r\n for not an address;\r\n\r\n",
    ],
    ids=["no field", "another message's", "forged", "empty", "no address"],
)
def test_nobody_is_guessed(raw: bytes) -> None:
    """Without SES's own word there is an alarm and a line in the list, and no copy for whoever stands in To."""
    assert written_by_ses(raw, "message-1") is None
    world = opened()
    world.store.put("raw/message-1", raw)
    world.store.put("raw/AMAZON_SES_SETUP_NOTIFICATION", b"hello")
    world.clock.advance(seconds=7 * 3600)
    done = run(world)
    assert (done.recovered, done.open_gaps) == (0, 1)
    assert world.index.all_facts() == []
    (gap,) = list_gaps(world.services, OPERATOR, limit=9)
    assert (gap.id, gap.kind, gap.hint) == ("message-1", GapKind.NO_ENVELOPE, "")


def test_a_person_names_the_recipients() -> None:
    """For the operator; those who have it stay, again is harmless, and the audit tells of it."""
    world = opened()
    world.store.put("raw/message-1", b"no header at all")
    world.clock.advance(seconds=7 * 3600)
    run(world)
    first = recover_message(world.services, OPERATOR, "message-1", ["bob@example.org"], "pat@friend.example")
    assert run(world).open_gaps == 0
    again = recover_message(world.services, OPERATOR, "message-1", ["ann@example.org", "bob@example.org"], "")
    assert {c.message for c in first} == {c.message for c in again}
    assert set(states(world)) == {"bob@example.org", "ann@example.org"}
    work_off(world)
    assert len(world.courier.parcels) == 2
    assert [entry.action for entry in world.audit.log] == ["gap.recover", "gap.recover"]
    with pytest.raises(NotFound):
        recover_message(world.services, OPERATOR, "message-9", ["bob@example.org"], "")
    with pytest.raises(InvalidInput):
        recover_message(world.services, OPERATOR, "message-1", [], "")
    refused: list[tuple[Actor, type[Exception]]] = [
        (builders.actor("example.org"), NotFound),
        (builders.actor(may_write=False), Forbidden),
    ]
    for actor, error in refused:
        with pytest.raises(error):
            recover_message(world.services, actor, "message-1", ["bob@example.org"], "")
        with pytest.raises(error):
            close_gap(world.services, actor, "message-1")


def test_a_gap_is_closed_by_a_person() -> None:
    """There is nothing more to do about it; a second time there is none."""
    world = opened()
    world.store.put("raw/message-1", b"x")
    world.clock.advance(seconds=7 * 3600)
    run(world)
    close_gap(world.services, OPERATOR, "message-1")
    with pytest.raises(NotFound):
        close_gap(world.services, OPERATOR, "message-1")


def test_copies_without_bytes_are_said() -> None:
    """Nothing can bring them back; when the copy is gone, so is the gap."""
    world = opened()
    copy = held(world)
    world.store.delete(copy.raw_key)
    world.clock.advance(seconds=901)
    assert run(world).open_gaps == 1
    (gap,) = list_gaps(world.services, OPERATOR, limit=9)
    assert (gap.id, gap.kind) == (str(copy.id), GapKind.NO_BYTES)
    remove_message(world.services, builders.actor("bob@example.org"), copy.id)
    assert run(world).open_gaps == 0


def test_bytes_without_copies_go() -> None:
    """A sweep that died behind the rows, and a stream that was lost: the next pass does the rest."""
    world = opened()
    arrive(world, RECEIPT)
    work_off(world)
    world.clock.advance(days=30)
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "index.drop_recipient", TemporaryFailure("throttled"), times=9)

    with pytest.raises(TemporaryFailure):
        expire_messages(watched, until_ms=world.clock.now_ms() + 1000)
    expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)
    assert run(world).purged in (0, 1)
    assert world.store.objects == {}
    assert world.index.all_facts() == []


def test_what_was_not_counted_is() -> None:
    """The stream is a day behind, or its records are gone."""
    world = opened()
    block(world, "example.org")
    arrive(world, RECEIPT)
    world.clock.advance(seconds=901)
    assert run(world).recounted == 2
    assert run(world).recounted == 0
    assert total(world.ledger.tallies(GLOBAL).values()).states[State.HELD] == 2


def test_what_somebody_did_before_its_server_died_is_audited() -> None:
    """The move is in the copy's own history; an action that never came to it is forgotten."""
    world = opened()
    copy, other = held(world), held(world, "message-2")
    bob = builders.actor("bob@example.org")
    for method, when, target in (("audit.record", "before", copy), ("index.move", "before", other)):
        watched = fakes.faulty(world.services)
        fakes.fail_next(watched, method, fakes.Killed(), when=when)  # type: ignore[arg-type]  # one of two words
        with pytest.raises(fakes.Killed):
            remove_message(watched, bob, target.id)
    assert world.audit.log == []
    world.clock.advance(seconds=901)
    assert run(world).audited == 1
    assert [(entry.action, entry.subject) for entry in world.audit.log] == [("message.remove", str(copy.id))]
    assert list(world.actions.known) == [world.audit.log[0].action_id]


def test_a_run_ends_in_time_and_the_next_goes_on() -> None:
    """Bounded, a page at a time; the place is kept."""
    world = opened()
    for number in range(250):
        world.store.put(f"raw/edge.{number:03d}", builders.raw_message())
    world.clock.advance(days=1)
    ticking = replace(world.services, clock=fakes.FakeClock(world.clock.now_ms(), step_ms=400))
    first = reconcile(ticking, until_ms=world.clock.now_ms() + 1500)
    assert not first.whole
    assert 0 < first.seen < 250
    assert world.ledger.place().after.startswith("raw/edge.")
    seen = first.seen
    while True:
        more = run(world)
        seen += more.seen
        if more.whole:
            break
    assert seen == 250


def test_two_runs_at_once_do_no_harm() -> None:
    """The second sees that the place moved, and stops."""
    world = opened()
    arrive(world, RECEIPT)
    world.clock.advance(seconds=901)
    place = world.ledger.place
    world.ledger.place = lambda: replace(place(), tag=7)  # type: ignore[method-assign]  # an old look
    assert not run(world).whole
    world.ledger.place = place  # type: ignore[method-assign]
    assert run(world).whole


def test_stuck_mail_is_said() -> None:
    """On its way, and nobody looked after it for an hour: the sweep does not run."""
    world = opened()
    arrive(world, RECEIPT)
    world.clock.advance(seconds=900)
    assert run(world).stuck == 0
    world.clock.advance(seconds=3601)
    assert run(world).stuck == 2


def test_late_events_find_their_message() -> None:
    """Under the receiving server's id, whatever moment is in the event."""
    world = opened()
    first = arrive(world, RECEIPT)
    world.clock.advance(seconds=1000)
    late = ingest_message(world.services, replace(RECEIPT, received_ms=RECEIPT.received_ms + 1000))
    assert late.message == first.message
    assert {c.id for c in late.copies} == {CopyId(first.message, a) for a in RECEIPT.envelope.recipients}


def test_what_was_submitted_and_not_taken_in_goes() -> None:
    """The program that sent it was told so, and tries again."""
    world = opened()
    world.store.put("out/one", builders.raw_message())
    world.clock.advance(days=1)
    assert run(world).waiting == 1
    world.clock.advance(days=5)
    assert run(world).abandoned == 1
    assert world.store.objects == {}


def test_a_copy_that_ttl_took_does_not_come_back() -> None:
    """No sweep ran for a week: the stream dropped its recipient, and the message is there for another one."""
    world = opened()
    block(world, "example.org")
    first, _ = arrive(world, RECEIPT).copies
    world.index.forget(first.id)
    purge_copy(world.services, first.id)
    world.clock.advance(seconds=901)
    assert run(world).completed == 0
    assert set(states(world)) == {"ann@example.org"}
