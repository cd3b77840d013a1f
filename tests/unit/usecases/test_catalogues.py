"""Catalogues: a search by one finds what a search without would, whatever has happened since; and they are written when that pays."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pratique.domain import catalogue as limits
from pratique.domain.actor import Actor, Channel
from pratique.domain.catalogue import Catalogue
from pratique.domain.direction import Direction
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.scope import GLOBAL, Scope, parse_scope
from pratique.domain.search import Search, read_terms
from pratique.domain.user import User
from pratique.ports.queue import QueueName
from pratique.usecases import look_through, search_messages, write_catalogue
from pratique.usecases.open_session import Visit, open_session
from pratique.usecases.write_catalogue import order_catalogue

from tests import fakes
from tests.builders import NOW, NOW_MS, a_copy

ACTOR = Actor("tester", GLOBAL, Channel.API)
IN = Direction.INCOMING
ORG = parse_scope("example.org")
MINUTE = 60_000
HOUR = 60 * MINUTE


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a hundred copies are very many."""
    monkeypatch.setattr(search_messages, "FIRST_PAGE", 5)
    monkeypatch.setattr(search_messages, "PAGE", 7)
    monkeypatch.setattr(search_messages, "AT_ONCE", 4)
    monkeypatch.setattr(search_messages, "MANY", 20)
    monkeypatch.setattr(write_catalogue, "ROWS", 30)
    monkeypatch.setattr(write_catalogue, "FEW", 10)
    monkeypatch.setattr(look_through, "REMEMBERED", 2)


def many(number: int = 100, make: Callable[[int], Copy] | None = None) -> fakes.World:
    """So many copies, a minute apart, the newest three hours old."""
    world = fakes.World(clock=fakes.FakeClock(NOW_MS + (number + 180) * MINUTE))
    for each in range(1, number + 1):
        world.index.add_copy(copy_at(each) if make is None else make(each))
    return world


def copy_at(number: int, **changes: Any) -> Copy:
    values: dict[str, Any] = {"subject": f"message {number:03}", "expires_at": NOW + 30 * 86_400}
    return a_copy(number, at_ms=NOW_MS + number * MINUTE, **(values | changes))


def written(world: fakes.World, scope: Scope = GLOBAL, direction: Direction = IN) -> Catalogue:
    assert write_catalogue.write_catalogue(world.services, scope, direction, until_ms=1 << 60)
    found = world.catalogues.read(scope, direction)
    assert found is not None
    return found


def found(
    world: fakes.World, text: str = "", *, scope: Scope = GLOBAL, limit: int = 50, **bounds: Any
) -> list[str]:
    """The subjects on all pages."""
    search = Search(terms=read_terms(text), **bounds)
    cursor, subjects = None, []
    for _ in range(200):
        page = search_messages.search_messages(
            world.services, ACTOR, scope, search, limit=limit, cursor=cursor
        )
        subjects += [copy.subject for copy in page.copies]
        cursor = page.cursor
        if cursor is None:
            return subjects
    raise AssertionError("a search without an end")


def moved(world: fakes.World, copy: Copy, state: State, reply: str | None = None) -> Copy:
    now_ms = world.clock.now_ms()
    return world.index.move(
        copy.id,
        expected={copy.state},
        state=state,
        expires_at=NOW + 30 * 86_400,
        event=Event(now_ms, state, "tester", Channel.API),
        now=now_ms // 1000,
        reply=reply,
    )


def test_the_oldest_is_found_without_reading_the_others() -> None:
    """In one call, and but for the first page only what fits is read."""
    world = many()
    catalogue = written(world)
    assert [chapter.rows for chapter in catalogue.chapters] == [30, 30, 30, 10]
    assert catalogue.complete
    world.index.rows_read = 0
    page = search_messages.search_messages(
        world.services, ACTOR, GLOBAL, Search(terms=read_terms("message 001"))
    )
    assert [copy.subject for copy in page.copies] == ["message 001"]
    assert page.cursor is None
    assert page.looked_at == 100
    assert page.back_to_ms == NOW_MS + MINUTE
    assert world.index.rows_read <= 6


def test_few_copies_get_no_chapters() -> None:
    world = many(9)
    assert written(world).chapters == ()
    assert found(world, "message 001") == ["message 001"]
    assert world.catalogues.chapters == {}


@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("", {}),
        ("message", {}),
        ("7", {}),
        ("-7", {}),
        ("message -1 -2", {}),
        ("", {"since_ms": NOW_MS + 40 * MINUTE, "before_ms": NOW_MS + 80 * MINUTE}),
        ("5", {"since_ms": NOW_MS + 15 * MINUTE}),
        ("5", {"before_ms": NOW_MS + 15 * MINUTE}),
        ("", {"score_from": 0.98}),
        ("nowhere", {}),
    ],
)
def test_pages_join_as_they_do_one_by_one(text: str, bounds: dict[str, Any], limit: int) -> None:
    world = many()
    expected = found(world, text, limit=limit, **bounds)
    written(world)
    assert found(world, text, limit=limit, **bounds) == expected
    assert found(world, text, limit=limit, scope=ORG, **bounds) == expected


def test_what_changed_since_is_found_as_it_is() -> None:
    """Removed, released with an answer of the next hop, taken back, come late, gone: each by its words and state of now."""
    world = many(60)
    copies = [copy_at(number) for number in range(1, 61)]
    queued = replace(copy_at(61), state=State.QUEUED)
    world.index.add_copy(queued)
    catalogue = written(world)
    world.clock.advance(seconds=60)
    moved(world, copies[9], State.REMOVED)
    moved(world, moved(world, copies[10], State.RELEASING), State.RELEASED, "250 yellow submarine")
    moved(world, moved(world, copies[11], State.REMOVED), State.HELD)
    moved(world, queued, State.DELIVERED, "250 yellow bird")
    late = copy_at(200, subject="yellow late", id=a_copy(200, at_ms=NOW_MS + 30 * MINUTE).id)
    late = replace(late, received_ms=NOW_MS + 30 * MINUTE)
    world.index.add_copy(replace(late, events=(Event(world.clock.now_ms(), State.HELD, "x", Channel.SES),)))
    new = copy_at(300, subject="yellow new")
    world.index.add_copy(new)
    assert new.id.place > catalogue.top
    assert found(world, "yellow") == ["yellow new", "message 061", "yellow late", "message 011"]
    assert found(world, states=(State.REMOVED,)) == ["message 010"]
    assert "message 012" in found(world, "message", states=(State.HELD,))
    assert "message 010" not in found(world, "message", states=(State.HELD,))
    world.index.forget(copies[0].id)
    assert found(world, "message 001") == []


def test_a_copy_that_expired_is_not_found() -> None:
    world = many(60)
    written(world)
    world.clock.advance(days=31)
    assert found(world, "message") == []


def test_come_late_on_its_way_leaves_a_hint_too() -> None:
    """A catalogue that was written before would know nothing of it."""
    world = many(60)
    written(world)
    late = replace(
        copy_at(30, subject="late"), state=State.QUEUED, id=a_copy(777, at_ms=NOW_MS + 30 * MINUTE).id
    )
    at_ms = world.clock.now_ms()
    world.index.add_copy(replace(late, events=(Event(at_ms, State.QUEUED, "x", Channel.SES),)))
    assert found(world, "late") == ["late"]


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_a_search_finds_what_it_would_one_by_one(seed: int) -> None:
    """Mail comes, late mail too, is delivered, released, removed and restored while catalogues are written now and then."""
    chance = random.Random(seed)
    words = ("red", "green", "blue")

    def make(number: int) -> Copy:
        state = chance.choice([State.HELD, State.HELD, State.DELIVERED, State.QUEUED])
        owner = chance.choice(["bob@example.org", "ann@example.org", "eve@b.example"])
        at_ms = NOW_MS + number * MINUTE
        return a_copy(number, owner, at_ms=at_ms, state=state, subject=f"{chance.choice(words)} {number}", expires_at=NOW + 30 * 86_400)  # fmt: skip

    world = many(chance.randint(0, 90), make)
    number = 1_000
    for _ in range(6):
        if chance.random() < 0.6:
            scope = chance.choice([GLOBAL, ORG, parse_scope("bob@example.org")])
            write_catalogue.write_catalogue(world.services, scope, IN, until_ms=1 << 60)
        for _ in range(chance.randint(0, 8)):
            number += 1
            world.clock.advance(seconds=chance.choice([1, 30, 200, 900]))
            now_ms = world.clock.now_ms()
            copy = make(number)
            received = now_ms - chance.choice([0, 5_000, 100_000, HOUR, 4 * HOUR])
            identity = a_copy(number, copy.id.recipient, at_ms=received).id
            events = (Event(now_ms, copy.state, "x", Channel.SES),)
            world.index.add_copy(replace(copy, id=identity, received_ms=received, events=events))
        for copy in chance.sample(world.index.all_copies(), k=min(8, len(world.index.all_copies()))):
            known = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
            steps: dict[State, list[tuple[State, str | None]]] = {
                State.HELD: [(State.REMOVED, None), (State.RELEASING, None)],
                State.RELEASING: [(State.RELEASED, "250 blue"), (State.FAILED, "550 green")],
                State.QUEUED: [(State.DELIVERED, "250 red"), (State.FAILED, "550 blue")],
                State.REMOVED: [(State.HELD, None)],
            }
            if known is not None and known.state in steps:
                state, reply = chance.choice(steps[known.state])
                moved(world, known, state, reply)
        world.clock.advance(seconds=chance.choice([1, 700, 4_000]))
        scope = chance.choice([GLOBAL, ORG, parse_scope("bob@example.org")])
        states = tuple(chance.sample(list(State)[:7], k=chance.randint(0, 2)))
        search = Search(terms=read_terms(chance.choice([*words, "red -250", "re", ""])), states=states)
        there = [copy for copy in world.index.all_copies() if scope.covers(copy.id.owner)]
        expected = [copy.subject for copy in sorted(there, key=_place, reverse=True) if search.matches(copy)]
        terms = {"states": states}
        given = search_messages.search_messages(world.services, ACTOR, scope, search, limit=1_000)
        assert [copy.subject for copy in given.copies] == expected, terms


def _place(copy: Copy) -> str:
    return copy.id.place


def test_what_a_catalogue_does_not_hold_is_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Because they are too many, or time was up."""
    monkeypatch.setattr(write_catalogue, "MOST_ROWS", 60)
    world = many()
    catalogue = written(world)
    assert not catalogue.complete
    assert [chapter.rows for chapter in catalogue.chapters] == [30, 30]
    assert found(world, "0") == [f"message {n:03}" for n in range(100, 0, -1) if "0" in f"{n:03}"]
    assert found(world, "message 001") == ["message 001"]


def test_time_ends_a_catalogue_where_it_has_come() -> None:
    world = many()
    began = world.clock.now_ms()
    slow = fakes.FakeClock(began, step_ms=1_000)
    services = replace(world.services, clock=slow)
    assert write_catalogue.write_catalogue(services, GLOBAL, IN, until_ms=began + 2_500)
    catalogue = world.catalogues.read(GLOBAL, IN)
    assert catalogue is not None
    assert 0 < len(catalogue.chapters) < 4
    assert not catalogue.complete


@pytest.mark.parametrize("lose", ["all", "one", "rotten"])
def test_a_chapter_that_is_gone_costs_time_only(lose: str) -> None:
    world = many()
    catalogue = written(world)
    for chapter in catalogue.chapters[1 if lose == "one" else 0 :]:
        world.catalogues.chapters.pop(chapter.name)
        if lose == "rotten":
            world.catalogues.chapters[chapter.name] = b"PC1\n" + bytes(16)
    assert found(world, "message 001") == ["message 001"]
    assert len(found(world, "message")) == 100


def test_a_search_by_chapters_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not more than MOST copies are read, nor much longer than SECONDS; the cursor goes on."""
    world = many()
    written(world)
    monkeypatch.setattr(search_messages, "MOST", 20)
    search = Search(terms=read_terms("message -message"))
    page = search_messages.search_messages(world.services, ACTOR, GLOBAL, search)
    assert page.cursor is not None
    assert page.looked_at < 40
    assert found(world, "message -message") == []
    world = many()
    written(world)
    monkeypatch.setattr(search_messages, "MOST", 10_000)
    slow = replace(world.services, clock=fakes.FakeClock(world.clock.now_ms(), step_ms=1_500))
    page = search_messages.search_messages(slow, ACTOR, GLOBAL, Search(terms=read_terms("absent")))
    assert page.cursor is not None
    assert page.looked_at < 100


def test_chapters_stay_open_but_not_all_of_them() -> None:
    world = many()
    catalogue = written(world)
    found(world, "message 001")
    assert world.catalogues.calls["get_chapter"] == 4
    kept = [key for key in world.services.memory if key[0] == "chapter"]
    assert [key[1] for key in kept] == [chapter.name for chapter in catalogue.chapters[2:]]
    world.catalogues.calls.clear()
    page = search_messages.search_messages(
        world.services, ACTOR, GLOBAL, Search(terms=read_terms("message 001"), before_ms=NOW_MS + 20 * MINUTE)
    )
    assert len(page.copies) == 1
    assert world.catalogues.calls["get_chapter"] == 0


def ordered(world: fakes.World) -> list[dict[str, str]]:
    return world.queue.drain(QueueName.JOBS)


def test_a_search_that_reads_much_has_a_catalogue_written_once() -> None:
    """The first hundred find nothing to do it for; a second search in the same minute does not ask again."""
    world = many(15)
    found(world, "absent")
    assert ordered(world) == []
    world = many()
    found(world, "absent")
    found(world, "absent")
    assert ordered(world) == [{"catalogue": "*", "direction": "incoming"}]
    written(world)
    world.clock.advance(seconds=120)
    found(world, "absent")
    assert ordered(world) == []


def test_an_old_catalogue_is_used_and_renewed() -> None:
    """After half a day another one is ordered; after six days it is not relied on, for hints end."""
    world = many()
    written(world)
    world.clock.advance(seconds=13 * 3600)
    world.index.rows_read = 0
    assert found(world, "message 001") == ["message 001"]
    assert world.index.rows_read < 10
    assert len(ordered(world)) == 1
    world.clock.advance(days=6)
    world.index.rows_read = 0
    assert found(world, "message 001") == ["message 001"]
    assert world.index.rows_read >= 100
    assert len(ordered(world)) == 1


def test_much_that_came_or_changed_since_renews_it() -> None:
    world = many()
    written(world)
    for number in range(25):
        moved(world, copy_at(number + 1), State.REMOVED)
    found(world, "absent")
    assert len(ordered(world)) == 1
    world = many()
    written(world)
    for number in range(400, 430):
        world.index.add_copy(a_copy(number, at_ms=world.clock.now_ms()))
    found(world, "absent")
    assert len(ordered(world)) == 1


def test_so_much_changed_that_it_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints are read up to a limit; beyond it the rows are read, and the catalogue is written anew."""
    monkeypatch.setattr(look_through, "MOST_CHANGED", 12)
    world = many()
    written(world)
    for number in range(1, 13):
        moved(world, copy_at(number), State.REMOVED)
    assert found(world, "message 009", states=(State.REMOVED,)) == ["message 009"]
    assert world.catalogues.calls["get_chapter"] > 0
    world.catalogues.calls.clear()
    moved(world, copy_at(13), State.REMOVED)
    assert found(world, "message 013", states=(State.REMOVED,)) == ["message 013"]
    assert found(world, "message 013", states=(State.HELD,)) == []
    assert world.catalogues.calls["get_chapter"] == 0
    assert len(ordered(world)) == 1


def test_two_do_not_write_the_same() -> None:
    """A lease while one is at it; a pause after it; and of two that began at once the second one's chapters are not kept."""
    world = many()
    services = world.services
    begun = Catalogue(1, busy_until_ms=world.clock.now_ms() + 1_000)
    assert world.catalogues.write(GLOBAL, IN, begun)
    assert not write_catalogue.write_catalogue(services, GLOBAL, IN, until_ms=1 << 60)
    world.clock.advance(seconds=2)
    assert write_catalogue.write_catalogue(services, GLOBAL, IN, until_ms=1 << 60)
    assert not write_catalogue.write_catalogue(services, GLOBAL, IN, until_ms=1 << 60)
    first = set(world.catalogues.chapters)
    world.clock.advance(seconds=601)
    again = written(world)
    assert set(world.catalogues.chapters) == {chapter.name for chapter in again.chapters}
    assert not first & set(world.catalogues.chapters)


def test_who_is_overtaken_takes_its_chapters_back() -> None:
    world = many()

    class Overtaken(fakes.FakeCatalogues):
        def put_chapter(self, name: str, data: bytes) -> None:
            super().put_chapter(name, data)
            known = self.read(GLOBAL, IN)
            if known is not None and known.version == 1:
                self.write(GLOBAL, IN, replace(known, version=2))

    mine = Overtaken()
    services = replace(world.services, catalogues=mine)
    assert not write_catalogue.write_catalogue(services, GLOBAL, IN, until_ms=1 << 60)
    assert mine.chapters == {}


def test_directions_and_scopes_have_catalogues_of_their_own() -> None:
    """What goes out is not found among what came in."""
    world = many(40)
    for number in range(1, 41):
        copy = copy_at(number, subject=f"sent {number:03}")
        identity = CopyId(
            copy.id.message, a_copy(1, "far@away.example").id.recipient, copy.id.owner, Direction.OUTGOING
        )
        world.index.add_copy(replace(copy, id=identity))
    written(world)
    written(world, direction=Direction.OUTGOING)
    assert found(world, "sent") == []
    assert found(world, "message 001", direction=Direction.OUTGOING) == []
    assert found(world, "sent 001", direction=Direction.OUTGOING) == ["sent 001"]
    assert world.catalogues.read(ORG, IN) is None


@pytest.mark.parametrize(("scope", "asks"), [("global", 1), ("example.org", 1), ("bob@example.org", 0)])
def test_who_sees_many_mailboxes_finds_it_written(scope: str, asks: int) -> None:
    """With the sign-in of an administrator it is ordered before the first search."""
    world = fakes.world()
    user = User(login=parse_scope(scope), scope=parse_scope(scope), mail=a_copy().id.recipient)
    world.users.add(user)
    open_session(world.services, user, Visit("192.0.2.7", "Firefox"), method="link")
    assert len(ordered(world)) == asks


def test_an_order_names_scope_and_direction() -> None:
    world = fakes.world()
    order_catalogue(world.services, ORG, Direction.OUTGOING)
    assert ordered(world) == [{"catalogue": "example.org", "direction": "outgoing"}]
    assert limits.USABLE_MS // 1000 < limits.KEPT_SECONDS
