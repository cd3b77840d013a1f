"""Saved searches over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from pratique.domain.actor import Actor, Channel, Standing
from pratique.domain.errors import NotFound
from pratique.domain.saved_search import MOST
from pratique.domain.scope import parse_scope
from pratique.usecases.save_searches import list_searches

from tests import fakes
from tests.unit.api.calling import Answer, call

PATH = "/v1/me/searches"
HELD = {"q": 'order "from shop"', "state": ["held"], "since": "2026-09-01T00:00:00+02:00"}


def put(
    world: fakes.World, id_: str = "one", name: str = "orders", search: Any = None, **options: Any
) -> Answer:
    body = {"name": name, "search": HELD if search is None else search}
    return call(world, "PUT", f"{PATH}/{id_}", body=body, **options)


def names(world: fakes.World, scope: str = "global") -> list[str]:
    return [each["name"] for each in call(world, "GET", PATH, scope=scope).body["searches"]]


def test_a_search_is_saved_renamed_replaced_and_forgotten() -> None:
    """One id all the while; what is kept is what was asked, and finds the same."""
    world = fakes.world()
    made = put(world)
    assert made.status == 200
    assert made.body == {
        "id": "one",
        "name": "orders",
        "search": HELD,
        "created_at": "2026-09-21T14:13:20Z",
        "changed_at": "2026-09-21T14:13:20Z",
    }
    world.clock.advance(seconds=60)
    assert put(world).body == made.body  # the same again changes nothing
    renamed = put(world, name=" Orders ").body
    assert (renamed["name"], renamed["search"]) == ("Orders", HELD)
    assert (renamed["created_at"], renamed["changed_at"]) == (made.body["created_at"], "2026-09-21T14:14:20Z")
    everything = {"status": ["delivered", "delivered"], "verdict": ["ham"], "score_to": 0.5, "larger": 1_000}
    assert put(world, search=everything).body["search"] == everything | {"status": ["delivered"]}
    assert put(world, "two", "a", {}).body["search"] == {}
    assert names(world) == ["a", "orders"]
    assert call(world, "DELETE", f"{PATH}/one").status == 204
    assert call(world, "DELETE", f"{PATH}/one").status == 404
    assert names(world) == ["a"]
    told = [(e.action, e.subject) for e in world.audit.log]
    assert told == [("search.put", "one")] * 3 + [("search.put", "two"), ("search.delete", "one")]


@pytest.mark.parametrize(
    "search",
    [
        {"since": "yesterday"},
        {"since": "2026-09-21T00:00:00Z", "before": "2026-09-20T00:00:00Z"},
        {"status": ["lost"]},
        {"score_from": 0.9, "score_to": 0.1},
        {"score_from": 2},
        {"q": "x" * 101},
        {"q": " ".join("abcdefghijk")},
        {"larger": -1},
        {"scope": "no scope"},
    ],
)
def test_what_cannot_be_searched_is_not_saved(search: dict[str, Any]) -> None:
    """The same is refused by both."""
    world = fakes.world()
    assert put(world, search=search).status == 422
    assert call(world, "GET", "/v1/messages/search", query=search).status in {400, 422}
    assert names(world) == []


@pytest.mark.parametrize(
    ("id_", "body"),
    [
        ("a b", {"name": "x", "search": {}}),
        ("x" * 65, {"name": "x", "search": {}}),
        ("a", {"name": " ", "search": {}}),
        ("a", {"name": "x" * 81, "search": {}}),
        ("a", {"name": "\u202egnp", "search": {}}),
        ("a", {"name": "x"}),
        ("a", {"name": "x", "search": {"limit": 5}}),
        ("a", {"name": "x", "search": {"scope": 7}}),
    ],
)
def test_what_is_of_another_form_is_refused(id_: str, body: dict[str, Any]) -> None:
    world = fakes.world()
    assert call(world, "PUT", f"{PATH}/{id_.replace(' ', '%20')}", body=body).status == 422
    assert names(world) == []


def test_a_search_of_what_one_may_not_see_is_a_missing_thing() -> None:
    world = fakes.world()
    there = {"scope": "bob@example.org"}
    assert put(world, search=there, scope="example.org").body["search"] == there
    assert put(world, search=there, scope="carol@example.org").status == 404


def test_no_two_have_one_name_and_fifty_are_enough() -> None:
    """By the letters, not their case; what is there may always be renamed and replaced."""
    world = fakes.world()
    for number in range(MOST):
        assert put(world, f"s{number}", f"search {number}").status == 200
    assert put(world, "more", "one more").body["code"] == "conflict"
    assert put(world, "s1", "SEARCH 2").body["detail"] == "another search has this name"
    assert put(world, "s1", "Search 1").status == 200
    assert len(names(world)) == MOST
    assert put(world, "more", "one more", scope="example.org").status == 200


def test_each_has_its_own() -> None:
    """By the scope of its token; nobody above or beside it sees them, and an administrator's token of a mailbox is not its owner's."""
    world = fakes.world()
    assert put(world, scope="bob@example.org").status == 200
    assert names(world, "bob@example.org") == ["orders"]
    for other in ("global", "example.org", "carol@example.org"):
        assert names(world, other) == []
        assert call(world, "DELETE", f"{PATH}/one", scope=other).status == 404
    for method, path in (("GET", PATH), ("DELETE", f"{PATH}/one")):
        assert call(world, method, path, scope="bob@example.org", standing="inside").status == 404
    assert put(world, "two", scope="bob@example.org", standing="inside").status == 404
    assert put(world, "two", "other", scope="bob@example.org", may_write=False).status == 403
    assert call(world, "DELETE", f"{PATH}/one", scope="bob@example.org", may_write=False).status == 403
    assert names(world, "bob@example.org") == ["orders"]


def test_a_person_has_them_wherever_it_looks() -> None:
    """Those of the login, not of the mailbox that it looks after; none while it is somebody else."""
    world = fakes.world()
    bob, dora = parse_scope("bob@example.org"), parse_scope("dora@example.org")
    put(world, scope="dora@example.org")
    delegate = Actor(
        "dora", bob, Channel.PANEL, may_write=False, login=dora, session="s", standing=Standing.DELEGATE
    )
    assert [each.name for each in list_searches(world.services, delegate)] == ["orders"]
    acting = Actor("ann as dora", dora, Channel.PANEL, login=dora, session="s", reason="a call")
    with pytest.raises(NotFound):
        list_searches(world.services, acting)
