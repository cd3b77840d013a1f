"""Aliases, plus-addresses, alias domains, catch-all, by real SMTP in and out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator

SPAMMER = "spammer@alias.test"


def alias(installation: Installation, address: str, owner: str) -> None:
    domain = address.partition("@")[2]
    installation.do("PUT", f"/v1/aliases/{domain}/entries", {"address": address, "owner": owner})


def spam(installation: Installation, subject: str, to: str | list[str]) -> bytes:
    """Send a message that is held for everybody."""
    data = mail(subject, sender=SPAMMER)
    assert installation.send(data, to=to, sender=SPAMMER)[0] == 550
    return data


def quarantine(installation: Installation, scope: str) -> list[tuple[str, str]]:
    """(whom it goes to, whose it is) of what a scope sees, the newest first."""
    return sorted((each["recipient"], each["owner"]) for each in installation.held(scope))


def test_alias_plus_address_and_plain_address_are_one_quarantine(installation: Installation) -> None:
    """Three copies of one message, one owner; each is released to where it was sent, byte for byte."""
    installation.block(SPAMMER, scope="one-owner.example")
    alias(installation, "info@one-owner.example", "bob@one-owner.example")
    people = ["bob@one-owner.example", "bob+news@one-owner.example", "info@one-owner.example"]
    data = spam(installation, "to all of me", [*people, "ann@one-owner.example"])
    assert quarantine(installation, "bob@one-owner.example") == sorted((each, people[0]) for each in people)
    assert len(installation.held("one-owner.example")) == 4
    made = installation.do("POST", "/v1/tokens", {"name": "bob", "scope": "bob@one-owner.example"})
    held = installation.held("bob@one-owner.example")
    body = {"action": "release", "ids": [each["id"] for each in held]}
    answer = installation.call("POST", "/v1/messages/bulk", body, token=made["text"])
    assert all(each["ok"] for each in answer.body["answers"])
    for each in people:
        (arrived,) = installation.delivered(each)
        assert arrived.endswith(b"\r\n" + data)
    (left,) = installation.held("one-owner.example")
    assert left["recipient"] == "ann@one-owner.example"
    assert installation.call("GET", f"/v1/messages/{left['id']}", token=made["text"]).status == 404


def test_settings_of_the_owner_count_for_the_alias(installation: Installation) -> None:
    """Its lists, and its policy."""
    alias(installation, "sales@settings.example", "bob@settings.example")
    installation.block(SPAMMER, scope="bob@settings.example")
    installation.do("PUT", "/v1/policies/bob@settings.example", {"retention_days": 3})
    spam(installation, "for sales", "sales+x@settings.example")
    copy = installation.only_held("bob@settings.example")
    assert (copy["recipient"], copy["owner"]) == ("sales+x@settings.example", "bob@settings.example")
    kept = datetime.fromisoformat(copy["expires_at"]) - datetime.fromisoformat(copy["received_at"])
    assert timedelta(days=2) < kept < timedelta(days=4)


def test_an_alias_domain_and_a_catch_all(installation: Installation) -> None:
    """Whole domains belong to others; what is listed keeps its own."""
    installation.block(SPAMMER, scope="main.example")
    installation.do("PUT", "/v1/aliases/other.example", {"same_as": "main.example"})
    alias(installation, "bob@main.example", "bob@main.example")
    installation.do("PUT", "/v1/aliases/main.example", {"catch_all": "office@main.example"})
    data = spam(
        installation, "everywhere", ["bob@other.example", "whoever@other.example", "bob+x@main.example"]
    )
    assert quarantine(installation, "main.example") == [
        ("bob+x@main.example", "bob@main.example"),
        ("bob@other.example", "bob@main.example"),
        ("whoever@other.example", "office@main.example"),
    ]
    assert installation.held("other.example") == []
    (office,) = installation.held("office@main.example")
    installation.do("POST", f"/v1/messages/{office['id']}/release", {})
    (arrived,) = installation.delivered("whoever@other.example")
    assert arrived.endswith(b"\r\n" + data)
    asked = installation.do("GET", "/v1/aliases/other.example/owner", address="any+x@other.example")
    assert asked["owner"] == "office@main.example"


def test_mail_that_came_before_the_alias_stays_where_it_was(installation: Installation) -> None:
    """And new mail goes to the owner; taken back, it is as before."""
    installation.block(SPAMMER, scope="later.example")
    spam(installation, "before", "desk@later.example")
    alias(installation, "desk@later.example", "bob@later.example")
    spam(installation, "after", "desk@later.example")
    assert [each["subject"] for each in installation.held("desk@later.example")] == ["before"]
    assert [each["subject"] for each in installation.held("bob@later.example")] == ["after"]
    installation.do("DELETE", "/v1/aliases/later.example/entries", address="desk@later.example")
    spam(installation, "again", "desk@later.example")
    assert [each["subject"] for each in installation.held("desk@later.example")] == ["again", "before"]


def test_an_alias_has_no_login_and_circles_are_refused(installation: Installation) -> None:
    """With a word on whose it is."""
    alias(installation, "team@login.example", "bob@login.example")
    for path, body in (
        ("/v1/passwords/team@login.example", {"label": "phone"}),
        ("/v1/passwords/bob%2Bx@login.example", {"label": "phone"}),
        ("/v1/tokens", {"name": "x", "scope": "team@login.example"}),
    ):
        refused = installation.call("POST", path, body)
        assert (refused.status, "belongs to bob@login.example" in refused.body["detail"]) == (422, True)
    assert installation.call("POST", "/v1/passwords/bob@login.example", {"label": "phone"}).status == 201
    body = {"address": "bob@login.example", "owner": "team@login.example"}
    circle = installation.call("PUT", "/v1/aliases/login.example/entries", body)
    assert (circle.status, "circle" in circle.body["detail"]) == (422, True)
    body = {"address": "bob@login.example", "owner": "ann@login.example"}
    taken = installation.call("PUT", "/v1/aliases/login.example/entries", body)
    assert (taken.status, "team@login.example" in taken.body["detail"]) == (409, True)
