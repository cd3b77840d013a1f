"""Mail made to be expensive: bounded, linear, and never an error."""

from __future__ import annotations

import random

import pytest
from pratique.filtering.mime import Section, make_structure, open_structure, read_structure
from pratique.filtering.mime.structure import MAX_STORED, pack_structure

from .wire import check

noise = random.Random(7)


def _deep(levels: int) -> bytes:
    return (
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels)
        )
        + b"\r\nleaf"
    )


def _messages(levels: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: leaf\r\n\r\nx"


MAIL = {
    "50 deep": _deep(50),
    "500 deep": _deep(500),
    "50 messages deep": _messages(50),
    "500 messages deep": _messages(500),
    "20,000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 20_000,
    "3,000 boundaries of their own": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"".join(b"--b\r\nContent-Type: multipart/mixed; boundary=never%d\r\n\r\n" % n for n in range(3_000)),
    "1 MB header": b"X: " + b"y" * 1_000_000 + b"\r\n\r\nbody",
    "100,000 fields": b"X: y\r\n" * 100_000 + b"\r\nbody",
    "50,000 recipients": b"To: " + b"a@b, " * 50_000 + b"\r\n\r\n",
    "comments never closed": b"To: " + b"(" * 200_000 + b"\r\n\r\n",
    "quotes never closed": b'To: "' + b'\\"' * 100_000 + b"\r\n\r\n",
    "parameters never ending": b"Content-Type: a/b" + b"; x" * 100_000 + b"\r\n\r\n",
    "continuations": b"Content-Type: a/b" + b"".join(b"; n*%d=x" % n for n in range(20_000)) + b"\r\n\r\n",
    "groups": b"To: " + b"g:" * 50_000 + b"\r\n\r\n",
    "names that cannot be made smaller": b"To: " + b", ".join(b"%x@%x" % (noise.getrandbits(200), noise.getrandbits(200)) for _ in range(4_000)) + b"\r\n\r\n",
    "a boundary that nearly comes": b"Content-Type: multipart/mixed; boundary=" + b"a" * 80 + b"\r\n\r\n" + (b"\r\n--" + b"a" * 79) * 20_000,
    "an empty boundary": b'Content-Type: multipart/mixed; boundary=""\r\n\r\n' + b"--\r\n\r\n" * 3_000,
    "nothing but dashes": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"\r\n--" * 300_000,
    "NULs": b"Subject: \0\r\n\r\n" + b"\0" * 1000,
}  # fmt: skip


@pytest.mark.parametrize("name", MAIL)
def test_hostile_mail_has_a_bounded_structure(name: str) -> None:
    """All of what holds for any message holds for these."""
    check(MAIL[name])


def test_what_is_too_large_is_cut_and_says_so() -> None:
    """Size, header and text are known all the same; the rest is read from the message."""
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(
        b"--b\r\nContent-Description: %x\r\n\r\nx\r\n" % noise.getrandbits(400) for _ in range(3_000)
    )
    stored = make_structure(raw)
    structure = open_structure(stored)
    assert len(stored) < 100
    assert structure.is_cut
    assert (structure.size, structure.envelope, structure.bodystructure) == (len(raw), b"", b"")
    assert structure.place(Section()) == read_structure(raw).place(Section())
    assert len(read_structure(raw).root.children) == 3_000


def test_a_header_that_does_not_deflate_is_left_out_before_anything_else() -> None:
    """The envelope is cut last."""
    raw = b"To: " + b", ".join(b"%x@h" % noise.getrandbits(300) for _ in range(1_400)) + b"\r\n\r\nbody"
    stored = make_structure(raw)
    structure = open_structure(stored)
    assert len(stored) <= MAX_STORED
    assert not structure.is_cut
    assert structure.header is None
    assert structure.envelope == read_structure(raw).envelope
    assert pack_structure(structure) == stored


@pytest.mark.slow
def test_forty_megabytes() -> None:
    """As large as SES takes: one attachment, and lines that all look like boundaries."""
    big = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\n"
        + b"A" * 76_000
        + b"\r\n"
    )
    attachment = big + b"QUJD" * 10_000_000
    assert read_structure(attachment).bodystructure.count(b'"png"') == 1
    lines = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"\r\n--x" * 8_000_000
    assert read_structure(lines).root.children == []


@pytest.mark.parametrize(
    "stored", [b"", b"\x02abc", b"\x01abc", b"\x01" + make_structure(b"x")[2:], make_structure(b"x")[:-8]]
)
def test_what_is_no_structure_is_refused(stored: bytes) -> None:
    """Damaged or of another version: ValueError, and the reader takes the message."""
    with pytest.raises(ValueError, match="structure"):
        open_structure(stored)
