"""Directory: allow and block entries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.address import parse_address
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import ListEntry, ListKind, Match
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope, scope_chain
from pratique.ports.directory import Directory

from tests.builders import DAY, NOW, NOW_MS
from tests.contract.backends import Backend, stored

BOB = parse_address("bob@example.org")
ORG = domain_scope("example.org")
OUT = Direction.OUTGOING


@pytest.fixture
def directory(backend: Backend) -> Directory:
    return backend.services.directory


def entry(scope: Scope, pattern: str, **changes: Any) -> ListEntry:
    values: dict[str, Any] = {
        "kind": ListKind.ALLOW,
        "needs_dmarc": False,
        "author": "bob",
        "reason": "a friend, näturlich",
        "created_ms": NOW_MS,
    }
    return ListEntry(scope, pattern=pattern, **(values | changes))


WHOLE = entry(
    ORG,
    "*.spam.example",
    kind=ListKind.BLOCK,
    needs_dmarc=True,
    match=Match.ENVELOPE,
    expires_at=NOW + DAY,
    idle_days=45,
    used_ms=NOW_MS + 5,
    used_days=3,
)


def test_an_entry_comes_back_whole(directory: Directory) -> None:
    """Every field; what it replaced and what was taken off are told."""
    assert directory.put_entry(WHOLE) is None
    assert directory.get_entry(ORG, "*.spam.example") == WHOLE
    plain = replace(WHOLE, expires_at=0, idle_days=0, used_ms=0, used_days=0, match=Match.BOTH)
    assert directory.put_entry(plain) == WHOLE
    assert directory.get_entry(ORG, "*.spam.example") == plain
    assert directory.delete_entry(ORG, "*.spam.example") == plain
    assert directory.delete_entry(ORG, "*.spam.example") is None
    assert directory.get_entry(ORG, "*.spam.example") is None


def test_directions_have_lists_of_their_own(directory: Directory) -> None:
    """The same pattern may be blocked for incoming and allowed for outgoing mail; a look-up finds the incoming one."""
    incoming, outgoing = entry(ORG, "a.example", kind=ListKind.BLOCK), entry(ORG, "a.example", direction=OUT)
    directory.put_entries([incoming, outgoing])
    assert directory.look_up([BOB], ["a.example"]).entries == (incoming,)
    assert directory.get_entries([GLOBAL, ORG], ["a.example", "b.example"], OUT) == [outgoing]
    assert directory.get_entry(ORG, "a.example", OUT) == outgoing
    assert directory.list_entries(ORG, limit=5).entries == (outgoing, incoming)
    assert directory.list_entries(ORG, limit=5, direction=OUT).entries == (outgoing,)
    assert directory.list_entries(ORG, limit=5, direction=Direction.INCOMING).entries == (incoming,)
    assert directory.delete_entry(ORG, "a.example", OUT) == outgoing
    assert directory.list_entries(ORG, limit=5).entries == (incoming,)


@pytest.mark.parametrize("direction", [None, *Direction])
def test_pages_of_one_direction_or_both(directory: Directory, direction: Direction | None) -> None:
    """Whole and in order; ended ones are no part of a page."""
    made = [
        entry(ORG, f"{n}.example", direction=each) for each in (OUT, Direction.INCOMING) for n in range(7)
    ]
    over = [
        entry(ORG, f"{n}x.example", direction=each, expires_at=NOW) for each in Direction for n in range(7)
    ]
    directory.put_entries([*made, *over])
    found: list[ListEntry] = []
    cursor = None
    for _ in range(20):
        page = directory.list_entries(ORG, limit=3, now=NOW, cursor=cursor, direction=direction)
        found += page.entries
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.entries) == 3
    assert found == [each for each in made if direction in (None, each.direction)]
    assert len(directory.list_entries(ORG, limit=100).entries) == 28


def test_networks_are_found_by_the_host_in_them(directory: Directory) -> None:
    """Whatever their lengths, in every scope of the recipient, and in no other."""
    patterns = ["192.0.2.77", "192.0.2.64/26", "192.0.0.0/17", "192.0.0.0/8", "2001:db8::/32", "2001:db8::7"]
    inside = scope_chain(BOB)
    for scope in (*inside, recipient_scope("eve@example.org")):
        for pattern in (*patterns, "192.0.3.0/24", "10.0.0.0/8"):
            directory.put_entry(entry(scope, pattern))
    found = directory.look_up([BOB], ["x.example"], host="192.0.2.77").entries
    assert {(e.scope, e.pattern) for e in found} == {(s, p) for s in inside for p in patterns[:4]}
    found = directory.look_up([BOB], [], host="2001:DB8:0::7").entries
    assert {(e.scope, e.pattern) for e in found} == {(s, p) for s in inside for p in patterns[4:]}
    assert directory.look_up([BOB], [], host="203.0.113.9").entries == ()
    assert directory.look_up([BOB], [], host="no address").entries == ()
    assert directory.look_up([BOB], []).entries == ()


def test_networks_do_not_touch_what_was_learnt(directory: Directory) -> None:
    """Their kinds are noted in the row of the model."""
    directory.set_model(ORG, "000000000001")
    directory.put_entry(entry(ORG, "192.0.2.0/24"))
    directory.set_model(ORG, "000000000002")
    view = directory.look_up([BOB], [], host="192.0.2.1")
    assert view.models == {ORG: "000000000002"}
    assert [each.pattern for each in view.entries] == ["192.0.2.0/24"]
    directory.put_entry(entry(GLOBAL, "192.0.2.0/24"))
    assert GLOBAL not in directory.look_up([BOB], []).models


def test_a_scope_has_so_many_kinds_of_networks_at_most(directory: Directory) -> None:
    """A look-up asks for each kind: they are bounded, a known kind is always let in."""
    for length in range(16, 66):
        directory.put_entry(entry(ORG, f"2001::/{length}"))
    with pytest.raises(InvalidInput):
        directory.put_entry(entry(ORG, "2001::/66"))
    with pytest.raises(InvalidInput):
        directory.put_entries([entry(ORG, "192.0.2.0/24")])
    directory.put_entry(entry(ORG, "2002::/65"))
    directory.put_entry(entry(GLOBAL, "2001::/66"))
    assert len(directory.look_up([BOB], [], host="2001::1").entries) == 51


def test_a_use_counts_once_a_day(directory: Directory) -> None:
    """By the day (UTC); what is no longer there, or is another entry now, is not brought back."""
    listed = entry(ORG, "a.example", idle_days=30)
    directory.put_entry(listed)
    assert directory.note_use(listed, at_ms=NOW_MS)
    assert not directory.note_use(listed, at_ms=NOW_MS + 1000)
    next_day = (NOW_MS // (DAY * 1000) + 1) * DAY * 1000
    assert directory.note_use(listed, at_ms=next_day)
    assert not directory.note_use(listed, at_ms=NOW_MS)
    assert directory.get_entry(ORG, "a.example") == replace(listed, used_ms=next_day, used_days=2)
    again = replace(listed, created_ms=NOW_MS + 7)
    directory.put_entry(again)
    assert not directory.note_use(listed, at_ms=next_day + DAY * 1000)
    directory.delete_entry(ORG, "a.example")
    assert not directory.note_use(again, at_ms=next_day)
    assert directory.get_entry(ORG, "a.example") is None


@stored
def test_entries_end_by_ttl(backend: Backend) -> None:
    """The table deletes them when they have ended; a use puts that off where it should."""
    assert backend.settings is not None
    table, directory = backend.settings.table, backend.services.directory
    fixed, idle, both = (
        entry(ORG, "fixed.example", expires_at=NOW + DAY),
        entry(ORG, "idle.example", idle_days=2),
        entry(ORG, "both.example", expires_at=NOW + 3 * DAY, idle_days=2),
    )
    for each in (fixed, idle, both, entry(ORG, "none.example")):
        directory.put_entry(each)

    def ends() -> dict[str, int]:
        rows = backend.client("dynamodb").scan(TableName=table)["Items"]
        return {
            r["sk"]["S"][2:]: int(r["expires_at"]["N"]) if "expires_at" in r else 0
            for r in rows
            if r["sk"]["S"].startswith("S#")
        }

    midnight = (NOW // DAY + 1) * DAY
    assert ends() == {
        "fixed.example": NOW + DAY,
        "idle.example": midnight + 2 * DAY,
        "both.example": midnight + 2 * DAY,
        "none.example": 0,
    }
    for each in (fixed, idle, both):
        assert directory.note_use(each, at_ms=NOW_MS + 2 * DAY * 1000)
    assert ends()["fixed.example"] == NOW + DAY
    assert ends()["idle.example"] == midnight + 4 * DAY
    assert ends()["both.example"] == NOW + 3 * DAY


@stored
def test_entries_of_an_older_version_are_read(backend: Backend) -> None:
    """They have no match, no end and no use."""
    assert backend.settings is not None
    row = {
        "pk": {"S": "L#example.org"},
        "sk": {"S": "S#spam.example"},
        "kind": {"S": "block"},
        "needs_dmarc": {"BOOL": True},
        "author": {"S": "bob"},
        "reason": {"S": ""},
        "created": {"N": "7"},
    }
    backend.client("dynamodb").put_item(TableName=backend.settings.table, Item=row)
    assert backend.services.directory.get_entry(ORG, "spam.example") == ListEntry(
        ORG, ListKind.BLOCK, "spam.example", author="bob", created_ms=7
    )
