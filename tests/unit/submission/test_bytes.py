"""What is put on top of a message that is submitted: insertions, and nothing else of it changes."""

from __future__ import annotations

import email
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pratique.usecases.submission_bytes import as_submitted

from tests.builders import NOW_MS, raw_message

MAIL = raw_message(sender="bob@example.org")


def made(raw: bytes = MAIL, client_ip: str = "192.0.2.7", helo: str = "laptop") -> bytes:
    return as_submitted(
        raw, host="mx.example.org", source_id="abc123", received_ms=NOW_MS, client_ip=client_ip, helo=helo
    )


def test_a_whole_message_gets_a_trace_field_and_no_more() -> None:
    """RFC 5321, 4.4: from, by, with, id, date; byte for byte below it."""
    out = made()
    assert out.endswith(MAIL)
    assert out[: -len(MAIL)] == (
        b"Received: from laptop ([192.0.2.7])\r\n\tby mx.example.org with ESMTPSA id abc123;\r\n"
        b"\tMon, 21 Sep 2026 14:13:20 +0000\r\n"
    )
    assert made() == out, "the same submission is the same bytes"


def test_date_and_message_id_are_put_where_there_are_none() -> None:
    """RFC 6409, 8.2 and 8.3."""
    bare = b"From: bob@example.org\r\nTo: eve@else.example\r\n\r\nhello\r\n"
    parsed = email.message_from_bytes(made(bare))
    assert parsed["Message-ID"] == "<abc123@mx.example.org>"
    assert parsedate_to_datetime(parsed["Date"]).timestamp() * 1000 == NOW_MS
    assert made(bare).endswith(bare)


def test_bcc_and_return_path_are_for_no_recipient() -> None:
    """In any letter case, folded ones too; a field that only begins so stays."""
    raw = (
        b"From: bob@example.org\r\nBCC: secret@else.example,\r\n\tother@else.example\r\nSubject: x\r\nreturn-path: <a@b.example>\r\n"
        b"Resent-Bcc: third@else.example\r\nBcc-Policy: none\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\nBcc: in the body\r\n"
    )
    out = made(raw)
    for gone in (b"secret@", b"other@", b"third@", b"a@b.example"):
        assert gone not in out
    assert out.endswith(
        b"From: bob@example.org\r\nSubject: x\r\nBcc-Policy: none\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\nBcc: in the body\r\n"
    )


@pytest.mark.parametrize(
    ("client_ip", "helo", "first"),
    [
        ("2001:db8::1", "[IPv6:2001:db8::1]", b"from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])"),
        ("192.0.2.7", "evil\r\nX-Injected: yes", b"from evilX-Injected:yes ([192.0.2.7])"),
        ("192.0.2.7", "", b"from [192.0.2.7] ([192.0.2.7])"),
        ("not an address", "a b", b"from ab ([unknown])"),
    ],
)
def test_strangers_words_stay_on_their_line(client_ip: str, helo: str, first: bytes) -> None:
    assert made(client_ip=client_ip, helo=helo).split(b"\r\n")[0] == b"Received: " + first


def test_mail_by_api_names_no_client() -> None:
    assert made(client_ip="").startswith(b"Received: by mx.example.org with HTTP id abc123;\r\n")


@pytest.mark.parametrize(
    "raw", [b"", b"no header at all", b"\r\nbody only\r\n", b"From x\r\n y\r\n", b"a\nb"]
)
def test_what_has_no_header_gets_one_and_stays_whole(raw: bytes) -> None:
    out = made(raw)
    assert out.startswith(b"Received: ")
    assert out.endswith(raw)
    assert email.message_from_bytes(out)["Message-ID"]


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    """Never an error; the body stays as it was."""
    out = made(raw)
    assert out.startswith(b"Received: from laptop")
    head, _, body = raw.partition(b"\r\n\r\n")
    if body and b"\n\n" not in head and b"\r\n\n" not in head:
        assert out.endswith(body)
