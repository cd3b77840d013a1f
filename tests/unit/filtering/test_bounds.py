"""Messages built to hurt: work and memory stay bounded, and the message is still read."""

from __future__ import annotations

import base64
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from pratique.filtering.classifier.features import features
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.evidence import message_evidence
from pratique.filtering.html_text import MAX_URL, MAX_URLS
from pratique.filtering.parsed import (
    MAX_ATTACHMENTS,
    MAX_HTML,
    MAX_PARTS,
    MAX_TEXT,
    ParsedMessage,
)
from pratique.filtering.working_copy import BUDGET, SHORT_PART, WHOLE, shallow, working_copy

from .mail import html, message, parse, receipt


def calls(work: Callable[[], Any]) -> int:
    """How many functions Python enters: a measure of work that does not depend on the machine."""
    count = 0

    def see(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def nested(levels: int, kind: str, tail: bytes = b"x\n" * 100) -> bytes:
    if kind == "multipart":
        return (
            b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(levels)
            )
            + tail
        )
    if kind == "digest":
        return (
            b"".join(
                b"Content-Type: multipart/digest; boundary=b%d\n\n--b%d\n\n" % (n, n) for n in range(levels)
            )
            + tail
        )
    return b"Content-Type: message/rfc822\n\n" * levels + tail


@pytest.mark.parametrize("kind", ["multipart", "message", "digest"])
@pytest.mark.parametrize("levels", [60, 990, 5_000])
def test_r5_depth_is_cut_before_any_parser_recurses(kind: str, levels: int) -> None:
    found = parse(b"Subject: deep\n" + nested(levels, kind, b"words at the bottom\n" * 10))
    assert found.subject == "deep"
    assert "too-deep" in found.defects
    assert "body-fallback" not in found.defects
    assert len(found.text) > 100


def test_ordinary_depth_is_left_alone() -> None:
    raw = nested(20, "multipart", b"Content-Type: text/html\n\n<b>bottom</b>\n")
    found = parse(raw)
    assert "too-deep" not in found.defects
    assert "<b>bottom</b>" in found.html
    assert shallow(raw) == (raw, False)


def test_work_grows_with_length_not_with_depth() -> None:
    """Each line is compared with the boundaries of all open levels: fifty are let through, more are not."""
    lines = b"x\n" * 10_000
    fifty = calls(lambda: parse(nested(50, "multipart", lines)))
    deeper = calls(lambda: parse(nested(500, "multipart", lines)))
    assert deeper < fifty * 1.5


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 100_000,
        b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed"
        + b";a" * 200_000
        + b"\n\n--x--\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + (b'--x\nContent-Type: multipart/mixed;"' + b";" * 4_000 + b"\n\nx\n") * 120,
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + (b'--x\nContent-Disposition: attachment;"' + b";" * 4_000 + b"\n\nx\n") * 120,
        b"Received: from a by b; Mon, 1 Jan 2001 00:00:00 +0000\n" * 50_000 + b"\nx",
        b"To: " + b'"' * 250_000 + b"\n\nx",
        b"Subject: " + b"=?a?q?" * 40_000 + b"\n\nx",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nX:" + b" " * 500_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + b"X: y\n" * 100_000 + b"\n\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--b" * 100_000,
        b"Subject: x\n\n" + b"www.a.b " * 60_000,
        b"Subject: x\n\n" + b"://a.b www.a" * 40_000,
    ],
    ids=[
        "parts",
        "status",
        "parameters",
        "quoted",
        "dispositions",
        "received",
        "quotes",
        "words",
        "spaces",
        "fields",
        "marks",
        "hosts",
        "urls",
    ],
)
def test_work_is_bounded(raw: bytes) -> None:
    """A few million calls at most (about a second); without the bounds these take from ten seconds to minutes."""
    found: list[ParsedMessage] = []
    assert calls(lambda: found.append(parse(raw))) < 2_000_000
    assert found[0].size == len(raw)


@pytest.mark.parametrize("fill", ["<a ", "</", "<!--", '<a href="', "<div>", "&", "<script>", "http://", "<input ", "a<!--", "<style", "text-indent:"])  # fmt: skip
def test_pages_that_break_html_parsers_only_cost_their_length(fill: str) -> None:
    """A whole page of one fragment: the bounded searches finish (the test's timeout is the alarm), what comes out is bounded."""
    found = parse(html(fill * (300_000 // len(fill))))
    assert len(found.html) <= MAX_HTML
    assert len(found.urls) <= MAX_URLS
    assert all(len(url) <= MAX_URL + 5 for url in found.urls)
    assert message_evidence(found, receipt())
    assert features(make_sample(found)).rows


def test_text_and_attachments_are_bounded() -> None:
    assert len(parse(message(b"words " * 100_000)).text) == MAX_TEXT
    raw = b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: image/png\n\na\n" * 900
    found = parse(raw)
    assert len(found.attachments) == MAX_ATTACHMENTS
    assert "too-many-attachments" in found.defects


def test_headers_without_end() -> None:
    raw = b"Subject: s\nX-Long: " + b"x" * 1_000_000 + b"\n\nbody words"
    found = parse(raw)
    assert found.subject == "s"
    assert "header-too-long" in found.defects
    assert raw[found.body_offset :] == b"body words"
    assert found.text == "body words"


def test_the_copy_of_a_huge_body_keeps_every_delimiter() -> None:
    part = b"\n--x\nContent-Type: application/zip\n\n" + b"A" * 400_000
    raw = part * 30 + b"\n--x--\n"
    copy, defects = working_copy(raw)
    assert defects == ("cut",)
    assert copy.count(b"\n--x") == 31
    assert len(copy) <= BUDGET + 32 * (SHORT_PART + 128)
    assert working_copy(raw[: WHOLE - 1]) == (raw[: WHOLE - 1], ())
    assert working_copy(b"head" + raw[:100], 4) == (raw[:100], ())
    assert working_copy(b"\n--x" * 5_000)[0].count(b"--") == MAX_PARTS


def forty_megabytes() -> bytes:
    block = b"%PDF-1.4" + bytes(range(256)) * 4
    lines = base64.encodebytes(block * 1_000)
    content = lines * (40_000_000 // len(lines))
    return b"".join(
        (
            b"From: a@b.example\r\nSubject: plans\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n",
            b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n",
            b"--x\r\nContent-Type: application/pdf; name=plans.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            content,
            b"--x\r\nContent-Type: text/plain\r\n\r\nbye\r\n--x--\r\n",
        )
    )


def test_forty_megabytes_need_little_beside_themselves() -> None:
    raw = forty_megabytes()
    parse(b"")  # what is loaded once does not count
    tracemalloc.start()
    found = parse(raw)
    sample = make_sample(found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
    assert len(sample) < 8_000
    assert found.size == len(raw)
    assert found.text.split() == ["hello", "bye"]
    [attachment] = found.attachments
    assert attachment.kind == "pdf"
    assert attachment.filename == "plans.pdf"
    assert attachment.size == 28 * 1_032_000


def test_the_size_of_an_attachment_beyond_the_budget_is_exact() -> None:
    content = b"%PDF" + bytes(999_999)
    raw = (
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
    )
    assert "cut" in parse(raw).defects
    assert [a.size for a in parse(raw).attachments] == [len(content)]


def test_a_forged_cut_mark_means_nothing_in_a_whole_message() -> None:
    raw = message(b"words\n\x01cut 999999999 999999999\n", content_type="application/x-thing")
    assert parse(raw).attachments[0].size < 100


@pytest.mark.parametrize("fill", [b"\r", b"\n", b"--\n", b"\n--x", b"x"])
def test_huge_bodies_of_nothing(fill: bytes) -> None:
    raw = b"Subject: s\n\n" + fill * (12_000_000 // len(fill))
    found = parse(raw)
    assert found.subject == "s"
    assert found.size == len(raw)
    assert {"cut", "too-many-parts"} & set(found.defects)


def test_messages_in_base64_inside_one_another_are_opened_a_few_times_only() -> None:
    raw = b"Subject: innermost\n\nbottom"
    for _ in range(12):
        raw = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(raw)
    found = parse(raw)
    assert "bottom" not in found.text
    assert found.size == len(raw)
