"""The set-up check: each point says what was found, and what could not be asked is no fault."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import InvalidInput, NotFound, PermanentFailure, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.route import RouteKind
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.setup_check import Standing, dmarc_point, mx_point, spf_point
from pratique.ports.setup import Identity, Receiving
from pratique.usecases.check_setup import check_setup

from tests import builders, fakes

ORG = parse_scope("example.org")
ADMIN = Actor("admin", ORG, Channel.PANEL)
OK, WARNING, FAILED, UNKNOWN = Standing.OK, Standing.WARNING, Standing.FAILED, Standing.UNKNOWN
SES_IN = "10 inbound-smtp.eu-west-1.amazonaws.com."


def points(world: fakes.World) -> dict[str, Standing]:
    return {point.name: point.standing for point in check_setup(world.services, ADMIN, ORG)}


def ready() -> fakes.World:
    """A domain of which all is as it should be."""
    world = fakes.world()
    world.dns.put("example.org", "MX", SES_IN)
    world.dns.put("example.org", "TXT", "other", "v=spf1 include:amazonses.com -all")
    world.dns.put("_dmarc.example.org", "TXT", "v=DMARC1; p=quarantine")
    world.provider.active = Receiving("rules", takes=True)
    world.provider.identities["example.org"] = Identity(verified=True, dkim="SUCCESS")
    world.directory.put_route(builders.route("example.org"))
    world.index.add_copy(builders.a_copy(1, state=State.DELIVERED, attempts=1, reply="250 2.0.0 taken"))
    return world


def test_all_is_well() -> None:
    world = ready()
    assert set(points(world).values()) == {OK}
    assert len(points(world)) == 9
    assert world.queue.waiting[next(iter(world.queue.waiting))] == []


def test_nothing_is_set_up_yet() -> None:
    """Each point that keeps mail out says what to do."""
    found = check_setup(fakes.world().services, ADMIN, ORG)
    standing = {point.name: point.standing for point in found}
    assert standing == {
        "mx": FAILED,
        "receiving": FAILED,
        "arriving": WARNING,
        "route": FAILED,
        "next-hop": UNKNOWN,
        "delivering": WARNING,
        "spf": WARNING,
        "dmarc": WARNING,
        "identity": WARNING,
    }
    assert all(point.advice for point in found if point.standing is FAILED)


def test_what_cannot_be_asked_is_unknown() -> None:
    """A laptop without DNS and without SES."""
    world = ready()
    world.dns.down = True
    world.provider.active = PermanentFailure("no SES here")
    world.provider.broken = TemporaryFailure("no SES here")
    standing = points(world)
    assert {name for name, each in standing.items() if each is UNKNOWN} == {
        "mx",
        "receiving",
        "spf",
        "dmarc",
        "identity",
    }


def test_a_next_hop_that_does_not_answer_or_refuses_is_a_fault() -> None:
    world = ready()
    world.probe.answer = TemporaryFailure("no connection")
    assert points(world)["next-hop"] is FAILED
    world.index.add_copy(builders.a_copy(2, state=State.FAILED, reply="550 no"))
    assert points(world)["delivering"] is WARNING
    alone = fakes.world()
    alone.index.add_copy(builders.a_copy(2, state=State.FAILED, reply="550 no"))
    assert points(alone)["delivering"] is FAILED


def test_ses_routes_and_identities_have_degrees() -> None:
    world = ready()
    world.directory.put_route(
        replace(builders.route("example.org"), kind=RouteKind.SES_REWRITTEN, host="", sender="q@example.org")
    )
    world.provider.identities["example.org"] = Identity(verified=True, dkim="PENDING")
    standing = points(world)
    assert (standing["route"], standing["next-hop"], standing["identity"]) == (WARNING, UNKNOWN, WARNING)
    world.provider.identities["example.org"] = Identity(verified=False, dkim="FAILED")
    world.provider.active = Receiving("another", takes=False)
    standing = points(world)
    assert (standing["identity"], standing["receiving"]) == (FAILED, FAILED)


@pytest.mark.parametrize(
    ("records", "standing"),
    [
        ((SES_IN,), OK),
        (("10 pratique.invalid.",), OK),
        (("5 abc123.x.mail-manager-smtp.eu-west-1.on.aws.",), OK),
        ((SES_IN, "20 backup.example.net."), WARNING),
        (("5 mx.other.example.", SES_IN), WARNING),
        (("10 mx.other.example.",), FAILED),
        (("10 inbound-smtp.eu-west-1.amazonaws.com.evil.example.",), FAILED),
        ((), FAILED),
        (("0 .",), FAILED),
        (("",), FAILED),
        (("many inbound-smtp.eu-west-1.amazonaws.com",), OK),
    ],
)
def test_mx(records: tuple[str, ...], standing: Standing) -> None:
    assert mx_point(records, "pratique.invalid").standing is standing


@pytest.mark.parametrize(
    ("records", "standing"),
    [
        (("v=spf1 -all",), OK),
        (("V=SPF1 include:x.example ~all",), OK),
        (("v=spf1 +all",), FAILED),
        (("v=spf1 a all",), FAILED),
        (("v=spf1 a:all.example ?all",), OK),
        (("v=spf1 -all", "v=spf1 ~all"), FAILED),
        (("v=spf10 -all",), WARNING),
        ((), WARNING),
    ],
)
def test_spf(records: tuple[str, ...], standing: Standing) -> None:
    assert spf_point(records).standing is standing


@pytest.mark.parametrize(
    ("records", "standing"),
    [
        (("v=DMARC1; p=reject",), OK),
        (("v=DMARC1;p=none; rua=mailto:a@example.org",), WARNING),
        (("something",), WARNING),
        ((), WARNING),
    ],
)
def test_dmarc(records: tuple[str, ...], standing: Standing) -> None:
    assert dmarc_point(records).standing is standing


def test_the_set_up_is_the_administrators() -> None:
    world = ready()
    for actor in (
        Actor("bob", parse_scope("bob@example.org"), Channel.API),
        Actor("x", parse_scope("other.example"), Channel.API),
    ):
        with pytest.raises(NotFound):
            check_setup(world.services, actor, ORG)
    reader = replace(ADMIN, may_write=False)
    assert check_setup(world.services, reader, ORG)
    for scope in (GLOBAL, parse_scope("bob@example.org")):
        with pytest.raises(InvalidInput):
            check_setup(world.services, Actor("op", GLOBAL, Channel.API), scope)
