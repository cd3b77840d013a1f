"""lists and aliases on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from pratique.domain.scope import parse_scope

from tests import builders
from tests.unit.cli.world import Installation


def test_an_entry_with_everything(here: Installation) -> None:
    """Added, shown with what it means, taken off by its direction."""
    options = (
        "--match",
        "envelope",
        "--idle-days",
        "30",
        "--expires",
        "2026-12-24T18:00:00Z",
        "--reason",
        "trial",
    )
    done = here.run("lists", "add", "example.org", "block", "*.Spam.example", *options)
    assert (done.exit_code, done.stdout.strip()) == (0, "example.org: block *.spam.example")
    here.run("lists", "add", "example.org", "block", "partner.example", "--outgoing")
    here.run("lists", "add", "example.org", "allow", "192.0.2.9/24")
    shown = here.run("lists", "show", "example.org").stdout
    assert [word in shown for word in ("by envelope", "outgoing", "192.0.2.0/24", "trial", "2026-10")] == [
        True
    ] * 5
    assert "also without DMARC" not in shown
    only = json.loads(here.run("lists", "show", "example.org", "--direction", "outgoing", "--json").stdout)
    assert [e["pattern"] for e in only["entries"]] == ["partner.example"]
    assert here.run("lists", "delete", "example.org", "partner.example").exit_code == 1
    assert here.run("lists", "delete", "example.org", "partner.example", "--outgoing").exit_code == 0
    assert here.run("lists", "add", "example.org", "block", "192.0.2.0/4").exit_code == 1


def test_a_file_out_and_in(here: Installation, tmp_path: Path) -> None:
    """What is exported is imported elsewhere; a dry run says what would be, and changes nothing."""
    for pattern in ("=x@a.example", "*.b.example", "192.0.2.0/24"):
        here.run("lists", "add", "example.org", "block", pattern)
    written = here.run("lists", "export", "example.org").stdout
    assert "'=x@a.example" in written
    file = tmp_path / "lists.csv"
    file.write_text(written, encoding="utf-8")
    assert (
        here.run("lists", "import", "example.net", str(file), "--dry-run").stdout.strip()
        == "would be: 3 added"
    )
    assert here.world.directory.list_entries(parse_scope("example.net"), limit=9).entries == ()
    assert here.run("lists", "import", "example.net", str(file)).stdout.strip() == "3 added"
    assert here.run("lists", "import", "example.net", str(file)).stdout.strip() == "3 unchanged"
    file.write_text("pattern,kind\n*.b.example,remove\n", encoding="utf-8")
    done = here.run("lists", "import", "example.net", str(file), "--json")
    assert json.loads(done.stdout)["removed"] == 1
    assert {
        e.pattern for e in here.world.directory.list_entries(parse_scope("example.net"), limit=9).entries
    } == {
        "=x@a.example",
        "192.0.2.0/24",
    }


def test_a_file_that_cannot_be_read(here: Installation, tmp_path: Path) -> None:
    """Told in a line, with the line of the file."""
    file = tmp_path / "lists.csv"
    assert "No such file" in here.run("lists", "import", "global", str(file)).stderr
    file.write_bytes(b"pattern,kind\n\xff,block\n")
    assert "no UTF-8" in here.run("lists", "import", "global", str(file)).stderr
    file.write_text("pattern,kind\nx.example,grey\n")
    done = here.run("lists", "import", "global", str(file))
    assert (done.exit_code, "line 2: kind is one of allow, block" in done.stderr) == (1, True)


def test_blacklist_and_remove_with_an_end(here: Installation) -> None:
    """The options go with a list; without one they are a mistake."""
    page = json.loads(here.run("list", "--scope", "bob@example.org", "--json").stdout)
    first = page["messages"][0]["id"]
    done = here.run("remove", first, "--block", "domain", "--idle-days", "45", "--match", "from")
    assert done.exit_code == 0
    (entry,) = here.world.directory.list_entries(parse_scope("example.org"), limit=9).entries
    assert (entry.idle_days, entry.match, entry.ends_at > builders.NOW) == (45, "from", True)
    assert here.run("release", first, "--list-days", "3").exit_code == 2


def test_aliases(here: Installation) -> None:
    """Added, chosen, asked for, shown, forgotten."""
    assert here.run("aliases", "add", "info@example.org", "bob+x@example.org").stdout.strip() == (
        "info@example.org: bob@example.org"
    )
    assert here.run("aliases", "add", "ann@example.org").stdout.strip() == "ann@example.org: mailbox"
    chosen = here.run(
        "aliases", "domain", "example.org", "--separators", "+-", "--catch-all", "bob@example.org"
    )
    assert chosen.stdout.strip() == (
        "example.org: plus-addresses by + -; whatever is not listed belongs to bob@example.org"
    )
    here.run("aliases", "domain", "example.net", "--same-as", "example.org")
    assert here.run("aliases", "owner", "ann-x@example.net").stdout.strip() == "ann@example.org"
    assert here.run("aliases", "owner", "anybody+x@example.net").stdout.strip() == "bob@example.org"
    shown = here.run("aliases", "show", "example.org").stdout
    assert [word in shown for word in ("info@example.org", "mailbox", "plus-addresses")] == [True] * 3
    assert here.run("aliases", "delete", "info@example.org").exit_code == 0
    assert here.run("aliases", "delete", "info@example.org").exit_code == 1
    refused = here.run("aliases", "delete", "bob@example.org")
    assert (refused.exit_code, "the catch-all of example.org" in refused.stderr) == (1, True)
    assert here.run("aliases", "owner", "nobody").exit_code == 2
    none = here.run("aliases", "domain", "example.com", "--separators", "")
    assert none.stdout.strip() == "example.com: no plus-addresses"
