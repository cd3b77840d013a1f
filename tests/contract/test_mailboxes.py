"""Mailboxes: listings, hints, registers, snapshots."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from pratique.domain.actor import Channel
from pratique.domain.address import parse_address
from pratique.domain.direction import Direction
from pratique.domain.errors import NotFound, PermanentFailure
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.mailbox import Listing, MailboxKey, Placed, Register
from pratique.domain.message import Copy, Event
from pratique.domain.policy import Disposition
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.services import Services

from tests.builders import DAY, NOW, NOW_MS, a_copy, facts
from tests.contract.backends import Backend, concurrent
from tests.contract.test_concurrent import together

BOB, ORG = recipient_scope("bob@example.org"), domain_scope("example.org")
SCOPES = [BOB, ORG, GLOBAL]
KEY = MailboxKey(ORG, "caught")


@pytest.fixture
def services(backend: Backend) -> Services:
    return backend.services


def listed(
    services: Services, scope: Scope, listing: Listing = Listing.CAUGHT, **options: int
) -> list[CopyId]:
    return [each.id for each in services.mailboxes.listed(scope, listing, **{"now": NOW, **options})]


def move(services: Services, copy: Copy, state: State, **options: object) -> Copy:
    values: dict[str, object] = {
        "expected": {copy.state},
        "state": state,
        "expires_at": NOW + 14 * DAY,
        "event": Event(NOW_MS + 5_000, state, "tester", Channel.API),
        "now": NOW,
    }
    return services.index.move(copy.id, **(values | options))  # type: ignore[arg-type]  # the port's own keywords


@pytest.mark.parametrize("shards", [1, 3])
def test_what_is_caught_is_listed_by_time_at_each_level(services: Services) -> None:
    """The oldest first, whatever the shard; not what was removed, is over its time, is another's, or was never held."""
    held = [a_copy(number) for number in range(1, 9)]
    for copy in [
        *held,
        a_copy(20, state=State.REMOVED),
        a_copy(21, expires_at=NOW),
        a_copy(22, state=State.DELIVERED),
        a_copy(23, state=State.FAILED, disposition=Disposition.DELIVER),
        a_copy(24, state=State.RELEASING),
    ]:
        services.index.add_copy(copy)
    failed = a_copy(9, state=State.FAILED)
    other = a_copy(10, "eve@example.net", size=7, expires_at=NOW + 9)
    for copy in (failed, other):
        services.index.add_copy(copy)
    mine = [copy.id for copy in (*held, failed)]
    assert listed(services, BOB) == listed(services, ORG) == mine
    assert listed(services, GLOBAL) == [*mine, other.id]
    everything = list(services.mailboxes.listed(domain_scope("example.net"), Listing.CAUGHT, now=NOW))
    assert everything == [Placed(other.id, NOW + 9, 7)]


def test_mail_that_was_sent_has_a_listing_of_its_own(services: Services) -> None:
    """Held or failed outgoing copies of the owner, in none of the others; what came in is not among them."""
    came = a_copy(1)
    sent = [
        replace(copy, id=replace(copy.id, recipient=to, of=came.id.owner, direction=Direction.OUTGOING))
        for to in [parse_address("eve@else.example")]
        for copy in (a_copy(2), a_copy(3, state=State.FAILED), a_copy(4, state=State.DELIVERED))
    ]
    for copy in (came, *sent):
        services.index.add_copy(copy)
    for scope in SCOPES:
        assert listed(services, scope) == [came.id]
        assert listed(services, scope, Listing.CAUGHT_OUTGOING) == [sent[0].id, sent[1].id]
    assert listed(services, recipient_scope("eve@else.example"), Listing.CAUGHT_OUTGOING) == []


def test_hints_are_told_from_what_is_known_of_correspondents(services: Services) -> None:
    """Both are about a scope, and lie side by side."""
    bob, eve = parse_address("bob@example.org"), parse_address("eve@else.example")
    services.correspondents.vouch(bob, eve, at_ms=NOW_MS)
    services.correspondents.note_name("example.org", "bob holm", bob, at_ms=NOW_MS)
    services.correspondents.note_look("example.org", "else.example", "else.example", at_ms=NOW_MS)
    copy = a_copy(1)
    services.index.add_copy(copy)
    move(services, copy, State.REMOVED)
    for scope in (BOB, ORG):
        assert {hint.id for hint in services.mailboxes.changes(scope, since_ms=0)} == {copy.id}


def test_only_new_mail_is_listed_where_that_is_asked(services: Services) -> None:
    """From the millisecond on; a failed release is not new mail, it has a hint."""
    copies = [a_copy(number, at_ms=NOW_MS + number * 1_000) for number in range(5)]
    for copy in (*copies, a_copy(7, state=State.FAILED, at_ms=NOW_MS + 9_000)):
        services.index.add_copy(copy)
    assert listed(services, ORG, since_ms=NOW_MS + 3_000) == [copies[3].id, copies[4].id]
    assert listed(services, ORG, since_ms=NOW_MS + 4_001) == []


def test_unsure_mail_asks_for_training_from_delivery_until_somebody_answers(services: Services) -> None:
    """It is in a list of its own, and in the list of delivered mail all the same."""
    copies = [a_copy(number, state=State.QUEUED, training_days=3) for number in range(1, 5)]
    for copy in copies:
        services.index.add_copy(copy)
    assert listed(services, ORG, Listing.REQUESTED) == []
    for copy in copies:
        moved = move(services, copy, State.DELIVERED, requested_until=NOW + 3 * DAY)
        assert moved.requested_until == NOW + 3 * DAY
    ids = [copy.id for copy in copies]
    for scope in SCOPES:
        assert listed(services, scope, Listing.REQUESTED) == ids
    (first, *_) = services.mailboxes.listed(ORG, Listing.REQUESTED, now=NOW)
    assert first.ends == NOW + 3 * DAY
    assert listed(services, ORG, Listing.REQUESTED, now=NOW + 3 * DAY) == []
    assert services.index.set_lesson(ids[0], lessons=1, label="spam", now=NOW, requested=True)
    assert services.index.withdraw_request(ids[1], now=NOW)
    assert not services.index.withdraw_request(ids[1], now=NOW)
    assert listed(services, ORG, Listing.REQUESTED) == ids[2:]
    page = services.index.list_copies(ORG, states=[State.DELIVERED], limit=10, now=NOW)
    assert [copy.id for copy in page.copies] == ids[::-1]


def test_nobody_withdraws_what_was_never_asked(services: Services) -> None:
    """Nor from another state."""
    services.index.add_copy(a_copy(1))
    services.index.add_copy(a_copy(2, state=State.DELIVERED))
    assert not services.index.withdraw_request(a_copy(1).id, now=NOW)
    assert not services.index.withdraw_request(a_copy(2).id, now=NOW)
    assert not services.index.withdraw_request(a_copy(3).id, now=NOW)


def test_whatever_comes_or_goes_beside_the_usual_leaves_a_hint(services: Services) -> None:
    """For all three scopes of its recipient, and nobody else's; new mail in time leaves none."""
    held, late = a_copy(1), a_copy(2, at_ms=NOW_MS - 40_000)
    late = replace(late, events=(Event(NOW_MS, State.HELD, "filter", Channel.SES),))
    queued = a_copy(3, state=State.QUEUED)
    ham = a_copy(4, state=State.QUEUED)
    for copy in (held, late, queued, ham):
        services.index.add_copy(copy)
    move(services, held, State.REMOVED)
    move(services, queued, State.DELIVERED, requested_until=NOW + DAY)
    move(services, ham, State.DELIVERED)
    for scope in SCOPES:
        found = list(services.mailboxes.changes(scope, since_ms=NOW_MS - 1))
        assert [each.id for each in found][:1] == [late.id]
        assert {each.id for each in found} == {late.id, held.id, queued.id}
        assert [each.at_ms for each in found] == [NOW_MS, NOW_MS + 5_000, NOW_MS + 5_000]
    assert [each.id for each in services.mailboxes.changes(GLOBAL, since_ms=NOW_MS + 5_000)] != []
    assert list(services.mailboxes.changes(GLOBAL, since_ms=NOW_MS + 5_001)) == []
    assert list(services.mailboxes.changes(domain_scope("example.net"), since_ms=0)) == []


def test_a_hint_comes_even_where_the_move_is_too_late(services: Services) -> None:
    """It is written first: one too many costs a look."""
    with pytest.raises(NotFound):
        move(services, a_copy(1), State.RELEASING)
    assert [each.id for each in services.mailboxes.changes(BOB, since_ms=0)] == [a_copy(1).id]


def test_a_register_is_written_in_order(services: Services) -> None:
    """Version by version, every field; the same folder of another scope is another mailbox."""
    mailboxes = services.mailboxes
    first = Register(1, 4_294_967_295, 8, "", NOW_MS, b"\x00tail")
    assert mailboxes.read(KEY) is None
    assert not mailboxes.write(KEY, replace(first, version=2))
    assert mailboxes.write(KEY, first)
    assert not mailboxes.write(KEY, replace(first, uidnext=9))
    assert mailboxes.read(KEY) == first
    second = replace(first, version=2, uidnext=4_000_000_000, base="example.org/caught/1", tail=b"")
    assert mailboxes.write(KEY, second)
    assert mailboxes.read(KEY) == second
    for other in (MailboxKey(GLOBAL, "caught"), MailboxKey(domain_scope("global"), "caught")):
        assert mailboxes.read(other) is None


def test_uids_of_a_mailbox_that_shows_nothing(services: Services) -> None:
    """They grow, and UIDVALIDITY is that of the first call. A mailbox with a register of its own gives none away."""
    key = MailboxKey(BOB, "release")
    assert services.mailboxes.take_uids(key, 0, uidvalidity=77).uidnext == 1
    taken = services.mailboxes.take_uids(key, 5, uidvalidity=99)
    assert (taken.uidvalidity, taken.uidnext) == (77, 6)
    services.mailboxes.write(KEY, Register(1, 1, 1, "", 0, b""))
    with pytest.raises(PermanentFailure):
        services.mailboxes.take_uids(KEY, 1, uidvalidity=1)


def test_snapshots(services: Services) -> None:
    """Bytes under a name, until they are deleted."""
    name = "grüße@example.org/caught/1-2"
    services.mailboxes.put_snapshot(name, b"\x00" * 5)
    assert services.mailboxes.get_snapshot(name) == b"\x00" * 5
    services.mailboxes.delete_snapshot(name)
    services.mailboxes.delete_snapshot(name)
    with pytest.raises(NotFound):
        services.mailboxes.get_snapshot(name)


def test_structures_go_with_the_facts(services: Services) -> None:
    """Many at once; those that are not there are left out."""
    many = [facts(number) for number in range(120)]
    for each in many[:110]:
        services.index.add_structure(
            each.message, f"structure of {each.message}".encode(), expires_at=NOW + DAY
        )
    found = services.index.structures([each.message for each in many])
    assert found == {each.message: f"structure of {each.message}".encode() for each in many[:110]}
    services.index.add_facts(many[0], expires_at=NOW + DAY)
    services.index.delete_facts(many[0].message)
    assert services.index.structures([many[0].message]) != {}
    services.index.drop_recipient(CopyId(many[0].message, parse_address("bob@example.org")))
    services.index.delete_facts(many[0].message)
    assert services.index.structures([many[0].message]) == {}


@concurrent
def test_one_writer_of_a_register_wins(services: Services) -> None:
    """Two gateways open a mailbox for the first time, and then number the same new message."""
    for version in (1, 2, 3):
        rows = [Register(version, 5, 5, "", writer, b"") for writer in range(6)]
        answers = together([partial(services.mailboxes.write, KEY, row) for row in rows])
        assert sorted(map(bool, answers)) == [False] * 5 + [True]
        found = services.mailboxes.read(KEY)
        assert found == rows[answers.index(True)]


@concurrent
def test_uids_are_given_once(services: Services) -> None:
    """Six commands at once."""
    key = MailboxKey(GLOBAL, "spam")
    answers = together([partial(services.mailboxes.take_uids, key, 2, uidvalidity=3)] * 6)
    firsts = sorted(answer.uidnext - 2 for answer in answers if isinstance(answer, Register))
    assert firsts == [1, 3, 5, 7, 9, 11]
