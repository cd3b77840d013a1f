"""Octets on the wire: kept, bounded, and not to be smuggled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pratique.usecases.byte_edits import join, line_end

from gateway.smtp_protocol import READ_AHEAD, Limits
from tests.gateway.serving import RCPT, SENDER, Serving, Wire, serving


@pytest.fixture
def edge() -> Iterator[Serving]:
    with serving() as one:
        yield one


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\r\n",
        b"no header at all\r\n",
        b"Subject: \xff\xfe\x80\r\n\r\n\x00\x01\x02\xff\r\n",
        b"bare\nline\rends\r\n\r\nstay\n",
        b".leading dot\r\n..two\r\n.\x00\r\n",
        b"\r\n.\r\n..\r\n...\r\n",
        b"x" * (READ_AHEAD * 3) + b"\r\n" + b"y" * READ_AHEAD + b"\r\n",
        b"\r" * 5000 + b"\n\r\n",
        b"." * (READ_AHEAD * 2 + 7) + b"\r\n",
    ],
    ids=[
        "empty",
        "blank",
        "headless",
        "8-bit",
        "bare ends",
        "dots",
        "lone dots",
        "long lines",
        "CRs",
        "long dots",
    ],
)
def test_every_octet_is_kept(edge: Serving, mail: bytes) -> None:
    whole = mail if mail.endswith(b"\r\n") or not mail else mail + b"\r\n"
    with Wire(edge.port) as wire:
        wire.open()
        wire.send(_stuff(whole) + b".\r\n")
        assert wire.reply().startswith(b"250")
    assert edge.stored == [join(line_end(whole), whole) + whole]


def _stuff(mail: bytes) -> bytes:
    """RFC 5321, 4.5.2: a dot before every line that begins with one; lines end with CRLF."""
    lines = mail.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


def test_one_octet_at_a_time_is_the_same_mail(edge: Serving) -> None:
    mail = b"Subject: slow\r\n\r\n..dot\r\n"
    with Wire(edge.port) as wire:
        wire.open()
        for octet in mail + b".\r\n":
            wire.send(bytes([octet]))
        assert wire.reply().startswith(b"250")
    assert edge.stored == [b"Subject: slow\r\n\r\n.dot\r\n"]


SMUGGLED = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nSubject: forged\r\n\r\n"


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n"],
    ids=lambda end: end.decode().replace("\r", "CR").replace("\n", "LF"),
)
def test_no_other_end_of_data_ends_it_and_the_attempt_is_refused(edge: Serving, end: bytes) -> None:
    with Wire(edge.port) as wire:
        wire.open()
        wire.send(b"Subject: carrier\r\n\r\nbody" + end + SMUGGLED + b"\r\n.\r\n")
        assert wire.reply().startswith(b"554")
        wire.send(b"NOOP\r\n")
        assert wire.reply().startswith(b"250")
    assert edge.stored == []
    assert edge.ingest.events == []


def test_a_smuggled_end_at_the_edge_of_the_read_buffer_is_seen_too(edge: Serving) -> None:
    for shift in range(-3, 4):
        with Wire(edge.port) as wire:
            wire.open()
            wire.send(b"x" * (READ_AHEAD + shift) + b"\n.\nmore\r\n.\r\n")
            assert wire.reply().startswith(b"554")
    assert edge.stored == []


def test_pipelined_transactions_are_answered_in_order(edge: Serving) -> None:
    with Wire(edge.port) as wire:
        wire.reply()
        wire.send(b"EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
        assert [wire.reply()[:3] for _ in range(4)] == [b"250", b"250", b"250", b"354"]
        wire.send(b"A: one\r\n.\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n")
        assert [wire.reply()[:3] for _ in range(4)] == [b"250", b"250", b"250", b"354"]
        wire.send(b"A: two\r\n.\r\nQUIT\r\n")
        assert [wire.reply()[:3] for _ in range(2)] == [b"250", b"221"]
    assert edge.stored == [b"A: one\r\n", b"A: two\r\n"]


def test_what_ehlo_announces(edge: Serving) -> None:
    with edge.client() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(40 * 1024 * 1024)
        assert {"8bitmime", "smtputf8", "pipelining", "enhancedstatuscodes"} <= set(client.esmtp_features)
        assert "auth" not in client.esmtp_features


def test_a_size_that_is_said_to_be_too_large_is_refused_at_mail() -> None:
    with serving(Limits(message=1000)) as edge, edge.client() as client:
        client.ehlo()
        assert client.mail(SENDER, ["size=1001"])[0] == 552
        assert client.mail(SENDER, ["size=1000"])[0] == 250


def test_a_message_that_is_too_large_is_refused_at_its_end_and_the_connection_goes_on() -> None:
    with serving(Limits(message=1000)) as edge:
        assert edge.send(b"x" * 998 + b"\r\n")[0] == 250
        with edge.client() as client:
            client.ehlo()
            client.mail(SENDER)
            client.rcpt(RCPT)
            assert client.data(b"x" * 999 + b"\r\n")[0] == 552
            client.mail(SENDER)
            client.rcpt(RCPT)
            assert client.data(b"small\r\n")[0] == 250
        assert len(edge.stored) == 2


def test_octets_on_their_way_in_are_bounded_for_all_together() -> None:
    with serving(Limits(message=1000, in_flight=1500)) as edge, Wire(edge.port) as first:
        first.open()
        first.send(b"x" * 900 + b"\r\n")
        with Wire(edge.port) as second:
            second.open()
            # The first one's octets are counted when they are read: ask until they are.
            while edge.listener.in_flight < 900:
                pass
            second.send(b"y" * 900 + b"\r\n.\r\n")
            assert second.reply().startswith(b"452")
        first.send(b".\r\n")
        assert first.reply().startswith(b"250")
        assert edge.send(b"z" * 900 + b"\r\n")[0] == 250
        assert edge.listener.in_flight == 0


def test_connections_of_one_address_are_bounded() -> None:
    with serving(Limits(per_address=2)) as edge, Wire(edge.port) as one, Wire(edge.port) as two:
        assert one.reply().startswith(b"220")
        assert two.reply().startswith(b"220")
        with Wire(edge.port) as three:
            assert three.reply().startswith(b"421 4.7.0")
            assert three.reply() == b""
        one.send(b"QUIT\r\n")
        assert one.reply().startswith(b"221")
        assert one.reply() == b""
        with Wire(edge.port) as four:
            assert four.reply().startswith(b"220")


def test_connections_are_bounded_in_all() -> None:
    with serving(Limits(connections=1)) as edge, Wire(edge.port) as one:
        assert one.reply().startswith(b"220")
        with Wire(edge.port) as two:
            assert two.reply().startswith(b"421")


def test_an_idle_connection_is_closed() -> None:
    with serving(Limits(idle=0.05)) as edge, Wire(edge.port) as wire:
        assert wire.reply().startswith(b"220")
        assert wire.reply() == b""


def test_a_message_that_takes_too_long_is_cut_off() -> None:
    with serving(Limits(transfer=0.05)) as edge, Wire(edge.port) as wire:
        wire.open()
        wire.send(b"half a mess")
        assert wire.reply() == b""
        assert edge.stored == []
        assert edge.listener.in_flight == 0


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(edge: Serving) -> None:
    with Wire(edge.port) as wire:
        wire.open()
        wire.send(b"Subject: half\r\n\r\nhal")
    assert edge.send(b"A: whole\r\n")[0] == 250
    assert edge.stored == [b"A: whole\r\n"]
    assert edge.listener.in_flight == 0


def test_a_command_line_without_end_is_bounded(edge: Serving) -> None:
    with Wire(edge.port) as wire:
        wire.reply()
        wire.send(b"MAIL FROM:<" + b"a" * (READ_AHEAD * 4) + b">\r\nNOOP\r\n")
        assert wire.reply().startswith(b"500")
        assert wire.reply().startswith(b"250")


def test_garbage_ends_in_a_closed_connection(edge: Serving) -> None:
    with Wire(edge.port) as wire:
        wire.reply()
        wire.send(b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\n\r\n")
        while reply := wire.reply():
            assert reply[:1] == b"5"


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ([b"MAIL FROM:<a@example.org>"], b"503"),
        ([b"EHLO c", b"RCPT TO:<a@example.org>"], b"503"),
        ([b"EHLO c", b"MAIL FROM:<a@example.org>", b"DATA"], b"503"),
        ([b"EHLO c", b"MAIL FROM:<a@example.org>", b"RCPT TO:<b@example.org>", b"RSET", b"DATA"], b"503"),
        ([b"EHLO c", b"MAIL FROM:<a@example.org>", b"RCPT TO:<b@example.org>", b"DATA now"], b"501"),
        ([b"EHLO c", b"AUTH PLAIN AGEAYg=="], b"5"),
    ],
)
def test_commands_out_of_order(edge: Serving, commands: list[bytes], code: bytes) -> None:
    with Wire(edge.port) as wire:
        wire.reply()
        for command in commands:
            wire.send(command + b"\r\n")
            last = wire.reply()
        assert last.startswith(code)
