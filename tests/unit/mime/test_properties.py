"""What holds for the structure of any octets, of random MIME, and of real messages with some octets changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.filtering.mime.addresses import _USUAL, read_addresses
from pratique.filtering.mime.fields import read_languages, read_token, read_type
from pratique.filtering.mime.parts import read_parts
from pratique.filtering.mime.search import body_contains, field_texts, sent_date, text_contains

from tests.corpora import corpus_files

from .wire import check

bounded = settings(deadline=None, derandomize=True, max_examples=200)
few = settings(bounded, max_examples=60)

PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\0", b"--", b"--b", b"--b--", b"--bc", b"--bc--", b"\xe9", b"\xc3\xa9", b'"', b"\\", b"(", b")",
    b"From: a b <a@b.c>\r\n", b"To: g: x@y, z;\r\n", b"Subject: \xe9 \"x\"\r\n", b"Date: Mon, 1 Jan 2024 00:00 +0000\r\n", b"MIME-Version: 1.0\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: multipart/digest; boundary=\"bc\"\r\n", b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/html; charset=x; name*0*=''a%20; name*1=b\r\n", b"Content-Type: nonsense\r\n", b"Content-Type: image/gif\r\n",
    b"Content-Disposition: attachment; filename=\"a b\"\r\n", b"Content-Language: de, en\r\n", b"Content-Type: multipart/x; boundary=\"\"\r\n", b"text",
]  # fmt: skip
octets = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=40).map(b"".join),
)


@bounded
@given(octets)
def test_any_octets_have_a_structure(raw: bytes) -> None:
    """Ranges nest and add up, sections concatenate to the message, what is rendered is IMAP's grammar, what is stored opens again."""
    check(raw)


@st.composite
def messages(draw: st.DrawFn, depth: int = 4) -> bytes:
    """A sound message: text, a multipart, or a message in a message; CRLF or LF."""
    kind = draw(st.sampled_from(["text", "multipart", "message"] if depth else ["text"]))
    head = draw(st.lists(st.sampled_from(PIECES[18:22]), max_size=3).map(b"".join))
    if kind == "text":
        return head + b"Content-Type: text/plain\r\n\r\n" + draw(st.binary(max_size=30)).replace(b"-", b"_")
    if kind == "message":
        return head + b"Content-Type: message/rfc822\r\n\r\n" + draw(messages(depth=depth - 1))
    boundary = b"=_%d" % depth
    parts = draw(st.lists(messages(depth=depth - 1), max_size=3))
    body = b"".join(b"\r\n--" + boundary + b"\r\n" + part for part in parts)
    return (
        head
        + b"Content-Type: multipart/mixed; boundary="
        + boundary
        + b"\r\n\r\n"
        + body
        + b"\r\n--"
        + boundary
        + b"--\r\n"
    )


@few
@given(messages())
def test_sound_messages_keep_all_their_parts(raw: bytes) -> None:
    """Each part of a sound message is a part of the structure."""
    structure = check(raw)
    counted = raw.count(b"Content-Type: text/plain") + raw.count(b"Content-Type: m")
    inside = raw.count(b"Content-Type: message/rfc822")
    assert len(structure.rows) // 5 == counted
    assert structure.bodystructure.count(b'"rfc822"') == inside


@few
@given(st.data())
@pytest.mark.corpus
def test_real_mail_with_octets_changed(data: st.DataObject) -> None:
    """Real messages, cut, with pieces put in and taken out."""
    files = corpus_files("mime-fixtures")
    raw = data.draw(st.sampled_from(files)).read_bytes()[:20_000]
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(raw)))
        raw = raw[:place] + data.draw(st.sampled_from(PIECES)) + raw[place + data.draw(st.integers(0, 20)) :]
    check(raw)


@bounded
@given(octets)
def test_fields_of_any_octets_are_read(value: bytes) -> None:
    """No reader of a field raises, and none gives a NUL."""
    for address in read_addresses(value):
        assert all(b"\0" not in word for word in address if word)
    read_type(value)
    read_token(value)
    read_languages(value)
    sent_date(b"Date: " + value)
    field_texts(b"Subject: " + value, b"subject")


words = st.sampled_from([b"a", b"=?utf-8?q?x?=", b"\xc3\xa9", b"O'Neil", b"x.y", b"J."])
shapes = st.sampled_from([b"%s <%s@h.example>", b'"%s" <%s@h>', b"<%s%s@h>"])


@bounded
@given(st.lists(st.tuples(words, words, shapes), min_size=1, max_size=5))
def test_the_short_way_of_reading_addresses_is_the_long_way(parts: list[tuple[bytes, bytes, bytes]]) -> None:
    """A comment behind the host sends the reader the long way; it finds the same."""
    addresses = [shape % (first, second) for first, second, shape in parts]
    assert all(_USUAL.match(one) for one in addresses)
    commented = [one.replace(b">", b"(c)>") for one in addresses]
    assert not any(_USUAL.match(one) for one in commented)
    assert read_addresses(b", ".join(addresses)) == read_addresses(b", ".join(commented))


@few
@given(octets, st.text(min_size=1, max_size=4))
def test_searching_never_raises(raw: bytes, key: str) -> None:
    """What is in the body is in the text."""
    root = read_parts(raw)
    assert not body_contains(raw, root, key) or text_contains(raw, root, key)
