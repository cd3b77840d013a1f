"""The sink keeps what it gets."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from local.problem import LaptopError
from local.sink import Mailbox, Sink, as_sent

DATA = b"Delivered-To: somebody\r\nSubject: \xff\r\n\r\n\x00.\r\n..\r\nend\r\n"


def test_octets_are_kept_below_two_lines(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "sink")
    sink = Sink(mailbox)
    port = sink.start(0)
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.ehlo()
            client.mail("")
            client.rcpt("bob@example.org")
            assert client.data(DATA)[0] == 250
    finally:
        sink.stop()
    (name,) = mailbox.names()
    kept = mailbox.read(name)
    assert kept == b"Return-Path: <>\r\nDelivered-To: bob@example.org\r\n" + DATA
    assert as_sent(kept) == DATA
    (listed,) = mailbox.latest(10)
    assert (listed.recipient, listed.size) == ("bob@example.org", len(kept))


def test_the_newest_comes_first(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "sink")
    names = [mailbox.add("", ["b@example.org"], b"Subject: %d\r\n\r\n" % number) for number in range(3)]
    assert mailbox.names() == names[::-1]
    assert [each.subject for each in mailbox.latest(2)] == ["2", "1"]


def test_broken_headers_are_listed_all_the_same(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "sink")
    for data in (
        b"",
        b"\xff\xff",
        b"Subject: =?undefined?q?x?=\r\n\r\n",
        b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
        b"Subject: a\x00\x1b[2J\r\n\r\n",
    ):
        mailbox.add("", ["b@example.org"], data)
    assert len(list(mailbox.latest(10))) == 5
    assert all(each.subject.isprintable() for each in mailbox.latest(10))


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    one, two = Sink(Mailbox(tmp_path / "one")), Sink(Mailbox(tmp_path / "two"))
    port = one.start(0)
    try:
        with pytest.raises(LaptopError, match=f"port {port}"):
            two.start(port)
    finally:
        two.stop()
        one.stop()
