"""What SEARCH looks at."""

from __future__ import annotations

import datetime

import pytest
from pratique.filtering.mime.parts import read_parts
from pratique.filtering.mime.search import body_contains, field_contains, fold, sent_date, text_contains

HEADER = (
    b"From: =?iso-8859-1?Q?J=F6rg?= <joerg@example.org>\r\nSubject: one =?utf-8?B?w4l0w6k=?=\r\n =?utf-8?Q?_two?=\r\n"
    b"subject: Again\r\nX-Raw: caf\xc3\xa9\r\n\r\n"
)


@pytest.mark.parametrize(
    ("name", "key", "found"),
    [
        (b"FROM", "jörg", True),
        (b"From", "JOERG@", True),
        (b"Subject", "été TWO", True),
        (b"subject", "again", True),
        (b"subject", "onetwo", False),
        (b"X-Raw", "Café", True),
        (b"X-Raw", "cafe", True),
        (b"x-raw", "", True),
        (b"X-None", "", False),
    ],
)
def test_fields(name: bytes, key: str, found: bool) -> None:
    """Encoded words are read, folds undone, case does not count."""
    assert field_contains(HEADER, name, fold(key)) is found


def test_composed_and_decomposed_letters_are_the_same() -> None:
    """RFC 5051; so a letter without its mark finds the one with it, as in Dovecot."""
    assert fold("e\N{COMBINING ACUTE ACCENT}") == fold("É")


def test_bodies() -> None:
    """Texts are decoded by their encoding and charset; other parts, boundaries and headers are no body text."""
    raw = (
        b"Subject: top\r\nContent-Type: multipart/mixed; boundary=xyz\r\n\r\n--xyz\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nna=EFve so=\r\nft\r\n--xyz\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nw6nDqQ==\r\n--xyz\r\nContent-Type: image/gif; name=pic\r\n\r\nGIF89\r\n--xyz--\r\n"
    )
    root = read_parts(raw)
    assert all(body_contains(raw, root, fold(key)) for key in ("NAÏVE", "soft", "éé"))
    assert not any(body_contains(raw, root, fold(key)) for key in ("GIF89", "top", "xyz", "pic"))
    assert all(text_contains(raw, root, fold(key)) for key in ("top", "pic", "subject: top", "soft"))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (b"Mon, 1 Jan 2024 23:59:59 -1200", (2024, 1, 1)),
        (b"1 January 2024 00:00", (2024, 1, 1)),
        (b"Tue,\r\n 02 (day) Feb 49 1:00 GMT", (2049, 2, 2)),
        (b"2 Feb 50 01:00 GMT", (1950, 2, 2)),
        (b"2 Feb 102 01:00 GMT", (2002, 2, 2)),
        (b"30 Feb 2024 00:00 GMT", None),
        (b"yesterday", None),
        (b"", None),
        (b"((((", None),
    ],
)
def test_the_day_a_message_was_sent(value: bytes, day: tuple[int, int, int] | None) -> None:
    """As it is written: time and zone do not count (RFC 3501, SENTON); years by RFC 5322, 4.3."""
    assert sent_date(b"Date: " + value + b"\r\n\r\n") == (day and datetime.date(*day))
