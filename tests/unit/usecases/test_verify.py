"""Counts and the audit, as people read and check them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.scope import GLOBAL, Scope, parse_scope
from pratique.domain.tally import Counted, Tally, counted
from pratique.usecases import verify_ledger as verifying
from pratique.usecases.change_lists import put_entry
from pratique.usecases.read_audit import read_audit
from pratique.usecases.read_counts import read_counts
from pratique.usecases.verify_ledger import Verified, verify_ledger

from tests import builders, fakes
from tests.path import arrive, block, opened, work_off

ORG = parse_scope("example.org")
OPERATOR, ADMIN, BOB = builders.actor(), builders.actor("example.org"), builders.actor("bob@example.org")


def busy() -> fakes.World:
    """Mail in three states, and changes in three scopes."""
    world = opened()
    block(world, "bob@example.org")
    arrive(world, builders.receipt(recipients=("bob@example.org", "ann@example.org", "cid@example.net")))
    work_off(world)
    arrive(world, builders.receipt("message-2", ("ann@example.org",)))
    world.ledger.count(world.index.stream)
    for number, (actor, scope) in enumerate(
        ((OPERATOR, GLOBAL), (ADMIN, ORG), (BOB, parse_scope("bob@example.org")))
    ):
        for each in range(number + 1):
            put_entry(world.services, actor, ListEntry(scope, ListKind.BLOCK, f"shop{each}.example"))
    return world


def whole(world: fakes.World, actor: Actor = OPERATOR, scope: Scope | None = None) -> Verified:
    found: list[Verified] = [verify_ledger(world.services, actor, scope)]
    while found[-1].place is not None:
        found.append(verify_ledger(world.services, actor, scope, place=found[-1].place))
    return Verified(
        sum(f.entries for f in found),
        sum(f.scopes for f in found),
        tuple(x for f in found for x in f.faults),
        None,
    )


def test_counts_are_where_the_mail_is() -> None:
    """By domain and in total, and they add up."""
    world = busy()
    found = read_counts(world.services, ADMIN, ORG, days=3)
    assert list(found.days) == ["20260921"]
    assert (found.total.received, found.total.in_flight, found.total.adds_up) == (3, 1, True)
    assert (found.total.states[State.HELD], found.total.states[State.DELIVERED]) == (1, 1)
    assert read_counts(world.services, OPERATOR, GLOBAL, days=0).total.received == 4
    for actor, scope in ((BOB, ORG), (ADMIN, GLOBAL)):
        with pytest.raises(NotFound):
            read_counts(world.services, actor, scope, days=1)
    with pytest.raises(InvalidInput):
        read_counts(world.services, BOB, parse_scope("bob@example.org"), days=1)


def test_a_tally_that_does_not_add_up_says_so() -> None:
    """A copy in no state, or less than none in one."""
    assert Tally(2, {State.HELD: 1, State.QUEUED: 1}).adds_up
    assert not Tally(2, {State.HELD: 1}).adds_up
    assert not Tally(1, {State.HELD: 2, State.QUEUED: -1}).adds_up


def test_all_is_well() -> None:
    """Every chain that the operator may see, every count; others see their own."""
    world = busy()
    assert whole(world) == Verified(6, 3, (), None)
    assert whole(world, ADMIN) == Verified(5, 2, (), None)
    assert whole(world, BOB) == Verified(3, 1, (), None)
    assert whole(world, OPERATOR, ORG) == Verified(2, 1, (), None)
    with pytest.raises(NotFound):
        whole(world, BOB, ORG)
    for place in ("rubbish", "1 *"):
        with pytest.raises((InvalidInput, NotFound)):
            verify_ledger(world.services, ADMIN, place=place)


def test_long_chains_are_checked_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page at a time; the joint between two pages is checked as well."""
    world = busy()
    monkeypatch.setattr(verifying, "PAGE", 2)
    assert whole(world) == Verified(6, 3, (), None)
    chain = world.audit.chains[parse_scope("bob@example.org")]
    chain[2] = replace(chain[2], before="0" * 64)
    assert len(whole(world).faults) == 2, "it does not follow, and its hash is another"


def test_what_was_changed_deleted_or_put_in_is_said() -> None:
    """With the scope that it is in."""
    for change in ("change", "delete", "insert"):
        world = busy()
        chain = world.audit.chains[parse_scope("bob@example.org")]
        if change == "change":
            chain[1] = replace(chain[1], text=chain[1].text.replace("block", "allow"))
        elif change == "delete":
            del chain[1]
        else:
            chain.insert(1, replace(chain[1], seq=2, text="[]"))
        faults = whole(world).faults
        assert faults
        assert all(fault.startswith("bob@example.org: ") for fault in faults)


def test_counts_that_are_not_what_is_there_are_said() -> None:
    """A copy that the stream never told of; one that is counted and not there."""
    world = busy()
    held = next(copy for copy in world.index.all_copies() if copy.state is State.HELD)
    world.ledger.count([replace(counted(held), state=State.REMOVED, version=9)])
    assert "example.org: 0 copies are counted as held, 1 are there" in whole(world).faults
    world.ledger.count([Counted(builders.copy_id(77), "20260921", State.FAILED, 1)])
    assert "example.org: 1 copies are counted as failed, 0 are there" in whole(world).faults


def test_the_audit_of_a_scope() -> None:
    """Exactly its own, newest first, in pages."""
    world = busy()
    page = read_audit(world.services, BOB, parse_scope("bob@example.org"), limit=2)
    assert [(e.seq, e.subject) for e in page.entries] == [(3, "shop2.example"), (2, "shop1.example")]
    rest = read_audit(world.services, ADMIN, parse_scope("bob@example.org"), limit=2, cursor=page.cursor)
    assert [e.seq for e in rest.entries] == [1]
    assert rest.cursor is None
    with pytest.raises(NotFound):
        read_audit(world.services, BOB, ORG, limit=2)
