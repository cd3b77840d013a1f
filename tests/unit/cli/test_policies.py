"""policy, request, requests, training."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Disposition, Policy
from pratique.domain.rights import Reason, Right
from pratique.domain.scope import parse_scope
from pratique.domain.verdict import Verdict

from tests import builders
from tests.unit.cli.world import Installation

ORG = parse_scope("example.org")


def _copies(here: Installation) -> list[Copy]:
    return here.world.index.all_copies()


def test_show_tells_value_and_source(here: Installation) -> None:
    """Of every choice, with the version and who made it."""
    here.run("policy", "set", "global", "retention_days=60")
    here.run("policy", "set", "example.org", "rights_virus=request", "disallowed_extensions=EXE, .js")
    lines = here.run("policy", "show", "example.org").stdout.splitlines()
    told = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert told["retention_days"] == ["inherit", "60", "global"]
    assert told["quarantine"] == ["inherit", "on", "built-in"]
    assert told["rights_virus"] == ["'request'", "'request'", "example.org"]
    assert told["disallowed_extensions"] == ["exe,js", "exe,js", "example.org"]
    assert lines[-1].startswith("version 1, ")
    assert lines[-1].endswith(" by token:tester")
    assert here.run("policy", "set", "example.org", "rights_virus=perhaps").exit_code == 2
    assert here.run("policy", "set", "example.org", "disallowed_extensions=").exit_code == 0
    assert here.world.directory.get_policy(ORG) == Policy(
        rights_virus=Right.REQUEST, disallowed_extensions=()
    )


def test_history_and_restore(here: Installation) -> None:
    """What was changed, and back."""
    here.run("policy", "set", "example.org", "spam_at=0.95", "spam_notation=[Müll] ")
    here.run("policy", "set", "example.org", "spam_at=inherit")
    shown = here.run("policy", "history", "example.org").stdout.splitlines()
    assert shown[1].split()[0] == "2"
    assert "spam_at=inherit" in shown[1]
    assert "token:tester by api" in shown[1]
    assert "spam_at=0.95, spam_notation='[Müll] '" in shown[2]
    assert here.run("policy", "restore", "example.org", "1").exit_code == 0
    assert here.world.directory.get_policy(ORG) == Policy(spam_at=0.95, spam_notation="[Müll] ")
    assert len(json.loads(here.run("policy", "history", "example.org", "--json").stdout)["versions"]) == 3
    assert here.run("policy", "restore", "example.org", "77").exit_code == 1
    assert here.run("policy", "history", "example.net").stdout.strip() == "never changed"


def test_set_does_not_overwrite_what_it_has_not_seen(here: Installation) -> None:
    """Somebody changes the policy between the reading and the writing."""

    def meanwhile(request: httpx.Request) -> None:
        if request.method == "PUT":
            here.world.directory.put_policy(ORG, Policy(log_days=9))

    here.before = meanwhile
    done = here.run("policy", "set", "example.org", "spam_at=0.95")
    assert done.exit_code == 1
    assert "(outdated)" in done.stderr
    assert here.world.directory.get_policy(ORG) == Policy(log_days=9)


def test_a_request_from_both_sides(here: Installation) -> None:
    """Refused, asked, listed, denied, approved; and what `show` tells."""
    first, second = (str(copy.id) for copy in _copies(here)[:2])
    here.run("policy", "set", "example.org", "rights_spam=request")
    here.login("bob@example.org")
    refused = here.run("release", first)
    assert refused.exit_code == 1
    assert "ask for its release (request_needed)" in refused.stderr
    assert "release asked for by" in here.run("request", first, "--text", "mine").stdout
    here.run("request", second)
    here.login("example.org")
    assert here.run("requests", "list").stdout.count("release asked for by") == 2
    assert len(json.loads(here.run("requests", "list", "--limit", "1", "--json").stdout)["messages"]) == 1
    denied = here.run("requests", "deny", first, "--note", "a fraud").stdout
    assert denied.splitlines()[0] == f"{first}  held"
    assert ": mine; denied by token:tester: a fraud" in denied
    assert here.run("requests", "approve", second).stdout.splitlines()[0] == f"{second}  releasing"
    assert here.run("requests", "list").stdout.strip() == "nothing here"
    here.login("bob@example.org")
    assert "denied by token:tester: a fraud" in here.run("show", first).stdout
    again = here.run("request", first)
    assert (again.exit_code, "a fraud (conflict)" in again.stderr) == (1, True)


def test_a_virus_needs_the_override(here: Installation) -> None:
    """Of an administrator."""
    copy = _copies(here)[0]
    here.world.index.patch(
        replace(copy, held_for=Reason.VIRUS, extensions=("exe",), policy_versions=(0, 4, 1))
    )
    shown = here.run("show", str(copy.id)).stdout
    assert "Held for  virus" in shown
    assert "Files  exe" in shown
    assert "Judged by  example.org version 4, global version 1" in shown
    assert "override" in here.run("release", str(copy.id)).stderr
    assert here.run("release", str(copy.id), "--override").exit_code == 0
    assert _copies(here)[0].state is State.RELEASING


def test_training_lists_the_best_lesson_first(here: Installation) -> None:
    """With what it would teach, and how many are alike."""
    for number, score in ((11, 0.2), (12, 0.5), (13, 0.45)):
        copy = builders.a_copy(
            number,
            state=State.DELIVERED,
            verdict=Verdict.UNSURE,
            disposition=Disposition.DELIVER,
            score=score,
            fingerprint="" if number == 11 else "abcdef0123456789",
            requested_until=builders.NOW + builders.DAY,
        )
        here.world.index.add_copy(copy)
    lines = here.run("training", "--scope", "example.org").stdout.splitlines()
    assert [line.strip() for line in lines if "would teach" in line] == [
        "would teach 2.00, and 1 more like it",
        "would teach 0.72",
    ]
    page = json.loads(here.run("training", "--limit", "1", "--json").stdout)
    assert (page["looked_at"], bool(page["cursor"])) == (1, True)
    assert "more: --cursor" in here.run("training", "--limit", "1").stdout
    assert here.run("training", "--scope", "example.net").stdout.strip() == "nothing asks"
