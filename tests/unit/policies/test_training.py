"""Training Requested by expected gain."""

from __future__ import annotations

import math

import pytest
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.policy import Disposition, Policy
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.verdict import Verdict
from pratique.usecases.expire_messages import expire_messages
from pratique.usecases.list_training import doubt, list_training
from pratique.usecases.train_message import train_message

from tests import builders, fakes
from tests.path import arrive, opened, work_off
from tests.unit.api.calling import call

ADMIN = builders.actor("example.org")
ORG = parse_scope("example.org")


def _asking(world: fakes.World, number: int, score: float, fingerprint: str = "", who: str = "bob") -> CopyId:
    copy = builders.a_copy(
        number,
        f"{who}@example.org",
        state=State.DELIVERED,
        verdict=Verdict.UNSURE,
        disposition=Disposition.DELIVER,
        score=score,
        fingerprint=fingerprint,
        requested_until=builders.NOW + builders.DAY,
    )
    world.index.add_copy(copy)
    world.index.add_facts(builders.facts(number), expires_at=copy.expires_at)
    return copy.id


def test_what_is_least_known_comes_first() -> None:
    """One bit of doubt at a half, less to either side, none at the ends."""
    world = fakes.world()
    ids = {score: _asking(world, n, score) for n, score in enumerate((0.15, 0.5, 0.85, 0.3, 1.0), 1)}
    page = list_training(world.services, ADMIN, ORG)
    order = [each.copy.id for each in page.asking]
    assert [order[0], order[1], order[4]] == [ids[0.5], ids[0.3], ids[1.0]]
    assert set(order[2:4]) == {ids[0.15], ids[0.85]}
    assert [round(each.gain, 3) for each in page.asking] == [1.0, 0.881, 0.61, 0.61, 0.0]
    assert page.looked_at == 5


def test_a_campaign_is_one_line_and_weighs_more() -> None:
    """One label answers for many; the copy in most doubt stands for them."""
    world = fakes.world()
    alone = _asking(world, 1, 0.5)
    many = [_asking(world, n, 0.2 + n / 100, f"{0xABCDEF0123456789 ^ (n & 1):016x}") for n in range(2, 10)]
    page = list_training(world.services, ADMIN, ORG)
    assert [each.copy.id for each in page.asking] == [many[-1], alone]
    assert page.asking[0].gain == pytest.approx(doubt(0.29) * (1 + math.log2(8)))
    assert {copy.id for copy in page.asking[0].others} == set(many[:-1])


def test_a_label_takes_a_copy_off_the_list() -> None:
    """And what is left of its campaign weighs less."""
    world = fakes.world()
    first, second = (_asking(world, n, 0.5, "abcdef0123456789") for n in (1, 2))
    assert list_training(world.services, ADMIN, ORG).asking[0].gain == pytest.approx(2.0)
    train_message(world.services, ADMIN, first, Label.HAM)
    (left,) = list_training(world.services, ADMIN, ORG).asking
    assert left.copy.id == second
    assert left.gain == pytest.approx(1.0)


def test_a_page_costs_what_it_looks_at() -> None:
    """Windows of the list, newest first, each in the order of its gain; nothing is left out or shown twice."""
    world = fakes.world()
    ids = [_asking(world, n, n / 30) for n in range(1, 26)]
    seen: list[CopyId] = []
    cursor = None
    for _ in range(4):
        page = list_training(world.services, ADMIN, ORG, limit=10, cursor=cursor)
        gains = [each.gain for each in page.asking]
        assert gains == sorted(gains, reverse=True)
        seen += [each.copy.id for each in page.asking]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(map(str, seen)) == sorted(map(str, ids))
    for limit in (0, 501):
        with pytest.raises(InvalidInput):
            list_training(world.services, ADMIN, ORG, limit=limit)
    with pytest.raises(NotFound):
        list_training(world.services, builders.actor("example.net"), ORG)


@pytest.mark.parametrize(("score", "bits"), [(0.0, 0), (1.0, 0), (0.5, 1), (-0.1, 0), (float("nan"), 0)])
def test_doubt(score: float, bits: float) -> None:
    """Whatever a score is."""
    assert doubt(score) == bits


def test_from_mail_in_to_the_end_of_its_retention() -> None:
    """Unsure mail is delivered, asks for `training_days`, also past its log days, and then row and bytes are gone."""
    world = opened()
    policy = Policy(spam_at=1.0, unsure_at=0.0, training_requested=True, training_days=5, log_days=2)
    world.directory.put_policy(GLOBAL, policy)
    (copy,) = arrive(world, builders.receipt()).copies
    assert list_training(world.services, ADMIN, ORG).asking == ()
    work_off(world)
    assert len(world.courier.parcels) == 1
    (line,) = call(world, "GET", "/v1/training", scope="bob@example.org").body["lines"]
    assert (line["message"]["id"], line["message"]["state"], line["alike"]) == (str(copy.id), "delivered", [])
    world.clock.advance(days=4.9)
    assert len(list_training(world.services, ADMIN, ORG).asking) == 1
    world.clock.advance(days=0.2)
    assert list_training(world.services, ADMIN, ORG).asking == ()
    expire_messages(world.services, until_ms=world.clock.now_ms() + 60_000)
    assert world.store.objects == {}
