"""Which list entry counts."""

from __future__ import annotations

import pytest
from pratique.domain.address import parse_address
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.verdict import judge
from pratique.filtering.senders import (
    MAX_PATTERNS,
    choose_entry,
    entry_contribution,
    proven_patterns,
    sender_patterns,
)

from .mail import message, parse

BOB = parse_address("bob@example.org")
ANNA = parse_address("anna@mail.news.sender.example")
PATTERNS = sender_patterns("bounce@sender.example", ANNA)


def entry(scope: str, kind: str, pattern: str, *, needs_dmarc: bool = True) -> ListEntry:
    return ListEntry(parse_scope(scope), ListKind(kind), pattern, needs_dmarc)


def test_the_patterns_of_a_sender() -> None:
    assert PATTERNS == [
        "anna@mail.news.sender.example",
        "mail.news.sender.example",
        "*.news.sender.example",
        "*.sender.example",
        "bounce@sender.example",
        "sender.example",
    ]
    assert sender_patterns("", None) == []
    assert sender_patterns("not an address", None) == []
    assert sender_patterns("anna@sender.example", parse_address("anna@sender.example")) == [
        "anna@sender.example",
        "sender.example",
    ]


def test_patterns_are_bounded_and_both_senders_have_their_own() -> None:
    deep = parse_address("a@" + ".".join("abcdefghijkl") + ".example")
    found = sender_patterns("b@" + ".".join("mnopqrstuvwx") + ".example", deep)
    assert len(found) <= MAX_PATTERNS
    assert len(set(found)) == len(found)
    assert {
        "a@a.b.c.d.e.f.g.h.i.j.k.l.example",
        "b@m.n.o.p.q.r.s.t.u.v.w.x.example",
        "*.l.example",
        "*.x.example",
    } <= set(found)


@pytest.mark.parametrize(
    ("entries", "dmarc", "chosen"),
    [
        ([], True, None),
        ([entry("global", "allow", "*.sender.example")], True, 0),
        ([entry("global", "allow", "sender.example")], False, None),
        ([entry("global", "allow", "sender.example", needs_dmarc=False)], False, 0),
        ([entry("global", "block", "sender.example")], False, 0),
        # nearest scope first, whatever the kind and however vague
        ([entry("global", "block", str(ANNA)), entry("example.org", "allow", "*.sender.example")], True, 1),
        ([entry("example.org", "block", str(ANNA)), entry("bob@example.org", "allow", "*.sender.example")], True, 1),
        # an allow entry that is not to be trusted is not there: the next scope speaks
        ([entry("global", "block", "sender.example"), entry("bob@example.org", "allow", str(ANNA))], False, 0),
        # in one scope: address, domain, longest wildcard
        ([entry("global", "block", "mail.news.sender.example"), entry("global", "allow", str(ANNA))], True, 1),
        ([entry("global", "allow", "*.news.sender.example"), entry("global", "block", "sender.example")], True, 1),
        ([entry("global", "block", "*.sender.example"), entry("global", "allow", "*.news.sender.example")], True, 1),
        # the envelope's sender is nobody that DMARC vouches for
        ([entry("global", "allow", "bounce@sender.example")], True, None),
        ([entry("global", "allow", "bounce@sender.example", needs_dmarc=False)], True, 0),
        # as specific: block wins
        ([entry("global", "allow", str(ANNA)), entry("global", "block", "bounce@sender.example")], True, 1),
        ([entry("global", "block", "bounce@sender.example"), entry("global", "allow", str(ANNA))], True, 0),
        # other people's entries, and patterns that do not match
        ([entry("carol@example.org", "block", str(ANNA)), entry("example.com", "block", str(ANNA))], True, None),
        ([entry("global", "block", "*.mail.news.sender.example"), entry("global", "block", "example")], True, None),
    ],
)  # fmt: skip
def test_the_entry_that_counts(entries: list[ListEntry], dmarc: bool, chosen: int | None) -> None:
    proven = sender_patterns("", ANNA) if dmarc else []
    found = choose_entry(entries, BOB, PATTERNS, proven=proven)
    assert found == (entries[chosen] if chosen is not None else None)
    assert choose_entry(entries[::-1], BOB, PATTERNS, proven=proven) == found


def test_an_entry_decides() -> None:
    allow = entry_contribution(entry("bob@example.org", "allow", "sender.example"))
    block = entry_contribution(ListEntry(GLOBAL, ListKind.BLOCK, "*.sender.example"))
    assert judge((allow,)).score < 0.001
    assert judge((block,)).score > 0.999
    assert allow.detail == "allowed by recipient: sender.example"
    assert block.detail == "blocked by global: *.sender.example"


@pytest.mark.parametrize(
    ("field", "vouched"),
    [
        ("anna@sender.example", True),
        ("anna@sender.example\r\nFrom: eve@evil.example", False),
        ("anna@sender.example, eve@evil.example", False),
        ("<anna@sender.example> <eve@evil.example>", False),
        ("nobody", False),
    ],
)
def test_dmarc_vouches_for_one_clear_from_only(field: str, vouched: bool) -> None:
    parsed = parse(message(**{"from": field}))
    assert bool(proven_patterns(parsed, dmarc_pass=True)) is vouched
    assert proven_patterns(parsed, dmarc_pass=False) == []
