"""The words of the field: addresses, scopes, ids, policies, states, tokens, routes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.domain.actor import Actor, Channel
from pratique.domain.address import (
    Address,
    normalise_domain,
    parent_domains,
    parse_address,
    redact,
    try_address,
)
from pratique.domain.direction import Direction
from pratique.domain.errors import Forbidden, InvalidInput, NotFound
from pratique.domain.ids import (
    CopyId,
    copy_id_of,
    is_ulid,
    message_ulid,
    parse_copy_id,
    ulid,
    ulid_milliseconds,
)
from pratique.domain.lifecycle import LIVE, MOVES, State, may_move
from pratique.domain.listentry import normalise_pattern
from pratique.domain.policy import (
    DEFAULTS,
    Disposition,
    EffectivePolicy,
    Policy,
    check_policy,
    decide,
    resolve,
)
from pratique.domain.route import Route, RouteKind, Tls, check_route
from pratique.domain.scope import GLOBAL, domain_scope, parse_scope, scope_chain, scope_from_key
from pratique.domain.token import Token, secret_digest, split_token, token_opens, token_text
from pratique.domain.verdict import Contribution, Verdict, judge, sigmoid


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Bob@Example.ORG", "bob@example.org"),
        (" <bob@example.org> ", "bob@example.org"),
        ("bob@bücher.example", "bob@xn--bcher-kva.example"),
        ("a@b@example.org", "a@b@example.org"),
        ("bob@example.org.", "bob@example.org"),
        ('"a b"@example.org', '"a b"@example.org'),
        ("bob+tag@sub.example.org", "bob+tag@sub.example.org"),
        ("bob@localhost", "bob@localhost"),
    ],
)
def test_addresses_have_one_form(text: str, plain: str) -> None:
    assert str(parse_address(text)) == plain
    assert parse_address(plain) == parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bob",
        "@example.org",
        "bob@",
        "bob@-x",
        "bob@a..b",
        "b\nb@x.org",
        "bob@" + "a" * 64,
        "a" * 330 + "@x.org",
        "bob@ex ample.org",
        "\udc80@x.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert try_address(text) is None


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    """Never another error, and what is one stays the same one."""
    found = try_address(text)
    if found is not None:
        assert parse_address(str(found)) == found


def test_parents_and_redaction() -> None:
    assert parent_domains("a.b.example.org") == ["b.example.org", "example.org"]
    assert parent_domains("org") == []
    assert redact("bob@example.org") == "b***@example.org"
    assert redact("nobody") == "***"
    assert normalise_domain("EXAMPLE.org.") == "example.org"


def test_scopes_cover_what_lies_in_them() -> None:
    scopes = [parse_scope(t) for t in ("global", "example.org", "bob@example.org", "example.net")]
    covered = [[a.covers(b) for b in scopes] for a in scopes]
    assert covered == [
        [True, True, True, True],
        [False, True, True, False],
        [False, False, True, False],
        [False, False, False, True],
    ]
    assert [scope_from_key(s.key) for s in scopes] == scopes
    named_so = domain_scope("global")
    assert scope_from_key(named_so.key) == named_so != GLOBAL, "a domain may have that name"
    assert not parse_scope("example.org").covers(parse_scope("bob@sub.example.org")), (
        "a domain is not its subdomains"
    )
    assert scope_chain(parse_address("bob@example.org")) == (scopes[2], scopes[1], GLOBAL)


def test_actors_see_change_and_administer_by_scope() -> None:
    bob = parse_address("bob@example.org")
    person = Actor("p", parse_scope("bob@example.org"), Channel.API)
    person.must_change(bob)
    with pytest.raises(Forbidden):
        person.must_administer(parse_scope("bob@example.org"))
    with pytest.raises(NotFound):
        person.must_see(parse_scope("example.org"))
    Actor("d", parse_scope("example.org"), Channel.API).must_administer(parse_scope("example.org"))


def test_ulids_sort_by_time_and_are_the_same_again() -> None:
    one, two = message_ulid("x", 1_790_000_000_000), message_ulid("x", 1_790_000_000_001)
    assert one < two
    assert message_ulid("x", 1_790_000_000_000) == one != message_ulid("y", 1_790_000_000_000)
    assert is_ulid(one)
    assert ulid_milliseconds(one) == 1_790_000_000_000
    assert ulid(0, b"\0" * 10) == "0" * 26


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "01M2HZQ8M00000000000000000",
        "01M2HZQ8M00000000000000000.!!",
        "01M2HZQ8M00000000000000000." + "A" * 600,
        "01m2hzq8m00000000000000000.Ym9iQGV4YW1wbGUub3Jn",
        "01M2HZQ8M00000000000000000.Ym9i",
    ],
)
def test_an_id_that_cannot_be_is_an_id_of_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        parse_copy_id(text)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_copy_ids_go_there_and_back(milliseconds: int, entropy: bytes) -> None:
    named = CopyId(ulid(milliseconds, entropy), Address("bücher+x", "example.org"))
    assert parse_copy_id(str(named)) == named
    assert named.owner == named.recipient
    owned = CopyId(named.message, named.recipient, Address("bob", "example.org"))
    assert parse_copy_id(str(owned)) == owned
    assert owned.owner == Address("bob", "example.org")
    assert copy_id_of(owned.message, owned.people) == owned
    assert copy_id_of(named.message, named.people) == named
    assert CopyId(named.message, named.recipient, named.recipient) == named, (
        "the owner's own copy has one name"
    )


@pytest.mark.parametrize("to", ["eve@else.example", "bob@example.org"])
def test_ids_of_mail_that_the_owner_sends(to: str) -> None:
    """Also of a note to oneself, which is another copy than one that came in; a mark that is none names nothing."""
    bob = parse_address("bob@example.org")
    came = CopyId(ulid(5, bytes(10)), parse_address(to), bob)
    sent = CopyId(came.message, came.recipient, bob, Direction.OUTGOING)
    assert parse_copy_id(str(sent)) == copy_id_of(sent.message, sent.people) == sent
    assert sent != came
    assert str(sent).endswith(".out")
    assert (sent.owner, sent.recipient, sent.is_outgoing, came.is_outgoing) == (
        bob,
        came.recipient,
        True,
        False,
    )
    for text in (str(sent)[:-1], str(sent) + ".out", str(sent).replace(".out", ".OUT")):
        with pytest.raises(NotFound):
            parse_copy_id(text)


def test_nothing_chosen_is_the_default_and_the_nearest_choice_wins() -> None:
    assert resolve([None, Policy(), None]) == DEFAULTS
    near, far = Policy(spam_at=0.8, quarantine=False), Policy(spam_at=0.5, retention_days=3)
    assert resolve([near, far]) == EffectivePolicy(spam_at=0.8, quarantine=False, retention_days=3)
    assert resolve([Policy(spam_at=0.05)]).unsure_at == 0.05, (
        "thresholds of two scopes may cross: the spam one wins"
    )


@pytest.mark.parametrize(
    "bad",
    [
        Policy(spam_at=1.1),
        Policy(unsure_at=-0.1),
        Policy(spam_at=0.2, unsure_at=0.3),
        Policy(retention_days=0),
        Policy(log_days=366),
        Policy(spam_notation="a\u202eb"),
        Policy(spam_notation="half a \ud83d"),
        Policy(disallowed_extensions=("tar gz",)),
        Policy(disallowed_extensions=tuple(f"e{n}" for n in range(101))),
        Policy(unsure_notation="a\r\nBcc: x"),
        Policy(spam_notation="x" * 61),
    ],
)
def test_policies_that_cannot_be_are_refused(bad: Policy) -> None:
    with pytest.raises(InvalidInput):
        check_policy(bad)


def test_verdict_is_not_disposition() -> None:
    on, off, noted = (
        EffectivePolicy(),
        EffectivePolicy(quarantine=False),
        EffectivePolicy(unsure_notation="[?] "),
    )
    assert decide(on, Verdict.SPAM) is Disposition.QUARANTINE
    assert decide(off, Verdict.SPAM) is Disposition.TAG
    assert decide(off, Verdict.HAM, dangerous=True) is Disposition.QUARANTINE
    assert decide(on, Verdict.UNSURE) is Disposition.DELIVER
    assert decide(noted, Verdict.UNSURE) is Disposition.TAG
    assert decide(on, Verdict.HAM) is Disposition.DELIVER


def test_states_move_only_along_the_table() -> None:
    """Nothing leaves an end state; what is on its way ends well or failed; what was removed can only be held again."""
    assert set(MOVES) == set(State)
    ends = {s for s in State if not MOVES[s]}
    assert ends == {State.DELIVERED, State.RELEASED, State.EXPIRED}
    assert MOVES[State.REMOVED] == {State.HELD}
    for old, new in itertools.product(State, State):
        assert may_move(old, new) == (new in MOVES[old])
    assert {State.QUEUED, State.RELEASING} == LIVE


def test_scores_are_bounded_and_add_up() -> None:
    assert sigmoid(0) == 0.5
    assert sigmoid(1e9) == 1.0
    assert 0.0 <= sigmoid(-1e9) < 1e-300
    found = judge((Contribution("a", 2.0), Contribution("b", -0.5)))
    assert found.score == sigmoid(1.5)
    assert found.verdict(spam_at=0.8, unsure_at=0.1) is Verdict.SPAM
    assert found.verdict(spam_at=0.9, unsure_at=0.1) is Verdict.UNSURE
    assert found.verdict(spam_at=0.9, unsure_at=0.85) is Verdict.HAM


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("@Example.org", "example.org"),
        ("*.Example.org", "*.example.org"),
        ("A@Example.org", "a@example.org"),
        (" example.org ", "example.org"),
    ],
)
def test_patterns_have_one_form(text: str, pattern: str) -> None:
    assert normalise_pattern(text) == pattern


@pytest.mark.parametrize("text", ["", "*", "*.", "a@", "a b", "ex*mple.org"])
def test_patterns_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_pattern(text)


def test_tokens_open_with_their_secret_until_their_end() -> None:
    token_id, secret = "01M2HZQ8M00000000000000000", "a" * 43
    assert split_token(token_text(token_id, secret)) == (token_id, secret)
    assert split_token("prq_" + token_id + "_short") is None
    token = Token(token_id, "n", GLOBAL, secret_digest(secret), True, 0, "x", expires_at=100)
    assert token_opens(token, secret, 99.9)
    assert not token_opens(token, secret, 100)
    assert not token_opens(token, "b" * 43, 1)


SMTP = Route("example.org", RouteKind.SMTP, host="mx.example.org", port=587, tls=Tls.REQUIRED)


@pytest.mark.parametrize(
    "changes",
    [
        {"host": ""},
        {"host": "a b"},
        {"port": 0},
        {"port": 25},
        {"host": "inbound-smtp.eu-west-1.amazonaws.com"},
        {"host": "Inbound-SMTP.us-east-1.amazonaws.com."},
        {"host": "127.0.0.1", "port": 2525},
        {"kind": RouteKind.MAILMANAGER_RELAY},
        {"kind": RouteKind.SES_WRAPPED},
        {"kind": RouteKind.SES_REWRITTEN, "sender": "nobody"},
    ],
)
def test_routes_that_loop_or_cannot_be_are_refused(changes: dict[str, object]) -> None:
    """Invariant 11, and port 25 does not leave Lambda."""
    from dataclasses import replace

    with pytest.raises(InvalidInput):
        check_route(replace(SMTP, **changes), port_25=False, forbidden_hosts=frozenset({("127.0.0.1", 2525)}))  # type: ignore[arg-type]  # a table of changes


def test_routes_that_can_be_are_taken() -> None:
    from dataclasses import replace

    assert check_route(SMTP, port_25=False) == SMTP
    assert check_route(replace(SMTP, port=25), port_25=True).port == 25
