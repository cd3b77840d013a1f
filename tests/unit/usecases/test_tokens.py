"""API tokens: made once, repeated safely, revoked for good."""

from __future__ import annotations

import pytest
from pratique.domain.actor import Channel
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pratique.domain.scope import parse_scope
from pratique.usecases.authorize_token import authorize_token
from pratique.usecases.change_tokens import create_token, list_tokens, revoke_token

from tests import builders, fakes

BOSS = builders.actor("example.org")
BOB = parse_scope("bob@example.org")


def test_a_token_opens_for_its_scope_until_it_is_revoked() -> None:
    world = fakes.world()
    token, text = create_token(world.services, BOSS, name="phone", scope=BOB, may_write=False)
    actor = authorize_token(world.services, text, Channel.API)
    assert actor is not None
    assert (actor.name, actor.scope, actor.may_write) == ("token:phone", BOB, False)
    assert list_tokens(world.services, BOSS, BOB) == [token]
    revoke_token(world.services, BOSS, token.id)
    assert authorize_token(world.services, text, Channel.API) is None
    with pytest.raises(NotFound):
        revoke_token(world.services, BOSS, token.id)


@pytest.mark.parametrize("text", ["", "Bearer", "prq_x_y", "prq_01M2HZQ8M00000000000000000_" + "A" * 43])
def test_what_is_no_token_is_nobody(text: str) -> None:
    assert authorize_token(fakes.world().services, text, Channel.API) is None


def test_a_token_ends_by_itself() -> None:
    world = fakes.world()
    _, text = create_token(world.services, BOSS, name="day", scope=BOB, days=1)
    world.clock.advance(days=1, seconds=-1)
    assert authorize_token(world.services, text, Channel.API)
    world.clock.advance(seconds=1)
    assert authorize_token(world.services, text, Channel.API) is None


def test_a_repeated_request_gives_the_same_token_and_a_revoked_one_stays_dead() -> None:
    """The answer may have been lost; the key decides. Another request under the same key is refused."""
    world = fakes.world()
    first = create_token(world.services, BOSS, name="phone", scope=BOB, request="k1")
    assert create_token(world.services, BOSS, name="phone", scope=BOB, request="k1") == first
    assert create_token(world.services, BOSS, name="phone", scope=BOB, request="k2") != first
    with pytest.raises(Conflict):
        create_token(world.services, BOSS, name="phone", scope=BOB, request="k1", days=3)
    revoke_token(world.services, BOSS, first[0].id)
    with pytest.raises(Conflict):
        create_token(world.services, BOSS, name="phone", scope=BOB, request="k1")


def test_nobody_makes_a_token_beyond_the_own_scope() -> None:
    world = fakes.world()
    for scope in ("global", "example.net", "ann@example.net"):
        with pytest.raises(NotFound):
            create_token(world.services, BOSS, name="x", scope=parse_scope(scope))
    with pytest.raises(Forbidden):
        create_token(world.services, builders.actor("example.org", may_write=False), name="x", scope=BOB)
    for bad in ({"name": ""}, {"name": "x" * 81}, {"name": "x", "days": 0}, {"name": "a\nb"}):
        with pytest.raises(InvalidInput):
            create_token(world.services, BOSS, scope=BOB, **bad)
