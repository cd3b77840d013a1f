"""list, show, raw, release, remove, train, and the settings."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL, Level, parse_scope
from pratique.domain.verdict import Contribution
from pratique.ports.queue import QueueName

from tests import builders
from tests.unit.cli.world import URL, Installation


def _ids(here: Installation) -> list[str]:
    return [m["id"] for m in json.loads(here.run("list", "--json").stdout)["messages"]]


def test_list_shows_whole_ids_newest_first(here: Installation) -> None:
    """So that they can be copied; and the same as JSON."""
    shown = here.run("list")
    assert shown.exit_code == 0
    ids = _ids(here)
    assert [line.split()[0] for line in shown.stdout.splitlines()[::2]] == ids
    assert "eve@spam.example → bob@example.org   Cheap things" in shown.stdout
    assert "held" in shown.stdout
    assert "spam 0.97" in shown.stdout


def test_list_goes_on_by_cursor_and_state(here: Installation) -> None:
    """The line says how."""
    first = here.run("list", "--limit", "2")
    cursor = first.stdout.splitlines()[-1].removeprefix("more: --cursor ")
    assert len(here.run("list", "--cursor", cursor).stdout.splitlines()) == 2
    assert here.run("list", "--state", "removed", "--state", "failed").stdout.strip() == "nothing here"
    assert here.run("list", "--state", "lost").exit_code == 2


def test_list_by_mistakes_and_find_by_reference(here: Installation) -> None:
    """A campaign is one line that says how many it stands for; what a sender quotes finds its message, or nothing (exit code 1)."""
    for n in (20, 21, 22):
        here.world.index.add_copy(builders.a_copy(n, fingerprint="0123456789abcdef", triage="0.0 pk"))
    shown = here.run("list", "--mistakes", "--fold").stdout
    assert shown.index("and 2 more like it") < shown.index("perhaps a mistake")
    assert "a known correspondent" in shown
    copy = builders.a_copy(23)
    here.world.index.add_facts(builders.facts(23), expires_at=copy.expires_at)
    here.world.index.add_copy(copy)
    assert str(copy.id) in here.run("find", copy.id.message.lower()).stdout
    assert here.run("find", "nothing").exit_code == 1
    assert json.loads(here.run("find", "nothing", "--json").stdout)["messages"] == []


def test_siblings_are_shown_and_those_that_are_offered_released(here: Installation) -> None:
    """Plus marks those that are offered; the others stay held."""
    alike: dict[str, Any] = {"fingerprint": "0123456789abcdef", "sender": "offers@shop.example"}
    good, other, forged = (
        builders.a_copy(40, **alike, triage="1.0 p"),
        builders.a_copy(41, **alike, triage="1.0 p"),
        builders.a_copy(42, **alike, triage="1.0 "),
    )
    for number, copy in ((40, good), (41, other), (42, forged)):
        facts = builders.facts(number, contributions=(Contribution("url:ip", 9.0),))
        here.world.index.add_facts(facts, expires_at=copy.expires_at)
        here.world.index.add_copy(copy)
    shown = here.run("siblings", str(good.id))
    assert "+ text" in shown.stdout
    assert "- text" in shown.stdout
    assert "1 to release, 2 alike" in shown.stdout
    assert len(json.loads(here.run("siblings", str(good.id), "--all", "--json").stdout)["siblings"]) == 2
    done = here.run("siblings", str(good.id), "--release")
    assert done.exit_code == 0, done.output
    assert f"{other.id}  releasing" in done.stdout
    assert here.run("siblings", str(good.id), "--release").stdout.strip() == "nothing is offered"
    assert here.run("siblings", str(good.id), "--train").exit_code == 2
    assert here.run("siblings", str(good.id), "--aim", "recall", "--release").exit_code == 2


def _hostile(here: Installation) -> Copy:
    """A message that would like to write on the terminal."""
    copy = builders.a_copy(
        9, sender="x@spam.example", subject="\x1b]0;owned\x07\x9b2J\u202eevil [bold red]markup[/] :boom:"
    )
    here.world.index.add_facts(
        replace(
            builders.facts(9),
            header_from="\x1b[31mred",
            contributions=(Contribution("classifier", 3.5, "\x1b[2J"),),
        ),
        expires_at=copy.expires_at,
    )
    here.world.index.add_copy(copy)
    return copy


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["show"], ["show", "--json"]])
def test_mail_cannot_write_on_the_terminal(here: Installation, command: list[str]) -> None:
    """Escapes, C1 controls, direction marks and rich's markup stay text."""
    copy = _hostile(here)
    words = [command[0], str(copy.id), *command[1:]] if command[0] == "show" else command
    shown = here.run(*words)
    assert shown.exit_code == 0
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown.stdout)
    assert "[bold red]markup[/] :boom:" in shown.stdout


def test_show_draws_the_evidence(here: Installation) -> None:
    """Bars to the right speak for spam, to the left for ham."""
    copy = builders.a_copy(8, contributions=(Contribution("sender-list", -6.0, "allowed"),))
    here.world.index.add_facts(builders.facts(8), expires_at=copy.expires_at)
    here.world.index.add_copy(copy)
    lines = here.run("show", str(copy.id)).stdout.splitlines()
    (ham,) = [line for line in lines if "sender-list" in line]
    (spam,) = [line for line in lines if "classifier" in line]
    assert "█" * 18 + "│" in ham
    assert "-6.00" in ham
    assert "│█" in spam
    assert "+3.50" in spam
    assert any(line.strip().startswith("Envelope from") for line in lines)


def test_raw_gives_the_bytes_as_they_are(here: Installation) -> None:
    """The token stays with the API."""
    here.world.store.put("raw/message-1", b"Subject: \xff\r\n\r\n\x00\r\n")
    first = _ids(here)[-1]
    assert here.run("raw", first, "--reason", "asked").stdout_bytes == b"Subject: \xff\r\n\r\n\x00\r\n"
    assert here.run("raw", first, "--link").stdout.startswith("https://store.invalid/raw/message-1")


def test_release_many_with_a_lesson_and_an_allow_entry(here: Installation) -> None:
    """Release & Train & Whitelist, by one bulk call."""
    ids = _ids(here)
    done = here.run("release", *ids, "--train", "--allow", "domain")
    assert done.exit_code == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["releasing"] * 3
    assert len(here.world.queue.waiting[QueueName.DELIVER]) == 3
    assert here.world.journal.counts(GLOBAL) == (3, 0)
    assert [
        e.pattern for e in here.world.directory.list_entries(parse_scope("example.org"), limit=9).entries
    ] == ["eve@spam.example"]
    assert next(path for method, path, _ in here.seen if method == "POST") == "/v1/messages/bulk"


def test_a_refused_id_is_said_and_is_exit_code_1(here: Installation) -> None:
    """The others are done."""
    ids = _ids(here)
    done = here.run("remove", ids[0], "nonsense")
    assert done.exit_code == 1
    assert done.stdout.split() == [ids[0], "removed"]
    assert "no such message (not_found)" in done.stderr
    late = here.run("release", ids[0])
    assert (late.exit_code, "(conflict)" in late.stderr) == (1, True)


def test_remove_and_train(here: Installation) -> None:
    """Blacklist & Remove; the label comes last."""
    ids = _ids(here)
    assert here.run("train", *ids, "spam").exit_code == 0
    assert here.world.journal.counts(GLOBAL) == (3, 0)
    assert here.run("train", *ids, "maybe").exit_code == 2
    answers = json.loads(here.run("remove", *ids, "--block", "recipient", "--json").stdout)
    assert [a["state"] for a in answers] == ["removed"] * 3
    assert len(here.world.directory.list_entries(parse_scope("bob@example.org"), limit=9).entries) == 1


def test_more_than_a_thousand_ids_go_in_several_calls(here: Installation) -> None:
    """As many as the API takes at once."""
    done = here.run("release", *[f"no{n}" for n in range(1_001)])
    assert done.exit_code == 1
    assert len([s for s in here.seen if s[1] == "/v1/messages/bulk"]) == 2
    assert len(done.stderr.splitlines()) == 1_001


def test_a_policy_is_changed_one_choice_at_a_time(here: Installation) -> None:
    """The other choices stay; inherit takes one back."""
    assert here.run("policy", "set", "example.org", "spam-at=0.95", "quarantine=off").exit_code == 0
    here.run("policy", "set", "example.org", "retention_days=7", "quarantine=inherit", "spam_notation=[X] ")
    view = json.loads(here.run("policy", "show", "example.org", "--json").stdout)
    own = {name: value for name, value in view["own"].items() if value is not None}
    assert own == {"spam_at": 0.95, "retention_days": 7, "spam_notation": "[X] "}
    assert "inherit" in here.run("policy", "show", "example.org").stdout


@pytest.mark.parametrize(
    "choice", ["colour=red", "spam_at", "spam_at=high", "quarantine=maybe", "retention_days=1.5"]
)
def test_a_choice_that_is_none_is_wrong_usage(here: Installation, choice: str) -> None:
    """Exit code 2, and no call."""
    assert here.run("policy", "set", "example.org", choice).exit_code == 2
    assert not [s for s in here.seen if s[0] == "PUT"]


def test_a_choice_that_the_api_refuses(here: Installation) -> None:
    """Exit code 1 and its reason."""
    done = here.run("policy", "set", "example.org", "retention_days=4000")
    assert (done.exit_code, "invalid_input" in done.stderr) == (1, True)


def test_lists(here: Installation) -> None:
    """Add, show, delete."""
    assert (
        here.run("lists", "add", "bob=x/y@example.org", "allow", "*.Friend.example", "--any-dmarc").exit_code
        == 0
    )
    assert "also without DMARC" in here.run("lists", "show", "bob=x/y@example.org").stdout
    page = json.loads(here.run("lists", "show", "bob=x/y@example.org", "--json").stdout)
    assert [(e["pattern"], e["needs_dmarc"]) for e in page["entries"]] == [("*.friend.example", False)]
    assert here.run("lists", "delete", "bob=x/y@example.org", "*.friend.example").exit_code == 0
    assert "no entries" in here.run("lists", "show", "bob=x/y@example.org").stdout
    assert here.run("lists", "delete", "bob=x/y@example.org", "x.example").exit_code == 1


def test_routes_and_domains(here: Installation) -> None:
    """A domain is its route and its policy."""
    done = here.run("routes", "set", "example.org", "--host", "127.0.0.1:2526", "--tls", "none")
    assert done.stdout.strip() == "example.org: smtp 127.0.0.1:2526"
    here.run("routes", "set", "v6.example", "--host", "[2001:db8::1]:587")
    assert here.world.directory.get_route("v6.example").host == "2001:db8::1"  # type: ignore[union-attr]  # it was just put
    assert (
        here.run(
            "routes", "set", "ses.example", "--kind", "ses-wrapped", "--sender", "q@ses.example"
        ).exit_code
        == 0
    )
    assert here.run("routes", "set", "x.example").exit_code == 1
    listed = here.run("domains", "list").stdout
    assert "127.0.0.1:2526" in listed
    assert "q@ses.example" in listed
    assert (
        json.loads(here.run("domains", "show", "example.org", "--json").stdout)["policy"]["effective"][
            "spam_at"
        ]
        == 0.9
    )
    assert "next hop: smtp 127.0.0.1:2526" in here.run("domains", "show", "example.org").stdout
    assert here.run("routes", "delete", "example.org").exit_code == 0
    assert "mx.next.example:587" in here.run("routes", "show").stdout, "the route of * is left"
    assert here.run("domains", "show", "example.org").exit_code == 1


def test_passwords(here: Installation) -> None:
    """Made, listed without their text, revoked."""
    made = here.run("passwords", "create", "example.org", "our desk", "--read-only", "--days", "3")
    text = made.stdout.strip()
    assert len(text.split("-")) == 5
    listed = here.run("passwords", "list", "example.org").stdout
    assert "our desk" in listed
    assert "read-only" in listed
    assert text not in listed
    (password,) = json.loads(here.run("passwords", "list", "example.org", "--json").stdout)["passwords"]
    assert here.run("passwords", "revoke", "example.org", password["id"]).exit_code == 0
    assert "no passwords" in here.run("passwords", "list", "example.org").stdout
    assert here.run("passwords", "revoke", "example.org", password["id"]).exit_code == 1
    again = here.run("passwords", "create", "a/b@example.org", "phone", "--json")
    assert json.loads(again.stdout)["password"]["login"] == "a/b@example.org"


def test_tokens(here: Installation) -> None:
    """Made, listed without its secret, revoked."""
    text = here.run(
        "tokens", "create", "desk", "--scope", "example.org", "--read-only", "--days", "3"
    ).stdout.strip()
    assert text.startswith("prq_")
    listed = here.run("tokens", "list", "--scope", "example.org")
    assert "desk" in listed.stdout
    assert text.split("_", 2)[2] not in listed.stdout
    (token,) = json.loads(here.run("tokens", "list", "--scope", "example.org", "--json").stdout)["tokens"]
    assert here.run("tokens", "revoke", token["id"]).exit_code == 0
    assert "no tokens" in here.run("tokens", "list", "--scope", "example.org").stdout


def test_the_first_token_needs_the_table(here: Installation) -> None:
    """Wrong usage without it."""
    done = here.run("tokens", "create", "operator", "--bootstrap")
    assert (done.exit_code, "--table" in done.stderr) == (2, True)


def test_redrive_and_status(here: Installation) -> None:
    """What the operator looks at."""
    here.world.queue.bury(QueueName.DELIVER, [{"id": "x"}] * 2)
    shown = here.run("status").stdout
    assert f"{URL} (--url), as token:tester of global" in shown
    assert "queue deliver: 0 waiting, 2 dead letters" in shown
    assert here.run("redrive", "deliver").stdout.strip() == "2 back to work"
    assert here.run("redrive", "lost").exit_code == 2
    assert json.loads(here.run("status", "--json").stdout)["me"]["level"] == Level.GLOBAL.value


def test_a_token_that_is_not_known(here: Installation) -> None:
    """API Gateway's own 403 has no code: the line says what it means."""
    here.token = "prq_" + "0" * 26 + "_" + "A" * 43
    done = here.run("list")
    assert done.exit_code == 1
    assert (
        done.stderr.strip()
        == f"pratique: {URL} does not know this token (revoked, ended, or of another installation)"
    )


def test_a_read_only_token_is_told_so(here: Installation) -> None:
    """The API's words and code."""
    here.login(may_write=False)
    done = here.run("routes", "delete", "example.org")
    assert done.stderr.strip() == "pratique: this token is read-only (forbidden)"


def test_nobody_answers(here: Installation) -> None:
    """One line, no traceback."""

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    here.before = gone
    done = here.run("list")
    assert (done.exit_code, done.stderr.strip()) == (1, f"pratique: {URL} does not answer (ConnectError)")


def test_patience_where_a_repeat_is_harmless(here: Installation) -> None:
    """503 is tried again, as long as it says, with the same key."""
    answers = [httpx.Response(503, headers={"retry-after": "2"}), httpx.Response(503), None]
    ids = _ids(here)
    here.before = lambda _request: answers.pop(0) if answers else None
    here.seen.clear()
    assert here.run("release", ids[0]).exit_code == 0
    keys = {key for _, _, key in here.seen}
    assert (len(here.seen), len(keys), here.waits) == (3, 1, [2.0, 1.0])
    assert None not in keys


def test_patience_ends(here: Installation) -> None:
    """After five tries."""
    here.before = lambda _request: httpx.Response(
        503, json={"code": "temporary_failure", "detail": "try again"}
    )
    done = here.run("list")
    assert (done.exit_code, len(here.seen)) == (1, 5)
    assert done.stderr.strip() == "pratique: try again (temporary_failure)"


def test_what_a_repeat_would_do_again_is_asked_once(here: Installation) -> None:
    """A redrive moves more each time."""
    here.before = lambda _request: httpx.Response(503, text="<html>")
    done = here.run("redrive", "deliver")
    assert (done.exit_code, len(here.seen)) == (1, 1)
    assert "(503)" in done.stderr


@pytest.mark.parametrize(
    "words", [["list", "--colour"], ["show"], ["train", "spam"], ["nothing"], ["policy", "set", "x"]]
)
def test_wrong_usage_is_exit_code_2(here: Installation, words: list[str]) -> None:
    """Before anything is called."""
    assert here.run(*words).exit_code == 2
    assert here.seen == []


def test_held_copies_are_untouched_by_looking(here: Installation) -> None:
    """list, show, status, raw read only."""
    before = [
        here.world.index.get_copy(c.id, now=builders.NOW) for c in (builders.a_copy(n) for n in (1, 2, 3))
    ]
    for words in (["list"], ["show", _ids(here)[0]], ["status"], ["raw", _ids(here)[0], "--reason", "x"]):
        assert here.run(*words).exit_code == 0
    after = [
        here.world.index.get_copy(c.id, now=builders.NOW) for c in (builders.a_copy(n) for n in (1, 2, 3))
    ]
    assert before == after
    assert all(c is not None and c.state is State.HELD for c in after)
