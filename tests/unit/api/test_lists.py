"""Allow and block entries, and aliases, over HTTP: what is particular to them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pratique.domain.listentry import Direction
from pratique.domain.scope import GLOBAL, parse_scope

from tests import builders, fakes
from tests.unit.api.calling import call, of, stocked

PATH = "/v1/lists/example.org/entries"
ALIASES = "/v1/aliases/example.org"


def test_an_entry_with_everything() -> None:
    """As it was put, with what follows from it."""
    body = {
        "kind": "block",
        "pattern": "*.Spam.example",
        "direction": "outgoing",
        "expires_at": "2026-12-24T18:00:00+01:00",
        "idle_days": 30,
        "reason": "trial",
    }
    world = fakes.world()
    made = call(world, "PUT", PATH, body=body).body
    assert made == {
        "scope": "example.org",
        "kind": "block",
        "pattern": "*.spam.example",
        "needs_dmarc": False,
        "author": "tester of global",
        "reason": "trial",
        "created_at": "2026-09-21T14:13:20Z",
        "direction": "outgoing",
        "match": "both",
        "expires_at": "2026-12-24T17:00:00Z",
        "idle_days": 30,
        "ends_at": "2026-10-22T00:00:00Z",
        "last_used_at": None,
        "used_days": 0,
    }
    assert call(world, "GET", PATH).body["entries"] == [made]
    assert call(world, "GET", PATH, query={"direction": "incoming"}).body["entries"] == []
    assert call(world, "DELETE", PATH, query={"pattern": "*.spam.example"}).status == 404
    gone = call(world, "DELETE", PATH, query={"pattern": "*.spam.example", "direction": "outgoing"})
    assert gone.status == 204


def test_what_has_ended_is_not_there() -> None:
    """Not in the list, and not to be taken off."""
    world = fakes.world()
    soon = datetime.fromtimestamp(builders.NOW + 60, UTC).isoformat()
    call(world, "PUT", PATH, body={"kind": "block", "pattern": "a.example", "expires_at": soon})
    assert len(call(world, "GET", PATH).body["entries"]) == 1
    world.clock.advance(seconds=60)
    assert call(world, "GET", PATH).body["entries"] == []
    assert call(world, "DELETE", PATH, query={"pattern": "a.example"}).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"pattern": "192.0.2.0/7"},
        {"pattern": "192.0.2.0/33"},
        {"pattern": "192.0.2"},
        {"pattern": "2001::/8"},
        {"pattern": "fe80::1%eth0"},
        {"pattern": "192.0.2.0/24", "direction": "outgoing"},
        {"pattern": "192.0.2.0/24", "match": "envelope"},
        {"pattern": "a.example", "direction": "outgoing", "match": "from"},
        {"pattern": "a.example", "match": "sender"},
        {"pattern": "a.example", "direction": "up"},
        {"pattern": "a.example", "expires_at": "2026-09-21T14:13:20Z"},
        {"pattern": "a.example", "expires_at": "1969-01-01T00:00:00Z"},
        {"pattern": "a.example", "expires_at": "2026-12-24T17:00:00"},
        {"pattern": "a.example", "idle_days": -1},
        {"pattern": "a.example", "idle_days": 4_000},
    ],
)
def test_an_entry_that_cannot_be_is_refused(body: dict[str, object]) -> None:
    """422, and nothing is there."""
    world = fakes.world()
    assert call(world, "PUT", PATH, body={"kind": "allow", **body}).status == 422
    assert call(world, "GET", PATH).body["entries"] == []


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("[192.0.2.7]", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("2001:db8::1/128", "2001:db8::1"),
    ],
)
def test_networks_have_one_form(written: str, stored: str) -> None:
    """And never need DMARC."""
    made = call(fakes.world(), "PUT", PATH, body={"kind": "allow", "pattern": written}).body
    assert (made["pattern"], made["needs_dmarc"]) == (stored, False)


def test_whitelist_and_blacklist_with_an_end_and_a_match() -> None:
    """From a message: for the envelope alone, for so long."""
    world, (copy,) = stocked()
    world.directory.put_route(builders.route())
    listing = {"match": "envelope", "days": 10, "idle_days": 3}
    call(world, "POST", f"{of(copy)}/release", body={"allow": "domain", "listing": listing})
    (entry,) = call(world, "GET", PATH).body["entries"]
    assert (entry["match"], entry["idle_days"], entry["expires_at"]) == (
        "envelope",
        3,
        "2026-10-01T14:13:20Z",
    )
    assert entry["needs_dmarc"]
    other, (second,) = stocked()
    body = {"action": "remove", "ids": [str(second.id)], "block": True, "listing": {"match": "from"}}
    assert call(other, "POST", "/v1/messages/bulk", body=body).body["answers"][0]["ok"]
    (entry,) = other.directory.list_entries(parse_scope("bob@example.org"), limit=5).entries
    assert (entry.match, entry.ends_at) == ("from", 0)


def test_csv_out_and_in_again() -> None:
    """What came out goes in elsewhere, whole; no cell is a formula."""
    world = fakes.world()
    for body in (
        {"kind": "block", "pattern": "=cmd|'/c calc'!a1@evil.example", "reason": "=1+1"},
        {"kind": "allow", "pattern": "'=quoted@evil.example", "reason": "'=x", "match": "from"},
        {"kind": "allow", "pattern": "-dash@a.example", "needs_dmarc": False, "reason": 'say "hi", all'},
        {"kind": "block", "pattern": "192.0.2.0/24", "expires_at": "2027-01-01T00:00:00Z"},
        {"kind": "allow", "pattern": "grüße@b.example", "idle_days": 45},
        {"kind": "block", "pattern": "*.out.example", "direction": "outgoing"},
    ):
        assert call(world, "PUT", PATH, body=body).status == 200
    answer = call(world, "GET", "/v1/lists/example.org/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "x-next-cursor" not in answer.headers
    for line in answer.text.splitlines()[1:]:
        assert not line.strip('"').startswith(("=", "+", "-", "@"))
        assert ",=" not in line
    path = "/v1/lists/example.net/import"
    done = call(world, "POST", path, body={"csv": answer.text})
    assert done.body == {"added": 6, "replaced": 0, "unchanged": 0, "removed": 0, "missing": 0}
    kept = ("kind", "pattern", "needs_dmarc", "reason", "direction", "match", "expires_at", "idle_days")
    there, here = (
        [
            {name: e[name] for name in kept}
            for e in call(world, "GET", f"/v1/lists/{d}/entries").body["entries"]
        ]
        for d in ("example.org", "example.net")
    )
    assert there == here
    again = call(world, "POST", path, body={"csv": answer.text}).body
    assert (again["unchanged"], again["added"], again["replaced"]) == (6, 0, 0)


def test_an_import_replaces_and_takes_off() -> None:
    """Only what differs is written; what ended is new; a dry run changes nothing."""
    world = fakes.world()
    for pattern in ("same.example", "other.example", "gone.example"):
        call(world, "PUT", PATH, body={"kind": "block", "pattern": pattern})
    text = (
        "\ufeffKind;Pattern;Reason\nblock;@Same.Example;\nallow;other.example;friends\n"
        "remove;gone.example;\nremove;never.example;\n;;\nblock;new.example;x\n"
    )
    path = "/v1/lists/example.org/import"
    wanted = {"added": 1, "replaced": 1, "unchanged": 1, "removed": 1, "missing": 1}
    assert call(world, "POST", path, body={"csv": text, "dry_run": True}).body == wanted
    assert len(call(world, "GET", PATH).body["entries"]) == 3
    assert call(world, "POST", path, body={"csv": text}).body == wanted
    entries = call(world, "GET", PATH).body["entries"]
    assert [(e["pattern"], e["kind"], e["reason"]) for e in entries] == [
        ("new.example", "block", "x"),
        ("other.example", "allow", "friends"),
        ("same.example", "block", ""),
    ]
    assert [entry.subject for entry in world.audit.log if entry.action == "entry.import"] == [
        "1 added, 1 replaced, 1 removed"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names the columns"),
        ("a,b\n1,2\n", "names the columns"),
        ("pattern,kind\nx.example,block\nnot a pattern,block\ny.example,grey\n", "line 3: not a domain name; line 4: kind is one of allow, block"),
        ("pattern,kind\nx.example,block\nX.example,allow\n", "line 3: the same pattern as in line 2"),
        ("pattern,kind,expires_at\nx.example,block,soon\n", "expires_at is a date"),
        ("pattern,kind,expires_at\nx.example,block,2020-01-01\n", "ended already"),
        ("pattern,kind,idle_days\nx.example,block,many\n", "idle_days is a number"),
        ("pattern,kind,needs_dmarc\nx.example,block,maybe\n", "needs_dmarc is yes or no"),
        ("pattern,kind\n" + "".join(f"bad {n},block\n" for n in range(12)), "and 2 more"),
        ("pattern,kind\n" + "x.example,block\n" * 5_001, "at most 5000 lines"),
        ("pattern,kind\n" + '"' + "x" * 140_000, "this is no CSV"),
    ],
)  # fmt: skip
def test_an_import_that_cannot_be_changes_nothing(text: str, said: str) -> None:
    """All lines or none, and the lines are named."""
    world = fakes.world()
    answer = call(world, "POST", "/v1/lists/example.org/import", body={"csv": text})
    assert answer.status == 422
    assert said in answer.body["detail"]
    assert call(world, "GET", PATH).body["entries"] == []


def test_a_long_export_comes_in_parts() -> None:
    """The header names the next one; the heading is in the first only."""
    world = fakes.world()
    text = "pattern,kind\n" + "".join(f"s{n}.example,block\n" for n in range(4_000))
    for scope in ("global", "global"):
        call(world, "POST", f"/v1/lists/{scope}/import", body={"csv": text})
        text = text.replace(".example", ".other")
    first = call(world, "GET", "/v1/lists/global/export")
    rest = call(world, "GET", "/v1/lists/global/export", query={"cursor": first.headers["x-next-cursor"]})
    assert "x-next-cursor" not in rest.headers
    lines = first.text.splitlines() + rest.text.splitlines()
    assert (len(first.text.splitlines()), len(lines)) == (5_001, 8_001)
    assert len(set(lines)) == 8_001


def test_aliases_are_put_shown_and_deleted() -> None:
    """With what the domain chose."""
    world = fakes.world()
    made = call(
        world, "PUT", f"{ALIASES}/entries", body={"address": "Info@example.org", "owner": "bob+x@example.org"}
    )
    assert made.body == {
        "address": "info@example.org",
        "owner": "bob@example.org",
        "is_mailbox": False,
        "author": "tester of global",
        "created_at": "2026-09-21T14:13:20Z",
    }
    call(world, "PUT", ALIASES, body={"separators": "+-", "catch_all": "bob@example.org"})
    shown = call(world, "GET", ALIASES).body
    assert shown["chosen"] == {
        "domain": "example.org",
        "separators": "+-",
        "same_as": None,
        "catch_all": "bob@example.org",
    }
    assert [(a["address"], a["is_mailbox"]) for a in shown["aliases"]] == [
        ("bob@example.org", True),
        ("info@example.org", False),
    ]
    asked = call(world, "GET", f"{ALIASES}/owner", query={"address": "who-ever@example.org"}).body
    assert asked == {"address": "who-ever@example.org", "owner": "bob@example.org"}
    assert call(world, "DELETE", f"{ALIASES}/entries", query={"address": "info@example.org"}).status == 204
    assert call(world, "DELETE", f"{ALIASES}/entries", query={"address": "info@example.org"}).status == 404


def test_an_alias_of_another_domain_than_the_path_is_refused() -> None:
    """422 on every call that names both."""
    world = fakes.world()
    body = {"address": "info@example.net", "owner": "bob@example.org"}
    assert call(world, "PUT", f"{ALIASES}/entries", body=body).status == 422
    for method, path in (("DELETE", f"{ALIASES}/entries"), ("GET", f"{ALIASES}/owner")):
        assert call(world, method, path, query={"address": "info@example.net"}).status == 422


def test_an_alias_has_no_settings_and_no_logins_of_its_own() -> None:
    """They would never count: each is refused and says whose they are. So is a plus-address."""
    world = fakes.world()
    call(world, "PUT", f"{ALIASES}/entries", body={"address": "info@example.org", "owner": "bob@example.org"})
    for alias in ("info@example.org", "bob%2Bx@example.org"):
        name = alias.replace("%2B", "+")
        answers = [
            call(world, "PUT", f"/v1/lists/{alias}/entries", body={"kind": "block", "pattern": "x.example"}),
            call(world, "POST", f"/v1/lists/{alias}/import", body={"csv": "pattern,kind\nx.example,block\n"}),
            call(world, "PUT", f"/v1/policies/{alias}", body={}),
            call(world, "POST", f"/v1/passwords/{alias}", body={"label": "phone"}),
            call(world, "POST", "/v1/tokens", body={"name": "x", "scope": name}),
        ]
        assert [answer.status for answer in answers] == [422] * 5
        assert {answer.body["detail"] for answer in answers} == {
            f"{name} is no mailbox of its own: it belongs to bob@example.org"
        }
    assert world.directory.list_entries(GLOBAL, limit=5, direction=Direction.INCOMING).entries == ()
