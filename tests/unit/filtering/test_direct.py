"""Signs that say more together: advertisements that no mail server hands over; and who is a mail server by its name."""

from __future__ import annotations

import base64

import pytest
from pratique.domain.address import parse_address
from pratique.domain.envelope import AuthResults, Envelope, Outcome, Receipt
from pratique.domain.verdict import judge
from pratique.filtering.evidence import message_evidence
from pratique.filtering.signals import received

from .mail import ORDINARY, RECEIVED_MS, html, message, names, parse, receipt

INNER = b"Received: from desk.shop.example ([10.0.0.5]) by relay.shop.example; Mon, 21 Sep 2026 14:13:19 +0000\r\n"
BY = b"by inbound.example.org with ESMTP id 1; Mon, 21 Sep 2026 14:13:20 +0000\r\n"
HOME = b"Received: from pc.home.example (host-7.dsl.isp.example [192.0.2.7]) " + BY + INNER
NAMELESS = b"Received: from mx.example.net (unknown [192.0.2.7]) " + BY + INNER
SERVER = b"Received: from mx.shop.example (mx.shop.example [192.0.2.7]) " + BY + INNER
LINES = (
    "<p>The new catalogue is there, with coats, boots and bags for the autumn, and much else besides.</p>" * 6
)
PAGE = html(LINES + '<a href="http://shop.elsewhere.example/w">The catalogue</a>')
TEXT = message(
    b"All our watches and pens, at half the price they had before:\r\nlook at http://shop.elsewhere.example/w now\r\n"
    * 6
)


def together(raw: bytes, told: Receipt | None = None) -> set[str]:
    found = names(message_evidence(parse(raw), told or receipt()))
    return {name.partition(":")[2] for name in found if name.startswith("direct:")}


@pytest.mark.parametrize("way", [HOME, NAMELESS])
def test_links_elsewhere_from_a_host_that_is_no_mail_server(way: bytes) -> None:
    assert together(way + TEXT) == {"links"}
    assert together(way + PAGE) == {"links", "page"}


def test_neither_alone_says_anything() -> None:
    assert together(SERVER + PAGE) == set()
    assert together(HOME + ORDINARY) == set()
    assert together(HOME + message()) == set()
    assert together(PAGE) == set()


BOTH = b"Received: from PC7 (host-7.dsl.isp.example [192.0.2.7]) " + BY + INNER


def test_two_signs_of_no_mail_server() -> None:
    """They count for lists as well: a list's server is one."""
    assert together(BOTH + message()) == {"twice"}
    assert together(BOTH + message(list_id="<l.example.org>")) == {"twice"}
    assert together(HOME + message()) == set()


def test_no_server_between_the_sender_s_machine_and_us() -> None:
    assert together(HOME.removesuffix(INNER) + message()) == {"single"}
    assert together(SERVER.removesuffix(INNER) + message()) == set()


PILLS = message(
    b"Our pharmacy has viagra, cialis and levitra without prescription, and many more medications that you may want.\r\n"
    * 2
)
BASE64 = message(
    base64.encodebytes(b"The minutes of the meeting are ready. " * 20),
    content_type="text/plain",
    content_transfer_encoding="base64",
)
PICTURE = html(
    '<a href="http://www.example.net/"><img src="http://www.example.net/a.jpg" width="600" height="400"></a>'
)
SALE = message(
    b"Our bargain of the week: cheap coats at the lowest prices, a special offer. Act now, limited time.\r\n"
    * 2
)


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (PILLS, "phrase", True),
        (SALE, "phrase", False),
        (BASE64, "encoded", True),
        (PICTURE, "picture", True),
        (message(), "picture", False),
    ],
)
def test_what_spam_hides_in_and_speaks_of(raw: bytes, name: str, said: bool) -> None:
    assert (name in together(HOME + raw)) is said
    assert name not in together(SERVER + raw)


def test_money_and_few_words() -> None:
    assert "money" in together(HOME + message(subject="Save $500 today, 80% off"))
    assert "money" not in together(SERVER + message(subject="Save $500 today, 80% off"))
    assert "short" in together(HOME + message(b"Have a look http://shop.elsewhere.example/w\r\n"))


def test_mail_from_the_recipient_itself() -> None:
    own = {"from": "Bob <bob@example.org>", "to": "bob@example.org"}
    assert together(HOME + message(**own)) == {"itself"}
    assert together(SERVER + message(**own)) == set()
    unknown = Receipt("1", RECEIVED_MS, Envelope("", ()))
    assert together(HOME + message(**own), unknown) == {"itself"}
    assert together(HOME + message(**{**own, "to": "bob@example.org, carol@example.org"}), unknown) == set()


def test_lists_and_proven_authors_are_left_out() -> None:
    """A list's server passes on what others wrote; and whom DMARC proves, nobody borrows."""
    assert together(HOME + PAGE, receipt(AuthResults(dmarc=Outcome.PASS))) == set()
    assert (
        together(HOME + html("<p>Hello</p><a href='http://x.example/'>x</a>", list_id="<l.example.org>"))
        == set()
    )
    assert together(HOME + PAGE, receipt(AuthResults(dmarc=Outcome.FAIL))) == {"links", "page"}


def test_an_advertisement_from_a_home_is_held_and_the_same_from_a_server_is_not() -> None:
    links = '<a href="http://shop.elsewhere.example/w">Click here</a>'
    advertisement = html(f"<center><h1>Coats</h1>{LINES}{links}</center>", subject="The autumn catalogue")
    assert judge(message_evidence(parse(HOME + advertisement), receipt())).score > 0.9
    assert judge(message_evidence(parse(SERVER + advertisement), receipt())).score < 0.7


@pytest.mark.parametrize(
    ("rdns", "home"),
    [
        ("201-1-198-159.dsl.isp.example", True),
        ("pool-71-1-2-3.washdc.fios.isp.example", True),
        ("ec2-3-4-5-6.compute.cloud.example", True),
        ("a8-51.smtp-out.amazonses.com", False),
        ("m42-5.mailgun.net", False),
        ("mail134-18.atl141.mandrillapp.com", False),
        ("149.72.12.5.sendgrid.net", False),
        ("mx0a-001b2d01.pphosted.com", False),
        ("out-179.mta0.house.example", False),
        ("mta-65-51.house.example", False),
        ("sonic301-2.consmr.mail.bf2.yahoo.com", False),
    ],
)
def test_homes_have_other_names_than_mail_servers_of_large_houses(rdns: str, home: bool) -> None:
    way = b"Received: from h.example (" + rdns.encode() + b" [192.0.2.7]) " + BY
    found = names(received.evidence(parse(way + message()), receipt()))
    assert ("relay:dynamic" in found) is home


@pytest.mark.parametrize(("name", "said"), [(None, False), ("", True)])
def test_a_client_whose_name_nobody_asked_after_is_not_nameless(name: str | None, said: bool) -> None:
    """The edge's own trace field without a name may only mean that the DNS did not answer."""
    envelope = Envelope("", (parse_address("bob@example.org"),), "192.0.2.7", "mx.example.net", name)
    told = Receipt("1", RECEIVED_MS, envelope, source="edge")
    way = b"Received: from mx.example.net ([192.0.2.7]) " + BY
    found = names(received.evidence(parse(way + message()), told))
    assert ("relay:no-name" in found) is said


def test_a_relay_of_our_own_in_front_of_the_edge_is_no_hand_over() -> None:
    ours = b"Received: from PC ([10.0.0.9]) by edge.example.org with ESMTP id 1; Mon, 21 Sep 2026 14:13:21 +0000\r\n"
    envelope = Envelope("", (parse_address("bob@example.org"),), "10.0.0.9", "PC")
    told = Receipt("1", RECEIVED_MS, envelope, source="edge")
    found = names(received.evidence(parse(ours + HOME + message()), told))
    assert "relay:dynamic" in found
    assert "relay:helo-bare" not in found
