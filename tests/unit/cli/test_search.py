"""search and export."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.unit.cli.world import Installation


def test_search_finds_and_says_where_it_stopped(here: Installation) -> None:
    """Words are joined as they were typed; all pages are one list."""
    assert len(json.loads(here.run("search", "cheap", "from:eve", "--json").stdout)["messages"]) == 3
    few = here.run("search", "--limit", "2", "cheap")
    assert few.exit_code == 0
    assert few.stdout.count("Cheap things") == 2
    assert "--limit 20" in few.stderr
    assert here.run("search", "absent").stdout.strip() == "nothing here"
    assert here.run("search", "--", "-cheap").stdout.strip() == "nothing here"
    assert (
        here.run("search", "--status", "quarantined", "--state", "held", "--verdict", "spam").stdout.count(
            "eve@"
        )
        == 3
    )
    assert here.run("search", "--before", "2020-01-01").stdout.strip() == "nothing here"
    assert here.run("search", "--since", "2020-01-01T08:00").stdout.count("eve@") == 3


@pytest.mark.parametrize(
    "wrong",
    [["--since", "soon"], ["x" * 200], ["--state", "lost"], ["--limit", "0"], ["--scope", "no scope"]],
)
def test_a_search_that_cannot_be_says_why(here: Installation, wrong: list[str]) -> None:
    told = here.run("search", *wrong)
    assert told.exit_code in {1, 2}
    assert told.stderr.strip()


def test_export_writes_one_table(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts behind the scenes: one heading, every message once."""
    monkeypatch.setattr("cli.search._PART", 2)
    rows = list(csv.DictReader(io.StringIO(here.run("export", "cheap").stdout)))
    assert len({row["id"] for row in rows}) == len(rows) == 3
    assert {row["status"] for row in rows} == {"quarantined"}


def test_a_search_is_kept_under_a_name(here: Installation) -> None:
    """Saved, run, renamed, replaced, forgotten: by name, whatever its case."""
    assert here.run("searches", "list").stdout.strip() == "no saved searches"
    saved = here.run("searches", "save", "cheap things", "cheap", "from:eve", "--state", "held")
    assert (saved.exit_code, saved.stdout.strip()) == (0, "cheap things: cheap from:eve  state: held")
    assert here.run("searches", "save", "nothing", "--since", "2030-01-01").exit_code == 0
    ran = here.run("searches", "run", "Cheap Things", "--limit", "2")
    assert ran.stdout.count("Cheap things") == 2
    assert "--limit 20" in ran.stderr
    assert here.run("searches", "run", "nothing").stdout.strip() == "nothing here"
    assert here.run("searches", "rename", "cheap things", "bargains").stdout.startswith("bargains: cheap")
    here.run("searches", "save", "BARGAINS", "--verdict", "ham")
    kept = json.loads(here.run("searches", "list", "--json").stdout)["searches"]
    assert [(each["name"], each["search"]) for each in kept[:1]] == [("BARGAINS", {"verdict": ["ham"]})]
    assert here.run("searches", "delete", "bargains").exit_code == 0
    assert here.run("searches", "list").stdout.splitlines()[1].split()[0] == "nothing"


@pytest.mark.parametrize(
    "words",
    [["run", "absent"], ["rename", "absent", "x"], ["delete", "absent"], ["save", "x", "y" * 200]],
)
def test_what_cannot_be_kept_or_found_is_said(here: Installation, words: list[str]) -> None:
    told = here.run("searches", *words)
    assert told.exit_code == 1
    assert told.stderr.strip()
