"""What block lists are asked about a message, and what their answers mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.blocklist import BlockList, Subject, read_block_lists
from pratique.domain.envelope import Envelope, Receipt
from pratique.filtering.signals.blocklists import (
    MOST_DOMAINS,
    MOST_QUESTIONS,
    MOST_WEIGHT,
    Asking,
    Reading,
    evidence,
    named_domains,
    questions,
    read_answer,
    sending_address,
)

from .mail import html, message, names, parse, receipt

ZEN = BlockList("zen", Subject.IP, "zen.lists.example", 2.5)
DBL = BlockList("dbl", Subject.DOMAIN, "dbl.lists.example", 3.0)
SES_ID = "d6iitobk75ur44p8kdnnp7g2n800"


def by_edge(address: str) -> Receipt:
    bare = receipt()
    return replace(bare, envelope=replace(bare.envelope, client_ip=address), source="edge")


def asked(raw: bytes, told: Receipt, *lists: BlockList) -> list[str]:
    return [each.name for each in questions(lists or (ZEN, DBL), parse(raw), told)]


def test_addresses_are_asked_backwards() -> None:
    """RFC 5782, 2.1 and 2.4."""
    assert asked(message(drop="From"), by_edge("8.8.4.4"), ZEN) == ["4.4.8.8.zen.lists.example"]
    (name,) = asked(message(), by_edge("2001:4860:4860::8844"), ZEN)
    assert name.startswith("4.4.8.8.0.0.0.0.")
    assert name.endswith(".0.6.8.4.0.6.8.4.1.0.0.2.zen.lists.example")


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "10.0.0.1", "192.0.2.1", "fe80::1", "nonsense", "8.8.4"]
)
def test_addresses_that_are_nobodys_are_not_asked(address: str) -> None:
    assert asked(message(), by_edge(address), ZEN) == []


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (f"from a.example (a.example [8.8.4.4]) by inbound-smtp.us-east-1.amazonaws.com with SMTP id {SES_ID}", "8.8.4.4"),
        (f"from a.example ([IPv6:2001:4860:4860::8844]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {SES_ID};",
         "2001:4860:4860::8844"),
        ("from a.example ([8.8.4.4]) by inbound-smtp.us-east-1.amazonaws.com with SMTP id another", ""),
        (f"from a.example ([8.8.4.4]) by mx.evil.example with SMTP id {SES_ID}", ""),
        (f"from a.example by x.amazonaws.com ([8.8.4.4]) with SMTP id {SES_ID}", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_ses_tells_the_sending_host_in_its_own_field_only(received: str, found: str) -> None:
    """A field that the sender wrote does not hold the id that SES gave."""
    raw = b"Received: " + received.encode() + b"\r\nReceived: from x ([9.9.9.9]) by y\r\n" + message()
    told = Receipt(SES_ID, 0, Envelope("", ()))
    assert sending_address(parse(raw), told) == found


def test_domains_of_sender_and_links_are_asked_once() -> None:
    raw = html(
        '<a href="http://a.b.spam.example/x">x</a><a href="https://u@b.spam.example:8443/y">y</a>'
        '<a href="http://203.0.113.9/">z</a><a href="https://www.google.com/">g</a><a href="http://mail.example.org/">own</a>'
        '<a href="http://other.co.uk?q">o</a>',
        **{"from": "eve@mail.sender.example"},
    )
    told = receipt(mail_from="bounce@gmail.com")
    assert named_domains(parse(raw), told) == ["sender.example", "spam.example", "other.co.uk"]
    assert asked(raw, told, DBL)[0] == "sender.example.dbl.lists.example"


def test_questions_are_bounded() -> None:
    raw = html("".join(f'<a href="http://x{n}.example/">x</a>' for n in range(150)))
    assert len(named_domains(parse(raw), receipt())) == MOST_DOMAINS
    lists = [replace(DBL, zone=f"l{n}.example") for n in range(10)]
    assert len(questions(lists, parse(raw), receipt())) == MOST_QUESTIONS


@pytest.mark.parametrize(
    "url",
    [
        "http://" + "a" * 300 + ".example/",
        "http://[::1]/",
        "http://xn--\xff/",
        "http://..../",
        "http://1.2.3.4/",
        "http://a/",
    ],
)
def test_what_is_no_domain_is_not_asked(url: str) -> None:
    raw = html(f'<a href="{url}">x</a>', drop="From")
    assert named_domains(parse(raw), receipt()) == []


@pytest.mark.parametrize(
    ("values", "reading"),
    [
        ([], Reading.CLEAN),
        (["127.0.0.2"], Reading.LISTED),
        (["127.0.0.4", "127.0.0.11"], Reading.LISTED),
        (["127.255.255.254"], Reading.REFUSED),
        (["127.255.255.252"], Reading.REFUSED),
        (["127.0.0.1"], Reading.REFUSED),
        (["127.0.1.255"], Reading.REFUSED),
        (["203.0.113.9"], Reading.REFUSED),
        (["127.0.0.2", "203.0.113.9"], Reading.REFUSED),
        (["nonsense"], Reading.REFUSED),
    ],
)
def test_answers(values: list[str], reading: Reading) -> None:
    assert read_answer(ZEN, values) is reading


def test_only_the_chosen_codes_count() -> None:
    """Such as those of a list that also names whole ranges of home connections."""
    some = replace(ZEN, codes=frozenset({2, 3}))
    assert read_answer(some, ["127.0.0.3"]) is Reading.LISTED
    assert read_answer(some, ["127.0.0.10"]) is Reading.CLEAN


def test_evidence_is_one_for_each_list_and_bounded() -> None:
    found = evidence(
        [Asking(DBL, "a.example", "n1"), Asking(DBL, "b.example", "n2"), Asking(ZEN, "8.8.4.4", "n3")]
    )
    assert [each.detail for each in found] == ["a.example, listed by dbl", "8.8.4.4, listed by zen"]
    assert names(found) == {"blocklist:domain": 3.0, "blocklist:ip": 2.5}
    many = [Asking(replace(ZEN, name=f"l{n}", weight=5), "8.8.4.4", "n") for n in range(4)]
    assert sum(each.weight for each in evidence(many)) == pytest.approx(MOST_WEIGHT)
    assert evidence([]) == []


def test_lists_are_read_from_text() -> None:
    """A zone's key is not shown: without a name, its last two labels are."""
    found = read_block_lists(" zen=ip:KEY.zen.dq.spamhaus.net:2.5:2-9/11 , domain:dbl.lists.example:3,")
    assert found == (
        BlockList("zen", Subject.IP, "key.zen.dq.spamhaus.net", 2.5, frozenset({2, 3, 4, 5, 6, 7, 8, 9, 11})),
        BlockList("lists.example", Subject.DOMAIN, "dbl.lists.example", 3.0),
    )
    assert read_block_lists("") == ()


@pytest.mark.parametrize(
    "text",
    ["x", "ip:zone.example", "url:zone.example:1", "ip::1", "ip:zone.example:0", "ip:zone.example:-1", "ip:zone.example:99",
     "ip:zone.example:nan", "ip:zone.example:1:x", "a b=ip:zone.example:1", ",".join(["ip:z.example:1"] * 11)],
)  # fmt: skip
def test_what_cannot_be_a_list_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="block list"):
        read_block_lists(text)
