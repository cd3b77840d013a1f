"""Routes: whose they are, and how far a domain's administrator may reach with one."""

from __future__ import annotations

import pytest
from pratique.domain.actor import Actor
from pratique.domain.errors import Forbidden, NotFound
from pratique.usecases.change_routes import delete_route, get_route, list_routes, put_route

from tests import builders, fakes

BOSS = builders.actor()
ADMIN = builders.actor("example.org")


def test_each_sees_and_sets_what_is_its_own() -> None:
    world = fakes.world()
    for domain in ("example.org", "example.net", "*"):
        put_route(world.services, BOSS, builders.route(domain))
    assert [r.domain for r in list_routes(world.services, BOSS)] == ["*", "example.net", "example.org"]
    assert [r.domain for r in list_routes(world.services, ADMIN)] == ["example.org"]
    assert list_routes(world.services, builders.actor("bob@example.org")) == []
    for domain in ("*", "example.net"):
        with pytest.raises(NotFound):
            put_route(world.services, ADMIN, builders.route(domain))
        with pytest.raises(NotFound):
            get_route(world.services, ADMIN, domain)
    delete_route(world.services, ADMIN, "example.org")
    with pytest.raises(NotFound):
        delete_route(world.services, ADMIN, "example.org")


@pytest.mark.parametrize(
    ("actor", "changes", "allowed"),
    [
        (ADMIN, {"credentials": "pratique/stack/route/example.org"}, True),
        (ADMIN, {"credentials": "pratique/stack/route/example.net"}, False),
        (ADMIN, {"credentials": "pratique/stack/route/notexample.org"}, False),
        (BOSS, {"credentials": "pratique/stack/route/shared"}, True),
        (ADMIN, {"host": "127.0.0.1"}, False),
        (ADMIN, {"host": "169.254.169.254"}, False),
        (ADMIN, {"host": "10.0.0.7"}, False),
        (ADMIN, {"host": "::1"}, False),
        (ADMIN, {"host": "8.8.8.8"}, True),
        (BOSS, {"host": "127.0.0.1"}, True),
    ],
)
def test_an_administrator_reaches_neither_other_secrets_nor_the_inner_network(
    actor: Actor, changes: dict[str, str], allowed: bool
) -> None:
    world = fakes.world()
    if allowed:
        assert put_route(world.services, actor, builders.route(**changes))
        return
    with pytest.raises(Forbidden):
        put_route(world.services, actor, builders.route(**changes))
    assert list_routes(world.services, BOSS) == []
