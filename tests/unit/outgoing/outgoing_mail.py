"""What these tests share: `prepare` with everything given, and an independent reading of its output."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from pratique.usecases.outgoing import prepare

from tests.builders import NOW_MS, a_copy, facts

KEY = b"a signing key for these tests, long enough"
OWN = (
    b"X-Pratique-Class",
    b"X-Pratique-Score",
    b"X-Pratique-Evidence",
    b"X-Pratique-Id",
    b"X-Pratique-Trace",
    b"X-Pratique-Release",
)


def prepared(raw: bytes, *, released: bool = False, **changes: Any) -> bytes:
    """The bytes for the next hop; changes go to the copy, or by these names to prepare itself."""
    named = {
        name: changes.pop(name) for name in ("key", "now_ms", "hostname", "hops", "facts") if name in changes
    }
    values: dict[str, Any] = {
        "facts": facts(),
        "key": KEY,
        "now_ms": NOW_MS,
        "hostname": "mail.example.org",
        "hops": 1,
    }
    return prepare(raw, copy=a_copy(**changes), released=released, **(values | named))


def top(sent: bytes) -> tuple[list[bytes], bytes]:
    """(our header lines at the top, everything below), read line by line and with no help of the code under test."""
    eol = b"\r\n" if sent.partition(b"\n")[0].endswith(b"\r") else b"\n"
    lines: list[bytes] = []
    rest = sent
    while True:
        line, found, after = rest.partition(eol)
        ours = line.startswith(tuple(name + b":" for name in OWN))
        if not found or not (ours or (lines and line.startswith(b" "))):
            return lines, rest
        lines.append(line)
        rest = after


PIECES = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"a", b"\x00", b"\xff", b"\xc3\xa9", b".", b"From ", b"From: a@b.example", b"Subject: x", b"subject :y",
    b"X-Pratique-Class: ham", b"x-pratique-trace: v1; hops=3", b"X-PRATIQUE-RELEASE:", b"X-Pratique", b"Received: by x", b"\r\n folded", b"\r\n\r\n", b"\n\n",
    b"no colon here", b"=?utf-8?q?x?=",
]  # fmt: skip
"""What breaks parsers, for hypothesis to put together."""

mails = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=30).map(b"".join),
)
"""Bytes of every kind, and many that nearly are mail."""
