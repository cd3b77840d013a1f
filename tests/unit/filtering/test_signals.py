"""What holds for all evidence together: names, weights, caps, bounds; authentication; and what an ordinary message is worth."""

from __future__ import annotations

import pytest
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.verdict import Contribution, judge
from pratique.filtering.contributions import MAX_DETAIL, contribution
from pratique.filtering.evidence import MAX_SIGNALS, capped, message_evidence, reckoned
from pratique.filtering.signals import provider
from pratique.filtering.weights import CAP, FACTORS, LOOK, LOOK_CAP, WEIGHTS

from bench.signals import meanings

from .mail import ORDINARY, html, multipart, names, parse, receipt

PASS, FAIL, GRAY, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.GRAY, Outcome.UNKNOWN


def test_every_weight_has_a_meaning_and_every_meaning_a_weight() -> None:
    assert meanings().keys() == WEIGHTS.keys()
    assert all(text and text[0] != " " for text in meanings().values())


def test_names_are_a_family_and_what() -> None:
    for name in WEIGHTS:
        family, colon, what = name.partition(":")
        assert colon, name
        assert family.isalpha(), name
        assert what.replace("-", "").isalnum(), name
    assert all(item in WEIGHTS or any(name.startswith(item + ":") for name in WEIGHTS) for item in LOOK)


def test_no_single_signal_decides() -> None:
    """From the bias to the default threshold it takes more than any one of them."""
    assert max(WEIGHTS.values()) < 3.6
    assert min(WEIGHTS.values()) > -1.5


def test_an_ordinary_message_of_a_stranger_is_far_from_held() -> None:
    found = message_evidence(parse(ORDINARY), receipt())
    assert found[0].signal == "bias"
    assert names(found).keys() == {"bias", "relay:of-sender", "relay:single", "mime:plain", "url:own"}
    assert judge(found).score < 0.2


def test_an_ordinary_message_that_authenticates_is_ham() -> None:
    auth = AuthResults(spf=PASS, dkim=PASS, dmarc=PASS, spam=PASS, virus=PASS)
    assert judge(message_evidence(parse(ORDINARY), receipt(auth))).score < 0.1


@pytest.mark.parametrize(
    ("signals", "total"),
    [
        (["header:missing-from", "header:missing-date", "header:missing-message-id"], CAP),
        (["html:only", "html:form", "link:call", "html:loud", "bulk:removal"], LOOK_CAP),
        (["mime:plain", "mime:signed"], WEIGHTS["mime:plain"] + WEIGHTS["mime:signed"]),
        (["relay:of-sender", "relay:helo-other"], WEIGHTS["relay:of-sender"] + WEIGHTS["relay:helo-other"]),
    ],
)
def test_what_goes_together_weighs_no_more_than_its_cap(signals: list[str], total: float) -> None:
    found = capped([Contribution(name, WEIGHTS[name]) for name in signals])
    assert [item.signal for item in found] == signals
    assert sum(item.weight for item in found) == pytest.approx(total, abs=0.001)


def test_families_weigh_what_their_words_are_worth_elsewhere() -> None:
    """After the caps, signals of the table only, in the order they came."""
    found = [
        Contribution("relay:dynamic", WEIGHTS["relay:dynamic"]),
        Contribution("html:form", WEIGHTS["html:form"]),
        Contribution("url:ip", WEIGHTS["url:ip"]),
        Contribution("relay:not-in-the-table", 1.0),
    ]
    weights = [item.weight for item in reckoned(found)]
    assert weights == [
        pytest.approx(FACTORS["relay"] * WEIGHTS["relay:dynamic"]),
        pytest.approx(FACTORS["html"] * WEIGHTS["html:form"]),
        WEIGHTS["url:ip"],
        1.0,
    ]
    assert FACTORS["html"] < 1 < FACTORS["relay"]
    assert FACTORS.keys() <= {name.partition(":")[0] for name in WEIGHTS}


def test_caps_are_for_signals_of_the_table_only() -> None:
    heavy = [
        Contribution("provider:virus", 10.0),
        Contribution("list:block", 20.0),
        Contribution("dmarc", 9.0),
    ]
    assert capped(heavy) == heavy


@pytest.mark.parametrize(
    ("outcome", "expected"), [(PASS, -1), (FAIL, 1), (GRAY, 1), (UNKNOWN, 0), (Outcome.PROCESSING_FAILED, 0)]
)
def test_the_provider_s_verdict(outcome: Outcome, expected: int) -> None:
    found = names(provider.evidence(parse(ORDINARY), receipt(AuthResults(spam=outcome))))
    weight = found.get("provider:spam", 0.0)
    assert (weight > 0) - (weight < 0) == expected


def test_a_virus_is_dangerous_and_weighs_most() -> None:
    auth = AuthResults(virus=FAIL)
    assert names(provider.evidence(parse(ORDINARY), receipt(auth)))["provider:virus"] == provider.VIRUS
    assert provider.is_dangerous(receipt(auth))
    assert not provider.is_dangerous(receipt(AuthResults(virus=PASS)))


def test_a_plain_phish_is_held_without_any_lesson() -> None:
    raw = html(
        '<a href="http://203.0.113.9/l">https://www.bank.test/login</a><form><input type=password></form>',
        **{"from": '"service@bank.test" <x1234567@evil.example>'},
        subject="ACCOUNT SUSPENDED!!",
    )
    auth = AuthResults(spf=FAIL, dkim=GRAY, dmarc=FAIL, dmarc_policy="none")
    assert judge(message_evidence(parse(raw), receipt(auth))).score > 0.9


def test_a_newsletter_with_all_its_trimmings_is_not_held() -> None:
    """Much that looks like an advertisement, and nothing that pretends."""
    page = (
        "<html><head><title>News</title></head><body><center><img src='https://news.shop.test/o.gif' width=1 height=1>"
        "<h1 style='font-size:36px'>Special offer, save up to 20%!</h1><p>Click below to order now.</p>"
        + "<a href='https://www.shop.test/x'>Click here</a>" * 5
        + "<p>No longer wish to hear from us? Unsubscribe.</p></center></body></html>"
    )
    raw = (
        b"Received: from out.shop.test (out.shop.test [192.0.2.8]) by inbound.example.org; Mon, 21 Sep 2026 14:13:20 +0000\r\n"
        + html(
            page,
            **{"from": "The Shop <news@shop.test>", "message-id": "<20260921.a7@shop.test>"},
            list_unsubscribe="<https://www.shop.test/u>",
        )
    )
    found = message_evidence(parse(raw), receipt(AuthResults(spf=PASS, dkim=PASS, dmarc=PASS)))
    assert judge(found).score < 0.7


def test_evidence_is_bounded_and_printable() -> None:
    url = "http://203.0.113.9/" + "\u202e" + "x" * 300 + ".exe"
    parts = [
        f'Content-Disposition: attachment; filename="{n}\u202e\x07.pdf.exe"\r\n\r\nMZ'.encode()
        for n in range(60)
    ]
    raw = multipart(f"Content-Type: text/html\r\n\r\n<script><form><iframe><a href='{url}'>".encode(), *parts)
    found = message_evidence(parse(b"From: a\nFrom: b\nSubject: A\nSubject: B\n" + raw), receipt())
    assert len(found) <= MAX_SIGNALS
    assert all(len(item.detail) <= MAX_DETAIL and item.detail.isprintable() for item in found)
    assert len({item.signal for item in found}) == len(found)
    assert contribution("x", 1.0, "a\nb\x00c\u202ed\ud800" + "e" * 100).detail == "a bcd" + "e" * 75
