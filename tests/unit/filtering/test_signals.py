"""Each kind of evidence on mail that shows it, and on mail that does not."""

from __future__ import annotations

import base64

import pytest
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.verdict import judge
from pratique.filtering.contributions import MAX_DETAIL, contribution
from pratique.filtering.evidence import MAX_SIGNALS, message_evidence
from pratique.filtering.signals import (
    attachments,
    bulk,
    charset,
    headers,
    provider,
    sender,
    subject,
    urls,
)
from pratique.filtering.signals import html as html_signal

from .mail import ORDINARY, RECEIVED_MS, html, message, multipart, names, parse, receipt

PASS, FAIL, GRAY, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.GRAY, Outcome.UNKNOWN


def weights(
    signal: object, raw: bytes, auth: AuthResults | None = None, mail_from: str = ""
) -> dict[str, float]:
    evidence = signal.evidence  # type: ignore[attr-defined]  # each signal module has one
    return names(evidence(parse(raw), receipt(auth, mail_from=mail_from)))


def test_an_ordinary_message_of_a_stranger_is_far_from_held() -> None:
    found = message_evidence(parse(ORDINARY), receipt())
    assert found[0].signal == "bias"
    assert names(found).keys() == {"bias"}
    assert judge(found).score < 0.2


def test_an_ordinary_message_that_authenticates_is_ham() -> None:
    auth = AuthResults(spf=PASS, dkim=PASS, dmarc=PASS, spam=PASS, virus=PASS)
    assert judge(message_evidence(parse(ORDINARY), receipt(auth))).score < 0.1


def test_the_providers_verdicts() -> None:
    assert weights(provider, ORDINARY, AuthResults(spam=FAIL))["provider:spam"] > 2
    assert weights(provider, ORDINARY, AuthResults(spam=PASS))["provider:spam"] < 0
    assert weights(provider, ORDINARY) == {}
    assert weights(provider, ORDINARY, AuthResults(virus=FAIL))["provider:virus"] > 5
    assert provider.is_dangerous(receipt(AuthResults(virus=FAIL)))
    assert not provider.is_dangerous(receipt(AuthResults(virus=GRAY, spam=FAIL)))


def test_missing_fields() -> None:
    assert weights(headers, message()) == {}
    bare = weights(headers, b"X-A: 1\n\nbody")
    assert bare.keys() == {
        "missing:from",
        "missing:date",
        "missing:message-id",
        "missing:subject",
        "missing:to",
    }
    assert weights(headers, message(drop="To", cc="bob@example.org")) == {}


def test_doubled_fields() -> None:
    assert "doubled-field" in weights(headers, b"From: c@d.example\n" + message())
    assert "doubled-field" not in weights(headers, b"Received: x\nReceived: y\n" + message())


@pytest.mark.parametrize(
    ("date", "counts"),
    [
        ("Mon, 21 Sep 2026 16:13:20 +0200", False),
        ("Tue, 22 Sep 2026 16:13:20 +0200", False),
        ("Mon, 28 Sep 2026 16:13:20 +0200", True),
        ("Mon, 21 Sep 2020 16:13:20 +0200", True),
        ("yesterday", True),
        ("Mon, 31 Feb 2026 16:13:20 +0200", True),
        ("Thu, 01 Jan 1970 00:00:00 +0000", True),
    ],
)
def test_dates(date: str, counts: bool) -> None:
    assert ("date" in weights(headers, message(date=date))) is counts


def test_without_a_time_of_receipt_no_date_is_old() -> None:
    parsed = parse(message(date="Mon, 21 Sep 2020 16:13:20 +0200"))
    assert names(headers.evidence(parsed, receipt(received_ms=0))) == {}
    assert "date" in names(headers.evidence(parsed, receipt(received_ms=RECEIVED_MS)))


def test_a_from_that_cannot_be_read_counts() -> None:
    assert "malformed-from" in weights(headers, message(**{"from": "<a@b.example> <c@d.example>"}))
    assert "several-senders" in weights(headers, message(**{"from": "a@b.example, c@d.example"}))


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("ACT NOW, DEAR FRIEND", "subject:capitals"),
        ("V.I.A.G.R.A today", "subject:gaps"),
        ("Your home loan            xkqjz", "subject:tail"),
        ("Save 80% today", "subject:money"),
        ("Only $99!", "subject:money"),
    ],
)
def test_subjects_of_spam(text: str, signal: str) -> None:
    assert signal in weights(subject, message(subject=text))


@pytest.mark.parametrize(
    "text", ["Re: minutes", "IBM", "Minutes of Monday", "日本語の件名です日本語", "Fwd: EU-US"]
)
def test_subjects_of_ham(text: str) -> None:
    assert weights(subject, message(subject=text)) == {}


def test_an_answer_speaks_for_ham() -> None:
    assert weights(subject, message(in_reply_to="<0@example.org>"))["conversation"] < 0


def test_sender_mismatches() -> None:
    assert weights(sender, message()) == {}
    assert "sender:name" in weights(sender, message(**{"from": '"service@bank.example" <x@evil.example>'}))
    assert "sender:name" not in weights(
        sender, message(**{"from": '"anna@mail.example.net" <anna@example.net>'})
    )
    free = weights(sender, message(reply_to="somebody@gmail.com"))["sender:reply-to"]
    other = weights(sender, message(reply_to="sales@example.com"))["sender:reply-to"]
    assert free > other > 0
    assert weights(sender, message(reply_to="list@lists.example.net")) == {}
    assert weights(sender, message(reply_to="list@example.com", list_id="<l.example.com>")) == {}
    assert "sender:recipient" in weights(sender, message(**{"from": "bob@example.org"}))
    assert "sender:recipient" not in weights(
        sender, message(**{"from": "bob@example.org"}), AuthResults(dmarc=PASS)
    )
    assert "sender:envelope" in weights(sender, message(), mail_from="bounce@evil.example")
    assert weights(sender, message(), mail_from="bounce@mail.example.net") == {}
    assert weights(sender, message(), AuthResults(dmarc=PASS), mail_from="bounce@mailer.example") == {}


@pytest.mark.parametrize(
    ("url", "signal"),
    [
        ("http://203.0.113.9/pay", "url:ip"),
        ("http://3405803785/", "url:ip"),
        ("http://[2001:db8::1]/", "url:ip"),
        ("http://xn--pypal-4ve.example/", "url:punycode"),
        ("http://www.bank.example@evil.example/", "url:user"),
        ("http://evil.example:81/", "url:port"),
        ("https://bit.ly/3xyz", "url:shortener"),
        ("http://%65vil.example/", "url:escaped"),
        ("http://evil.example/invoice.pdf.exe", "url:program"),
    ],
)
def test_urls_that_hide(url: str, signal: str) -> None:
    assert signal in weights(urls, message(f"see {url} now".encode()))
    assert signal in weights(urls, html(f'<a href="{url}">here</a>'))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/",
        "http://example.com:8080/x",
        "https://example.com/a@b",
        "mailto:a@b.example",
    ],
)
def test_urls_that_do_not(url: str) -> None:
    assert weights(urls, message(f"see {url} now".encode())) == {}


def test_a_link_that_shows_another_site() -> None:
    assert "url:mismatch" in weights(
        urls, html('<a href="http://evil.example/x">https://www.bank.test/login</a>')
    )
    assert weights(urls, html('<a href="http://mail.bank.test/x">www.bank.test</a>')) == {}
    assert weights(urls, html('<a href="http://click.mailer.example/x">www.bank.test</a>')) == {}
    assert weights(urls, html('<a href="http://evil.example/x">click here</a>')) == {}


@pytest.mark.parametrize(
    ("page", "signal"),
    [
        ("<p>hello <script>x()</script></p>", "html:script"),
        ('<p onload="x()">hello</p>', "html:script"),
        ("<iframe src=x></iframe>", "html:frame"),
        ("<form><input name=q></form>", "html:form"),
        ('<form><input type="password"></form>', "html:password"),
        ('<span style="font-size: 0px">x</span>', "html:tiny"),
        ('<span style="visibility: hidden">x</span>', "html:hidden"),
        ("V<!-- x -->I<!-- y -->A<!-- z -->G", "html:split-words"),
        ('<img src="cid:1">', "html:image-only"),
        ("<p>" + "a letter of some length " * 10, "html:only"),
    ],
)
def test_pages(page: str, signal: str) -> None:
    assert signal in weights(html_signal, html(page))


def test_a_decent_newsletter_is_left_alone() -> None:
    raw = multipart(
        b"Content-Type: text/plain\r\n\r\nNews of the week, all of it",
        b'Content-Type: text/html\r\n\r\n<html><style>p {color: red}</style><div style="display:none">Preview</div><p>News</p></html>',
        subtype="alternative",
    )
    assert weights(html_signal, raw) == {}
    assert weights(html_signal, message()) == {}


ZIP = b"PK\x03\x04" + bytes(22) + b"\x0b\x00\x00\x00" + b"invoice.exe" + b"rest"


@pytest.mark.parametrize(
    ("name", "content", "signal"),
    [
        ("invoice.pdf.exe", b"MZ\x90", "attachment:doubled"),
        ("invoice.pdf   .scr", b"MZ\x90", "attachment:doubled"),
        ("photo.jpg", b"MZ\x90", "attachment:disguised"),
        ("setup.exe", b"MZ\x90", "attachment:executable"),
        ("run.js", b"var x", "attachment:executable"),
        ("invoice.zip", ZIP, "attachment:packed"),
        ("disk.iso", b"\0" * 8, "attachment:image"),
        ("book.xlsm", b"PK\x03\x04", "attachment:macro"),
        ("photo.jpg", b"%PDF-1.4", "attachment:type"),
        ("login.html", b"<html>", "attachment:html"),
        ("page.shtml", b"hello", "attachment:html"),
    ],
)
def test_attachments(name: str, content: bytes, signal: str) -> None:
    part = (
        f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    assert list(weights(attachments, multipart(part.encode() + base64.b64encode(content)))) == [signal]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", b"%PDF-1.4"),
        ("letter.docx", b"PK\x03\x04"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("v1.2.notes.txt", b"hello"),
        ("photo.JPG", b"\xff\xd8\xff\xe0"),
        ("", b"\x89PNG\r\n\x1a\n"),
        ("archive.tar.gz", b"\x1f\x8b"),
    ],
)
def test_harmless_attachments(name: str, content: bytes) -> None:
    part = (
        f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    assert weights(attachments, multipart(part.encode() + base64.b64encode(content))) == {}


@pytest.mark.parametrize(
    ("raw", "signal"),
    [
        (message(b"\xff\xfe\xfd \x81", content_type="text/plain; charset=utf-8"), "charset:wrong"),
        (b"Subject: gr\xfc\xdfe\n\nx", "charset:raw-subject"),
        (message(subject="=?utf-8?B?SGVsbG8gZnJpZW5k?="), "charset:needless"),
        (message(subject="=?utf-8?q?P=D0=B0yPal?="), "charset:mixed"),
        (message(subject="=?utf-8?q?=F0=9D=90=80?="), "charset:fancy"),
        (message("pаypal асcount bаnk ".encode() * 3), "charset:mixed-text"),
        (message("a\u200b".encode() * 30), "charset:invisible"),
    ],
)
def test_characters(raw: bytes, signal: str) -> None:
    assert signal in weights(charset, raw)


@pytest.mark.parametrize("text", ["日本語", "привет мир", "καλημέρα", "naïve café", "Москва and London"])
def test_languages_are_no_evidence(text: str) -> None:
    encoded = "=?utf-8?b?" + base64.b64encode(text.encode()).decode() + "?="
    assert (
        weights(charset, message(text.encode(), subject=encoded, content_type="text/plain; charset=utf-8"))
        == {}
    )


def test_bulk() -> None:
    assert weights(bulk, message()) == {}
    assert weights(bulk, message(list_id="<l.example.com>"))["bulk:list"] < 0
    assert weights(bulk, message(list_unsubscribe="<mailto:x@example.com>"))["bulk:unsubscribe"] < 0
    assert weights(bulk, message(precedence="bulk"))["bulk:precedence"] > 0
    assert weights(bulk, message(b"To be removed, click here"))["bulk:removal"] > 0
    assert "bulk:removal" not in weights(bulk, message(b"unsubscribe", list_id="<l.example.com>"))
    many = ", ".join(f"u{n}@example.org" for n in range(30))
    assert weights(bulk, message(to=many))["bulk:addresses"] > 0


def test_a_plain_phish_is_near_the_threshold_without_any_lesson() -> None:
    raw = html(
        '<a href="http://203.0.113.9/l">https://www.bank.test/login</a><form><input type=password></form>',
        **{"from": '"service@bank.test" <x1234567@evil.example>'},
        subject="ACCOUNT SUSPENDED!!",
    )
    auth = AuthResults(spf=FAIL, dkim=GRAY, dmarc=FAIL, dmarc_policy="none")
    assert judge(message_evidence(parse(raw), receipt(auth))).score > 0.9


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
