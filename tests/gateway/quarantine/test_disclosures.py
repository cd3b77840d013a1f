"""Privacy by level in a mail client: whoever reads somebody else's mail is told to its owner."""

from __future__ import annotations

import imaplib

import pytest
from pratique.domain.errors import TemporaryFailure
from pratique.domain.scope import parse_scope
from pratique.usecases.change_passwords import create_password

from tests import fakes
from tests.builders import actor
from tests.gateway.quarantine.serving import Gateway

BOB = "bob@example.org"


def told(gateway: Gateway) -> list[tuple[str, str, str]]:
    """What bob is told: who, by what, why."""
    return [(d.actor, d.channel, d.reason) for d in gateway.world.disclosures.rows.get(parse_scope(BOB), [])]


@pytest.mark.parametrize("login", ["global", "example.org"])
def test_an_administrators_client_is_told_to_the_owner(gateway: Gateway, login: str) -> None:
    """Once a message and hour, when it takes a body; not for what lists show, nor for a search."""
    gateway.receive(BOB)
    client = gateway.client(login)
    assert client.select("Caught") == 1
    client.listing()
    client.ok(client.imap.search(None, "TEXT", "pills"))
    client.ok(client.imap.fetch("1", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER])"))
    assert told(gateway) == []
    client.ok(client.imap.fetch("1", "(BODY.PEEK[])"))
    client.ok(client.imap.fetch("1", "(BODY.PEEK[TEXT])"))
    ((who, channel, reason),) = told(gateway)
    assert who.startswith(login)
    assert (channel, reason.startswith("a mail client: ")) == ("imap", True)
    assert [e.action for e in gateway.world.audit.log].count("body.open") == 1


def test_ones_own_client_is_told_to_nobody(gateway: Gateway) -> None:
    """With a password that one made oneself; one that an administrator made is the administrator's."""
    gateway.receive(BOB)
    _, text = create_password(gateway.world.services, actor(BOB), label="mine", scope=parse_scope(BOB))
    client = gateway.client(BOB, text)
    client.select("Caught")
    client.ok(client.imap.fetch("1", "(BODY.PEEK[])"))
    assert told(gateway) == []
    _, text = create_password(gateway.world.services, actor("global"), label="theirs", scope=parse_scope(BOB))
    client = gateway.client(BOB, text)
    client.select("Caught")
    client.ok(client.imap.fetch("1", "(BODY.PEEK[])"))
    assert len(told(gateway)) == 1


def test_what_cannot_be_told_is_not_shown(gateway: Gateway) -> None:
    """Nobody reads what was not noted first."""
    gateway.receive(BOB)
    client = gateway.client("example.org")
    client.select("Caught")

    def broken(*_: object, **__: object) -> None:
        raise TemporaryFailure("the table is busy")

    gateway.world.disclosures.record = broken  # type: ignore[method-assign]  # the store fails
    try:
        kind, data = client.imap.fetch("1", "(BODY.PEEK[])")
    except imaplib.IMAP4.error:
        kind, data = "BYE", []
    assert kind != "OK"
    assert not any(isinstance(each, tuple) for each in data)
    assert isinstance(gateway.world, fakes.World)
