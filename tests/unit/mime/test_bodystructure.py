"""The part tree and BODY, BODYSTRUCTURE."""

from __future__ import annotations

import pytest
from pratique.filtering.mime import read_structure
from pratique.filtering.mime.fields import read_type

from .wire import check

TEXT = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" %d %d NIL NIL NIL NIL)'


def structure(raw: bytes) -> bytes:
    return read_structure(raw.replace(b"\n", b"\r\n")).bodystructure


def mime(*parts: bytes, subtype: bytes = b"mixed") -> bytes:
    body = b"".join(b"\n--b\n" + part for part in parts)
    return (
        b"MIME-Version: 1.0\nContent-Type: multipart/"
        + subtype
        + b"; boundary=b\n\npreamble"
        + body
        + b"\n--b--\nepilogue\n"
    )


def test_text_without_mime() -> None:
    """Octets and lines of the body; what the header says of content does not count without MIME (RFC 2045, 4)."""
    assert structure(b"Content-Transfer-Encoding: base64\n\none\ntwo\n") == TEXT % (10, 2)
    assert structure(b"") == TEXT % (0, 0)
    assert structure(b"no header end") == TEXT % (0, 0)


def test_a_line_that_does_not_end_is_none() -> None:
    """Lines are line ends."""
    assert structure(b"\na\nb") == TEXT % (4, 1)


def test_bare_line_feeds_count_as_they_are_stored() -> None:
    """Octets are octets; a line is a line all the same."""
    assert read_structure(b"A: b\n\none\ntwo\n").bodystructure == TEXT % (8, 2)


def test_all_extension_data() -> None:
    """MD5, disposition, language, location (RFC 3501, 7.4.2)."""
    raw = (
        b"Content-Type: image/GIF; name=a.gif\nContent-ID: <i@d>\nContent-Description: a\n picture\nContent-Transfer-Encoding: BASE64\n"
        b'Content-MD5: Q2hlY2s=\nContent-Disposition: attachment; filename="a b.gif"; size=3\nContent-Language: de, en\n'
        b"Content-Location: http://h/\n\nR0lG\n"
    )
    assert structure(raw) == (
        b'("image" "GIF" ("name" "a.gif") "<i@d>" "a picture" "BASE64" 6 "Q2hlY2s="'
        b' ("attachment" ("filename" "a b.gif" "size" "3")) ("de" "en") "http://h/")'
    )


def test_multipart_with_preamble_and_epilogue() -> None:
    """Neither is a part; the line end before a boundary line is the boundary's."""
    shown = structure(mime(b"\none", b"Content-Type: text/html\n\n<p>\n"))
    second = b'("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 5 1 NIL NIL NIL NIL)'
    assert shown == b"(" + TEXT % (3, 0) + second + b' "mixed" ("boundary" "b") NIL NIL NIL)'


def test_multipart_without_parts_shows_an_empty_text() -> None:
    """RFC 3501's grammar has no multipart without a part."""
    assert structure(b"Content-Type: multipart/mixed; boundary=b\n\nnothing\n").startswith(
        b"(" + TEXT % (0, 0) + b' "mixed"'
    )
    assert structure(b"Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n").startswith(
        b"(" + TEXT % (0, 0) + b' "mixed" NIL'
    )


def test_a_message_in_a_part_shows_its_envelope_and_structure() -> None:
    """Also below multipart/digest, where it is the default (RFC 2046, 5.1.5)."""
    inner = b"Subject: in\n\nhello\n"
    shown = structure(mime(b"\n" + inner, b"Content-Type: text/plain\n\nx", subtype=b"digest"))
    wanted = b'(NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) ' + TEXT % (7, 1) + b" 3 NIL NIL NIL NIL)"
    assert shown.startswith(b'(("message" "rfc822" NIL NIL NIL "7bit" 22 ' + wanted + TEXT % (1, 0))


def test_an_outer_boundary_ends_what_is_inside() -> None:
    """Also a header block, an inner multipart that never closes, and a message."""
    shown = structure(
        mime(
            b"Content-Type: multipart/alternative; boundary=c\n\n--c\n\nin",
            b"Content-Type: message/rfc822\n\nSubject: cut",
        )
    )
    assert TEXT % (2, 0) in shown
    assert b'"cut"' in shown
    assert shown.endswith(b'"mixed" ("boundary" "b") NIL NIL NIL)')


def test_an_outer_boundary_line_right_behind_an_inner_one() -> None:
    """The line end between them belongs to the inner line; ranges still nest."""
    root = check(mime(b"Content-Type: multipart/x; boundary=c\n\n--c")).root
    inner = root.children[0]
    assert (inner.end, inner.children[0].start) == (inner.children[0].end, inner.end)


def test_boundaries_that_begin_alike() -> None:
    """The longest that fits is meant."""
    inner = b"Content-Type: multipart/alternative; boundary=bc\n\n--bc\n\none\n--bc\n\ntwo\n--bc--\n"
    shown = structure(mime(inner, b"\nthree"))
    assert shown.count(b'"text" "plain"') == 3
    assert shown.index(b'"alternative"') < shown.index(TEXT % (5, 0))


def test_a_part_behind_the_last_boundary_line_is_empty() -> None:
    """A boundary line at the very end opens a part; one that the message ends in does not."""
    assert structure(b"Content-Type: multipart/x; boundary=b\n\n--b\n").count(b'"plain"') == 1
    assert read_structure(b"Content-Type: multipart/x; boundary=b\r\n\r\n--b").root.children == []


@pytest.mark.parametrize(
    "value", [b"text", b"/", b"text/", b"text plain", b"text/plain charset=x", b"", b"(a/b"]
)
def test_a_content_type_that_is_none_means_plain_text(value: bytes) -> None:
    """RFC 2045, 5.2."""
    assert read_type(value) == (b"", b"", ())
    assert structure(b"Content-Type: " + value + b"\n\nx\n") == TEXT % (3, 1)


@pytest.mark.parametrize(
    ("value", "params"),
    [
        (b'a/b; x="1;2\\"3"; y = no; z=3', ((b"x", b'1;2"3'), (b"y", b"no"), (b"z", b"3"))),
        (b"a/b; n*0*=utf-8''a%20; n*1=b%; m=1", ((b"m", b"1"), (b"n*", b"utf-8''a%20b%25"))),
        (b"a/b; n*0=a; n*1=b", ((b"n", b"ab"),)),
        (b"a/b; n*=utf-8'de'x", ((b"n*", b"utf-8'de'x"),)),
        (b"a/b; n*1=b; n*2=c", ((b"n*1", b"b"), (b"n*2", b"c"))),
        (b"a/b;; x=1; y=2", ((b"y", b"2"),)),
        (b"a/b; name==?utf-8?b?w6k=?=; x=1", ((b"name", b"=?utf-8?b?w6k=?="), (b"x", b"1"))),
        (b"a/b (c); (d) x (e) = (f) 1", ((b"x", b"1"),)),
        (b"a/b; x=(f)1; y=2(g)", ((b"x", b"1"), (b"y", b"2"))),
        (b'a/b; x="never closed', ()),
    ],
)
def test_parameters(value: bytes, params: tuple[tuple[bytes, bytes], ...]) -> None:
    """Continuations joined, their encoding kept (RFC 2231, 6); broken ones passed."""
    assert read_type(value)[2] == params
