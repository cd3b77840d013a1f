"""why and what-if on the command line."""

from __future__ import annotations

import json

import pytest
from pratique.domain.lifecycle import State
from pratique.domain.verdict import Contribution

from tests import builders
from tests.unit.cli.world import Installation


def _an_id(here: Installation) -> str:
    found: str = json.loads(here.run("list", "--json").stdout)["messages"][0]["id"]
    return found


def test_why_says_what_held_it_what_would_free_it_and_what_was_decided_before(here: Installation) -> None:
    """In sentences, and the same as JSON."""
    here.world.index.add_copy(builders.a_copy(50, sender="eve@spam.example", state=State.RELEASED))
    shown = here.run("why", _an_id(here))
    assert shown.exit_code == 0, shown.output
    for words in (
        "It scores 0.97, at or above the quarantine threshold of 0.9",
        "Without classifier (+3.50) it would not have been spam",
        "An allow entry for eve@spam.example would have let it pass.",
        "What was decided about mail like it",
        "sum  +3.5000 is a score of 0.97",
    ):
        assert words in shown.stdout
    found = json.loads(here.run("why", _an_id(here), "--json").stdout)
    assert found["log_odds"] == 3.5


def test_why_of_nothing_is_an_error(here: Installation) -> None:
    shown = here.run("why", "nothing")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "not_found" in shown.stderr


def test_hostile_words_do_not_reach_the_terminal(here: Installation) -> None:
    """A sender, a subject and a detail with escapes."""
    evil = "\x1b]0;owned\x07\u202e"
    copy = builders.a_copy(60, sender=f"{evil}@spam.example", subject=evil)
    facts = builders.facts(60, contributions=(Contribution("classifier", 3.5, evil),))
    here.world.index.add_facts(facts, expires_at=copy.expires_at)
    here.world.index.add_copy(copy)
    for words in (("why", str(copy.id)), ("what-if", "--spam-at", "0.99")):
        shown = here.run(*words)
        assert shown.exit_code == 0, shown.output
        assert not any(c in shown.stdout for c in "\x1b\x07\u202e")


def test_what_if_shows_what_would_have_been_freed_and_what_became_of_it(here: Installation) -> None:
    """Three held copies of 0.97; one was reported as spam."""
    ids = [m["id"] for m in json.loads(here.run("list", "--json").stdout)["messages"]]
    here.run("train", ids[0], "spam")
    shown = here.run("what-if", "--spam-at", "0.99", "--days", "30")
    assert shown.exit_code == 0, shown.output
    assert "3 would have been freed; of these later 1 reported as spam" in shown.stdout
    assert "0 would have been held" in shown.stdout
    assert ids[2] in shown.stdout


def test_what_if_takes_every_kind_of_change(here: Installation) -> None:
    """And goes on by cursor."""
    words = (
        "--allow",
        "eve@spam.example",
        "--block",
        "x.example",
        "--forget",
        "y.example",
        "--weight",
        "url=0.5",
        "--no-quarantine",
    )
    found = json.loads(
        here.run("what-if", *words, "--limit", "2", "--rejudge", "--without-dmarc", "--json").stdout
    )
    assert (found["looked_at"], found["freed"]["copies"]) == (2, 2)
    shown = here.run("what-if", "--limit", "2")
    cursor = shown.stdout.splitlines()[-1].removeprefix("more: --cursor ")
    assert json.loads(here.run("what-if", "--cursor", cursor, "--json").stdout)["looked_at"] == 1


@pytest.mark.parametrize("words", [("--weight", "url"), ("--weight", "url=much"), ("--weight", "url=-1")])
def test_a_weight_that_is_none_is_refused(here: Installation, words: tuple[str, ...]) -> None:
    assert here.run("what-if", *words).exit_code == 1


def test_no_mail_is_no_error(here: Installation) -> None:
    here.world.clock.advance(days=20)
    assert here.run("what-if", "--days", "1").stdout.strip() == "no mail in these days"
