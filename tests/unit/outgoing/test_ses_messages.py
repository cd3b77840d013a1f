"""What SES is given: a message it can send, with everything of the original that may stay."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from itertools import takewhile

import pytest
from hypothesis import given
from pratique.adapters.aws.ses_messages import MAX_MESSAGE, rewritten, wrapped
from pratique.domain.address import parse_address
from pratique.domain.errors import PermanentFailure
from pratique.usecases.outgoing import trace_hops, verify_release

from tests.builders import NOW_MS, a_copy, raw_message
from tests.dkim_keys import signed
from tests.unit.outgoing.outgoing_mail import KEY, mails, prepared

SENDER = "quarantine@example.org"
BOB = parse_address("bob@example.org")
MAIL = raw_message(sender="Bob Builder <bob.b@remote.example>", subject="Plans")


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def body(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[2]


def test_from_is_the_verified_sender_and_names_the_author() -> None:
    sent = read(rewritten(prepared(MAIL), sender=SENDER))
    assert sent.get_all("From") == [
        '"Bob Builder (bob.b@remote.example) via example.org" <quarantine@example.org>'
    ]
    assert sent["Reply-To"] == "bob.b@remote.example"
    assert sent["X-Pratique-Original-From"] == "Bob Builder <bob.b@remote.example>"
    assert sent["X-Pratique-Original-Message-ID"] == "<one@spam.example>"
    assert sent["X-Pratique-Original-Date"] == "Mon, 21 Sep 2026 14:13:20 +0000"
    assert "Message-ID" not in sent
    assert "Date" not in sent
    assert sent["Subject"] == "Plans"
    assert sent["To"] == "bob@example.org"


@pytest.mark.parametrize(
    ("header", "shown", "reply_to"),
    [
        (b"From: bob@remote.example", "bob@remote.example via example.org", "bob@remote.example"),
        (b"From: bob@remote.example (Bob)", "bob@remote.example via example.org", "bob@remote.example"),
        (b'From: "Bob \\"B\\" B" <bob@remote.example>', "Bob 'B' B (bob@remote.example) via example.org", "bob@remote.example"),
        (b"From: =?utf-8?b?SsO8cmdlbg==?= <j@remote.example>", "Jürgen (j@remote.example) via example.org", "j@remote.example"),
        (b"From: =?utf-8?q?J=C3=BC?= =?iso-8859-1?q?rgen?= <j@remote.example>", "Jürgen (j@remote.example) via example.org", "j@remote.example"),
        (b"From: J\xc3\xbcrgen\r\n <j@remote.example>", "Jürgen (j@remote.example) via example.org", "j@remote.example"),
        (b"From: <a@b.example> <c@d.example>", "<a@b.example> (c@d.example) via example.org", "c@d.example"),
        (b"From: Nobody", "unknown sender via example.org", None),
        (b"From:", "unknown sender via example.org", None),
        (b"To: x@y.example", "unknown sender via example.org", None),
        (b"From: =?utf-8?q?a=0D=0AX-Evil:_1?= <j@remote.example>", "a X-Evil: 1 (j@remote.example) via example.org", "j@remote.example"),
        (b"From: \xe2\x80\xae<j@remote.example>", "j@remote.example via example.org", "j@remote.example"),
        (b"From: =?no-such?q?x?= =?utf-8?b?*?= <j@remote.example>", None, "j@remote.example"),
        (b"From: x <\xc3\xbc@remote.example>", "x (ü@remote.example) via example.org", None),
    ],
)  # fmt: skip
def test_names_of_every_kind_stay_readable(header: bytes, shown: str | None, reply_to: str | None) -> None:
    raw = rewritten(header + b"\r\n\r\nbody", sender=SENDER)
    head = raw.partition(b"\r\n\r\n")[0]
    sent = read(raw)
    assert sent["From"].addresses[0].addr_spec == SENDER
    assert head.partition(b"X-Pratique-Original-")[0].isascii()
    assert "X-Evil" not in sent
    assert sent["Reply-To"] == reply_to
    if shown is not None:
        # Not the newer parser's view: it puts a space between encoded words that RFC 2047 says there is not.
        value = str(make_header(decode_header(email.message_from_bytes(raw)["From"])))
        assert " ".join(value.replace('"', "").split()) == f"{shown} <{SENDER}>"


def test_a_reply_to_of_the_author_stays() -> None:
    raw = raw_message(headers=("Reply-To: answers@remote.example",))
    assert read(rewritten(raw, sender=SENDER)).get_all("Reply-To") == ["answers@remote.example"]


def test_what_ses_does_not_take_is_gone_or_renamed() -> None:
    raw = raw_message(
        headers=(
            "Return-Path: <x@spam.example>",
            "Sender: y@spam.example",
            "DKIM-Signature: v=1;\r\n a=b",
            "X-SES-CONFIGURATION-SET: evil",
            "x-ses-source-arn : evil",
            "Received: a",
            "Received: b",
            "Subject: first",
            "List-Id: one",
            "List-ID: two",
        )
    )
    sent = read(rewritten(raw, sender=SENDER))
    for name in ("Return-Path", "Sender", "DKIM-Signature", "X-SES-Configuration-Set", "X-SES-Source-ARN"):
        assert name not in sent
    assert sent.get_all("Received") == ["a", "b"]
    assert sent.get_all("Subject") == ["first"]
    assert sent["X-Pratique-Original-Subject"] == "Cheap things"
    assert sent.get_all("List-Id") == ["one"]
    assert sent["X-Pratique-Original-List-ID"] == "two"


def test_headers_for_ses_are_cut_wherever_they_hide() -> None:
    raw = b"To: a\rX-SES-TENANT: x\r\nno colon\r\nX-SES-CONFIGURATION-SET: evil\r\n\r\nX-SES-In-The-Body: 1"
    sent = rewritten(raw, sender=SENDER)
    assert sent.lower().count(b"x-ses-") == 1
    assert sent.endswith(b"To: a\r\nno colon\r\n\r\nX-SES-In-The-Body: 1")


def test_the_body_is_untouched_and_the_release_still_good() -> None:
    data = prepared(signed(MAIL), released=True)
    sent = rewritten(data, sender=SENDER)
    assert body(sent) == body(MAIL)
    assert verify_release(sent, recipient=BOB, key=KEY, now_ms=NOW_MS) == a_copy().id.message
    assert trace_hops(sent, key=KEY) == 1


@pytest.mark.parametrize(
    "raw", [b"Subject: x", b"Subject: x\r\n", b"", b"\r\nbody", b"text only", b"Subject: x\n\nbody\n"]
)
def test_there_is_always_a_blank_line_and_nothing_is_lost(raw: bytes) -> None:
    sent = rewritten(raw, sender=SENDER)
    assert re.search(rb"\n\r?\n", sent)
    assert sent.rstrip(b"\r\n").endswith(raw.rstrip(b"\r\n"))


def test_ses_limits_are_said_before_it_is_asked() -> None:
    with pytest.raises(PermanentFailure, match="998"):
        rewritten(MAIL + b"x" * 999 + b"\r\n", sender=SENDER)
    rewritten(MAIL + b"x" * 998 + b"\r\n", sender=SENDER)
    with pytest.raises(PermanentFailure, match="octets"):
        rewritten(MAIL + b"x" * 98 + b"\r\n" * (MAX_MESSAGE // 2), sender=SENDER)
    with pytest.raises(PermanentFailure, match="octets"):
        wrapped(MAIL + b"\0" * (MAX_MESSAGE * 3 // 4), sender=SENDER, recipient=BOB)


@given(mails)
def test_rewriting_raises_nothing_else_and_keeps_one_from(raw: bytes) -> None:
    sent = rewritten(prepared(raw), sender=SENDER)
    strict = re.split(rb"\n\r?\n", sent, maxsplit=1)[0].replace(b"\r\n", b"\n").split(b"\n")
    whole = list(takewhile(re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]").match, strict))
    assert sum(bool(re.match(rb"(?i)from[ \t]*:", line)) for line in whole) == 1
    assert not any(re.match(rb"(?i)(sender|dkim-signature|x-ses-)", line) for line in whole)


def attached(raw: bytes) -> tuple[Message, bytes]:
    """(the attachment, its bytes) by the boundary and the standard library."""
    outer = email.message_from_bytes(raw)
    boundary = outer.get_boundary()
    assert boundary is not None
    part = raw.split(b"\r\n--" + boundary.encode())[2]
    head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    fields = email.message_from_bytes(head + b"\r\n\r\n")
    return fields, base64.b64decode(content) if fields["Content-Transfer-Encoding"] == "base64" else content


def test_the_wrapped_original_is_a_message_where_its_bytes_are_legal() -> None:
    original = signed(MAIL)
    sent = wrapped(prepared(original, released=True), sender=SENDER, recipient=BOB)
    outer = read(sent)
    part, content = attached(sent)
    assert content == original
    assert part.get_content_type() == "message/rfc822"
    assert part["Content-Transfer-Encoding"] == "7bit"
    assert outer["From"].addresses[0].addr_spec == SENDER
    assert outer["To"] == "bob@example.org"
    assert outer["Subject"] == "Plans"
    assert outer["Reply-To"] == "bob.b@remote.example"
    assert outer["Auto-Submitted"] == "auto-generated"
    assert outer["X-Pratique-Class"] == "spam"
    assert "X-Pratique-Release" not in outer
    assert trace_hops(sent, key=KEY) == 1
    assert outer.defects == []


@pytest.mark.parametrize(
    "raw",
    [
        MAIL + b"\xc3\xa9\r\n",
        MAIL + b"\0",
        MAIL + b"bare\nline",
        MAIL + b"bare\rline",
        MAIL + b"x" * 999 + b"\r\n",
        MAIL.replace(b"\r\n", b"\n"),
        b"no header at all",
        b"",
    ],
    ids=["8-bit", "NUL", "LF", "CR", "long line", "LF only", "no header", "empty"],
)
def test_what_is_not_legal_there_goes_as_a_file(raw: bytes) -> None:
    sent = wrapped(raw, sender=SENDER, recipient=BOB)
    part, content = attached(sent)
    assert content == raw
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_filename() == "original.eml"
    assert sent.isascii()


@given(mails)
def test_a_wrapped_message_of_any_kind_is_7bit_and_whole(raw: bytes) -> None:
    sent = wrapped(raw, sender=SENDER, recipient=BOB)
    assert sent.isascii()
    assert all(len(line) <= 998 for line in sent.split(b"\r\n"))
    assert b"\n" not in sent.replace(b"\r\n", b"")
    if b"x-pratique-" not in raw.lower():
        assert attached(sent)[1] == raw


def test_a_boundary_that_is_in_the_message_is_not_used() -> None:
    taken = email.message_from_bytes(wrapped(MAIL, sender=SENDER, recipient=BOB)).get_boundary()
    raw = MAIL + b"x" * 65536 + b"\r\n"
    first = email.message_from_bytes(wrapped(raw, sender=SENDER, recipient=BOB)).get_boundary()
    assert taken != first
    again = raw + f"--{first}\r\n".encode()
    sent = wrapped(again, sender=SENDER, recipient=BOB)
    assert attached(sent)[1] == again
    assert email.message_from_bytes(sent).get_boundary() != first


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "Quarantäne von example.org <quarantine@example.org>",
            '"Quarantäne von example.org" <quarantine@example.org>',
        ),
        ("quarantine@example.org", "quarantine@example.org"),
    ],
)
def test_mail_of_our_own_is_from_nobody_else(written: str, shown: str) -> None:
    """A digest, a sign-in link: `X (a) via b` would look like a forgery, and an answer to oneself is none."""
    sent = read(rewritten(raw_message(sender=written, subject="Report"), sender=SENDER))
    assert str(sent["From"]) == shown
    assert sent["Reply-To"] is None
