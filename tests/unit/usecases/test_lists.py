"""List entries in the life of mail: hosts, ends, last use; changes that are taken back; outgoing mail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.address import parse_address
from pratique.domain.envelope import AuthResults, Envelope, Outcome, Receipt
from pratique.domain.errors import Forbidden, InvalidInput, NotFound, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.listentry import Direction, ListEntry, ListKind, Match, pack_entry, unpack_entry
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.change_lists import (
    EntryChange,
    Listing,
    delete_entry,
    list_entries,
    put_entry,
    restore_entry,
)
from pratique.usecases.exchange_lists import import_entries
from pratique.usecases.note_uses import MOST_NOTED, note_uses
from pratique.usecases.preview_change import preview_change
from pratique.usecases.recipient_lists import entries_for_recipients
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.replay import Change

from tests import builders, fakes
from tests.path import arrive, held, opened

ORG = parse_scope("example.org")
BOB = parse_address("bob@example.org")
ADMIN = builders.actor("example.org")
DAY = builders.DAY


def entry(pattern: str, kind: str = "block", scope: str = "example.org", **changes: Any) -> ListEntry:
    return ListEntry(
        parse_scope(scope), ListKind(kind), pattern, **({"created_ms": builders.NOW_MS} | changes)
    )


def state(world: fakes.World, source_id: str, raw: bytes | None = None, **changes: Any) -> State:
    """What becomes of one message."""
    (copy,) = arrive(world, builders.receipt(source_id, **changes), raw).copies
    return copy.state


def test_a_host_is_blocked_and_allowed_by_its_network() -> None:
    """The edge's client; an allow entry needs no DMARC, because a host proves itself."""
    world = opened()
    forged = AuthResults(spf=Outcome.FAIL, dkim=Outcome.FAIL, dmarc=Outcome.FAIL)
    assert state(world, "1") is State.QUEUED
    world.directory.put_entry(entry("192.0.2.0/24"))
    assert state(world, "2") is State.HELD
    world.directory.put_entry(entry("192.0.2.7", "allow"))
    assert state(world, "3", auth=forged) is State.QUEUED
    world.directory.put_entry(entry("eve@spam.example"))
    assert state(world, "4") is State.HELD


@pytest.mark.parametrize(
    ("received", "result"),
    [
        ("from mx.spam.example (mx.spam.example [203.0.113.9]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id ses-1 for x; Mon", State.HELD),
        ("from mx.spam.example (mx.spam.example [IPv6:2001:DB8::9]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id ses-1", State.HELD),
        ("from mx.spam.example ([198.51.100.1]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id ses-1", State.QUEUED),
        # written by somebody who could not know the id
        ("from mx.spam.example ([203.0.113.9]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id other", State.QUEUED),
        ("from mx.spam.example ([203.0.113.9]) by mx.example.org with SMTP id ses-1", State.QUEUED),
    ],
)  # fmt: skip
def test_the_host_behind_ses_is_in_the_field_that_ses_wrote(received: str, result: State) -> None:
    """And in no other."""
    world = opened()
    world.directory.put_entry(entry("203.0.113.0/24"))
    world.directory.put_entry(entry("2001:db8::/32"))
    told = Receipt("ses-1", builders.NOW_MS, Envelope("eve@spam.example", (BOB,)), builders.PASSES)
    raw = builders.raw_message(
        headers=(f"Received: {received}", "Received: from [203.0.113.9] by x with SMTP id ses-1")
    )
    (copy,) = arrive(world, told, raw).copies
    assert copy.state is result


def test_an_entry_that_ended_counts_no_more() -> None:
    """At once, whether the table deleted it or not."""
    world = opened()
    world.directory.put_entry(entry("spam.example", expires_at=builders.NOW + 60))
    assert state(world, "1") is State.HELD
    world.clock.advance(seconds=60)
    assert state(world, "2") is State.QUEUED


def test_an_entry_lives_on_while_it_is_used() -> None:
    """And ends so many days after its last use."""
    world = opened()
    world.directory.put_entry(entry("spam.example", idle_days=3))
    for n in range(5):
        assert state(world, f"{n}") is State.HELD
        world.clock.advance(days=2)
    world.clock.advance(days=2)
    assert state(world, "late") is State.QUEUED
    (kept,) = world.directory.list_entries(ORG, limit=5).entries
    assert kept.used_days == 5
    assert list_entries(world.services, ADMIN, ORG, limit=5).entries == ()


def test_a_use_is_noted_once_a_day_and_only_of_the_entry_that_decided() -> None:
    """What a nearer entry overrules was not used; one message to many is one use."""
    world = opened()
    world.directory.put_entry(entry("spam.example", scope="global"))
    world.directory.put_entry(entry("eve@spam.example", "allow"))
    noted: list[str] = []
    note = world.directory.note_use

    def counted(entry: ListEntry, *, at_ms: int) -> bool:
        noted.append(entry.pattern)
        return note(entry, at_ms=at_ms)

    world.directory.note_use = counted  # type: ignore[method-assign]  # counts
    people = ("bob@example.org", "ann@example.org")
    for n in range(3):
        arrive(world, builders.receipt(f"{n}", people))
    assert noted == ["eve@spam.example"]
    world.clock.advance(days=1)
    arrive(world, builders.receipt("tomorrow", (*people, "x@example.net")))
    assert noted == ["eve@spam.example"] * 2 + ["spam.example"]
    used = world.directory.get_entry(ORG, "eve@spam.example")
    assert used is not None
    assert (used.used_days, used.used_ms) == (2, world.clock.now_ms())


def test_a_use_that_cannot_be_noted_does_no_harm() -> None:
    """It comes last, and its failure is swallowed."""
    world = opened()
    world.directory.put_entry(entry("spam.example", "allow"))

    def broken(entry: ListEntry, *, at_ms: int) -> bool:
        assert len(world.queue.waiting[QueueName.DELIVER]) == 1, "everything else is done by now"
        raise TemporaryFailure("throttled")

    world.directory.note_use = broken  # type: ignore[method-assign]  # fails
    assert state(world, "1") is State.QUEUED


def test_a_message_to_very_many_does_not_wait_for_all_their_entries() -> None:
    """A bounded number is noted."""
    world = opened()
    people = tuple(f"user{n}@example.org" for n in range(MOST_NOTED + 5))
    for each in people:
        world.directory.put_entry(entry("spam.example", scope=each))
    arrive(world, builders.receipt("1", people))
    used = [world.directory.get_entry(parse_scope(each), "spam.example") for each in people]
    assert sum(bool(each and each.used_days) for each in used) == MOST_NOTED


def test_a_bounce_has_no_envelope_to_list() -> None:
    """An empty MAIL FROM: for the envelope alone it is refused, before anything is done."""
    world = opened()
    world.directory.put_entry(entry("spam.example", match=Match.ENVELOPE))
    world.directory.put_entry(entry("mailer-daemon@spam.example", match=Match.FROM))
    raw = builders.raw_message(sender="MAILER-DAEMON@spam.example")
    (copy,) = arrive(world, builders.receipt("1", mail_from=""), raw).copies
    assert copy.state is State.HELD
    world.directory.delete_entry(ORG, "mailer-daemon@spam.example")
    assert state(world, "2", raw, mail_from="") is State.QUEUED
    envelope = Listing(match=Match.ENVELOPE)
    with pytest.raises(InvalidInput, match="names no sender"):
        release_message(world.services, ADMIN, copy.id, allow="domain", listing=envelope)
    with pytest.raises(InvalidInput, match="names no sender"):
        remove_message(world.services, ADMIN, copy.id, block="recipient", listing=envelope)
    known = world.index.get_copy(copy.id, now=builders.NOW)
    assert known is not None
    assert known.state is State.HELD


def test_an_action_lists_the_envelope_when_asked_to() -> None:
    """The sender of the envelope, not the one in From."""
    world = opened()
    copy = held(world)
    world.index.get_facts(copy.id.message)
    other = builders.receipt("2", mail_from="bounce+7@lists.example")
    (second,) = arrive(world, other).copies
    remove_message(
        world.services, ADMIN, second.id, block="domain", listing=Listing(Match.ENVELOPE, idle_days=9)
    )
    listed = world.directory.get_entry(ORG, "bounce+7@lists.example")
    assert listed is not None
    assert (listed.match, listed.idle_days, listed.kind) == (Match.ENVELOPE, 9, ListKind.BLOCK)


def test_a_change_is_taken_back() -> None:
    """Added, replaced, deleted: what was there is there again as it was, its author and last use with it."""
    world = fakes.world()
    services = world.services
    first = put_entry(services, builders.actor(), entry("a.example", "allow", reason="friends"))
    assert (first.before, first.now and first.now.author) == (None, "tester of global")
    assert first.now is not None
    world.directory.note_use(first.now, at_ms=builders.NOW_MS + 5)
    used = world.directory.get_entry(ORG, "a.example")
    world.clock.advance(days=1)
    second = put_entry(services, ADMIN, entry("a.example", "block"))
    assert second.before == used
    for _ in range(2):
        restore_entry(services, ADMIN, second)
        assert world.directory.get_entry(ORG, "a.example") == used
    gone = delete_entry(services, ADMIN, ORG, "@A.example")
    assert (gone.before, gone.now) == (used, None)
    back = restore_entry(services, ADMIN, gone)
    assert world.directory.get_entry(ORG, "a.example") == used
    assert restore_entry(services, ADMIN, back).before == used
    assert world.directory.get_entry(ORG, "a.example") is None
    for _ in range(2):
        restore_entry(services, ADMIN, first)
        assert world.directory.get_entry(ORG, "a.example") is None


def test_a_change_is_taken_back_by_whoever_may_change() -> None:
    """And only what is still of use, and only at its own place."""
    world = fakes.world()
    change = delete_entry_of(world, expires_at=builders.NOW + DAY)
    for actor, error in (
        (builders.actor("bob@example.org"), NotFound),
        (builders.actor("other.example"), NotFound),
        (builders.actor("example.org", may_write=False), Forbidden),
    ):
        with pytest.raises(error):
            restore_entry(world.services, actor, change)
    with pytest.raises(InvalidInput, match="another entry"):
        restore_entry(world.services, ADMIN, replace(change, pattern="b.example"))
    world.clock.advance(days=1)
    with pytest.raises(InvalidInput, match="ended"):
        restore_entry(world.services, ADMIN, change)
    idle = delete_entry_of(world, idle_days=1)
    world.clock.advance(days=3)
    with pytest.raises(InvalidInput, match="ended"):
        restore_entry(world.services, ADMIN, idle)
    assert world.directory.get_entry(ORG, "a.example") is None


def delete_entry_of(world: fakes.World, **changes: Any) -> EntryChange:
    put_entry(world.services, ADMIN, entry("a.example", **changes))
    return delete_entry(world.services, ADMIN, ORG, "a.example")


def test_what_an_import_did_is_taken_back() -> None:
    """Change by change."""
    world = fakes.world()
    put_entry(world.services, ADMIN, entry("a.example", "allow"))
    put_entry(world.services, ADMIN, entry("gone.example"))
    before = world.directory.list_entries(ORG, limit=9).entries
    text = "pattern,kind\na.example,block\ngone.example,remove\nnew.example,block\n192.0.2.0/24,block\n"
    done = import_entries(world.services, ADMIN, ORG, text)
    assert len(done.changes) == 4
    for change in done.changes:
        restore_entry(world.services, ADMIN, change)
    assert world.directory.list_entries(ORG, limit=9).entries == before


def test_what_if_knows_hosts_matches_and_ends() -> None:
    """The same evidence as when the mail came: by the host that is stored with it, by envelope or From alone."""
    world = opened()
    arrive(world, builders.receipt("1", mail_from="bounce@lists.example"))

    def held_by(*entries: ListEntry) -> int:
        return preview_change(world.services, ADMIN, ORG, Change(entries=entries)).held.copies

    assert held_by(entry("192.0.2.0/24")) == 1
    assert held_by(entry("192.0.3.0/24")) == 0
    assert held_by(entry("bounce@lists.example", match=Match.FROM)) == 0
    assert held_by(entry("bounce@lists.example", match=Match.ENVELOPE)) == 1
    world.directory.put_entry(entry("192.0.2.0/24"))
    (copy,) = arrive(world, builders.receipt("2")).copies
    assert copy.state is State.HELD
    freed = preview_change(world.services, ADMIN, ORG, Change(forget=("192.0.2.7/24",))).freed
    assert freed.copies == 2


def test_an_entry_is_packed_for_a_record() -> None:
    """As JSON, and back again whole; what is no such record is refused."""
    for listed in (
        entry("a.example", scope="global"),
        entry("192.0.2.0/24", "allow", needs_dmarc=False, used_ms=7, used_days=1),
        entry(
            "b@c.example", scope="bob@example.org", direction=Direction.OUTGOING, idle_days=3, expires_at=9
        ),
        entry("*.c.example", match=Match.ENVELOPE, reason="näturlich"),
    ):
        assert unpack_entry(json.loads(json.dumps(pack_entry(listed)))) == listed
    for wrong in (
        {},
        {"scope": "*", "kind": "grey", "pattern": "x"},
        {"scope": "", "kind": "block", "pattern": "x"},
    ):
        with pytest.raises(InvalidInput):
            unpack_entry(wrong)


def test_entries_for_outgoing_mail() -> None:
    """The sender's own scopes, by recipient; what was used is noted."""
    world = fakes.world()
    out = Direction.OUTGOING
    world.directory.put_entries(
        [
            entry("bad.example", scope="global", direction=out),
            entry("ok@bad.example", "allow", direction=out),
            entry("*.bad.example", scope="bob@example.org", direction=out),
            entry("ann@x.example", scope="carol@example.org", direction=out),
            entry("old.example", direction=out, expires_at=builders.NOW),
            entry("ann@x.example"),
        ]
    )
    people = [
        parse_address(each)
        for each in ("ok@bad.example", "no@bad.example", "a@b.bad.example", "ann@x.example", "a@old.example")
    ]
    found = entries_for_recipients(world.services, BOB, people)
    assert {str(to): (e.kind.value, e.pattern) for to, e in found.items()} == {
        "ok@bad.example": ("allow", "ok@bad.example"),
        "no@bad.example": ("block", "bad.example"),
        "a@b.bad.example": ("block", "*.bad.example"),
    }
    note_uses(world.services, found.values(), now_ms=builders.NOW_MS)
    used = world.directory.get_entry(GLOBAL, "bad.example", out)
    assert used is not None
    assert used.used_days == 1
    assert entries_for_recipients(world.services, BOB, []) == {}
