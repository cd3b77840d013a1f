"""history, undo, audit, ledger."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pratique.domain.gap import Gap, GapKind
from pratique.domain.scope import GLOBAL

from cli.ledger import COLUMNS
from tests import builders
from tests.unit.cli.world import Installation


def _first(here: Installation) -> str:
    found: str = json.loads(here.run("list", "--json").stdout)["messages"][0]["id"]
    return found


def test_history_undo_and_audit(here: Installation) -> None:
    """The history names the action; undo says what became of each part; the audit tells of both."""
    one = _first(here)
    assert here.run("remove", one, "--block", "recipient").exit_code == 0
    history = here.run("history", one)
    assert history.exit_code == 0
    assert "removed" in history.stdout
    action = history.stdout.split("action ")[-1].split()[0]
    done = here.run("undo", action)
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["undone", "undone"]
    assert "taken back already" in here.run("undo", action).stdout
    assert here.run("undo", "01NOTHING").exit_code == 1
    shown = here.run("audit").stdout
    assert "bulk.remove" in shown
    assert "action.undo" in shown
    page = json.loads(here.run("audit", "--json", "--limit", "1").stdout)
    assert page["cursor"]
    assert json.loads(here.run("history", one, "--json").stdout)["state"] == "held"


def test_counts(here: Installation) -> None:
    """A line a day, and all; what does not add up is said."""
    here.world.ledger.count(here.world.index.stream)
    shown = here.run("ledger", "--days", "1")
    assert shown.exit_code == 0
    assert "received" in shown.stdout
    assert "DOES NOT ADD UP" not in shown.stdout
    assert json.loads(here.run("ledger", "--json").stdout)["total"]["adds_up"] is True


def test_a_table_into_a_pipe_is_not_wrapped(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is a line, and every heading a word, however narrow the window is said to be."""
    monkeypatch.setenv("COLUMNS", "40")
    here.world.ledger.count(here.world.index.stream)
    heading, *rows = here.run("ledger", "--days", "1").stdout.splitlines()
    assert heading.split() == ["global", *COLUMNS]
    assert [len(row.split()) for row in rows] == [1 + len(COLUMNS)] * len(rows)
    long = " ".join(["a reason of many words"] * 8)
    here.run("lists", "add", "global", "block", "long.example", "--reason", long)
    assert [line for line in here.run("lists", "show", "global").stdout.splitlines() if long in line]


def test_verify_says_what_is_wrong_with_exit_code_1(here: Installation) -> None:
    """And is silent about the rest."""
    here.world.ledger.count(here.world.index.stream)
    here.run("lists", "add", "global", "block", "a.example")
    here.run("lists", "add", "global", "block", "b.example")
    good = here.run("ledger", "verify")
    assert good.exit_code == 0, good.output
    assert "0 faults" in good.stdout
    chain = here.world.audit.chains[GLOBAL]
    chain[0] = replace(chain[0], text="[]")
    bad = here.run("ledger", "verify", "--scope", "global")
    assert bad.exit_code == 1
    assert "global: entry 1 was changed" in bad.output
    assert json.loads(here.run("ledger", "verify", "--json").stdout)["faults"]


def test_gaps_are_shown_recovered_and_closed(here: Installation) -> None:
    """Exit code 1 as long as there are any."""
    assert here.run("ledger", "gaps").exit_code == 0
    for name in ("one", "two"):
        here.world.ledger.note_gap(Gap(name, GapKind.NO_ENVELOPE, builders.NOW_MS, 10, builders.NOW_MS))
    here.world.store.put("raw/one", builders.raw_message())
    assert here.run("ledger", "gaps").exit_code == 1
    assert (
        here.run("ledger", "recover", "one", "--to", "bob@example.org", "--from", "a@b.example").exit_code
        == 0
    )
    assert here.run("ledger", "recover", "two", "--to", "bob@example.org").exit_code == 1
    assert here.run("ledger", "close", "two").exit_code == 0
    assert here.run("ledger", "gaps", "--json").stdout.strip() == "[]"
