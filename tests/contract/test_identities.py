"""Identities: counters that several writers share, locks, lists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.errors import InvalidInput
from pratique.domain.outgoing import FOREVER, Identity, Standing, Window
from pratique.domain.scope import GLOBAL, domain_scope, recipient_scope
from pratique.ports.identities import Identities

from tests.builders import NOW, NOW_MS
from tests.contract.backends import Backend, concurrent
from tests.contract.test_concurrent import together

BOB = Identity("bob@example.org", "bob@example.org")
AMOUNTS = {Window.MINUTE: 2, Window.HOUR: 2, Window.DAY: 2}


@pytest.fixture
def identities(backend: Backend) -> Identities:
    return backend.services.identities


def count(identities: Identities, identity: Identity = BOB, now: int = NOW, **most: int) -> Standing | None:
    limits = {Window(name): value for name, value in most.items()}
    return identities.count(identities.get(identity), AMOUNTS, most=limits, now=now)


def test_nobody_is_known_before_they_send(identities: Identities) -> None:
    """An empty standing, which is not stored."""
    assert identities.get(BOB) == Standing(BOB)
    page = identities.list_standings(domain_scope("example.org"), now=NOW, locked=False, limit=5)
    assert page.standings == ()


def test_counters_add_up_within_their_window_and_begin_anew(identities: Identities) -> None:
    """A minute later the minute's is new, the others go on; a clock that is a little behind counts in the newer window."""
    first = NOW - NOW % 3_600
    for at in (first, first + 59):
        assert count(identities, now=at) is not None
    assert identities.get(BOB).count(Window.MINUTE, first + 59) == 4
    after = count(identities, now=first + 60)
    assert after is not None
    assert [after.count(window, first + 60) for window in AMOUNTS] == [2, 6, 6]
    assert count(identities, now=first + 58) is not None
    found = identities.get(BOB)
    assert found.count(Window.MINUTE, first + 60) == 4
    assert (found.count(Window.MINUTE, first + 120), found.count(Window.REFUSED, first)) == (0, 0)
    assert found.last == first + 58


def test_a_limit_is_never_passed(identities: Identities) -> None:
    """Up to it and no further; nothing is written for what would go over it."""
    assert count(identities, minute=5) is not None
    assert count(identities, minute=5) is not None
    assert count(identities, minute=5) is None
    assert count(identities, minute=1, now=NOW + 3_600) is None, "more at once than a new window may have"
    assert identities.get(BOB).count(Window.DAY, NOW) == 4
    assert count(identities, minute=0) is not None, "0 is no limit"


def test_what_changed_since_it_was_read_is_not_written_over(identities: Identities) -> None:
    """A window that began, a lock, another held message: the writer reads again."""
    stale = identities.get(BOB)
    assert count(identities) is not None
    assert identities.count(stale, AMOUNTS, most={}, now=NOW) is None, "the window began"
    before = identities.get(BOB)
    spam = replace(before, spams=(NOW,))
    assert identities.count(before, AMOUNTS, most={}, now=NOW, after=spam) is not None
    assert identities.count(before, AMOUNTS, most={}, now=NOW, after=spam) is None, "another held message"
    assert identities.count(before, AMOUNTS, most={}, now=NOW) is not None, "which a clean one does not mind"
    now = identities.get(BOB)
    assert now.spams == (NOW,)
    lock = replace(now, locked_until=NOW + 60, locked_at=NOW, reason="spam", locked_by="filter", locks=1)
    assert identities.set_lock(now, lock)
    assert not identities.set_lock(now, lock)
    assert identities.count(now, AMOUNTS, most={}, now=NOW) is None, "it was locked"
    found = identities.get(BOB)
    assert (found.locked_until, found.reason, found.locked_by, found.locks) == (NOW + 60, "spam", "filter", 1)
    assert found.count(Window.MINUTE, NOW) == 6


def test_a_lock_can_come_with_the_count(identities: Identities) -> None:
    """One write for both; an end by a person takes the lock and the memory of spam away."""
    before = Standing(BOB)
    locked = replace(before, locked_until=FOREVER, locked_at=NOW, reason="spam", locked_by="filter", locks=4)
    done = identities.count(before, AMOUNTS, most={}, now=NOW, after=locked)
    assert done is not None
    assert (done.is_locked(NOW), done.is_locked(NOW + 10**9)) == (True, True)
    assert identities.set_lock(
        done, replace(done, locked_until=0, locks=0, reason="", locked_by="", spams=())
    )
    free = identities.get(BOB)
    assert (free.locked_until, free.locks, free.spams, free.is_locked(NOW)) == (0, 0, (), False)
    assert count(identities) is not None


def test_lists_by_domain_login_and_lock(identities: Identities) -> None:
    """A domain's in pages; a login's own; the operator sees who is locked, everywhere, and only that."""
    people = [Identity("bob@example.org", f"a{number}@example.org") for number in range(3)]
    others = [
        Identity("bob@example.org.uk", "x@example.org.uk"),
        Identity("example.org", ""),
        Identity("bobby@example.org", "bobby@example.org"),
    ]
    for each in (*people, *others):
        assert count(identities, each) is not None
    org = domain_scope("example.org")
    page = identities.list_standings(org, now=NOW, locked=False, limit=4)
    rest = identities.list_standings(org, now=NOW, locked=False, limit=4, cursor=page.cursor)
    everybody = [each.identity for each in (*page.standings, *rest.standings)]
    assert (len(page.standings), rest.cursor) == (4, None)
    assert everybody == sorted([*people, *others[1:]], key=lambda each: each.key)
    own = identities.list_standings(recipient_scope("bob@example.org"), now=NOW, locked=False, limit=2)
    more = identities.list_standings(
        recipient_scope("bob@example.org"), now=NOW, locked=False, limit=2, cursor=own.cursor
    )
    assert [each.identity for each in (*own.standings, *more.standings)] == people
    for each, until in ((people[1], NOW + 60), (others[0], FOREVER)):
        known = identities.get(each)
        assert identities.set_lock(known, replace(known, locked_until=until, locked_at=NOW))
    for scope, expected in ((org, [people[1]]), (GLOBAL, [others[0], people[1]])):
        shown = identities.list_standings(scope, now=NOW, locked=True, limit=5)
        assert {each.identity for each in shown.standings} == set(expected)
    later = identities.list_standings(GLOBAL, now=NOW + 61, locked=True, limit=5)
    assert [each.identity for each in later.standings] == [others[0]]
    with pytest.raises(InvalidInput):
        identities.list_standings(GLOBAL, now=NOW, locked=False, limit=5)
    with pytest.raises(InvalidInput):
        identities.list_standings(org, now=NOW, locked=False, limit=5, cursor="nonsense")


def test_a_submission_is_remembered_as_it_was_made_first(identities: Identities) -> None:
    """The same name again gives the first one's time and content."""
    assert identities.add_submission("a" * 64, at_ms=NOW_MS, digest="x", expires_at=NOW + 60) == (NOW_MS, "x")
    assert identities.add_submission("a" * 64, at_ms=NOW_MS + 5, digest="y", expires_at=NOW + 60) == (
        NOW_MS,
        "x",
    )
    assert identities.add_submission("b" * 64, at_ms=NOW_MS + 5, digest="y", expires_at=NOW + 60) == (
        NOW_MS + 5,
        "y",
    )


def test_a_submission_whose_time_is_up_is_forgotten(identities: Identities) -> None:
    """At once: the table may take days to delete the row."""
    identities.add_submission("c" * 64, at_ms=NOW_MS, digest="x", expires_at=NOW + 60)
    later = NOW_MS + 60_000
    assert identities.add_submission("c" * 64, at_ms=later, digest="y", expires_at=NOW + 120) == (later, "y")


@concurrent
def test_writers_at_the_same_moment_never_pass_a_limit(backend: Backend) -> None:
    """Twenty at once, each reading again where it lost: exactly as many pass as the limit lets."""
    identities = backend.services.identities

    def one() -> bool:
        for _ in range(60):
            before = identities.get(BOB)
            if before.count(Window.MINUTE, NOW) + 2 > 11:
                return False
            if identities.count(before, AMOUNTS, most={Window.MINUTE: 11}, now=NOW) is not None:
                return True
        raise AssertionError("never got through")

    passed = together([one] * 20)
    assert passed.count(True) == 5
    assert identities.get(BOB).count(Window.MINUTE, NOW) == 10
