"""Sections and partials (RFC 3501, 6.4.5)."""

from __future__ import annotations

import pytest
from pratique.filtering.mime import (
    HEADER,
    TEXT,
    WHOLE,
    Section,
    header_fields,
    make_structure,
    open_structure,
    parse_section,
    read_structure,
)

from .wire import served

RAW = (
    b"From: a@b\r\nsubject: one\r\n two\r\nX: y\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: in\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nA\r\n--c\r\nX: 2\r\n\r\nB\0\r\n--c--\r\n"
    b"\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (b"1", b"first"),
        (b"1.MIME", b"Content-Type: text/plain\r\n\r\n"),
        (b"2.HEADER", b"Subject: in\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"),
        (b"2.MIME", b"Content-Type: message/rfc822\r\n\r\n"),
        (b"2.1", b"A"),
        (b"2.2", b"B\x80"),
        (b"2.2.mime", b"X: 2\r\n\r\n"),
        (b"1.HEADER", None),
        (b"1.1", b"first"),
        (b"1.2", None),
        (b"3", None),
        (b"2.3", None),
        (b"2.1.1", b"A"),
        (b"2.1.1.1", None),
    ],
)
def test_parts_of_a_message(name: bytes, wanted: bytes | None) -> None:
    """From the message and from what is stored of it alike."""
    section = parse_section(name)
    assert section is not None
    assert served(RAW, read_structure(RAW), section) == wanted
    assert served(RAW, open_structure(make_structure(RAW)), section) == wanted


def test_a_message_of_one_part_is_its_own_part_one() -> None:
    """RFC 3501: part 1 of a message that is no multipart is its body."""
    raw = b"A: b\r\n\r\nbody"
    structure = read_structure(raw)
    assert served(raw, structure, Section((1,))) == b"body"
    assert served(raw, structure, Section((1,), b"MIME")) == b"A: b\r\n\r\n"
    assert served(raw, structure, Section((1, 1))) is None


@pytest.mark.parametrize(
    "name", [b"0", b"1.", b".1", b"MIME", b"1.MIMEX", b"01", b"1..2", b"HEADER.FIELDS", b"1 ", b"TEXT.1"]
)
def test_what_is_no_section(name: bytes) -> None:
    """By the grammar (RFC 3501, 9: section-spec)."""
    assert parse_section(name) is None


def test_sections_of_the_whole_message() -> None:
    """Names of sections in any case."""
    assert parse_section(b"") == WHOLE
    assert parse_section(b"header") == HEADER
    assert parse_section(b"Text") == TEXT
    assert served(RAW, read_structure(RAW), WHOLE) == RAW.replace(b"\0", b"\x80")


def test_header_fields() -> None:
    """Names in any case, the fields as they stand and in their order, the empty line with them; all others likewise."""
    structure = open_structure(make_structure(RAW))
    some = header_fields((b"X", b"SUBJECT", b"none"))
    assert structure.held(some) == b"subject: one\r\n two\r\nX: y\r\n\r\n"
    assert structure.held(some, (9, 3)) == b"one"
    others = header_fields((b"X", b"content-type"), without=True)
    assert structure.held(others) == b"From: a@b\r\nsubject: one\r\n two\r\n\r\n"
    inner = header_fields((b"subject",), (2,))
    assert served(RAW, structure, inner) == b"Subject: in\r\n\r\n"
    assert structure.held(inner) is None


def test_header_fields_of_a_message_without_an_empty_line() -> None:
    """Named ones get one."""
    structure = read_structure(b"From: a@b\r\nX: y")
    assert structure.held(header_fields((b"X",))) == b"X: y\r\n\r\n"
    assert structure.held(header_fields((b"Y",))) == b"\r\n"
    assert structure.held(header_fields((b"From",), without=True)) == b"X: y"


@pytest.mark.parametrize(
    ("partial", "wanted"),
    [((0, 3), b"fir"), ((3, 100), b"st"), ((5, 1), b""), ((10**9, 10**9), b""), ((0, 0), b"")],
)
def test_partials(partial: tuple[int, int], wanted: bytes) -> None:
    """Of a part, as a range of the message: nothing else has to be read."""
    place = read_structure(RAW).place(Section((1,)), partial)
    assert place is not None
    assert RAW[place.start : place.end] == wanted


def test_a_long_header_block_is_held_in_its_listed_fields() -> None:
    """Fields that clients list by are there; for others, and for the whole block, a range of the message is given."""
    raw = b"Subject: s\r\nFrom: a@b\r\n" + b"X-Long: " + b"x" * 40_000 + b"\r\n\r\nbody"
    structure = open_structure(make_structure(raw))
    assert not structure.header_is_whole
    assert not structure.is_cut
    assert structure.held(header_fields((b"subject", b"from"))) == b"Subject: s\r\nFrom: a@b\r\n\r\n"
    assert structure.held(header_fields((b"x-long",))) is None
    assert structure.held(HEADER) is None
    assert served(raw, structure, HEADER) == raw[:-4]
