"""pratique users, delegates, disclosures."""

from __future__ import annotations

import json

import pytest
from pratique import bootstrap
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.usecases.open_session import Visit
from pratique.usecases.sign_in import sign_in_by_link

from tests import fakes
from tests.unit.cli.world import Installation


def test_an_account_is_made_changed_reset_and_deleted(here: Installation) -> None:
    """And listed between."""
    made = here.run(
        "users", "create", "ann@example.org", "--scope", "example.org", "--name", "Ann", "--second-factor"
    )
    assert made.stdout == "ann@example.org: looks after example.org must have a second factor\n"
    user = here.world.users.rows[parse_scope("ann@example.org")]
    assert (user.name, user.second_factor, user.created_by) == ("Ann", True, "token:tester")
    listed = here.run("users", "list", "example.org").stdout
    assert "ann@example.org" in listed
    assert "Ann" in listed
    changed = here.run("users", "change", "ann@example.org", "--disable", "--read-only", "--no-second-factor")
    assert changed.stdout == "ann@example.org: looks after example.org read-only, disabled\n"
    assert json.loads(here.run("users", "reset", "ann@example.org", "--json").stdout)["has_password"] is False
    assert here.run("users", "change", "ann@example.org").exit_code == 2
    assert here.run("users", "delete", "ann@example.org").exit_code == 0
    assert here.run("users", "list", "example.org").stdout == "no accounts\n"
    assert here.run("users", "delete", "ann@example.org").exit_code == 1


def test_delegates(here: Installation) -> None:
    """Given, listed, taken back."""
    assert (
        here.run(
            "delegates", "add", "bob@example.org", "ann@example.org", "--days", "14", "--read-only"
        ).exit_code
        == 0
    )
    assert "ann@example.org" in here.run("delegates", "list", "bob@example.org").stdout
    assert here.run("delegates", "delete", "bob@example.org", "ann@example.org").exit_code == 0
    assert here.run("delegates", "list", "bob@example.org").stdout == "no delegates\n"


def test_who_opened_what(here: Installation) -> None:
    """With the reason, as the owner reads it."""
    (message, *_) = json.loads(here.run("list", "--json").stdout)["messages"]
    here.world.store.put("raw/message-3", b"x")
    assert here.run("disclosures", "bob@example.org").stdout == "nobody saw anything\n"
    refused = here.run("raw", message["id"])
    assert refused.exit_code == 1
    assert "reason_needed" in refused.stderr
    here.run("raw", message["id"], "--link", "--reason", "asked on the phone")
    told = here.run("disclosures", "bob@example.org").stdout
    assert "asked on the phone" in told
    assert message["id"] in told


def test_the_first_administrator_gets_a_link(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made once; asked again there is another link, to the same account; never to one with other rights."""
    world = fakes.world()
    monkeypatch.setattr(bootstrap, "build_services", lambda _settings: world.services)
    words = ["users", "create", "you@example.org", "--bootstrap"]
    where = ["--table", "t", "--signing-secret", "s", "--panel", fakes.PANEL]
    assert here.run(*words).exit_code == 2
    for _ in range(2):
        link = here.run(*words, *where).stdout.strip()
        assert link.startswith(f"{fakes.PANEL}/#/sign-in/")
        done = sign_in_by_link(world.services, link.rpartition("/")[2], Visit())
        assert (done.user.scope, done.user.created_by) == (GLOBAL, "bootstrap")
    assert here.run(*words, *where, "--scope", "example.org").exit_code == 1
    for panel in ("http://example.org", "https://example.org/panel", "ftp://x"):
        assert here.run(*words, "--table", "t", "--signing-secret", "s", "--panel", panel).exit_code == 1
