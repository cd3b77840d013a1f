"""Ledger: counts that add up whatever comes twice, late or at once; gaps; reconcile's place."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pratique.adapters.aws.actions import DynamoActions
from pratique.adapters.aws.ledger import DynamoLedger
from pratique.adapters.aws.table import Table
from pratique.adapters.aws.votes import DynamoVotes
from pratique.domain.gap import Gap, GapKind
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, domain_scope
from pratique.domain.tally import Counted, Tally, total
from pratique.ports.actions import Actions
from pratique.ports.ledger import Ledger, Place
from pratique.ports.votes import Votes

from tests.builders import NOW_MS, copy_id
from tests.contract.backends import Backend, concurrent

ORG = domain_scope("example.org")


@pytest.fixture
def ledger(backend: Backend) -> Ledger:
    return backend.services.ledger


def at(
    number: int, state: State, version: int = 1, *, day: str = "20260921", to: str = "bob@example.org"
) -> Counted:
    return Counted(copy_id(number, to), day, state, version)


def seen(tally: Tally) -> dict[str, int]:
    return {"received": tally.received, **{s.value: n for s, n in tally.states.items() if n}}


def test_each_copy_is_counted_once_where_it_is(ledger: Ledger) -> None:
    """By domain and day, and for everything."""
    assert (
        ledger.count([at(1, State.QUEUED), at(2, State.HELD), at(3, State.HELD, to="ann@example.net")]) == 3
    )
    assert ledger.count([at(1, State.DELIVERED, 2), at(4, State.HELD, day="20260922")]) == 2
    org = ledger.tallies(ORG)
    assert list(org) == ["20260922", "20260921"]
    assert seen(org["20260921"]) == {"received": 2, "delivered": 1, "held": 1}
    assert seen(total(ledger.tallies(GLOBAL).values())) == {"received": 4, "delivered": 1, "held": 3}
    assert all(tally.adds_up for tally in ledger.tallies(GLOBAL).values())
    assert list(ledger.tallies(ORG, limit=1)) == ["20260922"]
    assert list(ledger.tallies(ORG, since="20260922")) == ["20260922"]
    assert ledger.tallies(domain_scope("other.example")) == {}
    assert ledger.counted([copy_id(1), copy_id(9)]) == {copy_id(1): at(1, State.DELIVERED, 2)}


def test_again_late_and_in_another_order(ledger: Ledger) -> None:
    """Triggers are at-least-once: only a later version changes anything."""
    life = [at(1, State.HELD, 1), at(1, State.RELEASING, 2), at(1, State.RELEASED, 3)]
    assert ledger.count([life[1], life[0]]) == 1
    assert ledger.count([life[0]]) == 0
    assert ledger.count([life[2], life[1], life[2]]) == 1
    assert ledger.count(life) == 0
    assert seen(ledger.tallies(ORG)["20260921"]) == {"received": 1, "released": 1}


def test_many_in_one_call(ledger: Ledger) -> None:
    """More than one transaction holds, of many domains."""
    changes = [at(n, State.HELD, to=f"bob@d{n % 40}.example") for n in range(100)]
    assert ledger.count(changes) == 100
    assert ledger.count(changes) == 0
    assert total(ledger.tallies(GLOBAL).values()).received == 100
    assert sum(ledger.tallies(domain_scope(f"d{n}.example"))["20260921"].received for n in range(40)) == 100


@concurrent
def test_two_counters_at_once(ledger: Ledger) -> None:
    """The same changes in several orders by several threads: each once."""
    lives = [at(n, s, v) for n in range(12) for v, s in enumerate((State.QUEUED, State.DELIVERED), 1)]

    def run(seed: int) -> None:
        mixed = lives.copy()
        random.Random(seed).shuffle(mixed)
        for start in range(0, len(mixed), 5):
            ledger.count(mixed[start : start + 5])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    assert seen(ledger.tallies(GLOBAL)["20260921"]) == {"received": 12, "delivered": 12}


def test_gaps(ledger: Ledger) -> None:
    """Noted once, listed by id, closed once."""
    first = Gap("a-1", GapKind.NO_ENVELOPE, NOW_MS, 2048, NOW_MS - 5, "bob@example.org")
    second = Gap("b-2", GapKind.PARTIAL, NOW_MS)
    assert ledger.note_gap(second)
    assert ledger.note_gap(first)
    assert not ledger.note_gap(replace(first, size=1))
    assert ledger.gaps(limit=10) == [first, second]
    assert ledger.gaps(limit=1) == [first]
    assert ledger.gaps(limit=5, after="a-1") == [second]
    assert ledger.get_gap("a-1") == first
    assert ledger.close_gap("a-1")
    assert not ledger.close_gap("a-1")
    assert ledger.get_gap("a-1") is None


def test_one_run_moves_the_place(ledger: Ledger) -> None:
    """Two runs that met: the second sees that it was not first."""
    nowhere = ledger.place()
    assert nowhere == Place()
    assert ledger.put_place(replace(nowhere, phase="objects", after="raw/x", began_ms=1))
    assert not ledger.put_place(replace(nowhere, phase="objects", after="raw/y"))
    now = ledger.place()
    assert (now.phase, now.after, now.began_ms, now.whole_ms) == ("objects", "raw/x", 1, 0)
    assert ledger.put_place(replace(now, phase="", after="", whole_ms=9))
    assert ledger.place().whole_ms == 9


def test_the_adapters_are_what_the_ports_say() -> None:
    """The type checker reads this: bootstrap finds these by name."""

    def no_table() -> Table:
        raise AssertionError("nothing is asked of it here")

    made: tuple[Ledger, Actions, Votes] = (
        DynamoLedger(no_table),
        DynamoActions(no_table),
        DynamoVotes(no_table),
    )
    assert len(made) == 3
