"""MailIndex: who carries a copy on its way, and who looks after it when nobody does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.actor import Channel
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.ports.mail_index import MailIndex

from tests.builders import DAY, NOW, NOW_MS, a_copy, copy_id
from tests.contract.backends import Backend

UNTIL = NOW_MS + 60_000


@pytest.fixture
def index(backend: Backend) -> MailIndex:
    return backend.services.index


def queued(index: MailIndex, number: int = 1, **changes: Any) -> Copy:
    copy = a_copy(number, state=State.QUEUED, **changes)
    index.add_copy(copy)
    return copy


def test_claim(index: MailIndex) -> None:
    """Takes the lease and counts the try."""
    copy = queued(index)
    claimed = index.claim(
        copy.id, expected=State.QUEUED, lease_until_ms=UNTIL, now_ms=NOW_MS, watch_at=NOW + 70
    )
    assert claimed == replace(copy, lease_until_ms=UNTIL, attempts=1, watch_at=NOW + 70)
    assert index.get_copy(copy.id, now=NOW) == claimed


def test_a_lease_keeps_others_out_until_it_ends(index: MailIndex) -> None:
    """Also the same worker, run twice for the same queue message."""
    copy = queued(index)

    def claim(at_ms: int) -> object:
        return index.claim(
            copy.id, expected=State.QUEUED, lease_until_ms=at_ms + 60_000, now_ms=at_ms, watch_at=0
        )

    assert claim(NOW_MS) is not None
    assert claim(NOW_MS + 59_999) is None
    again = claim(NOW_MS + 60_000)
    assert again == replace(copy, lease_until_ms=NOW_MS + 120_000, attempts=2)


def test_claim_needs_the_state(index: MailIndex) -> None:
    """A copy that moved on, or that there is not, or that is at rest, is not to be had."""
    copy = queued(index)
    held = a_copy(2)
    index.add_copy(held)
    options = {"lease_until_ms": UNTIL, "now_ms": NOW_MS, "watch_at": NOW + 70}
    assert index.claim(copy.id, expected=State.RELEASING, **options) is None
    assert index.claim(copy_id(9), expected=State.QUEUED, **options) is None
    assert index.claim(held.id, expected=State.HELD, **options) is None
    assert index.get_copy(copy.id, now=NOW) == copy
    assert index.get_copy(held.id, now=NOW) == held


def test_unclaim(index: MailIndex) -> None:
    """Gives back one's own lease, with the answer; another's stays."""
    copy = queued(index)
    index.claim(copy.id, expected=State.QUEUED, lease_until_ms=UNTIL, now_ms=NOW_MS, watch_at=NOW + 70)
    index.unclaim(copy.id, lease_until_ms=UNTIL - 1, reply="not mine", watch_at=NOW + 1)
    index.unclaim(copy.id, lease_until_ms=UNTIL, reply="421 later", watch_at=NOW + 900)
    index.unclaim(copy.id, lease_until_ms=UNTIL, reply="twice", watch_at=NOW + 2)
    assert index.get_copy(copy.id, now=NOW) == replace(
        copy, attempts=1, reply="421 later", watch_at=NOW + 900
    )


def test_unclaim_after_the_end_changes_nothing(index: MailIndex) -> None:
    """The copy arrived meanwhile (or was never there)."""
    copy = queued(index)
    index.claim(copy.id, expected=State.QUEUED, lease_until_ms=UNTIL, now_ms=NOW_MS, watch_at=0)
    moved = index.move(
        copy.id,
        expected=[State.QUEUED],
        state=State.DELIVERED,
        expires_at=NOW + DAY,
        event=Event(NOW_MS, State.DELIVERED, "x", Channel.CLOCK),
        now=NOW,
    )
    index.unclaim(copy.id, lease_until_ms=UNTIL, reply="late", watch_at=NOW + 5)
    index.unclaim(copy_id(9), lease_until_ms=UNTIL, reply="late", watch_at=NOW + 5)
    assert index.get_copy(copy.id, now=NOW) == moved
    assert index.overdue(now=NOW + DAY, limit=5) == []


def test_overdue(index: MailIndex) -> None:
    """Only copies on their way that are watched and due, the longest overdue first."""
    late, soon, later, never = (
        queued(index, n, watch_at=at) for n, at in enumerate([NOW - 100, NOW, NOW + 1, 0])
    )
    index.add_copy(a_copy(9, expires_at=NOW - 5))
    assert index.overdue(now=NOW, limit=5) == [late.id, soon.id]
    assert index.overdue(now=NOW, limit=1) == [late.id]
    assert index.overdue(now=NOW + 1, limit=5) == [late.id, soon.id, later.id]
    assert index.get_copy(never.id, now=NOW) == never


def test_rewatch(index: MailIndex) -> None:
    """The sweep looked after it, and looks again later; not after one at rest."""
    copy = queued(index, watch_at=NOW - 1)
    assert index.rewatch(copy.id, watch_at=NOW + 900)
    assert index.overdue(now=NOW, limit=5) == []
    assert index.overdue(now=NOW + 900, limit=5) == [copy.id]
    held = a_copy(2)
    index.add_copy(held)
    assert not index.rewatch(held.id, watch_at=NOW)
    assert not index.rewatch(copy_id(9), watch_at=NOW)
    assert index.get_copy(held.id, now=NOW) == held
    assert index.expired(now=held.expires_at, limit=5) == [held.id]
