"""Telling a legitimate sender: offered at ingest, told by a worker, once a day, never to a forged one; found by its reference."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.address import parse_address
from pratique.domain.envelope import AuthResults, Outcome, Receipt
from pratique.domain.errors import InvalidInput, PermanentFailure, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.notice import Notice, refusal
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Options
from pratique.usecases.delivery_status import delivery_status
from pratique.usecases.find_reference import find_reference
from pratique.usecases.ingest_message import Ingested
from pratique.usecases.release_message import release_message
from pratique.usecases.tell_sender import Told, tell_batch, tell_sender

from tests import builders, fakes
from tests.path import SPAMMER, arrive, block, opened

FROM = "mailer-daemon@example.org"
FORGED = AuthResults(spf=Outcome.FAIL, dmarc=Outcome.FAIL)


def a_world(**options: object) -> fakes.World:
    """An installation that has an address for notices, and blocks the sender."""
    world = opened(options=Options(hostname="mx.example.org", **{"notice_from": FROM, **options}))  # type: ignore[arg-type]  # names are Options' own
    block(world)
    return world


def came(world: fakes.World, number: int = 1, *, raw: bytes | None = None, **changes: object) -> Ingested:
    """A message that is held, by SES unless told otherwise."""
    receipt: Receipt = builders.receipt(f"message-{number}", **changes)  # type: ignore[arg-type]  # as above
    return arrive(world, receipt, raw)


def items(world: fakes.World) -> list[dict[str, str]]:
    """What waits for the worker."""
    return world.queue.drain(QueueName.NOTIFY)


def test_a_legitimate_sender_is_told_once_with_the_reference() -> None:
    """SES's own bounce, of the copies that are held, with a step in each one's history."""
    world = a_world()
    taken = came(world, recipients=("bob@example.org", "ann@example.org"))
    [item] = items(world)
    assert tell_sender(world.services, item) is Told.TOLD
    [notice] = world.bouncer.sent
    assert world.bouncer.senders == [FROM]
    assert (notice.source_id, str(notice.sender)) == ("message-1", SPAMMER)
    assert [str(each) for each in notice.recipients] == ["bob@example.org", "ann@example.org"]
    assert taken.message in notice.text
    assert taken.message in notice.diagnostic
    for copy in taken.copies:
        known = world.index.get_copy(copy.id, now=builders.NOW)
        assert known is not None
        assert known.events[-1].note == "sender told: taken at mx.example.org"
        assert known.state is State.HELD
    assert tell_sender(world.services, item) is Told.NOTHING
    assert len(world.bouncer.sent) == 1


def test_a_sender_hears_once_a_day() -> None:
    """Of many refused messages one is told; on the next day one more."""
    world = a_world()
    for number in range(5):
        came(world, number)
    assert [tell_sender(world.services, item) for item in items(world)] == [Told.TOLD, *[Told.NOTHING] * 4]
    world.clock.advance(days=1)
    came(world, 9, received_ms=world.clock.now_ms())
    [item] = items(world)
    assert tell_sender(world.services, item) is Told.TOLD
    assert len(world.bouncer.sent) == 2


def test_the_same_event_twice_tells_once() -> None:
    """SES invokes at least once, and a queue delivers at least once."""
    world = a_world()
    came(world)
    came(world)
    first, second = items(world)
    assert [tell_sender(world.services, item) for item in (first, second, first)] == [
        Told.TOLD,
        Told.NOTHING,
        Told.NOTHING,
    ]
    assert len(world.bouncer.sent) == 1


def test_a_worker_that_dies_tells_nobody_twice() -> None:
    """Killed after SES took the notice: the claim stands. Killed before: nobody is told that day, which is the safe side."""
    world = a_world()
    came(world)
    [item] = items(world)
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "index.add_event", fakes.Killed())
    with pytest.raises(fakes.Killed):
        tell_sender(watched, item)
    assert tell_sender(world.services, item) is Told.NOTHING
    assert len(world.bouncer.sent) == 1


def test_a_forged_sender_hears_nothing() -> None:
    """No item at all."""
    world = a_world()
    came(world, auth=FORGED)
    assert items(world) == []


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "List-Id: <x.example>", "Precedence: bulk"]
)
def test_machines_hear_nothing(header: str) -> None:
    """Automatic answers, lists, bulk: see test_answerable."""
    world = a_world()
    came(world, raw=builders.raw_message(headers=(header,)))
    assert items(world) == []


def test_no_address_for_notices_no_notice_by_ses() -> None:
    """SES bounces from verified addresses only."""
    world = a_world(notice_from="")
    came(world)
    assert items(world) == []


def test_a_policy_decides_of_whose_mail_senders_are_told() -> None:
    """Of two recipients, the one whose policy says so; of a virus nobody."""
    world = a_world()
    world.directory.put_policy(parse_scope("ann@example.org"), Policy(notify_sender=False))
    taken = came(world, recipients=("bob@example.org", "ann@example.org"))
    [item] = items(world)
    assert item["recipients"] == "bob@example.org"
    assert taken.quiet == {str(taken.copies[1].id)}
    came(world, 2, auth=replace(builders.PASSES, virus=Outcome.FAIL))
    assert items(world) == []


def test_a_notice_that_cannot_be_queued_keeps_no_mail_waiting() -> None:
    """Ingest goes on; the mail is held as ever."""
    world = a_world()
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "queue.send", TemporaryFailure("throttled"))
    [copy] = arrive(world, builders.receipt(), services=watched).copies
    assert copy.state is State.HELD


def test_what_was_released_meanwhile_is_not_told() -> None:
    """Somebody was faster."""
    world = a_world()
    [copy] = came(world).copies
    [item] = items(world)
    release_message(world.services, builders.actor(), copy.id)
    assert tell_sender(world.services, item) is Told.NOTHING
    assert world.notices.taken == {}


def test_a_throttled_notice_is_tried_again_and_dropped_after_a_day() -> None:
    """SES takes bounces for 24 hours."""
    world = a_world()
    came(world)
    [item] = items(world)
    world.bouncer.errors = [TemporaryFailure("throttled")] * 2
    assert tell_sender(world.services, item) is Told.LATER
    assert world.notices.taken == {}
    assert world.queue.delays[QueueName.NOTIFY] == [300]
    [again] = items(world)
    world.clock.advance(days=1)
    assert tell_sender(world.services, again) is Told.DROPPED
    assert items(world) == []
    assert world.bouncer.sent == []


def test_a_notice_that_is_refused_for_good_is_dropped() -> None:
    """Mail that another service received, an address that is not verified: another message of that day may fare better."""
    world = a_world()
    came(world)
    came(world, 2)
    first, second = items(world)
    world.bouncer.errors = [PermanentFailure("no such message")]
    assert tell_sender(world.services, first) is Told.DROPPED
    assert tell_sender(world.services, second) is Told.TOLD


def test_a_batch_brings_back_what_could_not_be_worked_on() -> None:
    """What names no message, and what met a table that is away."""
    world = a_world()
    came(world)
    [item] = items(world)
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "index.get_facts", TemporaryFailure("throttled"))
    results = tell_batch(watched, [{}, item, item, {"message": builders.copy_id(77).message}])
    assert isinstance(results[0], InvalidInput)
    assert isinstance(results[1], TemporaryFailure)
    assert results[2:] == [None, None]


def by_edge(world: fakes.World, recipients: tuple[str, ...]) -> Ingested:
    """A message that came over our own edge; only bob blocks its sender."""
    world.directory.delete_entry(parse_scope("global"), SPAMMER)
    block(world, "bob@example.org")
    return came(world, source="edge", recipients=recipients)


def test_the_edge_tells_in_the_dialogue_where_all_is_held() -> None:
    """Nothing is sent."""
    world = a_world(notice_from="")
    by_edge(world, ("bob@example.org",))
    assert items(world) == []


def test_where_only_some_copies_are_held_a_notice_of_our_own_is_sent() -> None:
    """The edge said 250. The null sender, one recipient, what RFC 3464 wants, and the original's header."""
    world = a_world(notice_from="")
    taken = by_edge(world, ("ann@example.org", "bob@example.org"))
    [item] = items(world)
    assert tell_sender(world.services, item) is Told.TOLD
    [parcel] = world.courier.parcels
    assert (parcel.mail_from, str(parcel.recipient)) == ("", SPAMMER)
    assert world.courier.closed == 1
    report = email.message_from_bytes(parcel.data, policy=email.policy.default)
    assert isinstance(report, EmailMessage)
    assert report.get_content_type() == "multipart/report"
    assert report["auto-submitted"] == "auto-replied"
    assert report["from"] == "Mail delivery <mailer-daemon@mx.example.org>"
    assert report["in-reply-to"] == "<one@spam.example>"
    text, status, headers = report.iter_parts()
    assert taken.message in text.get_content()
    assert "ann@example.org" not in parcel.data.decode()
    assert status.get_content_type() == "message/delivery-status"
    whole, one = cast("list[EmailMessage]", status.get_payload())
    assert whole["reporting-mta"] == "dns; mx.example.org"
    assert (one["final-recipient"], one["action"], one["status"]) == (
        "rfc822; bob@example.org",
        "failed",
        "5.7.1",
    )
    assert headers.get_content_type() == "text/rfc822-headers"
    assert "Subject: Cheap things" in headers.get_payload()
    assert "Buy now" not in parcel.data.decode()


def test_without_a_route_to_the_sender_nobody_is_told() -> None:
    """An installation need not be able to send to the world."""
    world = a_world(notice_from="")
    by_edge(world, ("ann@example.org", "bob@example.org"))
    world.directory.delete_route("*")
    [item] = items(world)
    assert tell_sender(world.services, item) is Told.DROPPED


NOTICE = Notice(
    builders.copy_id().message,
    "message-1",
    parse_address("eve@spam.example"),
    (parse_address("jürgen@example.org"),),
    builders.NOW_MS,
)


@given(st.binary(max_size=3_000))
def test_a_notice_of_any_bytes_is_plain_mail(raw: bytes) -> None:
    """ASCII, CRLF, no line too long, three parts; whatever a stranger wrote."""
    for given_bytes in (raw, b"Subject: x\r\n" + raw + b"\r\n\r\nbody"):
        data = delivery_status(NOTICE, given_bytes, sender=FROM, hostname="mx.example.org", now_ms=0)
        assert data.isascii()
        assert b"\0" not in data
        assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
        assert max(map(len, data.split(b"\r\n"))) <= 998
        report = email.message_from_bytes(data)
        assert len(report.get_payload()) == 3
        assert "utf-8; j\\x{FC}rgen@example.org" in data.decode()


def test_the_words_of_the_dialogue_fit_a_reply() -> None:
    """RFC 5321, 4.5.3.1.5: 512 octets with code and line end."""
    assert len(f"550 {refusal(NOTICE.message)}\r\n") <= 512
    assert refusal(NOTICE.message).startswith("5.7.1 ")


def test_a_reference_leads_to_the_copies_in_ones_scope_and_to_nothing_else() -> None:
    """Read out in any case, with blanks, dashes and letters for digits; hidden and missing look the same."""
    world = a_world()
    taken = came(world, recipients=("bob@example.org", "ann@example.net"))
    reference = taken.message
    everything = find_reference(world.services, builders.actor(), reference)
    assert [copy.id for copy in everything] == [copy.id for copy in taken.copies]
    spoken = f" {reference[:6].lower()}-{reference[6:]}. ".replace("0", "O").replace("1", "l")
    own = find_reference(world.services, builders.actor("example.org"), spoken)
    assert [str(copy.id.recipient) for copy in own] == ["bob@example.org"]
    for scope, text in (("eve@example.org", reference), ("global", "nothing"), ("global", "")):
        assert find_reference(world.services, builders.actor(scope), text) == []
