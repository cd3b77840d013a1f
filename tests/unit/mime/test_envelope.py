"""ENVELOPE: address structures, defaults, strings (RFC 3501, 7.4.2)."""

from __future__ import annotations

import pytest
from pratique.filtering.mime import read_structure
from pratique.filtering.mime.addresses import read_addresses
from pratique.filtering.mime.render import as_utf8, nstring, string

from .wire import read


def envelope(header: bytes) -> list[object]:
    shown = read(read_structure(header + b"\r\n\r\nbody\r\n").envelope)
    assert isinstance(shown, list)
    return list(shown)


def test_the_example_of_the_rfc() -> None:
    """RFC 3501, 8."""
    header = (
        b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\n"
        b"Subject: IMAP4rev1 WG mtg summary and minutes\r\nTo: imap@cac.washington.edu\r\n"
        b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\nMessage-Id: <B27397-0100000@cac.washington.edu>"
    )
    assert read_structure(header).envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes"'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu"))'
        b' ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL'
        b' "<B27397-0100000@cac.washington.edu>")'
    )


def test_nothing_at_all_is_ten_nils() -> None:
    """A message without a header has an envelope."""
    assert read_structure(b"").envelope == b"(" + b" ".join([b"NIL"] * 10) + b")"


def test_sender_and_reply_to_are_from_also_where_they_are_empty() -> None:
    """RFC 3501: absent or empty."""
    shown = envelope(b"From: a@b.c\r\nSender:\r\nReply-To: r@x.y")
    assert shown[2] == shown[3] == [[None, None, b"a", b"b.c"]]
    assert shown[4] == [[None, None, b"r", b"x.y"]]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b'"Last, First" <a@b.c>', [(b"Last, First", None, b"a", b"b.c")]),
        (b"a@b.c (A Name)", [(b"A Name", None, b"a", b"b.c")]),
        (b"<@one,@two:a@b.c>", [(None, b"@one,@two", b"a", b"b.c")]),
        (b"<@one broken a@b.c>", [(None, b"INVALID_ROUTE", b"broken", b"SYNTAX_ERROR")]),
        (
            b"team: a@b.c, Bo <d@e.f>;, g@h",
            [(None, None, b"team", None), (None, None, b"a", b"b.c"), (b"Bo", None, b"d", b"e.f"), (None,) * 4, (None, None, b"g", b"h")],
        ),
        (b"undisclosed-recipients:;", [(None, None, b"undisclosed-recipients", None), (None,) * 4]),
        (b"root", [(None, None, b"root", b"MISSING_DOMAIN")]),
        (b"Just A Name", [(b"Just A Name", None, b"MISSING_MAILBOX", b"MISSING_DOMAIN")]),
        (b"a@[192.0.2.1]", [(None, None, b"a", b"[192.0.2.1]")]),
        (b'"a b"@c.d', [(None, None, b"a b", b"c.d")]),
        (b"=?utf-8?B?w6k=?= <a@b>", [(b"=?utf-8?B?w6k=?=", None, b"a", b"b")]),
        (b"\xe9t\xe9 <a@b>", [(b"\xe9t\xe9", None, b"a", b"b")]),
        (b"Dr. A. B. <a..b.@c.d>", [(b"Dr. A. B.", None, b"a..b.", b"c.d")]),
        (b"a@b , , c@d", [(None, None, b"a", b"b"), (None, None, b"MISSING_MAILBOX", b"MISSING_DOMAIN"), (None, None, b"c", b"d")]),
        (b"", []),
        (b"(only a comment)", []),
        (b"<>", [(None, None, b"MISSING_MAILBOX", b"MISSING_DOMAIN")]),
        (b'"never closed <a@b>', [(None, None, b"MISSING_MAILBOX", b"MISSING_DOMAIN")]),
    ],
)  # fmt: skip
def test_addresses(value: bytes, found: list[tuple[bytes | None, ...]]) -> None:
    """Sound ones by RFC 5322, others as Dovecot shows them."""
    assert [tuple(one) for one in read_addresses(value)] == found


def test_fields_that_come_twice() -> None:
    """Addresses add up, so that no reader sees fewer than another; of a text the last is shown."""
    shown = envelope(b"From: a@b\r\nSubject: one\r\nFrom: c@d\r\nSubject: two")
    assert shown[1] == b"two"
    assert shown[2] == [[None, None, b"a", b"b"], [None, None, b"c", b"d"]]


def test_folded_and_spaced_text() -> None:
    """Folds go; what people read has single spaces."""
    shown = envelope(b"Subject:  a\r\n\tb   c \r\nMessage-ID:\r\n <x@y>\r\nDate: Mon,\r\n 1 Jan 2024")
    assert shown[:2] == [b"Mon, 1 Jan 2024", b"a b c"]
    assert shown[9] == b" <x@y>"


def test_octets_of_eight_bits_go_as_literals_or_quoted_under_utf8() -> None:
    """RFC 3501: never in quotes; RFC 6855: in quotes where they are UTF-8."""
    shown = read_structure(b"Subject: caf\xc3\xa9\r\nFrom: \xe9 <a@b>\r\n\r\n").envelope
    assert b"{5}\r\ncaf\xc3\xa9" in shown
    assert b'"caf\xc3\xa9"' in as_utf8(shown)
    assert b"{1}\r\n\xe9" in as_utf8(shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, b"NIL"),
        (b"", b'""'),
        (b'a"b\\c', b'"a\\"b\\\\c"'),
        (b'""""""', b'{6}\r\n""""""'),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        (b"\0", b"{3}\r\n\xef\xbf\xbd"),
        (b"NIL", b'"NIL"'),
    ],
)
def test_strings(value: bytes | None, shown: bytes) -> None:
    """Quoted where it may be, else a literal; never NIL for text."""
    assert nstring(value) == shown
    assert value is None or string(value) == shown
