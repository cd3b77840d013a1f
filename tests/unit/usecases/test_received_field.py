"""The trace field that our own servers write."""

from __future__ import annotations

import email
import email.policy

import pytest
from pratique.filtering.parse import parse
from pratique.filtering.trace import hops
from pratique.usecases.received_field import put_above, received_lines

AT = 1_790_000_000_000


def lines(**what: str | None) -> tuple[str, ...]:
    given: dict[str, str | None] = {
        "client_ip": "192.0.2.7",
        "helo": "mail.example.net",
        "protocol": "ESMTP",
        **what,
    }
    return received_lines(host="mx.example.org", source_id="edge.1", received_ms=AT, **given)  # type: ignore[arg-type]


def test_it_says_who_came_and_to_whom_and_when() -> None:
    assert "\n".join(lines(client_name="out.example.net")) == (
        "Received: from mail.example.net (out.example.net [192.0.2.7])\n"
        "\tby mx.example.org with ESMTP id edge.1;\n"
        "\tMon, 21 Sep 2026 14:13:20 +0000"
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [(None, "([192.0.2.7])"), ("", "(unknown [192.0.2.7])"), ("a.b", "(a.b [192.0.2.7])")],
)
def test_a_name_nobody_asked_after_is_not_said_to_be_unknown(name: str | None, written: str) -> None:
    assert lines(client_name=name)[0].endswith(written)


@pytest.mark.parametrize(
    ("helo", "ip", "name", "first"),
    [
        ("", "192.0.2.7", "", "Received: from [192.0.2.7] (unknown [192.0.2.7])"),
        ("h", "2001:db8::1", None, "Received: from h ([IPv6:2001:db8::1])"),
        ("a b\r\nX: y(z)", "192.0.2.7\r\nX: y", "n\r\nX: y", "Received: from abX:yz (nX:y [unknown])"),
        ("\udcff\u00fc.example", "192.0.2.7", None, "Received: from .example ([192.0.2.7])"),
        ("x" * 5000, "192.0.2.7", None, f"Received: from {'x' * 200} ([192.0.2.7])"),
    ],
)
def test_nothing_that_a_client_says_breaks_out_of_it(
    helo: str, ip: str, name: str | None, first: str
) -> None:
    made = lines(helo=helo, client_ip=ip, client_name=name)
    assert made[0] == first
    assert max(map(len, made)) < 998
    "".join(made).encode("ascii")


@pytest.mark.parametrize(("name", "rdns"), [("out.example.net", "out.example.net"), ("", ""), (None, "")])
def test_the_filter_reads_what_it_says(name: str | None, rdns: str) -> None:
    kept = put_above(b"From: a@example.net\r\n\r\nbody\r\n", lines(client_name=name))
    (hop,) = hops(parse(kept))
    assert (hop.helo, hop.rdns, hop.ip, hop.by) == ("mail.example.net", rdns, "192.0.2.7", "mx.example.org")


@pytest.mark.parametrize(
    ("raw", "below"),
    [
        (b"A: b\r\n\r\nc\r\n", b"A: b\r\n\r\nc\r\n"),
        (b"A: b\n\nc\n", b"A: b\n\nc\n"),
        (b"", b""),
        (b"\r\nbody", b"\r\nbody"),
        (b"no header\r\n", b"\r\nno header\r\n"),
        (b" stray\r\nA: b\r\n", b"X-Stray-Line: stray\r\nA: b\r\n"),
    ],
)
def test_the_message_below_it_is_what_it_was(raw: bytes, below: bytes) -> None:
    kept = put_above(raw, lines())
    assert kept.endswith(below)
    eol = b"\n" if raw.startswith(b"A: b\n") else b"\r\n"
    assert kept[: len(kept) - len(below)] == b"".join(line.encode() + eol for line in lines())
    read = email.message_from_bytes(kept, policy=email.policy.default)
    assert read["Received"].startswith("from mail.example.net")
