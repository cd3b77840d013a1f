"""Correspondents, and what a look-up tells of them."""

from __future__ import annotations

import pytest
from pratique.domain.address import parse_address
from pratique.domain.correspondent import MOST_BEARERS, Correspondent, Question, Relations, Sent
from pratique.ports.correspondents import Correspondents
from pratique.ports.directory import Directory

from tests.builders import NOW_MS
from tests.contract.backends import Backend

BOB, ANN = parse_address("bob@example.org"), parse_address("ann@example.org")
EVE, IDA = parse_address("eve@friend.example"), parse_address("ida@fríend.example")
DAY_MS = 86_400_000
EVERYTHING = Question(EVE, "berg eve", "frlend.example", ("ref-1", "ref-2"))


@pytest.fixture
def book(backend: Backend) -> Correspondents:
    return backend.services.correspondents


@pytest.fixture
def directory(backend: Backend) -> Directory:
    return backend.services.directory


def test_days_are_counted_once(book: Correspondents) -> None:
    """However many messages a day brings; an older day adds nothing."""
    assert book.get(BOB, EVE) is None
    assert book.note_day(BOB, EVE, at_ms=NOW_MS) == Correspondent(1, NOW_MS, NOW_MS)
    assert book.note_day(BOB, EVE, at_ms=NOW_MS + 1) is None
    later = NOW_MS + 3 * DAY_MS
    assert book.note_day(BOB, EVE, at_ms=later) == Correspondent(2, NOW_MS, later)
    assert book.note_day(BOB, EVE, at_ms=NOW_MS) is None
    assert book.get(BOB, EVE) == Correspondent(2, NOW_MS, later)
    assert book.get(ANN, EVE) is None


def test_vouching_keeps_what_is_known(book: Correspondents) -> None:
    """Before or after the first day, any number of times."""
    book.vouch(BOB, EVE, at_ms=NOW_MS)
    assert book.get(BOB, EVE) == Correspondent(0, NOW_MS, NOW_MS, vouched=True)
    later = NOW_MS + DAY_MS
    assert book.note_day(BOB, EVE, at_ms=later) == Correspondent(1, NOW_MS, later, vouched=True)
    book.vouch(BOB, EVE, at_ms=NOW_MS)
    book.vouch(BOB, EVE, at_ms=later + 5)
    assert book.get(BOB, EVE) == Correspondent(1, NOW_MS, later + 5, vouched=True)


def test_forgetting_begins_anew(book: Correspondents) -> None:
    """Also on the same day."""
    book.note_day(BOB, EVE, at_ms=NOW_MS)
    book.note_day(ANN, EVE, at_ms=NOW_MS)
    assert book.forget(BOB, EVE)
    assert not book.forget(BOB, EVE)
    assert book.get(BOB, EVE) is None
    assert book.get(ANN, EVE) == Correspondent(1, NOW_MS, NOW_MS)
    assert book.note_day(BOB, EVE, at_ms=NOW_MS + 1) == Correspondent(1, NOW_MS + 1, NOW_MS + 1)


def test_a_look_up_answers_for_each_recipient(book: Correspondents, directory: Directory) -> None:
    """Everything at once, and only what was asked."""
    sent = Sent(BOB, (EVE, IDA), NOW_MS)
    book.note_day(BOB, EVE, at_ms=NOW_MS)
    book.note_name("example.org", "berg eve", EVE, at_ms=NOW_MS)
    book.note_look("example.org", "frlend.example", "friend.example", at_ms=NOW_MS)
    book.note_sent("example.org", "ref-2", sent)
    other = parse_address("x@other.example")
    found = directory.look_up([BOB, ANN, other], ["p.example"], EVERYTHING).relations
    assert found == Relations(
        known={BOB: Correspondent(1, NOW_MS, NOW_MS)},
        namesakes={"example.org": (EVE,)},
        alike={"example.org": ("friend.example",)},
        answered={"example.org": (sent,)},
    )
    assert directory.look_up([BOB], []).relations == Relations()
    assert directory.look_up([other], [], EVERYTHING).relations == Relations()
    assert directory.look_up([], [], EVERYTHING).relations == Relations()
    assert directory.look_up([BOB], [], Question(references=("ref-9", "ref-2"))).relations == Relations(
        answered={"example.org": (sent,)}
    )


def test_bearers_are_bounded(book: Correspondents, directory: Directory) -> None:
    """A common name fills up, and stays full; one that is there may be noted again and taken away."""
    people = [parse_address(f"u{n}@n.example") for n in range(MOST_BEARERS + 3)]
    for _ in range(2):
        for person in people:
            book.note_name("example.org", "berg eve", person, at_ms=NOW_MS)
            book.note_look("example.org", "frlend.example", person.local + ".example", at_ms=NOW_MS)
    found = directory.look_up([BOB], [], EVERYTHING).relations
    assert found.namesakes["example.org"] == tuple(people[:MOST_BEARERS])
    assert len(found.alike["example.org"]) == MOST_BEARERS
    for person in people:
        book.forget_name("example.org", "berg eve", person)
    book.forget_name("example.org", "nobody", EVE)
    assert directory.look_up([BOB], [], EVERYTHING).relations.namesakes == {}


def test_strange_keys_are_only_keys(book: Correspondents, directory: Directory) -> None:
    """A stranger's name and looks, whatever they hold."""
    for n, word in enumerate(["#" * 200, "\udcff", "é" * 300, "N#x", "a\0b"]):
        book.note_name("example.org", word, EVE, at_ms=NOW_MS + n)
        found = directory.look_up([BOB], [], Question(EVE, name=word)).relations
        assert found.namesakes == {"example.org": (EVE,)}


def test_a_message_sent_to_nobody_known(book: Correspondents, directory: Directory) -> None:
    """The last note of one message counts."""
    book.note_sent("example.org", "ref-1", Sent(ANN, (), NOW_MS))
    book.note_sent("example.org", "ref-1", Sent(BOB, (), NOW_MS + 1))
    found = directory.look_up([BOB], [], EVERYTHING).relations
    assert found.answered == {"example.org": (Sent(BOB, (), NOW_MS + 1),)}
