"""UIDs are given once, durably, and the same by all gateways."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.mailbox import Changed, Listing, MailboxKey, Placed
from pratique.domain.message import Event
from pratique.domain.policy import Disposition
from pratique.domain.scope import GLOBAL, domain_scope
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message

from gateway.quarantine import keeper as keeping
from gateway.quarantine.codec import Tail, as_ranges, from_ranges, pack_snapshot, unpack_snapshot, unpack_tail
from gateway.quarantine.contents import Came, Contents, Flagged, Operation, Went
from gateway.quarantine.keeper import Keeper, Make, difference
from tests import fakes
from tests.builders import DAY, NOW, NOW_MS, a_copy, route

KEY = MailboxKey(GLOBAL, "caught")
OPERATOR = Actor("global/desk", GLOBAL, Channel.IMAP)


def hold(world: fakes.World, *numbers: int, recipient: str = "bob@example.org") -> list[CopyId]:
    """Held copies, one a second; the clock goes along."""
    made = []
    for number in numbers:
        world.clock.advance(seconds=1)
        copy = a_copy(number, recipient, at_ms=world.clock.now_ms())
        world.index.add_copy(copy)
        made.append(copy.id)
    return made


def opened(world: fakes.World, key: MailboxKey = KEY, listing: Listing = Listing.CAUGHT) -> Keeper:
    keeper = Keeper(world.services, key, listing)
    keeper.open()
    return keeper


def flagging(uid: int, flags: int) -> Make:
    """One message has these flags."""
    return lambda contents: [Flagged(contents.version + 1, (uid,), flags)]


def seen(keeper: Keeper) -> dict[int, CopyId]:
    """UID -> copy of what is there."""
    contents = keeper.contents
    return {contents.uids[at]: contents.copy_id(at) for at in contents.live()}


def test_uids_are_given_by_time_and_stay() -> None:
    """A second gateway, and the first one again, see the same."""
    world = fakes.world()
    ids = hold(world, 1, 2, 3)
    first = opened(world)
    assert seen(first) == dict(enumerate(ids, 1))
    ids += hold(world, 4)
    assert first.look() == [Came(2, 4, (Placed(ids[3], NOW + 28 * DAY, 2048),))]
    assert first.look() == []
    for keeper in (opened(world), opened(world)):
        assert seen(keeper) == seen(first) == dict(enumerate(ids, 1))
        assert keeper.contents.uidvalidity == first.contents.uidvalidity
        assert keeper.contents.uidnext == 5


def test_what_left_goes_and_what_came_gets_the_next_uid() -> None:
    """Released, removed; a failed release is here again, under a new number."""
    world = fakes.world()
    world.directory.put_route(route())
    ids = hold(world, 1, 2, 3)
    keeper = opened(world)
    release_message(world.services, OPERATOR, ids[0])
    remove_message(world.services, OPERATOR, ids[1])
    (went,) = keeper.look()
    assert went == Went(2, (1, 2))
    world.index.move(
        ids[0],
        expected=[State.RELEASING],
        state=State.FAILED,
        expires_at=NOW + 20 * DAY,
        event=Event(world.clock.now_ms(), State.FAILED, "courier", Channel.CLOCK),
        now=NOW,
    )
    assert keeper.look() == [Came(3, 4, (Placed(ids[0], NOW + 20 * DAY, 2048),))]
    assert seen(opened(world)) == {3: ids[2], 4: ids[0]}


def test_failed_mail_that_was_never_held_is_not_caught() -> None:
    """Clean mail that could not be delivered is another matter."""
    world = fakes.world()
    keeper = opened(world)
    copy = a_copy(1, state=State.QUEUED, disposition=Disposition.DELIVER)
    world.index.add_copy(copy)
    world.index.move(
        copy.id,
        expected=[State.QUEUED],
        state=State.FAILED,
        expires_at=NOW + DAY,
        event=Event(NOW_MS, State.FAILED, "courier", Channel.CLOCK),
        now=NOW,
    )
    assert keeper.look() == []


def test_a_hint_that_comes_before_its_move_is_looked_at_again() -> None:
    """The move may follow up to a minute later."""
    world = fakes.world()
    world.directory.put_route(route())
    (copy_id,) = hold(world, 1)
    keeper = opened(world)
    world.index.hints.append(Changed(world.clock.now_ms(), copy_id))
    world.clock.advance(seconds=2)
    assert keeper.look() == []
    release_message(world.services, OPERATOR, copy_id)
    world.index.hints.pop()  # the move's own: only the first one is left
    world.clock.advance(seconds=55)
    assert keeper.look() == [Went(2, (1,))]


def test_mail_that_comes_late_is_found_by_its_hint() -> None:
    """Ingested an hour after it was received, it lies behind everything that is looked at for new mail."""
    world = fakes.world()
    hold(world, 1, 2)
    keeper = opened(world)
    world.clock.advance(seconds=3_600)
    late = a_copy(9, at_ms=NOW_MS)
    late = replace(late, events=(Event(world.clock.now_ms(), State.HELD, "filter", Channel.SES),))
    world.index.add_copy(late)
    assert keeper.look() == [Came(2, 3, (Placed(late.id, late.expires_at, 2048),))]


def test_an_index_that_lags_brings_nothing_back() -> None:
    """The list still shows a copy that was released: the table is asked, because of the hint."""
    world = fakes.world()
    world.directory.put_route(route())
    (copy_id,) = hold(world, 1)
    keeper = opened(world)
    stale = world.index.get_copy(copy_id, now=NOW)
    assert stale is not None
    release_message(world.services, OPERATOR, copy_id)
    listing = world.mailboxes.listed
    world.mailboxes.listed = lambda *_args, **_named: iter([Placed(copy_id, stale.expires_at, 5)])  # type: ignore[method-assign]  # a list that lags
    assert keeper.look() == [Went(2, (1,))]
    assert keeper.look() == []
    world.mailboxes.listed = listing  # type: ignore[method-assign]  # as it was
    assert keeper.look() == []


def test_what_is_over_its_time_goes_by_the_clock() -> None:
    """Without an operation, and it does not come back."""
    world = fakes.world()
    hold(world, 1, 2)
    keeper = opened(world)
    version = keeper.contents.version
    world.clock.advance(days=28)
    assert keeper.ended() == [1, 2]
    assert keeper.ended() == []
    assert keeper.look() == []
    assert keeper.contents.version == version
    again = opened(world)
    again.ended()
    assert seen(again) == {}
    assert again.contents.uidnext == 3


def test_two_gateways_number_the_same_mail_once() -> None:
    """Each finds the new mail, the second to write finds it numbered already."""
    world = fakes.world()
    hold(world, 1)
    one, two = opened(world), opened(world)
    ids = hold(world, 2, 3)
    assert [type(each) for each in one.look()] == [Came]
    assert two.look() == [Came(2, 2, tuple(Placed(each, NOW + 28 * DAY, 2048) for each in ids))]
    assert seen(one) == seen(two)


def test_a_race_between_looking_and_writing_is_decided_anew() -> None:
    """The other gateway writes the same new mail, and a flag, just before."""
    world = fakes.world()
    hold(world, 1)
    one, two = opened(world), opened(world)
    new = hold(world, 2)
    write = world.mailboxes.write
    done: list[bool] = []

    def first_the_other(key: MailboxKey, register: object) -> bool:
        if not done:
            done.append(True)
            two.look()
            two.change(lambda contents: [Flagged(contents.version + 1, (1,), 8)])
        return write(key, register)  # type: ignore[arg-type]  # the fake's own

    world.mailboxes.write = first_the_other  # type: ignore[method-assign]  # the race
    news = one.look()
    assert [type(each) for each in news] == [Came, Flagged]
    assert seen(one) == seen(two) == {1: seen(one)[1], 2: new[0]}
    assert list(one.contents.flags) == [8, 0]
    assert [one.contents.modseqs[0], one.contents.modseqs[1]] == [3, 2]


def test_a_writer_that_never_wins_gives_up() -> None:
    """With a failure that says: try again; nothing was changed."""
    world = fakes.world()
    hold(world, 1)
    keeper = opened(world)
    world.mailboxes.write = lambda *_: False  # type: ignore[method-assign]  # always another one
    with pytest.raises(TemporaryFailure):
        keeper.change(lambda contents: [Went(contents.version + 1, (1,))])
    assert list(seen(keeper)) == [1]


def test_many_messages_make_a_snapshot_and_it_replaces_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The register stays small; everybody reads the same out of both."""
    monkeypatch.setattr(keeping, "MAX_TAIL", 300)
    world = fakes.world()
    ids = hold(world, *range(1, 30))
    keeper = opened(world)
    follower = opened(world)
    (first_snapshot,) = world.mailboxes.snapshots
    random_flags = random.Random(7)
    for _ in range(60):
        uid, flags = random_flags.randrange(1, 30), random_flags.randrange(32)
        keeper.change(flagging(uid, flags))
        row = world.mailboxes.read(KEY)
        assert row is not None
        assert len(row.tail) <= 300
    ids += hold(world, 40)
    keeper.look()
    assert list(world.mailboxes.snapshots) != [first_snapshot]
    assert len(world.mailboxes.snapshots) == 1
    follower.look()
    for other in (follower, opened(world)):
        assert seen(other) == dict(enumerate(ids, 1))
        assert (other.contents.flags, other.contents.modseqs) == (
            keeper.contents.flags,
            keeper.contents.modseqs,
        )
        assert other.contents.version == keeper.contents.version


def test_a_second_opening_reads_no_old_rows() -> None:
    """100,000 messages are listed once; after that their register is read, and the last minute."""
    world = fakes.world()
    many = 20_000
    for number in range(many):
        world.index.add_copy(
            a_copy(number, f"user{number % 50}@example.org", at_ms=NOW_MS - many * 100 + number * 100)
        )
    first = opened(world)
    assert world.mailboxes.listed_rows == many
    world.clock.advance(seconds=600)
    world.mailboxes.calls.clear()
    world.mailboxes.listed_rows = 0
    second = opened(world)
    assert second.look() == []
    assert dict(world.mailboxes.calls) == {"read": 2, "get_snapshot": 1, "listed": 1, "changes": 1}
    assert world.mailboxes.listed_rows <= 600
    assert second.contents.uids == first.contents.uids
    assert len(world.mailboxes.snapshots) == 1


def test_a_look_where_nothing_happened_costs_three_calls() -> None:
    """The register, the newest mail, the hints; nothing is written."""
    world = fakes.world()
    hold(world, 1)
    keeper = opened(world)
    world.clock.advance(seconds=120)
    world.mailboxes.calls.clear()
    keeper.look()
    assert dict(world.mailboxes.calls) == {"read": 1, "listed": 1, "changes": 1}


def test_after_a_long_absence_the_whole_listing_is_compared() -> None:
    """Hints are kept for eight days only: what went and came in between is found without them."""
    world = fakes.world()
    world.directory.put_route(route())
    ids = hold(world, 1, 2, 3)
    opened(world)
    remove_message(world.services, OPERATOR, ids[1])
    new = hold(world, 4)
    world.index.hints.clear()
    world.clock.advance(days=9)
    late = opened(world)
    late.look()
    assert seen(late) == {1: ids[0], 3: ids[2], 4: new[0]}


def test_a_lost_snapshot_numbers_the_mailbox_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a higher UIDVALIDITY; whoever still has the old one open is told."""
    monkeypatch.setattr(keeping, "MAX_CAME", 2)
    world = fakes.world()
    ids = hold(world, 1, 2, 3)
    old = opened(world)
    world.mailboxes.snapshots.clear()
    new = opened(world)
    assert new.contents.uidvalidity > old.contents.uidvalidity
    assert seen(new) == dict(enumerate(ids, 1))
    with pytest.raises(PermanentFailure):
        old.look()


def test_a_domain_sees_its_own_mail() -> None:
    """With UIDs of its own."""
    world = fakes.world()
    hold(world, 1, recipient="eve@example.net")
    mine = hold(world, 2)
    keeper = opened(world, MailboxKey(domain_scope("example.org"), "caught"))
    assert seen(keeper) == {1: mine[0]}
    hold(world, 3, recipient="eve@example.net")
    assert keeper.look() == []


def test_requested_mail_comes_when_it_is_delivered_and_goes_when_it_is_trained() -> None:
    """In the order of delivery, not of receipt."""
    world = fakes.world()
    keeper = opened(world, MailboxKey(GLOBAL, "requested"), Listing.REQUESTED)
    copies = [a_copy(number, state=State.QUEUED, training_days=5) for number in (1, 2)]
    for copy in copies:
        world.index.add_copy(copy)
    for copy in reversed(copies):
        world.index.move(
            copy.id,
            expected=[State.QUEUED],
            state=State.DELIVERED,
            expires_at=NOW + 14 * DAY,
            event=Event(world.clock.now_ms(), State.DELIVERED, "courier", Channel.CLOCK),
            now=NOW,
            requested_until=NOW + 5 * DAY,
        )
        keeper.look()
    assert seen(keeper) == {1: copies[1].id, 2: copies[0].id}
    world.index.set_lesson(copies[1].id, lessons=1, label="ham", now=NOW, requested=True)
    world.index.withdraw_request(copies[0].id, now=NOW)
    assert keeper.look() == [Went(4, (1, 2))]


@given(st.lists(st.integers(1, 300), unique=True).map(sorted))
def test_ranges(numbers: list[int]) -> None:
    assert list(from_ranges(as_ranges(numbers))) == numbers


placed = st.builds(
    Placed,
    st.builds(
        lambda number, who: a_copy(number, f"{who}@example.org").id,
        st.integers(1, 10**6),
        st.sampled_from(["bob", "#", "grüße", "a b"]),
    ),
    st.integers(NOW, NOW + 10**7),
    st.integers(0, 2**32 - 1),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Operation]:
    """Operations as keepers make them: UIDs go up, versions too."""
    made: list[Operation] = []
    uidnext = 1
    for version in range(1, draw(st.integers(1, 12))):
        kind = draw(st.integers(0, 2))
        if kind == 0 or uidnext == 1:
            entries = tuple(draw(st.lists(placed, min_size=1, max_size=4)))
            made.append(Came(version, uidnext, entries, draw(st.integers(0, 63))))
            uidnext += len(entries)
            continue
        uids = tuple(sorted(draw(st.sets(st.integers(1, uidnext - 1), min_size=1, max_size=4))))
        made.append(Flagged(version, uids, draw(st.integers(0, 63))) if kind == 1 else Went(version, uids))
    return made


def plain(contents: Contents) -> list[object]:
    return [
        (
            contents.uids[at],
            contents.copy_id(at),
            contents.ends[at],
            contents.sizes[at],
            contents.flags[at],
            contents.modseqs[at],
            contents.received_ms(at),
        )
        for at in contents.live()
    ]


@settings(deadline=None)
@given(histories(), st.integers(0, 12))
def test_snapshot_and_tail_say_the_same_as_the_whole_history(history: list[Operation], cut: int) -> None:
    """Wherever it is cut; and the difference of two states leads from one to the other."""
    whole = Contents(7)
    whole.apply(history)
    before = Contents(7)
    before.apply(history[:cut])
    version = before.version
    again = unpack_snapshot(pack_snapshot(before))
    assert plain(again) == plain(before)
    again.apply(unpack_tail(Tail(version, tuple(history[cut:])).pack()).operations)
    assert plain(again) == plain(whole)
    assert (again.uidnext, again.version) == (whole.uidnext, whole.version)
    before.apply(difference(before, whole))
    assert [row[:2] + row[4:5] for row in plain(before)] == [row[:2] + row[4:5] for row in plain(whole)]  # type: ignore[index]  # tuples


@pytest.mark.parametrize(
    "data", [b"", b"PRQ1", b"PRQ1\x00\x01", b"nothing of ours", b"x\x9c\x03\x00\x00\x00\x00\x01"]
)
def test_damage_is_told(data: bytes) -> None:
    """As a failure of ours, whatever it is."""
    for read in (unpack_snapshot, unpack_tail):
        with pytest.raises(PermanentFailure):
            read(data)
