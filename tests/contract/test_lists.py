"""MailIndex: lists at three scopes, page by page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from pratique.adapters.cursors import encode_cursor
from pratique.domain.actor import Channel
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.mail_index import MailIndex

from tests.builders import DAY, NOW, NOW_MS, a_copy
from tests.contract.backends import Backend

both_shardings = pytest.mark.parametrize("shards", [1, 4])
SCOPES: list[Scope] = [GLOBAL, domain_scope("example.org"), recipient_scope("bob@example.org")]


@pytest.fixture
def index(backend: Backend) -> MailIndex:
    return backend.services.index


def pages(
    index: MailIndex,
    scope: Scope,
    states: list[State],
    limit: int,
    *,
    now: int = NOW,
    between: Callable[[], None] = lambda: None,
) -> list[tuple[Copy, ...]]:
    """All pages of a list, with something happening between any two of them."""
    found: list[tuple[Copy, ...]] = []
    cursor: str | None = None
    while True:
        page = index.list_copies(scope, states=states, limit=limit, now=now, cursor=cursor)
        found.append(page.copies)
        cursor = page.cursor
        if cursor is None:
            return found
        assert len(found) < 200, "a list must end"
        between()


def flat(found: list[tuple[Copy, ...]]) -> list[Copy]:
    return [copy for page in found for copy in page]


def release(index: MailIndex, copy: Copy) -> Copy:
    return index.move(
        copy.id,
        expected=[State.HELD],
        state=State.RELEASING,
        expires_at=NOW + DAY,
        event=Event(NOW_MS, State.RELEASING, "x", Channel.API),
        now=NOW,
    )


@both_shardings
@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_newest_first_without_gaps_or_doubles(index: MailIndex, scope: Scope) -> None:
    """Whatever the size of the page; every page but the last is full."""
    copies = [a_copy(n) for n in range(9)]
    for copy in copies:
        index.add_copy(copy)
    for limit in (1, 4, 8, 9, 10):
        found = pages(index, scope, [State.HELD], limit)
        assert flat(found) == list(reversed(copies))
        assert all(len(page) == limit for page in found[:-1])
        assert found[-1] != ()


@both_shardings
def test_scopes_see_their_own_and_states_do_not_mix(index: MailIndex) -> None:
    """A recipient, a domain, everything; one state, several, the same one named twice."""
    bob = [a_copy(n, "bob@example.org") for n in range(4)]
    eve = [a_copy(n, "eve@example.org", state=State.DELIVERED) for n in range(4, 8)]
    sub = [a_copy(n, "bob@sub.example.org") for n in range(8, 12)]
    for copy in bob + eve + sub:
        index.add_copy(copy)

    def listed(scope: Scope, *states: State) -> list[Copy]:
        return flat(pages(index, scope, list(states), 3))[::-1]

    assert listed(SCOPES[2], State.HELD) == bob
    assert listed(SCOPES[1], State.HELD) == bob
    assert listed(SCOPES[1], State.DELIVERED) == eve
    assert listed(SCOPES[1], State.DELIVERED, State.HELD, State.HELD) == bob + eve
    assert listed(domain_scope("sub.example.org"), *State) == sub
    assert listed(GLOBAL, *State) == bob + eve + sub
    assert listed(domain_scope("example.com"), *State) == []
    assert listed(recipient_scope("nobody@example.org"), *State) == []


def test_one_message_of_many_recipients(index: MailIndex) -> None:
    """Copies of one moment are in the order of their recipients, and each is there once."""
    copies = [a_copy(1, f"user{n:02}@example.org") for n in range(50)]
    for copy in copies:
        index.add_copy(copy)
    assert flat(pages(index, GLOBAL, [State.HELD], 7)) == list(reversed(copies))


@both_shardings
def test_rows_that_change_state_between_pages(index: MailIndex) -> None:
    """The others are neither doubled nor left out, whether the row at the cursor itself moves or a new one comes in."""
    copies = [a_copy(n) for n in range(20)]
    for copy in copies:
        index.add_copy(copy)
    turn = iter(range(100))

    def busy() -> None:
        number = next(turn)
        for gone in (19 - 3 * number - 2, 19 - 3 * number - 4):  # the last one shown, and one not shown yet
            if 0 <= gone < 20:
                release(index, copies[gone])
        index.add_copy(a_copy(100 + number))

    found = flat(pages(index, SCOPES[1], [State.HELD], 3, between=busy))
    numbers = [copy.received_ms - NOW_MS for copy in found]
    assert numbers == sorted(set(numbers), reverse=True)
    moved = {copy.received_ms - NOW_MS for copy in flat(pages(index, SCOPES[1], [State.RELEASING], 50))}
    assert set(range(20)) - moved <= set(numbers)
    assert all(number < 100 for number in numbers)


@both_shardings
def test_expired_rows_among_the_others(index: MailIndex) -> None:
    """They take no room in a page, wherever they lie, and end no list early."""
    copies = [a_copy(n, expires_at=NOW if n % 3 else NOW + DAY) for n in range(30)]
    for copy in copies:
        index.add_copy(copy)
    there = [copy for copy in reversed(copies) if copy.expires_at > NOW]
    assert flat(pages(index, GLOBAL, [State.HELD], 4)) == there
    assert flat(pages(index, GLOBAL, [State.HELD], 4, now=NOW + DAY)) == []


def test_a_long_run_of_expired_rows(index: MailIndex) -> None:
    """A page may be short where hundreds of rows in a row wait for the sweep; what lies behind them is still found."""
    old, new = a_copy(0), a_copy(150)
    for copy in (old, new, *(a_copy(n, expires_at=NOW) for n in range(1, 150))):
        index.add_copy(copy)
    assert flat(pages(index, SCOPES[2], [State.HELD], 2)) == [new, old]
    mixed = pages(index, SCOPES[2], [State.HELD, State.DELIVERED], 2)
    assert flat(mixed) == [new, old]


def test_short_parts_keep_the_order(index: MailIndex) -> None:
    """Where one state's rows are hidden by expired ones, another state's older rows wait for their turn."""
    for n in range(10, 90):
        index.add_copy(a_copy(n, expires_at=NOW))
    hidden = a_copy(5)
    others = [a_copy(n, state=State.DELIVERED) for n in (1, 2, 3, 95)]
    for copy in (hidden, *others):
        index.add_copy(copy)
    found = flat(pages(index, GLOBAL, [State.HELD, State.DELIVERED], 3))
    assert [copy.received_ms - NOW_MS for copy in found] == [95, 5, 3, 2, 1]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "garbage",
        "=",
        "é",
        "AAAA",
        "a" * 5_000,
        "../../etc",
        encode_cursor("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        encode_cursor("01ARZ3NDEKTSV4RRFFQ69G5FAV#"),
        encode_cursor("01ARZ3NDEKTSV4RRFFQ69G5FAV#a\nb@c"),
        encode_cursor("91ARZ3NDEKTSV4RRFFQ69G5FAV#a@b"),
        encode_cursor("01ARZ3NDEKTSV4RRFFQ69G5FAV#" + "x" * 400),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    ],
)
def test_garbage_is_no_cursor(index: MailIndex, cursor: str) -> None:
    """It is refused, not passed on."""
    with pytest.raises(InvalidInput):
        index.list_copies(GLOBAL, states=[State.HELD], limit=5, now=NOW, cursor=cursor)


def test_a_made_up_cursor_is_a_place_in_ones_own_list(index: MailIndex) -> None:
    """It names a place by time, and never another scope's rows."""
    mine, others = a_copy(1), a_copy(2, "other@example.org")
    for copy in (mine, others):
        index.add_copy(copy)
    place = encode_cursor(f"{a_copy(3).id.message}#other@example.org")
    page = index.list_copies(SCOPES[2], states=[State.HELD], limit=5, now=NOW, cursor=place)
    assert page.copies == (mine,)


@both_shardings
def test_sweeps_reach_every_shard(index: MailIndex) -> None:
    """What is due is found whichever shard it lies in, in the order of time."""
    due = [a_copy(n, expires_at=NOW - 20 + n) for n in range(12)]
    watched = [a_copy(n, state=State.QUEUED, watch_at=NOW - 40 + n) for n in range(20, 32)]
    for copy in due + watched:
        index.add_copy(copy)
    assert index.expired(now=NOW, limit=50) == [copy.id for copy in due]
    assert index.expired(now=NOW, limit=5) == [copy.id for copy in due[:5]]
    assert index.overdue(now=NOW, limit=50) == [copy.id for copy in watched]


def test_a_list_shows_the_whole_copy(index: MailIndex) -> None:
    """Indexes carry everything that a row has."""
    copy = replace(a_copy(1), notation="[SPAM] ", lessons=1, lesson="spam")
    index.add_copy(copy)
    for scope in SCOPES:
        assert index.list_copies(scope, states=[State.HELD], limit=5, now=NOW).copies == (copy,)
