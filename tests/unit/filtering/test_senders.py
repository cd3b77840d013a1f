"""Which list entry counts."""

from __future__ import annotations

from typing import Any

import pytest
from pratique.domain.address import parse_address
from pratique.domain.direction import Direction
from pratique.domain.listentry import ListEntry, ListKind, Match
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.verdict import judge
from pratique.filtering.senders import (
    MAX_PATTERNS,
    Sender,
    choose_entry,
    choose_for_recipient,
    entry_contribution,
    is_proven,
    sender_of,
)

from .mail import message, parse

BOB = parse_address("bob@example.org")
ANNA = parse_address("anna@mail.news.sender.example")
NOW = 1_790_000_000
HOST = "192.0.2.77"


def sender(
    *, dmarc: bool = True, spf: bool = False, host: str = HOST, mail_from: str = "bounce@sender.example"
) -> Sender:
    return sender_of(mail_from, ANNA, proven=dmarc, permitted=spf, host=host)


def entry(scope: str, kind: str, pattern: str, **changes: Any) -> ListEntry:
    return ListEntry(parse_scope(scope), ListKind(kind), pattern, **changes)


def test_the_patterns_of_a_sender() -> None:
    assert sender().patterns == [
        "anna@mail.news.sender.example",
        "mail.news.sender.example",
        "*.news.sender.example",
        "*.sender.example",
        "bounce@sender.example",
        "sender.example",
    ]
    assert sender_of("", None).patterns == []
    assert sender_of("not an address", None).patterns == []
    assert sender_of("anna@sender.example", parse_address("anna@sender.example")).patterns == [
        "anna@sender.example",
        "sender.example",
    ]


def test_patterns_are_bounded_and_both_senders_have_their_own() -> None:
    deep = parse_address("a@" + ".".join("abcdefghijkl") + ".example")
    found = sender_of("b@" + ".".join("mnopqrstuvwx") + ".example", deep).patterns
    assert len(found) <= MAX_PATTERNS
    assert len(set(found)) == len(found)
    assert {
        "a@a.b.c.d.e.f.g.h.i.j.k.l.example",
        "b@m.n.o.p.q.r.s.t.u.v.w.x.example",
        "*.l.example",
        "*.x.example",
    } <= set(found)


G, D, R = "global", "example.org", "bob@example.org"


@pytest.mark.parametrize(
    ("entries", "dmarc", "chosen"),
    [
        ([], True, None),
        ([entry(G, "allow", "*.sender.example")], True, 0),
        ([entry(G, "allow", "sender.example")], False, None),
        ([entry(G, "allow", "sender.example", needs_dmarc=False)], False, 0),
        ([entry(G, "block", "sender.example")], False, 0),
        # nearest scope first, whatever the kind and however vague
        ([entry(G, "block", str(ANNA)), entry(D, "allow", "*.sender.example")], True, 1),
        ([entry(D, "block", str(ANNA)), entry(R, "allow", "*.sender.example")], True, 1),
        ([entry(D, "block", str(ANNA)), entry(R, "allow", "192.0.0.0/8")], True, 1),
        # an allow entry that is not to be trusted is not there: the next scope speaks
        ([entry(G, "block", "sender.example"), entry(R, "allow", str(ANNA))], False, 0),
        # in one scope: address, domain, longest wildcard, host, longest network
        ([entry(G, "block", "mail.news.sender.example"), entry(G, "allow", str(ANNA))], True, 1),
        ([entry(G, "allow", "*.news.sender.example"), entry(G, "block", "sender.example")], True, 1),
        ([entry(G, "block", "*.sender.example"), entry(G, "allow", "*.news.sender.example")], True, 1),
        ([entry(G, "block", HOST), entry(G, "allow", "*.sender.example")], True, 1),
        ([entry(G, "allow", HOST), entry(G, "block", "*.sender.example")], True, 1),
        ([entry(G, "block", "192.0.2.64/26"), entry(G, "allow", HOST)], True, 1),
        ([entry(G, "allow", "192.0.2.0/24"), entry(G, "block", "192.0.2.64/26")], True, 1),
        # the envelope's sender is nobody that DMARC vouches for
        ([entry(G, "allow", "bounce@sender.example")], True, None),
        ([entry(G, "allow", "bounce@sender.example", needs_dmarc=False)], True, 0),
        # as specific: block wins
        ([entry(G, "allow", str(ANNA)), entry(G, "block", "bounce@sender.example")], True, 1),
        ([entry(G, "block", "bounce@sender.example"), entry(G, "allow", str(ANNA))], True, 0),
        # the envelope alone, From alone
        ([entry(G, "block", "bounce@sender.example", match=Match.FROM)], True, None),
        ([entry(G, "block", "bounce@sender.example", match=Match.ENVELOPE)], True, 0),
        ([entry(G, "block", str(ANNA), match=Match.FROM)], True, 0),
        ([entry(G, "block", str(ANNA), match=Match.ENVELOPE)], True, None),
        ([entry(G, "allow", str(ANNA), match=Match.FROM)], True, 0),
        ([entry(G, "allow", str(ANNA), match=Match.FROM)], False, None),
        # a host proves itself
        ([entry(G, "allow", "192.0.2.0/24", needs_dmarc=True)], False, 0),
        ([entry(G, "block", "192.0.3.0/24"), entry(G, "block", "2001:db8::/32")], True, None),
        # what has ended is not there
        ([entry(G, "block", str(ANNA), expires_at=NOW)], True, None),
        ([entry(G, "block", str(ANNA), expires_at=NOW + 1)], True, 0),
        ([entry(G, "block", str(ANNA), idle_days=30, created_ms=(NOW - 32 * 86_400) * 1000)], True, None),
        ([entry(G, "block", str(ANNA), idle_days=30, created_ms=1, used_ms=(NOW - 30 * 86_400) * 1000)], True, 0),
        # entries for outgoing mail are about others
        ([entry(G, "block", str(ANNA), direction=Direction.OUTGOING)], True, None),
        # other people's entries, and patterns that do not match
        ([entry("carol@example.org", "block", str(ANNA)), entry("example.com", "block", str(ANNA))], True, None),
        ([entry(G, "block", "*.mail.news.sender.example"), entry(G, "block", "example")], True, None),
    ],
)  # fmt: skip
def test_the_entry_that_counts(entries: list[ListEntry], dmarc: bool, chosen: int | None) -> None:
    """The table of docs/lists.md."""
    found = choose_entry(entries, BOB, sender(dmarc=dmarc), now=NOW)
    assert found == (entries[chosen] if chosen is not None else None)
    assert choose_entry(entries[::-1], BOB, sender(dmarc=dmarc), now=NOW) == found


def test_an_envelope_is_proven_by_spf() -> None:
    """An allow entry for the envelope alone needs SPF where others need DMARC."""
    allow = entry(G, "allow", "sender.example", match=Match.ENVELOPE)
    assert choose_entry([allow], BOB, sender(dmarc=True, spf=False), now=NOW) is None
    assert choose_entry([allow], BOB, sender(dmarc=False, spf=True), now=NOW) == allow
    lax = entry(G, "allow", "sender.example", match=Match.ENVELOPE, needs_dmarc=False)
    assert choose_entry([lax], BOB, sender(dmarc=False, spf=False), now=NOW) == lax


def test_an_empty_mail_from_is_on_no_list_by_its_envelope() -> None:
    """A bounce has no sender to allow or block; its From header has."""
    bounce = sender(mail_from="")
    assert bounce.envelope == ()
    for pattern in ("sender.example", "bounce@sender.example", str(ANNA)):
        assert choose_entry([entry(G, "block", pattern, match=Match.ENVELOPE)], BOB, bounce, now=NOW) is None
    assert choose_entry([entry(G, "block", str(ANNA))], BOB, bounce, now=NOW) is not None


def test_a_host_that_nobody_knows_is_on_no_list() -> None:
    """Where our own side did not say which host it was, networks say nothing."""
    for host in ("", "unknown"):
        assert choose_entry([entry(G, "block", "192.0.2.0/24")], BOB, sender(host=host), now=NOW) is None
    mapped = sender(host="::ffff:192.0.2.77")
    assert choose_entry([entry(G, "block", "192.0.2.0/24")], BOB, mapped, now=NOW) is not None


@pytest.mark.parametrize(
    ("entries", "chosen"),
    [
        ([entry(G, "block", "anna@mail.news.sender.example")], None),
        ([entry(G, "block", str(ANNA), direction=Direction.OUTGOING)], 0),
        ([entry(D, "allow", "*.sender.example", direction=Direction.OUTGOING), entry(G, "block", str(ANNA), direction=Direction.OUTGOING)], 0),
        ([entry(R, "allow", str(ANNA), direction=Direction.OUTGOING), entry(R, "block", "*.sender.example", direction=Direction.OUTGOING)], 0),
        ([entry(G, "allow", str(ANNA), direction=Direction.OUTGOING, expires_at=NOW)], None),
        ([entry("carol@example.org", "block", str(ANNA), direction=Direction.OUTGOING)], None),
    ],
)  # fmt: skip
def test_the_entry_that_counts_for_outgoing_mail(entries: list[ListEntry], chosen: int | None) -> None:
    """The sender's own scopes, compared with the recipient; an allow entry needs no DMARC: the sender is one of ours."""
    found = choose_for_recipient(entries, BOB, ANNA, now=NOW)
    assert found == (entries[chosen] if chosen is not None else None)


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
    assert is_proven(parsed, dmarc_pass=True) is vouched
    assert not is_proven(parsed, dmarc_pass=False)
