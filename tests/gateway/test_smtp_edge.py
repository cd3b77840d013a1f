"""What the edge answers, stores and hands to ingest."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.notice import refusal

from gateway.authentication.verdicts import Verdicts
from gateway.smtp_edge import Pace, plain_address, reply_to
from gateway.smtp_protocol import Limits
from tests.gateway.serving import RCPT, SENDER, ULID, Serving, Wire, below_trace, serving

MAIL = b"From: a@example.net\r\nSubject: hello\r\n\r\nbody\r\n"


@pytest.fixture
def edge() -> Iterator[Serving]:
    with serving() as one:
        yield one


def test_clean_mail_is_accepted_stored_and_handed_over(edge: Serving) -> None:
    assert edge.send(MAIL) == (250, f"2.0.0 accepted {ULID}".encode())
    (key,) = edge.raw_keys
    assert below_trace(edge.store.objects[key]) == MAIL
    assert key == "raw/" + edge.event["mail"]["messageId"]
    assert edge.event["receipt"]["recipients"] == [RCPT]
    assert edge.event["mail"]["source"] == SENDER
    assert edge.event["receipt"]["pratique"] == {"clientIp": "127.0.0.1", "helo": "client.test"}


def test_mail_is_kept_below_a_trace_field(edge: Serving) -> None:
    """RFC 5321, 4.4: who came, by what name, to whom, when. The event has it too, as SES has its own."""
    edge.send(MAIL)
    (key,) = edge.raw_keys
    source_id = key.removeprefix("raw/")
    assert edge.store.objects[key] == (
        b"Received: from client.test ([127.0.0.1])\r\n\tby edge.example with ESMTP id "
        + source_id.encode()
        + b";\r\n\tMon, 21 Sep 2026 14:13:20 +0000\r\n"
        + MAIL
    )
    assert edge.event["mail"]["headers"][0]["name"] == "Received"


def test_a_client_that_says_helo_speaks_plain_smtp(edge: Serving) -> None:
    with Wire(edge.port) as wire:
        wire.reply()
        for command in (
            b"HELO old",
            b"MAIL FROM:<a@example.net>",
            b"RCPT TO:<" + RCPT.encode() + b">",
            b"DATA",
        ):
            wire.send(command + b"\r\n")
            wire.reply()
        wire.send(MAIL + b".\r\n")
        assert wire.reply().startswith(b"250")
    (key,) = edge.raw_keys
    assert b" with SMTP id " in edge.store.objects[key]


def test_the_name_that_the_check_found_stands_in_it_and_stays_when_the_mail_comes_again() -> None:
    names = iter(["out.example.net", ""])
    with serving(check=lambda _: Verdicts(client_name=next(names))) as edge:
        edge.ingest.error = TemporaryFailure("no")
        edge.send(MAIL)
        first = dict(edge.store.objects)
        edge.ingest.error = None
        assert edge.send(MAIL)[0] == 250
        (key,) = edge.raw_keys
        assert edge.store.objects[key] == first[key]
        assert b"(out.example.net [127.0.0.1])" in first[key]
        pratique = [e["Records"][0]["ses"]["receipt"]["pratique"] for e in edge.ingest.events]
        assert [each["clientName"] for each in pratique] == ["out.example.net", ""]


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("x", "x"),
    ],
)
def test_an_address_is_written_in_its_plain_form(peer: str, said: str) -> None:
    assert plain_address(peer) == said


def test_the_envelope_of_what_was_accepted_is_kept_beside_it(edge: Serving) -> None:
    """The event that ingest was given: what reconcile brings the message back with, should the table lose it."""
    edge.send(MAIL)
    (key,) = edge.raw_keys
    kept = json.loads(edge.store.objects["envelope/" + key.removeprefix("raw/")])
    assert kept == edge.ingest.events[0]


def test_what_was_not_accepted_has_no_envelope(edge: Serving) -> None:
    """The sender comes again with it: nobody else is to bring it in."""
    edge.ingest.error = TemporaryFailure("no")
    assert edge.send(MAIL)[0] == 451
    assert list(edge.store.objects) == edge.raw_keys


def test_mail_that_is_held_for_everybody_is_refused_with_a_reference(edge: Serving) -> None:
    edge.ingest.states = lambda recipient: "held"
    code, text = edge.send(MAIL, to=[RCPT, "carol@example.org"])
    assert (code, text) == (550, refusal(ULID).encode())
    assert len(b"550 " + text + b"\r\n") <= 512
    assert edge.stored == [MAIL]


def test_mail_whose_sender_is_not_to_know_is_accepted() -> None:
    """The policy's word: the mail is held, and the dialogue says nothing."""
    copies = [{"state": "held", "told": "yes"}, {"state": "held", "told": "no"}]
    assert reply_to({"message": ULID, "copies": copies}, "id") == f"250 2.0.0 accepted {ULID}"
    assert reply_to({"message": ULID, "copies": copies[:1]}, "id").startswith("550 ")


def test_mail_that_somebody_gets_is_accepted(edge: Serving) -> None:
    edge.ingest.states = lambda recipient: "held" if recipient == RCPT else "queued"
    assert edge.send(MAIL, to=[RCPT, "carol@example.org"])[0] == 250


@pytest.mark.parametrize("error", [TemporaryFailure("no"), PermanentFailure("no"), ValueError("bug")])
def test_a_failing_ingest_is_a_451_and_the_retry_goes_by_the_same_id(edge: Serving, error: Exception) -> None:
    edge.ingest.error = error
    assert edge.send(MAIL) == (451, b"4.3.0 try again")
    edge.ingest.error = None
    edge.clock.advance(seconds=900)
    assert edge.send(MAIL)[0] == 250
    first, second = edge.ingest.events
    assert first == second
    assert edge.stored == [MAIL]


def test_a_failing_store_is_a_451_and_ingest_is_not_called(edge: Serving) -> None:
    edge.store.error = TemporaryFailure("no")
    assert edge.send(MAIL)[0] == 451
    assert edge.ingest.events == []
    edge.store.error = None
    assert edge.send(MAIL)[0] == 250
    assert edge.stored == [MAIL]


def test_after_an_hour_the_same_bytes_are_a_new_message(edge: Serving) -> None:
    edge.ingest.error = TemporaryFailure("no")
    edge.send(MAIL)
    edge.clock.advance(seconds=3601)
    edge.ingest.error = None
    edge.send(MAIL)
    assert len(edge.stored) == 2


def test_mail_that_was_answered_is_a_new_message_when_it_comes_again(edge: Serving) -> None:
    edge.send(MAIL)
    edge.send(MAIL)
    assert len(edge.stored) == 2


def test_another_recipient_is_another_message(edge: Serving) -> None:
    edge.ingest.error = TemporaryFailure("no")
    edge.send(MAIL)
    edge.send(MAIL, to="carol@example.org")
    assert len(edge.stored) == 2


def test_a_sender_that_hangs_up_gets_the_same_result_when_it_comes_again(edge: Serving) -> None:
    edge.ingest.hold.clear()
    with Wire(edge.port) as wire:
        wire.open()
        wire.send(MAIL + b".\r\n")
        assert edge.ingest.entered.acquire(timeout=20)
    edge.ingest.hold.set()
    assert edge.send(MAIL)[0] == 250
    assert len(edge.ingest.events) == 1
    assert edge.stored == [MAIL]


def test_an_ingest_that_takes_too_long_is_a_451_and_its_result_waits_for_the_retry() -> None:
    with serving(pace=Pace(answer=0.05)) as edge:
        edge.ingest.hold.clear()
        assert edge.send(MAIL)[0] == 451
        edge.ingest.hold.set()
        codes = {edge.send(MAIL)[0] for _ in range(20)}
        assert 250 in codes
        assert {event["Records"][0]["ses"]["mail"]["messageId"] for event in edge.ingest.events[:1]} == {
            edge.raw_keys[0].removeprefix("raw/")
        }


def test_octets_waiting_for_ingest_are_bounded() -> None:
    with serving(pace=Pace(octets=len(MAIL) + 10)) as edge:
        edge.ingest.hold.clear()
        first = threading.Thread(target=edge.send, args=(MAIL,))
        first.start()
        assert edge.ingest.entered.acquire(timeout=20)
        assert edge.send(MAIL + b"more\r\n")[0] == 452
        edge.ingest.hold.set()
        first.join(20)
        assert edge.send(MAIL + b"more\r\n")[0] == 250


def test_many_connections_at_once_lose_nothing(edge: Serving) -> None:
    mails = [b"Subject: %d\r\n\r\n%d\r\n" % (n, n) for n in range(40)]
    codes: list[int] = []
    threads = [threading.Thread(target=lambda mail=mail: codes.append(edge.send(mail)[0])) for mail in mails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert codes == [250] * 40
    assert sorted(edge.stored) == sorted(mails)


def test_the_null_sender_is_an_empty_source(edge: Serving) -> None:
    with edge.client() as client:
        client.ehlo()
        client.mail("")
        client.rcpt(RCPT)
        assert client.data(MAIL)[0] == 250
    assert edge.event["mail"]["source"] == ""


@pytest.mark.parametrize("address", ["no-at-sign", "a@-bad-.example..org", "a@b@"])
def test_what_is_no_address_is_refused_at_rcpt(edge: Serving, address: str) -> None:
    with edge.client() as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.docmd("RCPT", f"TO:<{address}>")[0] == 553


def test_an_address_that_is_no_text_is_refused(edge: Serving) -> None:
    with Wire(edge.port) as wire:
        wire.reply()
        wire.send(
            b"EHLO \xff\r\nMAIL FROM:<\xff\xfe@example.org>\r\nVRFY \xff\xff\r\nMAIL FROM:<a@example.org>\r\n"
        )
        assert wire.reply()[:3] == b"250"
        assert wire.reply()[:3] == b"553"
        assert wire.reply()[:1] in (b"2", b"4", b"5")
        assert wire.reply()[:3] == b"250"


def test_recipients_are_bounded() -> None:
    with serving(Limits(recipients=3)) as edge, edge.client() as client:
        client.ehlo()
        client.mail(SENDER)
        codes = [client.rcpt(f"r{n}@example.org")[0] for n in range(5)]
        assert codes == [250, 250, 250, 452, 452]
        assert client.data(MAIL)[0] == 250
        assert len(edge.event["receipt"]["recipients"]) == 3


def test_an_utf8_address_and_header_go_through(edge: Serving) -> None:
    mail = "Subject: grüß\r\n\r\nhallo\r\n".encode()
    with edge.client() as client:
        client.ehlo()
        client.mail("jürgen@example.net", ["SMTPUTF8"])
        client.rcpt("björn@example.org", ())
        assert client.data(mail)[0] == 250
    assert edge.event["receipt"]["recipients"] == ["björn@example.org"]
    assert edge.event["mail"]["headers"][1:] == [{"name": "Subject", "value": "grüß"}]


def test_a_stop_lets_a_message_finish_and_turns_the_idle_away() -> None:
    with serving() as edge:
        edge.ingest.hold.clear()
        with Wire(edge.port) as idle, Wire(edge.port) as sender:
            assert idle.reply().startswith(b"220")
            sender.open()
            sender.send(MAIL + b".\r\n")
            assert edge.ingest.entered.acquire(timeout=20)
            stopping = threading.Thread(target=lambda: edge.run(edge.stop()))
            stopping.start()
            assert idle.reply().startswith(b"421")
            edge.ingest.hold.set()
            assert sender.reply() == f"250 2.0.0 accepted {ULID}".encode()
            assert sender.reply().startswith(b"421")
            stopping.join(20)
        with pytest.raises(OSError, match="refused"):
            edge.client()


@pytest.mark.parametrize(
    "answer", [{}, {"message": ULID}, {"message": ULID, "copies": []}, {"message": 3, "copies": [{}]}]
)
def test_an_answer_that_says_nothing_is_a_451(answer: dict[str, object]) -> None:
    assert reply_to(answer, "id").startswith("451")
