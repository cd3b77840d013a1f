"""Look-alike names, and names that only look like it to a machine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.filtering.confusables import imitation, latin_look, near, shown_domain, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal.com", "paypa1.com"),
        ("paypal.com", "paypai.com"),
        ("paypal.com", "pаypаl.com"),
        ("paypal.com", "xn--pypl-53dc.com"),
        ("microsoft.com", "rnicrosoft.com"),
        ("microsoft.com", "micr0soft.com"),
        ("google.com", "gооgle.com"),
        ("wells.example", "vvells.example"),
        ("Example.ORG", "example.org."),
        ("müller.de", "muller.de"),
        ("example.org", "ｅxample.org"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("example.org", "example.com"), ("paypal.com", "payment.com"), ("bank.de", "tank.de")]
)
def test_names_that_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    ("domain", "genuine", "how"),
    [
        ("paypa1.com", "paypal.com", "letters"),
        ("mail.paypa1.com", "www.paypal.com", "letters"),
        ("xn--pypl-53dc.com", "paypal.com", "letters"),
        ("contosso.com", "contoso.com", "typing"),
        ("cnotoso.com", "contoso.com", "typing"),
        ("contoso-login.com", "contoso.com", "inside"),
        ("contoso.com.evil.test", "contoso.com", "inside"),
        ("contoso.com", "contoso.com", ""),
        ("mail.contoso.com", "contoso.com", ""),
        ("contoso.net", "contoso.com", ""),
        ("fabrikam.com", "contoso.com", ""),
        ("abd.com", "abc.com", ""),
        ("grapes.com", "apes.com", ""),
    ],
)
def test_imitations(domain: str, genuine: str, how: str) -> None:
    assert imitation(domain, genuine) == how


def test_broken_labels_stay_as_they_are() -> None:
    assert shown_domain("xn--\x7f.example") == "xn--\x7f.example"
    assert shown_domain("xn--" + "9" * 59 + ".example").endswith(".example")
    assert shown_domain("xn--bcher-kva.example") == "bücher.example"
    assert shown_domain("plain.example") == "plain.example"


def test_latin_look_keeps_digits() -> None:
    assert latin_look("РауРаl 2026") == "paypal 2026"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("abc", "abc", False), ("abc", "abd", True), ("abc", "ab", True), ("abc", "acb", True), ("abc", "xyz", False), ("abcd", "ab", False)],
)  # fmt: skip
def test_near(one: str, other: str, expected: bool) -> None:
    assert near(one, other) is expected
    assert near(other, one) is expected


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text(max_size=300), st.text(max_size=80))
def test_any_text_has_a_skeleton(one: str, other: str) -> None:
    """Whatever a sender writes; and an imitation is never of itself."""
    assert isinstance(skeleton(one), str)
    assert imitation(one, one) == ""
    assert imitation(one, other) in {"", "letters", "typing", "inside"}
