"""An edge is no open relay: it takes mail for the domains of its installation, and for no others."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator

import pytest
from pratique.domain.alias import AliasDomain
from pratique.domain.errors import TemporaryFailure
from pratique.domain.policy import Policy
from pratique.domain.scope import domain_scope
from pratique.ports.services import Options
from pratique.usecases.serve_domain import is_served

from gateway.domains import KEEP_SECONDS, MOST, Domains
from tests import builders, fakes
from tests.gateway.serving import SENDER, Serving, serving

MAIL = b"From: a@example.net\r\nSubject: hello\r\n\r\nbody\r\n"


class Asked:
    """`is_served` of a test, with a clock of its own."""

    def __init__(self, *served: str) -> None:
        self.served = set(served)
        self.questions: list[str] = []
        self.error: Exception | None = None
        self.moment = 1_000.0

    def __call__(self, domain: str) -> bool:
        self.questions.append(domain)
        if self.error:
            raise self.error
        return domain in self.served

    def now(self) -> float:
        return self.moment


@pytest.fixture
def asked() -> Asked:
    return Asked("example.org")


@pytest.fixture
def domains(asked: Asked) -> Iterator[Domains]:
    found = Domains(asked, now=asked.now)
    yield found
    found.close()


@pytest.fixture
def edge(domains: Domains) -> Iterator[Serving]:
    with serving(serves=domains) as one:
        yield one


def refused(edge: Serving, recipient: str) -> tuple[int, bytes]:
    with edge.client() as client:
        client.ehlo()
        client.mail(SENDER)
        return client.rcpt(recipient)


def test_mail_for_a_domain_of_ours_is_taken(edge: Serving) -> None:
    assert edge.send(MAIL)[0] == 250
    assert edge.send(MAIL, to="Bob@EXAMPLE.org")[0] == 250


@pytest.mark.parametrize(
    "recipient", ["bob@elsewhere.example", "bob@sub.example.org", "bob%elsewhere.example@other.example"]
)
def test_mail_for_any_other_domain_is_refused_at_rcpt(edge: Serving, recipient: str) -> None:
    assert refused(edge, recipient) == (550, b"5.7.1 mail for this domain is not taken here")
    with pytest.raises(smtplib.SMTPSenderRefused), edge.client() as client:
        client.sendmail("not an address", [recipient], MAIL)
    assert edge.ingest.events == []


def test_of_several_recipients_those_in_our_domains_get_it(edge: Serving) -> None:
    with edge.client() as client:
        failed = client.sendmail(SENDER, ["bob@example.org", "eve@elsewhere.example"], MAIL)
    assert list(failed) == ["eve@elsewhere.example"]
    assert edge.event["receipt"]["recipients"] == ["bob@example.org"]


def test_where_nobody_can_say_the_sender_tries_again(edge: Serving, asked: Asked) -> None:
    asked.error = TemporaryFailure("no answer")
    assert refused(edge, "bob@example.org")[0] == 451
    asked.error = None
    assert refused(edge, "bob@example.org")[0] == 250


def test_answers_are_kept_for_a_minute(asked: Asked, domains: Domains) -> None:
    async def ask(*names: str) -> list[bool]:
        return [await domains(name) for name in names]

    assert asyncio.run(ask("example.org", "new.example", "example.org", "new.example")) == [
        True,
        False,
        True,
        False,
    ]
    assert asked.questions == ["example.org", "new.example"]
    asked.served = {"new.example"}
    asked.moment += KEEP_SECONDS
    assert asyncio.run(ask("example.org", "new.example")) == [False, True]


def test_what_is_kept_is_bounded(asked: Asked, domains: Domains) -> None:
    async def ask() -> None:
        for number in range(MOST + 50):
            await domains(f"d{number}.example")

    asyncio.run(ask())
    assert len(domains) == MOST


def test_a_domain_is_ours_by_a_route_a_policy_or_alias_rules_of_its_own() -> None:
    world = fakes.world()
    world.directory.put_route(builders.route("*"))
    world.directory.put_route(builders.route("routed.example"))
    world.directory.put_policy(domain_scope("chosen.example"), Policy(quarantine=False))
    world.aliases.put_domain(AliasDomain("other.example", same_as="routed.example"))
    names = ("routed.example", "chosen.example", "other.example", "gmail.example", "*", "")
    assert [is_served(world.services, name) for name in names] == [True, True, True, False, False, False]


def test_answers_to_digests_are_ours() -> None:
    world = fakes.world(Options(digest_domain="act.example"))
    assert is_served(world.services, "act.example")
    assert not is_served(world.services, "example.org")
