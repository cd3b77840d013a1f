"""Signals of the header: fields, way, programs, senders, subjects, structure, bulk, characters. On mail that shows each, and on mail that
does not.
"""

from __future__ import annotations

import base64
from types import ModuleType

import pytest
from pratique.domain.address import parse_address
from pratique.domain.envelope import AuthResults, Envelope, Outcome, Receipt
from pratique.filtering.signals import (
    bulk,
    charset,
    headers,
    mailer,
    message_id,
    received,
    sender,
    spoof,
    structure,
    subject,
)
from pratique.filtering.trace import handover, hops

from .mail import ORDINARY, RECEIVED_MS, html, message, multipart, names, parse, receipt

PASS = Outcome.PASS
OURS = b"by inbound.example.org with ESMTP id 1; Mon, 21 Sep 2026 14:13:20 +0000\r\n"


def seen(signal: ModuleType, raw: bytes, told: Receipt | None = None) -> set[str]:
    """What one signal found, without its family's name."""
    return {name.partition(":")[2] for name in names(signal.evidence(parse(raw), told or receipt()))}


def way(*lines: bytes, **fields: str) -> bytes:
    return b"".join(b"Received: " + line for line in lines) + message(**fields)


# Fields


def test_missing_fields() -> None:
    assert seen(headers, b"X-Nothing: x\n\nhello") == {"none"}
    found = seen(headers, b"To: bob@example.org\n\nhello")
    assert found == {"missing-from", "missing-date", "missing-message-id", "missing-subject"}
    assert seen(headers, message(drop="To", cc="bob@example.org")) == set()


def test_doubled_and_empty_fields() -> None:
    assert "doubled" in seen(headers, b"From: c@d.example\n" + message())
    assert "doubled" not in seen(headers, b"Received: x\nReceived: y\n" + message())
    assert seen(headers, message(subject="")) == {"empty"}


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 21 Sep 2026 16:13:20 +0200", set()),
        ("Mon, 21 Sep 2026 18:13:20 +0200", set()),
        ("Mon, 21 Sep 2026 20:13:20 +0200", {"date-ahead"}),
        ("Mon, 28 Sep 2026 16:13:20 +0200", {"date-future"}),
        ("Sat, 19 Sep 2026 16:13:20 +0200", {"date-behind"}),
        ("Mon, 21 Sep 2020 16:13:20 +0200", {"date-past"}),
        ("yesterday", {"date-invalid"}),
        ("Mon, 31 Feb 2026 16:13:20 +0200", {"date-invalid"}),
        ("Thu, 01 Jan 1970 00:00:00 +0000", {"date-past"}),
        ("Tue, 22 Sep 2026 07:13:20 +1717", {"zone"}),
    ],
)
def test_dates(date: str, expected: set[str]) -> None:
    assert seen(headers, message(date=date)) == expected


def test_without_a_time_of_receipt_the_topmost_stamp_is_it() -> None:
    old = message(date="Mon, 21 Sep 2020 16:13:20 +0200")
    bare = receipt(received_ms=0)
    assert seen(headers, old, bare) == set()
    assert seen(headers, b"Received: from a by b; Mon, 21 Sep 2020 16:20:20 +0200\r\n" + old, bare) == set()
    assert seen(headers, b"Received: from a by b; Mon, 21 Sep 2026 16:13:20 +0200\r\n" + old, bare) == {
        "date-past"
    }
    assert seen(headers, old, receipt(received_ms=RECEIVED_MS)) == {"date-past"}


def test_addresses_that_cannot_be_read() -> None:
    assert "malformed-from" in seen(headers, message(**{"from": "<a@b.example> <c@d.example>"}))
    assert "several-senders" in seen(headers, message(**{"from": "a@b.example, c@d.example"}))
    assert seen(headers, message(to="undisclosed-recipients:;")) == {"undisclosed"}
    assert seen(headers, message(to="my dear friend")) == {"to-malformed"}
    assert "hidden-subject" in seen(headers, message(subject="=?utf-8?q?a=E2=80=AEb?="))


def test_structure_built_to_hurt_is_noted() -> None:
    assert "overlong" in seen(headers, b"Received: a by b; x\n" * 200 + message())
    assert "overlong" in seen(headers, message(x_long="x" * 300_000))


# The way


@pytest.mark.parametrize(
    ("line", "helo", "rdns", "ip", "by"),
    [
        (b"from mx.a.example (mx.a.example [192.0.2.7]) by b.example; x", "mx.a.example", "mx.a.example", "192.0.2.7", "b.example"),
        (b"from HELLO (unknown [192.0.2.7]) by b.example with SMTP; x", "hello", "", "192.0.2.7", "b.example"),
        (b"from dsl.a.example (HELO PC) ([192.0.2.7]) by b.example; x", "pc", "dsl.a.example", "192.0.2.7", "b.example"),
        (b"from mx.a.example ([192.0.2.7] helo=a.example) by b.example with esmtp (Exim 4.9) id 1; x", "a.example", "mx.a.example", "192.0.2.7", "b.example"),
        (b"from a.example (root@mx.a.example [192.0.2.7]) by b.example; x", "a.example", "mx.a.example", "192.0.2.7", "b.example"),
        (b"from a.example (2001:db8::1) by b.example (2001:db8::2) with Microsoft SMTP Server; x", "a.example", "", "", "b.example"),
        (b"from a.example (mx.a.example [IPv6:2001:db8::7]) by b.example; x", "a.example", "mx.a.example", "2001:db8::7", "b.example"),
        (b"by a.example with SMTP id 1; x", "", "", "", "a.example"),
    ],
)  # fmt: skip
def test_received_fields_are_read(line: bytes, helo: str, rdns: str, ip: str, by: str) -> None:
    [hop] = hops(parse(way(line + b"\r\n")))
    assert (hop.helo, hop.rdns, hop.ip, hop.by) == (helo, rdns, ip, by)


def test_the_hand_over_is_where_another_house_speaks() -> None:
    found = hops(
        parse(
            way(
                b"from in.example.org (in.example.org [10.0.0.3]) by store.example.org; x\r\n",
                b"from edge.example.org (edge.example.org [198.51.100.2]) by in.example.org; x\r\n",
                b"from mx.a.example (mx.a.example [192.0.2.7]) by edge.example.org; x\r\n",
                b"from pc (pc [203.0.113.4]) by mx.a.example; x\r\n",
            )
        )
    )
    assert handover(found, "") == 2
    assert handover(found, "203.0.113.4") == 3
    assert handover(hops(parse(message())), "") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"from mx.example.net (mx.example.net [192.0.2.7]) ", {"of-sender"}),
        (b"from 201-1-198-159.dsl.isp.example (HELO 32A3F2F0) ([201.1.198.159]) ", {"dynamic", "helo-bare"}),
        (b"from [192.0.2.7] (unknown [192.0.2.7]) ", {"helo-ip", "no-name"}),
        (b"from yahoo.com (pool-1.isp.example [192.0.2.7]) ", {"helo-webmail", "helo-other", "dynamic"}),
        (b"from example.org (mx.evil.example [192.0.2.7]) ", {"helo-receiver"}),
        (b"from a.b.example (mx.evil.example [192.0.2.7]) ", {"helo-other"}),
        (b"from a.b.example (mx.b.example [999.0.2.7]) ", {"bad-address"}),
    ],
)
def test_who_hands_over(line: bytes, expected: set[str]) -> None:
    raw = way(line + OURS, b"from pc (pc [10.0.0.3]) by mx.example.net; x\r\n")
    assert seen(received, raw) - {"broken-chain"} == expected


def test_the_event_s_helo_counts_before_the_field_s() -> None:
    raw = way(b"from mx.example.net (mx.example.net [192.0.2.7]) " + OURS, b"from a by b\r\n")
    told = Receipt("1", RECEIVED_MS, Envelope("", (parse_address("bob@example.org"),), "192.0.2.7", "PC"))
    assert "helo-bare" in seen(received, raw, told)


def test_claims_below_the_hand_over() -> None:
    top = b"from mx.evil.example (mx.evil.example [192.0.2.7]) " + OURS
    assert "broken-chain" in seen(received, way(top, b"from x (x [192.0.2.9]) by mail.bank.example; x\r\n"))
    assert "broken-chain" not in seen(
        received, way(top, b"from x (x [192.0.2.9]) by web.evil.example; x\r\n")
    )
    late = b"from x by web.evil.example; Tue, 22 Sep 2026 14:13:20 +0000\r\n"
    assert "late-stamp" in seen(received, way(top, late))
    assert "ip-by-ip" in seen(received, way(top, b"from 192.0.2.1 by 192.0.2.2; x\r\n"))
    assert "no-by" in seen(received, way(top, b"from 192.0.2.1 (you) x\r\n"))


def test_webmail_that_never_was() -> None:
    home = b"from pc (cable-1.isp.example [192.0.2.7]) " + OURS
    sender_field = {"from": "Anna <anna@yahoo.com>"}
    assert "claimed-webmail" in seen(received, way(home, **sender_field))
    true = b"from n1.bullet.mail.yahoo.com (n1.bullet.mail.yahoo.com [192.0.2.7]) " + OURS
    assert "claimed-webmail" not in seen(received, way(true, **sender_field))
    assert "claimed-webmail" not in seen(received, way(home, list_id="<l>", **sender_field))


def test_what_servers_noted_counts_against_a_sender_only() -> None:
    failed = message(authentication_results="mx.example; spf=pass; dkim=fail header.d=x; dmarc=fail")
    assert "auth-failed" in seen(received, failed)
    assert "auth-failed" not in seen(received, failed, receipt(AuthResults(dmarc=PASS)))
    assert "auth-failed" in seen(received, message(received_spf="Fail (domain does not designate)"))
    assert "unsigned" in seen(received, message(authentication_results="x; spf=none; dkim=none"))
    passed = message(authentication_results="x; spf=pass; dkim=pass; dmarc=pass")
    assert seen(received, passed) == seen(received, message())


def test_a_thousand_received_fields_cost_what_a_few_do() -> None:
    assert len(hops(parse(b"Received: from a (b [192.0.2.1]) by c; x\n" * 1_000 + message()))) <= 8
    assert hops(parse(way(b"from " + b"(" * 4_000 + b"[" * 4_000 + b"\r\n")))


# Programs


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"x_mailer": "Microsoft Outlook Express 6.00.2600.0000", "message_id": "<000001c2$12345678$9abcdef0@pc>", "x_mimeole": "x"}, {"consistent", "old"}),
        ({"x_mailer": "Microsoft Outlook Express 6.00.2600.0000", "message_id": "<abcd@yahoo.com>"}, {"forged-id", "no-mimeole", "old"}),
        ({"x_mailer": "The Bat! (v2.00)", "message_id": "<12345.99@x.example>"}, {"forged-id", "old"}),
        ({"x_mailer": "The Bat! (v9)", "message_id": "<1234567890.20260921161320@x.example>"}, {"consistent"}),
        ({"user_agent": "Mozilla/5.0 (X11) Gecko Thunderbird/115", "message_id": "<01234567-89ab-cdef-0123-456789abcdef@x.example>"}, {"consistent"}),
        ({"user_agent": "Mozilla/5.0 (X11) Gecko Thunderbird/115", "message_id": "<20260921141320.ABC123DEF@mx.x.example>"}, set()),
        ({"x_mailer": "PHPMailer 6.1"}, {"script"}),
        ({"x_php_originating_script": "33:mail.php"}, {"script"}),
        ({"x_mailer": "Super MassMailer"}, {"bulk"}),
        ({"x_mailer": "xkqjzvbn"}, {"odd"}),
        ({"x_mailer": "A", "user_agent": "B"}, {"odd", "two-names"}),
        ({"x_priority": "1 (Highest)"}, {"urgent", "priority-alone"}),
        ({"x_msmail_priority": "Normal"}, {"priority-alone"}),
        ({}, set()),
    ],
)  # fmt: skip
def test_programs(fields: dict[str, str], expected: set[str]) -> None:
    assert seen(mailer, message(**fields)) == expected


def test_a_boundary_of_another_program() -> None:
    fields = {"x_mailer": "Microsoft Outlook 16.0", "message_id": "<000001c2$12345678$9abcdef0@pc>"}
    forged = message(content_type='multipart/mixed; boundary="12345"', **fields)
    assert "forged-boundary" in seen(mailer, forged)
    true = message(content_type='multipart/mixed; boundary="----=_NextPart_000_0001_01C2"', **fields)
    assert "forged-boundary" not in seen(mailer, true)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<20260921.1@example.net>", set()),
        ("<20260921.1@mail.example.net>", set()),
        ("nothing of the kind", {"malformed"}),
        ("<YFCNPAVGXZTNNKTSIJNT@example.net>", {"capitals"}),
        ("<123@example.net>", {"digits"}),
        ("<x1.y@192.0.2.1>", {"address-host"}),
        ("<x1.y@pc>", {"bare-host"}),
        ("<x1.y@mx.example.org>", {"receiver"}),
        ("<x1.y@elsewhere.example>", {"foreign"}),
        ("", set()),
    ],
)
def test_message_ids(value: str, expected: set[str]) -> None:
    assert seen(message_id, message(message_id=value)) == expected


def test_an_identifier_of_a_host_on_the_way_is_not_foreign() -> None:
    raw = b"Received: from out.esp.example by x; y\r\n" + message(message_id="<x1.y@esp.example>")
    assert seen(message_id, raw) == set()


# Senders


def test_senders() -> None:
    assert seen(sender, message()) == set()
    assert seen(sender, message(**{"from": "x1234567@example.net"})) == {"no-name", "numbers"}
    assert seen(sender, message(**{"from": "A. Berg <bcdfghjk@example.net>"})) == {"random"}
    assert seen(sender, message(**{"from": "ANNA BERG <anna@gmail.com>"})) == {"shouts", "free"}
    assert seen(sender, message(**{"from": "Deals <no-reply@deals.xyz>"})) == {"no-reply", "odd-ending"}
    assert seen(sender, message(**{"from": "Agent 007 <info@a.b.c.example>"})) == {
        "name-numbers",
        "role",
        "deep-host",
    }
    assert seen(sender, message(to="bob <bob@example.org>")) == {"copies-name"}
    assert seen(sender, message(to="eve@elsewhere.example")) == {"not-addressed"}
    assert seen(sender, message(drop="From")) == set()


def test_answers_that_go_elsewhere() -> None:
    assert seen(sender, message(reply_to="somebody@gmail.com")) == {"reply-to-free"}
    assert seen(sender, message(reply_to="sales@example.com")) == {"reply-to-other"}
    assert "reply-to-free-both" in seen(sender, message(reply_to="a@gmail.com", **{"from": "A <a@aol.com>"}))
    assert seen(sender, message(reply_to="list@lists.example.net")) == set()
    assert seen(sender, message(reply_to="list@example.com", list_id="<l.example.com>")) == set()


def test_the_recipient_s_own_names() -> None:
    assert "itself" in seen(sender, message(**{"from": "Bob <bob@example.org>"}))
    assert "own-domain" in seen(sender, message(**{"from": "Carol <carol@example.org>"}))
    vouched = receipt(AuthResults(dmarc=PASS))
    assert seen(sender, message(**{"from": "Bob <bob@example.org>"}), vouched) == set()


def test_envelopes() -> None:
    assert seen(sender, message(), receipt(mail_from="bounce@evil.example")) == {"envelope"}
    assert seen(sender, message(), receipt(mail_from="bounce@mail.example.net")) == set()
    vouched = receipt(AuthResults(dmarc=PASS), mail_from="bounce@mailer.example")
    assert seen(sender, message(), vouched) == set()
    assert seen(sender, message(return_path="<bounce@evil.example>")) == {"envelope"}
    assert seen(sender, message(return_path="<>")) == {"null"}


@pytest.mark.parametrize(
    ("sender_field", "expected"),
    [
        ("Anna Berg <anna.berg@example.net>", set()),
        ('"service@bank.example" <x@evil.example>', {"name-address"}),
        ('"anna@mail.example.net" <anna@example.net>', set()),
        ("Example.org Support <x@evil.example>", {"own-name"}),
        ("IT Helpdesk <x@evil.example>", {"own-name"}),
        ("Bob <bob@examp1e.org>", {"own-looks"}),
        ("Bob <bob@xn--exmple-4nf.org>", {"own-looks", "mixed-domain"}),
        ("Bob <bob@example-login.org>", {"own-looks"}),
        ("Bob <bob@example.org.evil.test>", {"own-looks"}),
        ("Bob <bob@mail.example.org>", set()),
        ("Bob <bob@xn--e1aybc.xn--p1ai>", {"punycode"}),
    ],
)
def test_borrowed_names(sender_field: str, expected: set[str]) -> None:
    assert seen(spoof, message(**{"from": sender_field})) == expected


def test_a_link_that_looks_like_the_recipient_s_domain() -> None:
    assert seen(spoof, html("<a href='https://login.examp1e.org/'>x</a>")) == {"own-link"}
    assert seen(spoof, html("<a href='https://login.example.org/'>x</a>")) == set()


# Subjects


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("ACT NOW, DEAR FRIEND", "capitals"),
        ("V.I.A.G.R.A today", "gaps"),
        ("Your home loan            xkqjz", "tail"),
        ("Your order 8271-AB92", "id"),
        ("Save 80% today", "money"),
        ("Only $99!", "money"),
        ("Re: your offer", "fake-reply"),
        ("cheap v1agra", "disguised"),
        ("haardcore poorn", "disguised"),
        ("bob@example.org, look", "names-recipient"),
        ("bob, look", "names-recipient"),
        ("=?utf-8?q?=F0=9F=8E=81?= for you", "emoji"),
        ("Urgent: verify your account", "urgent"),
        ("[ADV] cheap", "advertisement"),
        ("a" * 200, "long"),
        ("new pictures of me", "lower-case"),
    ],
)
def test_subjects_of_spam(text: str, signal: str) -> None:
    assert signal in seen(subject, message(subject=text))


@pytest.mark.parametrize("text", ["minutes", "IBM", "Minutes of Monday", "日本語の件名です日本語", "EU-US"])
def test_subjects_of_ham(text: str) -> None:
    assert seen(subject, message(subject=text)) == set()


def test_an_answer_is_no_fake() -> None:
    assert seen(subject, message(subject="Re: Minutes", in_reply_to="<0@example.org>")) == set()


@pytest.mark.parametrize(
    "text", ["re:" * 300, "a" * 1_000, "a1" * 500, " " * 999 + "x", "v.i." * 250, "[" * 900]
)
def test_hostile_subjects_are_read(text: str) -> None:
    assert isinstance(seen(subject, message(subject=text)), set)


# Structure


@pytest.mark.parametrize(
    ("raw", "signal"),
    [
        (message(b"aGVsbG8gd29ybGQ=", content_type="text/plain", content_transfer_encoding="base64"), "base64-text"),
        (message(b"PGI+aGVsbG88L2I+", content_type="text/html", content_transfer_encoding="base64"), "base64-page"),
        (message(drop="MIME-Version", content_type="text/plain"), "no-version"),
        (multipart(b"Content-Type: text/html\r\n\r\n<b>x</b>", subtype="alternative"), "lone-alternative"),
        (message(b"hello", content_type="multipart/mixed; boundary=never"), "no-boundary"),
        (message(b"--x\r\n\r\nhello", content_type="multipart/mixed; boundary=x"), "unclosed"),
        (message(b"<b>x</b>", content_type="text/html"), "page-no-charset"),
        (message(content_type="text"), "type-quoted"),
        (message(content_type='multipart/mixed; boundary="--2836621578413606"'), "boundary-digits"),
        (message(content_transfer_encoding="8-bits-please"), "odd-encoding"),
        (message("grüße".encode(), content_type="text/plain"), "8bit-undeclared"),
        (multipart(b"Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1"), "lone-file"),
        (html("<b>hello</b>"), "single-page"),
        (message(), "plain"),
        (message(b"--x\r\n\r\nhi\r\n--x--", content_type="multipart/signed; boundary=x"), "signed"),
    ],
)  # fmt: skip
def test_structure(raw: bytes, signal: str) -> None:
    assert signal in seen(structure, raw)


def test_an_ordinary_letter_with_a_page_is_put_together_well() -> None:
    raw = multipart(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello",
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>hello</p>",
        subtype="alternative",
    )
    assert seen(structure, raw) == set()


# Bulk


def test_bulk() -> None:
    assert seen(bulk, message()) == set()
    assert seen(bulk, message(list_id="<l.example.com>", references="<1@x>")) == {
        "list",
        "list-reply",
        "conversation",
    }
    assert seen(bulk, message(list_unsubscribe="<mailto:x@example.com>", list_unsubscribe_post="x")) == {
        "unsubscribe",
        "one-click",
    }
    assert seen(bulk, message(precedence="bulk")) == {"precedence"}
    assert seen(bulk, message(b"To be removed, click here")) == {"removal"}
    assert "removal" not in seen(bulk, message(b"unsubscribe", list_id="<l.example.com>"))
    assert seen(bulk, message(to=", ".join(f"u{n}@example.org" for n in range(30)))) == {"addresses"}
    assert seen(bulk, message(to=", ".join(f"barb{c}@example.org" for c in "abcdef"))) == {"alphabet"}
    assert seen(bulk, message(auto_submitted="auto-replied")) == {"auto"}


# Characters


@pytest.mark.parametrize(
    ("raw", "signal"),
    [
        (message(b"\xff\xfe\xfd \x81", content_type="text/plain; charset=utf-8"), "wrong"),
        (message(content_type="text/plain; charset=martian"), "unknown"),
        (b"Subject: gr\xfc\xdfe\n\nx", "raw-subject"),
        (b"From: gr\xfc\xdfe <a@b.example>\n\nx", "raw-from"),
        (message(subject="=?utf-8?B?SGVsbG8gZnJpZW5k?="), "needless"),
        (message(**{"from": "=?utf-8?B?SGVsbG8gZnJpZW5k?= <a@b.example>"}), "needless-from"),
        (message(subject="=?utf-8?q?P=D0=B0yPal?="), "mixed"),
        (message(subject="=?utf-8?q?=F0=9D=90=80?="), "fancy"),
        (message("pаypal асcount bаnk ".encode() * 3), "mixed-text"),
        (message("𝐀".encode() * 30), "fancy-text"),
        (message("a\u200b".encode() * 30), "invisible"),
        (message("a\u202eb".encode()), "direction"),
        (message("a\u0301\u0302\u0303\u0304b".encode()), "combining"),
        (message("привет мир".encode()), "cyrillic"),
        (message("日本語の本文".encode()), "cjk"),
        (message("καλημέρα κόσμε".encode()), "other-script"),
        (message(content_type="text/plain; charset=koi8-r"), "old-cyrillic"),
        (message(content_type="text/plain; charset=gb2312"), "old-cjk"),
    ],
)
def test_characters(raw: bytes, signal: str) -> None:
    assert signal in seen(charset, raw)


@pytest.mark.parametrize(
    ("text", "domain"),
    [("日本語の本文", "example.jp"), ("привет мир", "example.ru"), ("καλημέρα", "example.gr"), ("naïve café", "example.org"), ("Москва and all of London", "example.org")],
)  # fmt: skip
def test_the_language_of_the_recipient_s_country_is_no_evidence(text: str, domain: str) -> None:
    encoded = "=?utf-8?b?" + base64.b64encode(text.encode()).decode() + "?="
    raw = message(text.encode(), subject=encoded, content_type="text/plain; charset=utf-8")
    told = Receipt("1", RECEIVED_MS, Envelope("", (parse_address(f"bob@{domain}"),)))
    assert seen(charset, raw, told) == set()


def test_an_ordinary_message_shows_next_to_nothing() -> None:
    for signal in (headers, mailer, message_id, sender, spoof, subject, bulk, charset):
        assert seen(signal, ORDINARY) == set(), signal.__name__
