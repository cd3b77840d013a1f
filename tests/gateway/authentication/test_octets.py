"""The body as signers see it, against dkimpy's own canonical forms, and in linear time."""

from __future__ import annotations

import hashlib
import re

import pytest
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given
from hypothesis import strategies as st

from gateway.authentication import octets
from gateway.authentication.octets import body_digest, read_octets

BODIES = st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\n", b"\r", b"b c"]), max_size=40).map(
    b"".join
)


def _theirs(body: bytes, form: bytes) -> bytes:
    # dkimpy takes a body whose lines end with CRLF; without a last line end it leaves blanks there, RFC 6376 (3.4.4) does not.
    lines = re.sub(rb"(?<!\r)\n", b"\r\n", body)
    if lines and not lines.endswith(b"\n"):
        lines += b"\r\n"
    whole: bytes = CanonicalizationPolicy.from_c_value(b"simple/" + form).canonicalize_body(lines)
    return hashlib.sha256(whole).digest()


@given(BODIES, st.sampled_from([b"simple", b"relaxed"]), st.integers(1, 8))
def test_digest_is_that_of_the_canonical_body(body: bytes, form: bytes, chunk: int) -> None:
    """Whatever the body is and wherever it is cut into pieces."""
    before, octets.CHUNK = octets.CHUNK, chunk
    try:
        found, _ = body_digest(read_octets(b"A: b\r\n\r\n" + body), relaxed=form == b"relaxed")
    finally:
        octets.CHUNK = before
    assert found == _theirs(body, form)


def test_empty_bodies_are_those_of_the_rfc() -> None:
    """RFC 6376, 3.4.3 (one CRLF) and 3.4.4 (nothing)."""
    message = read_octets(b"A: b\r\n\r\n")
    assert body_digest(message, relaxed=False) == (hashlib.sha256(b"\r\n").digest(), 2)
    assert body_digest(message, relaxed=True) == (hashlib.sha256(b"").digest(), 0)


def test_length_takes_the_first_octets_and_tells_the_whole() -> None:
    message = read_octets(b"A: b\r\n\r\nabc\r\ndef\r\n")
    assert body_digest(message, relaxed=False, length=4) == (hashlib.sha256(b"abc\r").digest(), 10)


@pytest.mark.parametrize(
    "body", [b" " * 3_000_000, b"\r\n" * 1_500_000, b" \r\n" * 1_000_000, b"\t\r" * 1_500_000]
)
def test_a_hostile_body_is_read_once(body: bytes) -> None:
    """These would take a quadratic reader hours, so ending at all is the test."""
    message = read_octets(b"A: b\r\n\r\n" + body)
    for relaxed in (False, True):
        assert body_digest(message, relaxed=relaxed)[0]


def test_fields_keep_their_octets() -> None:
    """Folds, 8-bit octets and bare line feeds; lines that are no field are left out."""
    found = read_octets(b"A: one\r\n two\r\nno field\r\nB:\xff\nC : x\r\n\r\nD: body\r\n")
    assert found.fields == ((b"A", b" one\r\n two\r\n"), (b"B", b"\xff\r\n"), (b"C", b" x\r\n"))
    assert found.raw[found.body_at :] == b"D: body\r\n"


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\n\nbody", b"A", b" folded first", b"From x\r\nA: b", b"\0" * 10]
)
def test_nothing_raises(raw: bytes) -> None:
    found = read_octets(raw)
    assert 0 <= found.body_at <= len(raw)
