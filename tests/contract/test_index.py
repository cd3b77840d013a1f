"""MailIndex: rows of messages and copies, and the moves between states."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Channel
from pratique.domain.address import Address, parse_address
from pratique.domain.direction import Direction
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.history import history_of
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.message import MAX_EVENTS, Copy, Event, What
from pratique.domain.policy import NotationPlace
from pratique.domain.rights import Reason
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.domain.verdict import Contribution
from pratique.ports.mail_index import MailIndex

from tests.builders import DAY, NOW, NOW_MS, a_copy, copy_id, facts
from tests.contract.backends import Backend

LATER = NOW + 40 * DAY
ODD_ADDRESSES = [
    "grüße@münchen.example",
    "日本@例え.example",
    "#held@example.org",
    "a#b@example.org",
    '"a b"@example.org',
    "a\u00a0b@example.org",
    "a\u2028b@example.org",
    "o'hara+tag/x=y@example.org",
    "😀@example.org",
]


@pytest.fixture
def index(backend: Backend) -> MailIndex:
    return backend.services.index


def step(state: State, note: str = "", at_ms: int = NOW_MS + 5_000) -> Event:
    return Event(at_ms, state, "tester", Channel.API, note)


def move(index: MailIndex, copy: Copy, state: State, *, now: int = NOW, **options: object) -> Copy:
    values: dict[str, object] = {
        "expected": {copy.state},
        "state": state,
        "expires_at": NOW + 14 * DAY,
        "event": step(state),
        "now": now,
    }
    return index.move(copy.id, **(values | options))  # type: ignore[arg-type]  # the port's own keywords


def end(index: MailIndex, copy: Copy, now: int, *, kept: int = 90 * DAY) -> bool:
    """The sweep's word on a copy."""
    return index.end_copy(
        copy.id, event=step(State.EXPIRED, "over", now * 1000), now=now, kept_until=now + kept
    )


def outgoing_id(number: int, to: str) -> CopyId:
    """A copy that bob sends."""
    came = a_copy(number).id
    return CopyId(came.message, parse_address(to), parse_address("bob@example.org"), Direction.OUTGOING)


def listed(
    index: MailIndex, scope: Scope, state: State, direction: Direction = Direction.INCOMING
) -> set[CopyId]:
    page = index.list_copies(scope, states=[state], limit=9, now=NOW, direction=direction)
    return {copy.id for copy in page.copies}


def full_copy() -> Copy:
    """A copy with something in every field."""
    return a_copy(
        recipient="grüße@example.org",
        state=State.QUEUED,
        score=3.2e-301,
        subject="Ünicode \U0001f600 \x07 and a long line " * 3,
        sender="",
        contributions=(Contribution("list.allow", -30.25, "by bob"), Contribution("model", 0.1 + 0.2)),
        notation="[SPAM] ",
        attempts=3,
        lease_until_ms=NOW_MS + 60_000,
        watch_at=NOW + 900,
        reply="451 4.3.0 later",
        lesson="spam",
        lessons=2,
        log_days=3,
        retention_days=7,
        notation_in=NotationPlace.BOTH,
        policy_versions=(0, 12, 3),
        held_for=Reason.ATTACHMENT,
        extensions=("*", "exe", "tar-gz"),
    )


def test_a_copy_comes_back_as_it_was(index: MailIndex) -> None:
    """Every field, exactly: floats, empty texts, controls and all."""
    for copy in (full_copy(), a_copy(2)):
        assert index.add_copy(copy)
        assert index.get_copy(copy.id, now=NOW) == copy


def test_a_copy_that_belongs_to_another_mailbox_is_its_owners(index: MailIndex) -> None:
    """Sent to an alias: the owner's list and domain show it, beside the owner's own copy of the same message; the alias's show nothing."""
    own = a_copy(1, recipient="bob@example.org")
    alias = replace(
        own, id=replace(own.id, recipient=parse_address("sales@alias.example"), of=own.id.recipient)
    )
    for copy in (own, alias):
        assert index.add_copy(copy)
        assert index.get_copy(copy.id, now=NOW) == copy
    for scope in (recipient_scope("bob@example.org"), domain_scope("example.org"), GLOBAL):
        page = index.list_copies(scope, states=[State.HELD], limit=1, now=NOW)
        rest = index.list_copies(scope, states=[State.HELD], limit=1, now=NOW, cursor=page.cursor)
        assert {copy.id for copy in (*page.copies, *rest.copies)} == {own.id, alias.id}
        assert rest.cursor is None
    for scope in (recipient_scope("sales@alias.example"), domain_scope("alias.example")):
        assert index.list_copies(scope, states=[State.HELD], limit=9, now=NOW).copies == ()
    assert move(index, alias, State.REMOVED).id == alias.id
    found = index.get_copies([own.id, alias.id], now=NOW)
    assert found[own.id].state is State.HELD
    assert set(index.expired(now=LATER, limit=9)) == {own.id, alias.id}


def test_a_list_can_begin_before_a_moment(index: MailIndex) -> None:
    """The moment itself is not in it; a cursor made of a copy goes on right behind that copy, and wins."""
    copies = [a_copy(n, at_ms=NOW_MS + n * 1_000) for n in range(5)]
    for copy in copies:
        index.add_copy(copy)
    held, before = {"states": [State.HELD], "limit": 9, "now": NOW}, NOW_MS + 3_000
    page = index.list_copies(GLOBAL, before_ms=before, **held)  # type: ignore[arg-type]  # the port's own keywords
    assert [copy.id for copy in page.copies] == [copy.id for copy in reversed(copies[:3])]
    after = index.cursor_of(copies[1].id)
    rest = index.list_copies(GLOBAL, before_ms=before, cursor=after, **held)  # type: ignore[arg-type]  # as above
    assert [copy.id for copy in rest.copies] == [copies[0].id]


def test_lists_of_incoming_mail_know_nothing_of_what_was_sent(index: MailIndex) -> None:
    """Each direction has lists of its own, at all three levels and in every move; a note to oneself is outgoing too."""
    bob = parse_address("bob@example.org")
    came = a_copy(1, recipient=bob)
    sent = replace(a_copy(2), id=outgoing_id(2, "eve@else.example"))
    note = replace(a_copy(3), id=outgoing_id(3, "bob@example.org"))
    for copy in (came, sent, note):
        assert index.add_copy(copy)
        assert index.get_copy(copy.id, now=NOW) == copy
    for scope in (recipient_scope("bob@example.org"), domain_scope("example.org"), GLOBAL):
        assert listed(index, scope, State.HELD) == {came.id}
        assert listed(index, scope, State.HELD, Direction.OUTGOING) == {sent.id, note.id}
        assert listed(index, scope, State.DELIVERED, Direction.OUTGOING) == set()
    assert listed(index, domain_scope("else.example"), State.HELD, Direction.OUTGOING) == set()
    moved = move(index, sent, State.RELEASING, watch_at=NOW + 900)
    assert (moved.id, moved.state) == (sent.id, State.RELEASING)
    assert listed(index, GLOBAL, State.HELD, Direction.OUTGOING) == {note.id}
    assert listed(index, GLOBAL, State.RELEASING, Direction.OUTGOING) == {sent.id}
    assert listed(index, GLOBAL, State.RELEASING) == set()
    assert index.overdue(now=NOW + 1_000, limit=9) == [sent.id]
    assert set(index.expired(now=LATER, limit=9)) == {came.id, note.id}


def test_facts_of_a_message_that_was_sent(index: MailIndex) -> None:
    """The direction, who had logged in, and copies that belong to the sender, whoever they go to."""
    to, bob = parse_address("eve@else.example"), parse_address("bob@example.org")
    stored = facts(
        1,
        ("eve@else.example", "bob@example.org"),
        owners={to: bob},
        direction=Direction.OUTGOING,
        user="bob@example.org",
    )
    assert index.add_facts(stored, expires_at=LATER)
    assert index.get_facts(stored.message) == stored
    first, second = stored.copy_ids
    assert (first.owner, second.owner, first.is_outgoing, second.is_outgoing) == (bob, bob, True, True)
    assert index.drop_recipient(first) is None
    assert index.drop_recipient(second) == stored.raw_key


def test_the_message_names_the_owners_of_its_copies(index: MailIndex) -> None:
    """Its last copy is gone when those of all recipients are, whoever owns them."""
    to, owner = parse_address("sales@alias.example"), parse_address("bob@example.org")
    stored = facts(1, ("bob@example.org", "sales@alias.example"), owners={to: owner})
    assert index.add_facts(stored, expires_at=LATER)
    assert index.get_facts(stored.message) == stored
    first, second = stored.copy_ids
    assert (first.owner, second.owner) == (owner, owner)
    assert index.drop_recipient(first) is None
    assert index.drop_recipient(second) == stored.raw_key


def test_half_a_surrogate_pair_does_not_lose_a_row(index: MailIndex) -> None:
    """What is no text in a stranger's header is replaced: the row is stored."""
    copy = a_copy(subject="cut \ud83d here", sender="\udcff@x")
    assert index.add_copy(copy)
    found = index.get_copy(copy.id, now=NOW)
    assert found is not None
    assert found.state is State.HELD


def test_add_copy_twice_changes_nothing(index: MailIndex) -> None:
    """The row is the record that an event was seen (invariant 3)."""
    copy = a_copy()
    assert index.add_copy(copy)
    moved = move(index, copy, State.RELEASING)
    assert not index.add_copy(copy)
    assert index.get_copy(copy.id, now=NOW) == moved


def test_facts_come_back_as_they_were(index: MailIndex) -> None:
    """Also with 50 recipients, a large sample, and texts of strangers."""
    many = (*(f"user{n}@example.org" for n in range(50)), "grüße@example.org")
    stored = facts(
        1,
        many,
        subject="\x00\u202eevil",
        header_from="",
        sample=bytes(range(256)) * 200,
        defects=("NoBoundary", "ü"),
        contributions=(Contribution("dmarc", 2.5, "fail"), Contribution("x", 1e-300)),
    )
    assert index.add_facts(stored, expires_at=LATER)
    assert index.get_facts(stored.message) == stored
    assert not index.add_facts(replace(stored, subject="another"), expires_at=LATER)
    assert index.get_facts(stored.message) == stored
    assert index.get_facts(facts(2).message) is None


def test_get_many_facts(index: MailIndex) -> None:
    """More than one round trip takes, some named twice, some that are not there."""
    stored = [facts(number) for number in range(1, 104)]
    for each in stored:
        index.add_facts(each, expires_at=NOW + DAY)
    names = [each.message for each in stored]
    assert index.get_many_facts([*names, *names[:3], "01K5N6R4M0Q8T7V2Y5Z9ABCDEF"]) == {
        each.message: each for each in stored
    }
    assert index.get_many_facts([]) == {}


def test_get_copies(index: MailIndex) -> None:
    """More than one round trip's worth, asked for twice over; missing and expired ones are left out."""
    copies = [a_copy(n) for n in range(120)]
    for copy in copies[:115]:
        index.add_copy(copy)
    index.add_copy(replace(copies[115], expires_at=NOW))
    found = index.get_copies([copy.id for copy in copies] * 2, now=NOW)
    assert found == {copy.id: copy for copy in copies[:115]}
    assert index.get_copies([], now=NOW) == {}


def test_move(index: MailIndex) -> None:
    """State, end, history and answer change together, and the lists follow."""
    copy = a_copy(attempts=2)
    index.add_copy(copy)
    moved = move(index, copy, State.RELEASING, reply="on its way", watch_at=NOW + 900)
    assert moved == replace(
        copy.with_event(step(State.RELEASING)),
        version=2,
        state=State.RELEASING,
        expires_at=NOW + 14 * DAY,
        attempts=0,
        reply="on its way",
        watch_at=NOW + 900,
    )
    assert index.get_copy(copy.id, now=NOW) == moved
    held = index.list_copies(GLOBAL, states=[State.HELD], limit=5, now=NOW)
    releasing = index.list_copies(GLOBAL, states=[State.RELEASING], limit=5, now=NOW)
    assert (held.copies, releasing.copies) == ((), (moved,))


def test_move_to_rest_keeps_what_it_is_not_told_to_change(index: MailIndex) -> None:
    """Tries and the last answer stay; the lease and the watch end."""
    copy = full_copy()
    index.add_copy(copy)
    moved = move(index, copy, State.DELIVERED, watch_at=NOW + 5)
    assert (moved.attempts, moved.reply, moved.lessons) == (3, "451 4.3.0 later", 2)
    assert (moved.lease_until_ms, moved.watch_at) == (0, 0)


def test_a_second_move_is_a_conflict_that_shows_the_copy(index: MailIndex) -> None:
    """The loser learns what the state is now."""
    copy = a_copy()
    index.add_copy(copy)
    moved = move(index, copy, State.RELEASING)
    with pytest.raises(Conflict) as raised:
        move(index, copy, State.REMOVED)
    assert raised.value.args[1] == moved
    assert index.get_copy(copy.id, now=NOW) == moved


def test_a_move_may_expect_several_states(index: MailIndex) -> None:
    """States on the way and at rest together, each with its own rule about time."""
    live, resting = a_copy(1, state=State.QUEUED, expires_at=NOW - 1), a_copy(2, state=State.FAILED)
    for copy in (live, resting):
        index.add_copy(copy)
        moved = move(index, copy, State.RELEASING, expected=[State.FAILED, State.QUEUED, State.HELD])
        assert moved.state is State.RELEASING


def test_a_move_of_nothing_is_not_found(index: MailIndex) -> None:
    """No row is made by a move."""
    with pytest.raises(NotFound):
        move(index, a_copy(), State.RELEASING)
    assert index.get_copy(a_copy().id, now=NOW) is None


def test_history_keeps_the_newest_steps(index: MailIndex) -> None:
    """However often a person tries again."""
    copy = a_copy(state=State.FAILED, events=())
    index.add_copy(copy)
    states = [State.RELEASING, State.FAILED] * 15
    for number, state in enumerate(states):
        copy = move(index, copy, state, event=step(state, f"{number}"))
    found = index.get_copy(copy.id, now=NOW)
    assert found is not None
    assert [event.note for event in found.events] == [f"{n}" for n in range(30 - MAX_EVENTS, 30)]
    assert found == copy


@pytest.mark.parametrize("state", sorted(set(State) - LIVE))
def test_expired_is_gone(index: MailIndex, state: State) -> None:
    """From the second of `expires_at` on, for every read and every move (invariant 10)."""
    copy = a_copy(state=state, expires_at=NOW + 100)
    index.add_copy(copy)
    assert index.get_copy(copy.id, now=NOW + 99) == copy
    for now in (NOW + 100, LATER):
        assert index.get_copy(copy.id, now=now) is None
        assert index.get_copies([copy.id], now=now) == {}
        assert not index.set_lesson(copy.id, lessons=1, label="spam", now=now)
        for scope in (GLOBAL, recipient_scope(copy.id.recipient)):
            page = index.list_copies(scope, states=[state], limit=5, now=now)
            assert (page.copies, page.cursor) == ((), None)
        with pytest.raises(NotFound):
            move(index, copy, State.RELEASING, now=now)
    assert index.get_copy(copy.id, now=NOW + 99) == copy


@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_copy_on_its_way_never_expires(index: MailIndex, state: State) -> None:
    """Its time may be up: it is read, moved and never swept or deleted."""
    copy = a_copy(state=state, expires_at=NOW - DAY)
    index.add_copy(copy)
    assert index.get_copy(copy.id, now=LATER) == copy
    assert index.list_copies(GLOBAL, states=[state], limit=5, now=LATER).copies == (copy,)
    assert index.expired(now=LATER, limit=10) == []
    assert not index.end_copy(copy.id, event=step(State.EXPIRED), now=LATER, kept_until=LATER + DAY)
    assert move(index, copy, State.FAILED, now=LATER).state is State.FAILED


def test_expired_lists_the_longest_overdue_first(index: MailIndex) -> None:
    """Up to the limit, none that is not due, whoever's they are."""
    ends = [NOW - 5, NOW - 500, NOW, NOW + 1, NOW - 50]
    copies = [a_copy(n, f"user{n}@d{n}.example", expires_at=end) for n, end in enumerate(ends)]
    for copy in copies:
        index.add_copy(copy)
    due = [copies[1].id, copies[4].id, copies[0].id, copies[2].id]
    assert index.expired(now=NOW, limit=10) == due
    assert index.expired(now=NOW, limit=2) == due[:2]


def test_a_new_end_counts(index: MailIndex) -> None:
    """After a move the old end is forgotten, in either direction."""
    copy = a_copy(expires_at=NOW + 10)
    index.add_copy(copy)
    move(index, copy, State.REMOVED, expires_at=NOW + 1_000)
    assert index.expired(now=NOW + 500, limit=10) == []
    assert index.expired(now=NOW + 1_000, limit=10) == [copy.id]


def test_a_copy_ends_only_when_expired(index: MailIndex) -> None:
    """The condition is checked where the row is: a copy that was moved meanwhile stays."""
    copy = a_copy(expires_at=NOW + 10)
    index.add_copy(copy)
    assert not end(index, copy, NOW + 9)
    assert end(index, copy, NOW + 10)
    assert not end(index, copy, NOW + 10)
    assert index.get_copy(copy.id, now=NOW) is None
    assert index.expired(now=LATER, limit=10) == []
    assert index.list_copies(GLOBAL, states=list(State), limit=5, now=NOW).copies == ()


def test_drop_recipient(index: MailIndex) -> None:
    """The raw key comes with the last one, again and again, until the facts are gone."""
    stored = facts(1, ("a@example.org", "b@example.org"))
    index.add_facts(stored, expires_at=LATER)
    first, second = (CopyId(stored.message, address) for address in stored.recipients)
    assert index.is_expected(first)
    assert index.drop_recipient(first) is None
    assert index.drop_recipient(first) is None
    assert not index.is_expected(first)
    assert index.is_expected(second)
    index.delete_facts(stored.message)
    assert index.get_facts(stored.message) == stored, "facts must stay while somebody is left"
    assert index.drop_recipient(second) == stored.raw_key
    assert index.drop_recipient(second) == stored.raw_key
    assert index.drop_recipient(first) == stored.raw_key
    index.delete_facts(stored.message)
    index.delete_facts(stored.message)
    assert index.get_facts(stored.message) is None
    assert index.drop_recipient(second) is None


def test_drop_recipient_of_no_message(index: MailIndex) -> None:
    """Nothing is made."""
    assert index.drop_recipient(copy_id(9)) is None
    assert index.get_facts(copy_id(9).message) is None


def test_dropping_a_stranger_changes_nothing(index: MailIndex) -> None:
    """Somebody who is no recipient is not counted."""
    stored = facts(1)
    index.add_facts(stored, expires_at=LATER)
    assert index.drop_recipient(CopyId(stored.message, parse_address("other@example.org"))) is None
    assert index.drop_recipient(CopyId(stored.message, stored.recipients[0])) == stored.raw_key


def test_set_lesson(index: MailIndex) -> None:
    """Counts up by one; who was late is told."""
    copy = a_copy()
    index.add_copy(copy)
    assert index.set_lesson(copy.id, lessons=1, label="spam", now=NOW)
    assert not index.set_lesson(copy.id, lessons=1, label="ham", now=NOW)
    assert not index.set_lesson(copy.id, lessons=3, label="ham", now=NOW)
    assert index.set_lesson(copy.id, lessons=2, label="ham", now=NOW)
    found = index.get_copy(copy.id, now=NOW)
    assert found == replace(copy, lessons=2, lesson="ham")
    assert not index.set_lesson(copy_id(7), lessons=1, label="ham", now=NOW)
    assert index.get_copy(copy_id(7), now=NOW) is None


@pytest.mark.parametrize("text", ODD_ADDRESSES)
def test_addresses_are_keys_whatever_is_in_them(index: MailIndex, text: str) -> None:
    """Stored, listed page by page, moved, expired: with any local part that an envelope may carry."""
    address: Address = parse_address(text)
    copies = [a_copy(n, address, expires_at=NOW + 5) for n in range(3)]
    for copy in copies:
        assert index.add_copy(copy)
    scope = recipient_scope(address)
    first = index.list_copies(scope, states=[State.HELD], limit=2, now=NOW)
    assert first.cursor is not None
    rest = index.list_copies(scope, states=[State.HELD], limit=2, now=NOW, cursor=first.cursor)
    assert first.copies + rest.copies == tuple(reversed(copies))
    assert move(index, copies[0], State.REMOVED).state is State.REMOVED
    assert index.expired(now=NOW + 5, limit=9) == [copies[1].id, copies[2].id]
    stored = facts(1, (text,))
    index.add_facts(stored, expires_at=LATER)
    assert index.get_facts(stored.message) == stored
    assert index.drop_recipient(CopyId(stored.message, address)) == stored.raw_key


def test_what_is_left_of_a_copy_is_its_history(index: MailIndex) -> None:
    """Its steps and figures stay until the record's time is up; it is in no list, cannot be moved, and never comes back."""
    copy = a_copy(expires_at=NOW + 10)
    index.add_copy(copy)
    assert index.history(copy.id, now=NOW) == history_of(copy)
    late = index.history(copy.id, now=NOW + 10)
    assert late == history_of(copy, state=State.EXPIRED, ended_ms=(NOW + 10) * 1000)
    assert index.has_ended([copy.id, copy_id(9)], now=NOW) == set()
    assert end(index, copy, NOW + 20, kept=100)
    last = Event((NOW + 20) * 1000, State.EXPIRED, "tester", Channel.API, "over")
    found = index.history(copy.id, now=NOW + 119)
    assert found == replace(
        history_of(copy), state=State.EXPIRED, ended_ms=last.at_ms, version=2, events=(*copy.events, last)
    )
    assert index.has_ended([copy.id, copy_id(9)], now=NOW) == {copy.id}
    assert index.history(copy.id, now=NOW + 120) is None
    assert not index.add_copy(copy)
    assert not index.add_event(copy.id, step(State.HELD), now=NOW)
    assert index.get_copies([copy.id], now=0) == {}
    with pytest.raises(NotFound):
        move(index, copy, State.RELEASING, now=0)


@pytest.mark.parametrize(
    ("state", "left"),
    [(State.FAILED, State.FAILED), (State.DELIVERED, State.DELIVERED), (State.REMOVED, State.REMOVED)],
)
def test_what_was_decided_stays_decided(index: MailIndex, state: State, left: State) -> None:
    """Only what was still held is expired."""
    copy = a_copy(state=state, expires_at=NOW)
    index.add_copy(copy)
    assert end(index, copy, NOW)
    found = index.history(copy.id, now=NOW)
    assert found is not None
    assert (found.state, found.events[-1].state) == (left, left)


def test_a_long_history_is_whole(index: MailIndex) -> None:
    """What the row has no room for is put aside, and read with it, also after the end."""
    copy = a_copy(state=State.FAILED, events=(), expires_at=NOW + 14 * DAY)
    index.add_copy(copy)
    for number, state in enumerate([State.RELEASING, State.FAILED] * 30):
        copy = move(index, copy, state, event=step(state, f"{number}", NOW_MS + number))
    found = index.history(copy.id, now=NOW)
    assert found is not None
    assert [event.note for event in found.events] == [f"{n}" for n in range(60)]
    assert end(index, copy, NOW + 14 * DAY)
    found = index.history(copy.id, now=NOW + 14 * DAY)
    assert found is not None
    assert [event.note for event in found.events] == [*(f"{n}" for n in range(60)), "over"]


def test_steps_that_are_no_moves(index: MailIndex) -> None:
    """A try, a lesson and a note go into the history with the write that they belong to."""
    copy = a_copy(state=State.QUEUED, watch_at=NOW + 900)
    index.add_copy(copy)
    index.claim(copy.id, expected=State.QUEUED, lease_until_ms=NOW_MS + 9, now_ms=NOW_MS, watch_at=NOW + 70)
    tried = Event(NOW_MS, State.QUEUED, "courier", Channel.CLOCK, "try 1: 421", What.TRY)
    index.unclaim(copy.id, lease_until_ms=NOW_MS + 9, reply="421", watch_at=NOW + 70, event=tried)
    taught = Event(NOW_MS + 1, State.QUEUED, "bob", Channel.IMAP, "spam", What.LESSON, "01ACTION")
    assert index.set_lesson(copy.id, lessons=1, label="spam", now=NOW, event=taught)
    noted = Event(NOW_MS + 2, State.QUEUED, "bob", Channel.API, "asked", What.NOTE)
    assert index.add_event(copy.id, noted, now=NOW)
    assert not index.add_event(copy_id(9), noted, now=NOW)
    found = index.get_copy(copy.id, now=NOW)
    assert found is not None
    assert found.events == (*copy.events, tried, taught, noted)
    assert found.last_move == copy.events[0]


def test_a_message_is_found_by_what_the_receiving_server_called_it(index: MailIndex) -> None:
    """Many at once; those unknown are left out, and those that are gone."""
    stored = [facts(n, at_ms=NOW_MS + n) for n in range(3)]
    for each in stored:
        index.add_facts(each, expires_at=LATER)
    names = [each.source_id for each in stored]
    assert index.messages_of([*names[:2], "another"]) == {f.source_id: f.message for f in stored[:2]}
    assert index.messages_of([]) == {}
    index.drop_recipient(stored[0].copy_ids[0])
    index.delete_facts(stored[0].message)
    assert index.messages_of(names[:1]) == {}
    assert index.expired(now=LATER, limit=5) == [], "they are no copies"


def test_more_recipients_of_a_message(index: MailIndex) -> None:
    """The facts name them, with their mailboxes, and bytes stay until they are gone too. Again is harmless."""
    stored = facts(1)
    index.add_facts(stored, expires_at=LATER)
    more = [
        CopyId(stored.message, parse_address("ann@example.org")),
        CopyId(stored.message, parse_address("info@example.org"), parse_address("bob@example.org")),
    ]
    for _ in range(2):
        found = index.add_recipients(stored.message, more)
        assert found == index.get_facts(stored.message)
    assert found is not None
    assert found.copy_ids == (*stored.copy_ids, *more)
    assert index.drop_recipient(stored.copy_ids[0]) is None
    assert index.drop_recipient(more[0]) is None
    assert index.drop_recipient(more[1]) == stored.raw_key
    assert index.add_recipients(copy_id(9).message, more) is None


def test_copies_are_counted_for_a_check(index: MailIndex) -> None:
    """Of a scope, in one state, expired ones too."""
    for number in range(3):
        index.add_copy(a_copy(number, expires_at=NOW - number))
    index.add_copy(a_copy(7, "bob@example.net", state=State.FAILED))
    assert index.count_copies(GLOBAL, State.HELD) == 3
    assert index.count_copies(domain_scope("example.net"), State.FAILED) == 1
    assert index.count_copies(domain_scope("example.net"), State.HELD) == 0
