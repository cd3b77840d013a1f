"""Search: what fits is found, newest first, in bounded work, and goes on where it stopped."""

from __future__ import annotations

import csv
import io

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.log_status import MEANINGS, LogStatus, log_status
from pratique.domain.message import Copy, Event
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.search import MAX_WORDS, Search, Term, fold, read_terms
from pratique.domain.verdict import Contribution, Verdict
from pratique.usecases import search_messages as module
from pratique.usecases.search_messages import search_messages
from pratique.usecases.write_csv import COLUMNS, copies_csv, safe_cell

from tests import fakes
from tests.builders import NOW_MS, a_copy

ACTOR = Actor("tester", GLOBAL, Channel.API)
HOUR = 3_600_000


def stocked(*copies: Copy) -> fakes.World:
    world = fakes.world()
    for copy in copies:
        assert world.index.add_copy(copy)
    return world


def numbers(world: fakes.World, text: str = "", **bounds: object) -> list[str]:
    """Subjects of what is found."""
    search = Search(terms=read_terms(text), **bounds)  # type: ignore[arg-type]  # fields of Search
    return [copy.subject for copy in search_messages(world.services, ACTOR, GLOBAL, search).copies]


WORLD = (
    a_copy(1, sender="ann@shop.example", subject="Your Invoice 4711"),
    a_copy(2, sender="Bücher <news@books.example>", subject="Grüße aus Köln"),
    a_copy(
        3,
        recipient="ann@example.org",
        sender="",
        subject="invoice: final notice",
        verdict=Verdict.HAM,
        score=0.01,
    ),
    a_copy(
        4, subject="delivered order", state=State.DELIVERED, size=90_000, verdict=Verdict.UNSURE, score=0.5
    ),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [4, 3, 2, 1]),
        ("voice", [3, 1]),
        ("INVOICE", [3, 1]),
        ("grusse", [2]),
        ("GRÜSSE köln", [2]),
        ("invoice -final", [1]),
        ("from:ann", [1]),
        ("to:ann", [3]),
        ("ann", [3, 1]),
        ('subject:"final notice"', [3]),
        ('"notice final"', []),
        ('"aus k', [2]),
        ("4711 invoice", [1]),
        ("nowhere:4711", []),
        (f"id:{WORLD[1].id.message[:20]}", [2]),
        (str(WORLD[2].id), [3]),
        (WORLD[0].id.message[:9], []),
        (WORLD[0].id.message[3:12], []),
        ("-", []),
        ("to:", [4, 3, 2, 1]),
        ("  \t ", [4, 3, 2, 1]),
    ],
)
def test_words_are_found_in_any_field_in_part_without_case_and_accents(text: str, found: list[int]) -> None:
    wanted = [WORLD[n - 1].subject for n in found]
    assert numbers(stocked(*WORLD), text) == wanted


def test_bounds_hold_each_by_itself() -> None:
    world = stocked(*WORLD)
    assert numbers(world, states=(State.HELD,)) == [WORLD[2].subject, WORLD[1].subject, WORLD[0].subject]
    assert numbers(world, statuses=frozenset({LogStatus.DELIVERED})) == ["delivered order"]
    assert numbers(world, verdicts=frozenset({Verdict.HAM, Verdict.UNSURE})) == [
        "delivered order",
        "invoice: final notice",
    ]
    assert numbers(world, larger=10_000) == ["delivered order"]
    assert numbers(world, smaller=10_000, larger=1) == [WORLD[2].subject, WORLD[1].subject, WORLD[0].subject]
    assert numbers(world, score_from=0.4, score_to=0.6) == ["delivered order"]


def test_time_bounds_are_half_open_and_read_no_more_than_they_must() -> None:
    """`before` begins there instead of reading down to it, `since` ends there."""
    copies = [a_copy(n, at_ms=NOW_MS + n * HOUR, subject=str(n)) for n in range(1_000)]
    world = stocked(*copies)
    found = search_messages(
        world.services, ACTOR, GLOBAL, Search(since_ms=NOW_MS + 500 * HOUR, before_ms=NOW_MS + 503 * HOUR)
    )
    assert [copy.subject for copy in found.copies] == ["502", "501", "500"]
    assert found.cursor is None
    assert found.looked_at == 4
    assert found.back_to_ms == NOW_MS + 499 * HOUR


def test_pages_join_without_gap_or_double() -> None:
    """A full page ends in the middle of what was read; the next begins right behind it."""
    copies = [a_copy(n, subject="wanted" if n % 7 == 0 else "other") for n in range(1, 700)]
    world, cursor, seen = stocked(*copies), None, []
    for _ in range(40):
        page = search_messages(
            world.services, ACTOR, GLOBAL, Search(terms=read_terms("wanted")), limit=3, cursor=cursor
        )
        seen += [copy.id for copy in page.copies]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [copy.id for copy in reversed(copies) if copy.subject == "wanted"]


def test_a_search_that_finds_nothing_stops_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never more than MOST copies, or SECONDS, in one call."""
    monkeypatch.setattr(module, "MOST", 400)
    world = stocked(*[a_copy(n) for n in range(1, 2_000)])
    first = search_messages(world.services, ACTOR, GLOBAL, Search(terms=(Term("absent"),)))
    assert first.copies == ()
    assert first.cursor is not None
    assert 400 <= first.looked_at <= 1_200
    calls, looked_at = 1, first.looked_at
    cursor: str | None = first.cursor
    while cursor is not None:
        page = search_messages(world.services, ACTOR, GLOBAL, Search(terms=(Term("absent"),)), cursor=cursor)
        cursor, looked_at, calls = page.cursor, looked_at + page.looked_at, calls + 1
    assert looked_at == 1_999
    assert calls <= 5


def test_a_slow_search_answers_what_it_has() -> None:
    world = fakes.World(clock=fakes.FakeClock(step_ms=3_000))
    for n in range(1, 3_000):
        world.index.add_copy(a_copy(n))
    found = search_messages(world.services, ACTOR, GLOBAL, Search(terms=(Term("absent"),)))
    assert found.cursor is not None
    assert found.looked_at == module.FIRST_PAGE


def test_what_lies_outside_the_scope_is_not_there() -> None:
    world = stocked(*WORLD)
    bob = Actor("bob", parse_scope("bob@example.org"), Channel.API)
    found = search_messages(world.services, bob, bob.scope, Search(terms=read_terms("invoice")))
    assert [copy.subject for copy in found.copies] == ["Your Invoice 4711"]
    for scope in (GLOBAL, parse_scope("example.org"), parse_scope("ann@example.org")):
        with pytest.raises(NotFound):
            search_messages(world.services, bob, scope, Search())


@pytest.mark.parametrize(
    ("search", "limit"),
    [
        (Search(), 0),
        (Search(), module.MAX_FOUND + 1),
        (Search(since_ms=5, before_ms=5), 50),
        (Search(score_from=0.9, score_to=0.1), 50),
        (Search(score_to=1.5), 50),
    ],
)
def test_a_search_that_cannot_be_is_refused(search: Search, limit: int) -> None:
    with pytest.raises(InvalidInput):
        search_messages(stocked().services, ACTOR, GLOBAL, search, limit=limit)


def test_too_many_or_too_long_words_are_refused() -> None:
    assert len(read_terms(" ".join("x" * MAX_WORDS))) == MAX_WORDS
    for text in (" ".join(["x"] * (MAX_WORDS + 1)), "x" * 101):
        with pytest.raises(InvalidInput):
            read_terms(text)


def test_folding_is_the_same_twice() -> None:
    for text in ("Straße", "Ｇrüße", "İstanbul", "ﬁnal", "Ὀδυσσεύς", "한국어", "日本"):
        assert fold(fold(text)) == fold(text)
    assert fold("Straße") == fold("STRASSE") == fold("ｓｔｒａｓｓｅ")


def _released(actor: str) -> Copy:
    return a_copy(state=State.RELEASED).with_event(Event(NOW_MS, State.RELEASING, actor, Channel.API))


@pytest.mark.parametrize(
    ("copy", "status"),
    [
        (a_copy(), LogStatus.QUARANTINED),
        (a_copy(contributions=(Contribution("list:block", 30.0),)), LogStatus.REJECTED),
        (a_copy(state=State.QUEUED), LogStatus.QUEUED),
        (a_copy(state=State.RELEASING), LogStatus.QUEUED),
        (a_copy(state=State.DELIVERED), LogStatus.DELIVERED),
        (_released("bob"), LogStatus.RELEASED),
        (_released("clock"), LogStatus.AUTO_RELEASED),
        (a_copy(state=State.REMOVED), LogStatus.QUARANTINE_REMOVED),
        (a_copy(state=State.FAILED, reply="550 no such user"), LogStatus.DELIVERY_FAILED),
        (a_copy(state=State.FAILED, reply="gave up: 451 later"), LogStatus.QUEUE_EXPIRED),
    ],
)
def test_every_state_has_a_name_in_the_log(copy: Copy, status: LogStatus) -> None:
    assert log_status(copy) is status


def test_the_log_knows_sixteen_names_and_says_what_each_means() -> None:
    assert len(LogStatus) == 16
    assert set(MEANINGS) == set(LogStatus)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\u00a0=", "＝", "\ufeff="])
def test_no_cell_is_a_formula(start: str) -> None:
    """What a spreadsheet may run gets an apostrophe; plain text stays as it is."""
    written = copies_csv([a_copy(subject=f'{start}HYPERLINK("http://evil.example","x")')], heading=True)
    assert f"'{start}HYPERLINK" in csv_rows(written)[1]["subject"]
    assert safe_cell("plain = text") == "plain = text"
    assert safe_cell("") == ""


def csv_rows(text: str) -> list[dict[str, str]]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def test_csv_carries_hostile_text_unchanged_otherwise() -> None:
    """Quotes, commas, line ends, NUL, half a surrogate, an alias: one row each, every column filled."""
    alias = CopyId(
        a_copy(2).id.message, parse_address("sales@alias.example"), parse_address("bob@example.org")
    )
    first = a_copy(1, subject='a "b", c\r\nd\0 \ud83d', reply="451 4.3.0 later")
    second = a_copy(2, id=alias)
    heading, one, two = csv_rows(copies_csv([first, second], heading=True))
    assert tuple(heading.values()) == COLUMNS
    assert one["subject"] == 'a "b", c\r\nd ?'
    assert one["id"] == str(first.id)
    assert (two["recipient"], two["owner"]) == ("sales@alias.example", "bob@example.org")
    assert one["received_at"].endswith("Z")
