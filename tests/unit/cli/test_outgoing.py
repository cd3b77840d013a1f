"""submit and identities, against the API over the fakes."""

from __future__ import annotations

from pathlib import Path

from pratique.domain.policy import Policy
from pratique.domain.scope import domain_scope

from tests import builders
from tests.unit.cli.world import Installation
from tests.unit.submission.sending import BOB, EVE, LETTER, SPAM


def ready(here: Installation, home: Path) -> tuple[str, str]:
    """A domain that may send; a letter and a spam in files."""
    here.world.directory.put_policy(domain_scope("example.org"), Policy(outgoing_quarantine=True))
    here.world.directory.put_route(builders.route("outgoing:example.org"))
    (home / "letter").write_bytes(LETTER)
    (home / "spam").write_bytes(SPAM)
    return str(home / "letter"), str(home / "spam")


def test_submit_sends_or_says_that_it_is_held(here: Installation, home: Path) -> None:
    """With the id of each copy, which the other commands take; from standard input, too."""
    letter, spam = ready(here, home)
    out = here.run("submit", letter, "--from", BOB, "--to", EVE).output
    assert out.startswith("accepted")
    assert f"{EVE}  queued" in out
    out = here.run("submit", spam, "--from", BOB, "--to", EVE).output
    assert out.startswith("refused as spam")
    held = here.run("list", "--outgoing").output
    assert held.split()[0] in out
    assert here.run("submit", "--from", BOB, "--to", EVE, input=LETTER).output.startswith("accepted")
    assert here.run("submit", letter, "--from", BOB).exit_code == 1


def test_identities_are_listed_locked_and_unlocked(here: Installation, home: Path) -> None:
    letter, _ = ready(here, home)
    here.run("submit", letter, "--from", BOB, "--to", EVE)
    here.run("identities", "lock", "global", "--sender", BOB)
    shown = here.run("identities", "list", "global", "--locked").output
    assert "until it is unlocked" in shown
    assert BOB in shown
    out = here.run("submit", letter, "--from", BOB, "--to", EVE)
    assert (out.exit_code, "locked" in out.output) == (1, True)
    assert "may send" in here.run("identities", "unlock", "global", "--sender", BOB).output
    assert here.run("submit", letter, "--from", BOB, "--to", EVE).output.startswith("accepted")
    assert "nobody" in here.run("identities", "list", "example.org").output
    lock = ("identities", "lock", BOB, "--minutes", "5", "--reason", "odd")
    assert "(odd)" in here.run(*lock).output
