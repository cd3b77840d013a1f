"""What the receiving server found about the sender, and names borrowed from companies."""

from __future__ import annotations

import pytest
from pratique.domain.envelope import AuthResults, Outcome
from pratique.filtering.signals import authentication, brands
from pratique.filtering.signals.authentication import proven_author

from .mail import ORDINARY, message, names, parse, receipt

PASS, FAIL, GRAY, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.GRAY, Outcome.UNKNOWN
OWN, OTHER = "bounce@mail.example.net", "eve@evil.example"
SIGNED = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s1; h=from; bh=AA; b=AA\r\n" + ORDINARY


def weights(auth: AuthResults, raw: bytes = ORDINARY, mail_from: str = OWN) -> dict[str, float]:
    return names(authentication.evidence(parse(raw), receipt(auth, mail_from=mail_from)))


@pytest.mark.parametrize(
    ("auth", "mail_from", "expected"),
    [
        (AuthResults(), OWN, {}),
        (AuthResults(spf=Outcome.PROCESSING_FAILED, dkim=UNKNOWN, dmarc=UNKNOWN), OWN, {}),
        (AuthResults(dmarc=PASS, spf=FAIL, dkim=PASS), OTHER, {"dmarc": -1}),
        (AuthResults(dmarc=FAIL, dmarc_policy="reject"), OWN, {"dmarc": 1}),
        (AuthResults(dmarc=FAIL, spf=FAIL, dkim=FAIL), OWN, {"dmarc": 1, "spf": 1, "dkim": 1}),
        (AuthResults(dmarc=GRAY, spf=PASS, dkim=GRAY), OWN, {"auth:aligned": -1}),
        (AuthResults(dmarc=GRAY, spf=PASS, dkim=GRAY), OTHER, {"auth:envelope": 1}),
        (AuthResults(dmarc=GRAY, spf=GRAY, dkim=GRAY), OWN, {"auth:none": 1}),
        (AuthResults(dmarc=GRAY, spf=GRAY, dkim=FAIL), OWN, {"auth:none": 1, "dkim": 1}),
        (AuthResults(spf=GRAY), OWN, {}),
        (AuthResults(dmarc=FAIL, dmarc_policy="unheard-of"), OWN, {"dmarc": 1}),
    ],
)
def test_which_way_it_speaks(auth: AuthResults, mail_from: str, expected: dict[str, int]) -> None:
    found = weights(auth, mail_from=mail_from)
    assert {name: (1 if weight > 0 else -1) for name, weight in found.items()} == expected


def test_a_failed_dmarc_weighs_what_the_domain_asks_for() -> None:
    by_policy = [
        weights(AuthResults(dmarc=FAIL, dmarc_policy=policy))["dmarc"]
        for policy in ("none", "", "quarantine", "reject")
    ]
    assert by_policy == sorted(by_policy)
    assert len(set(by_policy)) == 4


@pytest.mark.parametrize(("policy", "share"), [("none", 0.5), ("quarantine", 0.5), ("reject", 1.0)])
def test_a_list_may_break_a_signature_unless_the_owner_says_reject(policy: str, share: float) -> None:
    auth = AuthResults(dmarc=FAIL, dmarc_policy=policy)
    listed = weights(auth, b"List-Id: <l.example.com>\r\n" + ORDINARY)["dmarc"]
    assert listed == pytest.approx(weights(auth)["dmarc"] * share)


def test_a_bounce_that_nothing_proves_weighs_little() -> None:
    nothing = AuthResults(spf=GRAY, dkim=GRAY, dmarc=GRAY)
    assert 0 < weights(nothing, mail_from="")["auth:none"] < weights(nothing)["auth:none"]


def test_a_pass_is_no_proof_of_good_will() -> None:
    """Most spam at large providers passes: a pass weighs less than a fail, and never decides."""
    assert -1 < weights(AuthResults(dmarc=PASS))["dmarc"] < 0


def test_what_the_mail_says_of_its_own_authentication_counts_for_nothing() -> None:
    forged = message(authentication_results="inbound.example.org; dmarc=pass spf=pass dkim=pass")
    assert weights(AuthResults(), forged) == {}


@pytest.mark.parametrize(
    ("raw", "auth", "mail_from", "proven"),
    [
        (ORDINARY, AuthResults(dmarc=PASS), OTHER, True),
        (ORDINARY, AuthResults(dmarc=GRAY, spf=PASS), OWN, True),
        (ORDINARY, AuthResults(dmarc=GRAY, spf=PASS), OTHER, False),
        (SIGNED, AuthResults(dmarc=GRAY, dkim=PASS), OTHER, True),
        (SIGNED.replace(b"d=example.net", b"d=evil.example"), AuthResults(dkim=PASS), OTHER, False),
        (ORDINARY, AuthResults(dkim=PASS), OTHER, False),
        (SIGNED, AuthResults(dmarc=FAIL, dkim=PASS, spf=PASS), OWN, False),
        (ORDINARY, AuthResults(), OWN, False),
        (b"From: eve@evil.example\r\n" + ORDINARY, AuthResults(dmarc=PASS), OWN, False),
        (message(**{"from": "a@example.net, b@example.net"}), AuthResults(dmarc=PASS), OWN, False),
    ],
)
def test_who_is_proven(raw: bytes, auth: AuthResults, mail_from: str, proven: bool) -> None:
    found = proven_author(parse(raw), receipt(auth, mail_from=mail_from))
    assert (found is not None) is proven
    if found is not None:
        assert str(found) == "anna.berg@example.net"


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("PayPal Service <x@evil.example>", {"brand:name"}),
        ("PayPal <service@paypal.com>", set()),
        ("Pay-Pal <service@mail.paypal.co.uk>", set()),
        ("PаyPаl <x@evil.example>", {"brand:name"}),  # Cyrillic а
        ("M i c r o s o f t <x@evil.example>", {"brand:name"}),
        ("Anna Berg <anna@example.net>", set()),
        ("Visa Office <a@consulate.example>", set()),
        ("a <a@paypa1-secure.example>", {"brand:domain"}),
        ("a <a@paypal.support.example>", set()),
        ("DHL Express <a@dhl.de>", set()),
        ("dhl <a@evil.example>", {"brand:name"}),
        ("Adhlan <a@example.net>", set()),
        ("", set()),
        ('"' + "x" * 5_000 + ' paypal" <a@evil.example>', set()),
    ],
)
def test_borrowed_names(sender: str, expected: set[str]) -> None:
    raw = message(**{"from": sender})
    assert names(brands.evidence(parse(raw), receipt())).keys() == expected


def test_a_proven_other_domain_makes_a_borrowed_name_milder() -> None:
    raw = message(**{"from": "PayPal <x@evil.example>"})
    unproven = names(brands.evidence(parse(raw), receipt()))["brand:name"]
    proven = names(brands.evidence(parse(raw), receipt(AuthResults(dmarc=PASS))))["brand:name"]
    assert 0 < proven < unproven
