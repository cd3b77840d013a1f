"""Chapters: whatever fits a search is among what a chapter names, and octets that are none are refused."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.domain.address import Address
from pratique.domain.chapter import Pages, pack_chapter
from pratique.domain.errors import PermanentFailure
from pratique.domain.ids import CopyId, copy_id_at
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus, log_status, states_of
from pratique.domain.message import Copy
from pratique.domain.rights import Reason
from pratique.domain.search import Search, Term, fold, read_terms
from pratique.domain.verdict import Verdict

from tests.builders import NOW_MS, a_copy

TEXT = st.text(alphabet="ab \0\n\tßÉé｡İ日🎣\ud83d", max_size=8)


def packed(*copies: Copy) -> Pages:
    return Pages(pack_chapter(copies))


def fitting(copies: list[Copy], search: Search, start: int = 0) -> list[int]:
    return [row for row, copy in enumerate(copies) if row >= start and search.matches(copy)]


@st.composite
def some_copies(draw: st.DrawFn) -> list[Copy]:
    """Up to a dozen, newest first."""
    copies = []
    for number in range(draw(st.integers(0, 12)), 0, -1):
        owner = draw(st.sampled_from(["bob@example.org", "ann@b.example"]))
        copy = a_copy(
            number,
            owner,
            sender=draw(TEXT),
            subject=draw(TEXT),
            reply=draw(TEXT),
            state=draw(st.sampled_from([state for state in State if state is not State.EXPIRED])),
            verdict=draw(st.sampled_from(list(Verdict))),
            score=draw(st.sampled_from([0.0, 1e-300, 0.1, 0.3, 1 / 3, 0.97, 1.0])),
            size=draw(st.integers(0, 9)),
            held_for=draw(st.sampled_from([None, *Reason])),
        )
        if draw(st.booleans()):
            copy = replace(
                copy, id=replace(copy.id, recipient=Address("sales", "a.example"), of=copy.id.owner)
            )
        copies.append(copy)
    return copies


@st.composite
def searches(draw: st.DrawFn, copies: list[Copy]) -> Search:
    """Words that are likely to occur, and bounds."""
    words = [TEXT.map(fold), st.sampled_from(["bob", "example", "sales", "@", "spam"])]
    if copies:
        ids = st.sampled_from([str(copy.id).lower() for copy in copies])
        words.append(st.tuples(ids, st.integers(5, 40)).map(lambda pair: pair[0][: pair[1]]))
    terms = st.builds(
        Term,
        st.one_of(*words),
        st.sampled_from(["", "", "sender", "subject", "recipient", "reply", "held", "id"]),
        st.booleans(),
    )
    low, high = sorted((draw(st.sampled_from([0.0, 0.3, 0.97])), draw(st.sampled_from([0.1, 1 / 3, 1.0]))))
    return Search(
        terms=tuple(draw(st.lists(terms, max_size=3))),
        states=tuple(draw(st.sets(st.sampled_from(list(State)), max_size=3))),
        statuses=frozenset(draw(st.sets(st.sampled_from(list(LogStatus)), max_size=2))),
        verdicts=frozenset(draw(st.sets(st.sampled_from(list(Verdict)), max_size=2))),
        score_from=low,
        score_to=high,
        larger=draw(st.integers(0, 4)),
        smaller=draw(st.sampled_from([0, 5])),
    )


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_whatever_fits_is_named(data: st.DataObject) -> None:
    """Any text, any bounds, from any row on; in order, each once."""
    copies = data.draw(some_copies())
    search = data.draw(searches(copies))
    start = data.draw(st.integers(0, len(copies)))
    named = list(packed(*copies).candidates(search, start))
    assert named == sorted(set(named))
    assert set(fitting(copies, search, start)) <= set(named)
    assert all(row >= start for row in named)


def test_little_else_is_named() -> None:
    """No word across fields or copies, none in a field that was not asked for, none out of bounds."""
    copies = [
        a_copy(3, sender="ann", subject="one two", reply="250 ok", state=State.DELIVERED),
        a_copy(2, sender="two", subject="three", size=9_000),
        a_copy(1, "ann@example.org", sender="x", subject="ninety-nine", held_for=Reason.VIRUS),
    ]
    pages = packed(*copies)

    def named(text: str, **bounds: object) -> list[int]:
        search = Search(terms=read_terms(text), **bounds)  # type: ignore[arg-type]  # fields of Search
        return list(pages.candidates(search, 0))

    assert named("two") == [0, 1]
    assert named("from:two") == [1]
    assert named("subject:two") == [0]
    assert named("annone") == named('"two 250"') == named("threebob") == []
    assert named("virus") == []
    assert named("held:virus") == [2]
    assert named("ann") == [0, 2]
    assert named("ann -one") == [0, 2]
    assert named("e", smaller=9_000) == [0, 2]
    assert named("", states=(State.HELD,)) == [1, 2]
    assert named("", statuses=frozenset({LogStatus.DELIVERED})) == [0]
    assert named("", verdicts=frozenset({Verdict.HAM})) == []
    assert named(f"id:{copies[1].id.message[:25]}") == [1]
    assert named("id:two") == []


def test_what_is_on_its_way_is_always_named() -> None:
    """Its state and the next hop's answer are not what they were."""
    pages = packed(*(a_copy(9 - n, state=state) for n, state in enumerate(State)))
    live = [list(State).index(State.QUEUED), list(State).index(State.RELEASING)]
    assert list(pages.candidates(Search(terms=(Term("absent"),), states=(State.FAILED,)), 0)) == live
    assert list(pages.candidates(Search(terms=(Term("absent"),)), live[0] + 1)) == live[1:]


def test_places_lead_to_copies_and_rows() -> None:
    copies = [a_copy(number, f"Grüße{number}@example.org") for number in range(9, 0, -1)]
    pages = packed(*copies)
    assert [copy_id_at(pages.place(row)) for row in range(pages.rows)] == [copy.id for copy in copies]
    assert [pages.below(copy.id.place) for copy in copies] == list(range(1, 10))
    assert pages.below("7" * 26) == 0
    assert pages.below("0") == 9


def test_statuses_lead_to_the_states_that_have_them() -> None:
    for state in State:
        for verdict in Verdict:
            for reply in ("", "gave up: 451 later"):
                copy = a_copy(state=state, verdict=verdict, reply=reply)
                assert state in states_of(log_status(copy))


@pytest.mark.parametrize("seed", range(60))
def test_octets_that_are_no_chapter_are_refused(seed: int) -> None:
    """Cut, changed, or something else: PermanentFailure, or a chapter that can be read; nothing else."""
    chance = random.Random(seed)
    whole = bytearray(pack_chapter([a_copy(number) for number in range(30, 0, -1)]))
    head, body = whole[:20], bytearray(zlib.decompress(whole[20:]))
    for _ in range(chance.randint(1, 4)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    changed = bytes(head) + zlib.compress(bytes(body))
    for data in (changed, bytes(whole[: chance.randrange(len(whole))]), b"", b"x" * 40):
        try:
            pages = Pages(data)
        except PermanentFailure:
            continue
        assert pages.rows == 30
        assert data is changed


def test_an_outgoing_copy_has_a_place_that_leads_back() -> None:
    sent = replace(a_copy().id, recipient=Address("eve", "far.example"), of=a_copy().id.owner)
    for each in (a_copy().id, sent, CopyId(sent.message, sent.recipient, sent.of, sent.direction)):
        assert copy_id_at(each.place) == each
    assert a_copy().received_ms == NOW_MS + 1
