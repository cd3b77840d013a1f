"""What an ordinary message says, and what mail-parser alone gets wrong (each case of its 4.8 release by its number)."""

from __future__ import annotations

import base64

import mailparser
import pytest
from pratique.domain.address import parse_address
from pratique.filtering.parsed import MAX_ADDRESSES, MAX_RECEIVED, Leaf, ParsedMessage

from .mail import ORDINARY, html, message, multipart, parse


def test_an_ordinary_message_is_read() -> None:
    found = parse(ORDINARY)
    assert found.size == len(ORDINARY)
    assert found.subject == "Minutes of Monday's meeting"
    assert found.from_header == "Anna Berg <anna.berg@example.net>"
    assert found.from_name == "Anna Berg"
    assert found.from_address == parse_address("anna.berg@example.net")
    assert found.to == (parse_address("bob@example.org"), parse_address("carol@example.org"))
    assert found.cc == (parse_address("dan@example.org"),)
    assert found.reply_to is None
    assert found.date == "Mon, 21 Sep 2026 16:13:20 +0200"
    assert found.date_s == 1_790_000_000
    assert found.message_id == "<20260921.1@example.net>"
    assert "nächste Woche" in found.text
    assert found.urls == ("https://wiki.example.net/minutes/38",)
    assert found.html == ""
    assert found.attachments == ()
    assert found.defects == ()
    assert ORDINARY[found.body_offset :].startswith(b"Hello Bob")
    assert found.header("CONTENT-TYPE") == "text/plain; charset=utf-8"
    assert found.header_count("received") == 1
    assert found.header("x-absent") == ""


def test_nothing_at_all_is_read_as_nothing() -> None:
    assert parse(b"") == ParsedMessage(size=0, leaves=(Leaf("text/plain", "", "", "", True),))


def test_all_mime_fields_reach_the_tree() -> None:
    """MIME-Version before Content-Type, folded, in any case."""
    raw = b'mime-version: 1.0\ncontent-TYPE: text/html;\n charset="iso-8859-1"\nContent-Transfer-Encoding: quoted-printable\n\n<p>caf=E9</p>\n'
    found = parse(raw)
    assert found.html == "<p>café</p>\n"
    assert found.text == ""


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("=?utf-8?q?caf=C3=A9?= tonight", "café tonight"),
        ("=?utf-8?b?5pel?= =?utf-8?b?5pys?=", "日本"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?windows-874?Q?=A1=A2?=", "กข"),
        ("=?utf8mb4?q?=E2=82=AC?=", "€"),
        ("=?undefined?q?a=41?=", "aA"),
        ("=?utf-8?b?5pel?= broken =?utf-8?b?!?=", None),
        ("  much   space", "much   space"),
    ],
)
def test_subjects_are_decoded(raw: str, subject: str | None) -> None:
    found = parse(message(subject=raw)).subject
    assert "\n" not in found
    assert found == subject if subject is not None else "日" in found


def test_raw_octets_in_a_subject_are_read_as_utf8_or_windows_1252() -> None:
    assert parse(b"Subject: gr\xc3\xbc\xc3\x9fe\n\n").subject == "grüße"
    assert parse(b"Subject: gr\xfc\xdfe\n\n").subject == "grüße"


def test_line_ends_of_all_kinds_end_the_header() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        raw = b"Subject: one" + end + b" two" + end + b"From: a@b.example" + end + end + b"body"
        found = parse(raw)
        assert found.subject == "one two"
        assert raw[found.body_offset :] == b"body"


def test_fields_below_a_broken_line_speak_of_the_sender_and_of_nothing_else() -> None:
    """Some program folded a Received field without indenting it. The body begins there, whatever stands below; its type does not count."""
    raw = b"Received: from a by\nb.example; x\nFrom: Anna <a@b.example>\nContent-Type: text/html\nSubject: s\n\n<b>body</b>"
    found = parse(raw)
    assert str(found.from_address) == "a@b.example"
    assert found.subject == "s"
    assert raw[found.body_offset :].startswith(b"b.example; x\nFrom:")
    assert found.html == ""
    assert "<b>body</b>" in found.text
    assert "no-header-end" in found.defects
    assert found.header_count("received") == 1


def test_a_field_below_a_broken_line_takes_no_other_s_place() -> None:
    raw = b"From: Anna <a@b.example>\nbroken\nFrom: Eve <e@f.example>\nDate: x\nReceived: y\n\n"
    found = parse(raw)
    assert str(found.from_address) == "a@b.example"
    assert found.header_count("from") == 1
    assert found.date == "x"
    assert found.header_count("received") == 1


def test_brackets_that_an_archive_escaped_are_brackets() -> None:
    found = parse(b"From: Anna &lt;a@b.example&gt;\nMessage-ID: &lt;1.x@b.example&gt;\n\nx")
    assert str(found.from_address) == "a@b.example"
    assert found.message_id == "<1.x@b.example>"


def test_lines_of_text_are_no_fields() -> None:
    assert parse(b"Subject: s\nDear all,\nnote: this\n\nbye").headers == (("Subject", "s"),)


def test_text_and_page_of_an_alternative() -> None:
    found = parse(
        multipart(
            b"Content-Type: text/plain\r\n\r\nplain",
            b"Content-Type: text/html\r\n\r\n<a href='http://x.example/?a=1&amp;b=2'>page</a>",
            subtype="alternative",
        )
    )
    assert found.text.strip() == "plain"
    assert "page" in found.html
    assert found.urls == ("http://x.example/?a=1&b=2",)


def test_the_text_of_an_attached_message_is_read_and_its_files_are_listed() -> None:
    inner = multipart(
        b"Content-Type: text/plain\r\n\r\ninner words",
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(b"%PDF-1.7 xyz"),
    )
    found = parse(
        message(
            b"--o\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=x.eml\r\n\r\n"
            + inner
            + b"\r\n--o--\r\n",
            content_type="multipart/mixed; boundary=o",
        )
    )
    assert "inner words" in found.text
    assert [(a.filename, a.kind, a.size) for a in found.attachments] == [("a.pdf", "pdf", 12)]


# What mail-parser 4.8 raises on. Each message is one that it does raise on, and that we read.

R1 = b"Subject: r1\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=y\n\nhello\n"
R2 = b"Subject: r2\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=never\n\nhello\n"
R3 = [
    b"Subject: r3\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Disposition: attachment; filename*="
    + label
    + b"''a%ff\n\nhello\n--x--\n"
    for label in (b"undefined", b"idna", b"ut%00f")
]
R4 = b'Subject: r4\nContent-Type: text/plain; charset="a\0b"\n\nhello \xe9\n'


@pytest.mark.parametrize("raw", [R1, R2, *R3, R4], ids=["R1", "R2", "R3", "R3b", "R3c", "R4"])
def test_r1_to_r4_are_read_although_mail_parser_raises(raw: bytes) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError, UnicodeError)):
        mailparser.parse_from_bytes(raw)
    found = parse(raw)
    assert found.subject.startswith("r")
    assert "body-fallback" not in found.defects
    assert "hello" in found.text or found.attachments


def test_r3_keeps_a_name_for_the_file() -> None:
    assert [parse(raw).attachments[0].filename[:1] for raw in R3] == ["a", "a", "a"]


def test_r6_an_attached_message_with_a_header_that_cannot_be_written_is_read() -> None:
    """mail-parser writes attached messages back to text, which raises here."""
    inner = b"To: " + b"\xe9 a@b.example, " * 3 + b"\nSubject: a\x0cX-Evil: 1\n\nwords"
    raw = (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n"
        + inner
        + b"\n--x--\n"
    )
    found = parse(raw)
    assert "words" in found.text
    assert "body-fallback" not in found.defects


def test_d1_a_nameless_binary_part_is_an_attachment_and_no_text() -> None:
    binary = bytes(range(256))
    found = parse(
        multipart(
            b"Content-Type: text/plain\r\n\r\nhello",
            b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.b64encode(binary),
        )
    )
    assert [(a.filename, a.media_type, a.size) for a in found.attachments] == [
        ("", "application/octet-stream", 256)
    ]
    assert found.text.strip() == "hello"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("<anna@a.example> <eve@b.example>", "eve@b.example"),
        ("anna@a.example@b.example", None),
        ("Anna (unclosed <anna@a.example>", "anna@a.example"),
        ('"Anna <anna@a.example>', "anna@a.example"),
        ("just words", None),
        ("", None),
    ],
)
def test_d2_a_from_that_mail_parser_cannot_read_is_read_all_the_same(value: str, address: str | None) -> None:
    found = parse(message(**{"from": value}))
    assert found.from_address == (parse_address(address) if address else None)
    assert ("malformed-from" in found.defects) is bool(value)


def test_d3_the_address_in_angle_brackets_is_the_sender() -> None:
    found = parse(message(**{"from": "ceo@bank.example <eve@evil.example>"}))
    assert found.from_address == parse_address("eve@evil.example")
    assert found.from_name == "ceo@bank.example"


@pytest.mark.parametrize("encoding", ["base64;", "base64 (comment)", "base64\udce9", "BASE64"])
def test_d4_sloppy_base64_labels_are_understood(encoding: str) -> None:
    raw = message(base64.b64encode(b"buy this now"), content_transfer_encoding=encoding)
    assert parse(raw).text == "buy this now"


def test_d4_inline_uuencode_is_a_file() -> None:
    body = b"see below\r\nbegin 644 setup.exe\r\n#0V%T\r\n`\r\nend\r\n"
    assert [a.filename for a in parse(message(body)).attachments] == ["setup.exe"]


def test_d4_an_attached_message_in_base64_is_opened() -> None:
    inner = message(b"hidden words")
    raw = multipart(
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(inner)
    )
    assert "hidden words" in parse(raw).text


@pytest.mark.parametrize(
    "word",
    [
        "=?utf-8?q?a=0D=0AX-Evil:_1?=",
        "=?utf-8?q?a=00b?=",
        "=?utf-8?q?a=E2=80=A8b?=",
        "=?utf-8?q?=E2=80=AEcod.exe?=",
        "=?utf-8?q?a=E2=80=8Bb?=",
    ],
)
def test_d5_a_subject_is_one_clean_line(word: str) -> None:
    subject = parse(message(subject=word)).subject
    assert subject.isprintable()
    assert subject


def test_d5_hidden_characters_in_a_subject_are_noted() -> None:
    assert "hidden-in-subject" in parse(message(subject="=?utf-8?q?=E2=80=AEa?=")).defects
    assert "hidden-in-subject" not in parse(message(subject="=?utf-8?q?caf=C3=A9?=")).defects


def test_d5_file_names_have_no_folders_and_no_direction() -> None:
    raw = multipart(
        b'Content-Disposition: attachment; filename="../../etc/pass\xe2\x80\xaewd"\r\n\r\nx',
        b'Content-Disposition: attachment; filename="C:\\\\temp\\\\run.exe"\r\n\r\nx',
    )
    assert [a.filename for a in parse(raw).attachments] == ["passwd", "run.exe"]


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("windows-874", b"\xa1\xa2", "กข"),
        ("iso-8859-8-i", b"\xf9\xec\xe5\xed", "שלום"),
        ("cp-850", b"\x81", "ü"),
        ("utf8mb4", "€".encode(), "€"),
        ("x-mac-roman", b"\x8a", "ä"),
        ("iso-8859-1", b"\x93x\x94", "“x”"),
        ("us-ascii", b"caf\xe9", "café"),
        ("us-ascii", "café".encode(), "café"),
        ("ks_c_5601-1987", "한".encode("cp949"), "한"),
        ("iso-2022-jp", "日本".encode("iso2022_jp"), "日本"),
    ],
)
def test_d6_charsets_as_mail_names_them(charset: str, octets: bytes, text: str) -> None:
    found = parse(message(octets, content_type=f"text/plain; charset={charset}"))
    assert found.text == text


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "zip", "rot13", "nonsense", "x" * 500])
def test_charsets_that_are_none_fall_back_and_are_noted(charset: str) -> None:
    found = parse(message(b"caf\xe9 au lait", content_type=f"text/plain; charset={charset}"))
    assert found.text == "café au lait"
    assert "charset" in found.defects


def test_long_lists_are_bounded() -> None:
    many = ", ".join(f"u{n}@example.org" for n in range(3_000))
    found = parse(message(to=many) + b"http://x.example/ " * 10)
    assert 500 < len(found.to) <= MAX_ADDRESSES
    raw = b"Received: from a by b\n" * 300 + b"Subject: s\n\nx"
    found = parse(raw)
    assert found.header_count("received") == MAX_RECEIVED
    assert found.subject == "s"
    assert "too-many-received" in found.defects


def test_urls_of_pages_are_found_and_decoded() -> None:
    found = parse(
        html(
            "<a href=http://a.example/1>x</a><img src='//b.example/i.png'><a href='mailto:a@b.example'>m</a>"
            '<form action="https://c.example/?x=1&amp;y=2"></form><a href="relative">r</a><img src="cid:1">'
        )
    )
    assert found.urls == (
        "http://a.example/1",
        "http://b.example/i.png",
        "mailto:a@b.example",
        "https://c.example/?x=1&y=2",
    )
