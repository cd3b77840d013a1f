"""The SMTP courier against real and against misbehaving next hops."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from pratique.adapters.couriers import build_couriers
from pratique.adapters.smtp import SmtpCourier, Timeouts
from pratique.domain.address import Address, parse_address
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.route import Route, RouteKind, Tls
from pratique.ports.couriers import Parcel
from pratique.settings import read_settings

from tests.builders import NOW_MS, a_copy, facts, raw_message, route
from tests.contract.next_hops import LOOPBACK, Mailbox, TinyHop, aiosmtpd_hop, server_context, trusting
from tests.dkim_keys import signed, verifies
from tests.fakes import FakeSecrets

from pratique.usecases.outgoing import prepare  # isort: skip

MAIL = raw_message(body="Dear Bob,\r\n")
PATIENT = Timeouts(connect=10, command=10, answer=10, total=30)
HASTY = Timeouts(connect=0.3, command=0.3, answer=0.3, total=0.6)
SECRETS = FakeSecrets(
    named={"right": ("inp-1", "secret"), "wrong": ("inp-1", "guess"), "umlaut": ("inp-1", "päss")}
)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true; waits for the server's thread, not for a measure of time."""
    for _ in range(2000):
        if holds():
            return True
        time.sleep(0.01)
    return False


@contextmanager
def courier(timeouts: Timeouts = PATIENT, **options: Any) -> Iterator[SmtpCourier]:
    made = SmtpCourier(SECRETS, hostname="our.example", timeouts=timeouts, **options)
    try:
        yield made
    finally:
        made.close()


def to(port: int, **changes: Any) -> Route:
    values: dict[str, Any] = {"host": LOOPBACK, "port": port, "tls": Tls.NONE}
    return route(**(values | changes))


def parcel(
    data: bytes = MAIL, *, mail_from: str = "eve@spam.example", recipient: Address | None = None
) -> Parcel:
    return Parcel(mail_from, recipient or parse_address("bob@example.org"), data, "a reference")


def send(port: int, data: bytes = MAIL, *, timeouts: Timeouts = PATIENT, **changes: Any) -> str:
    with courier(timeouts) as made:
        return made.send(parcel(data), to(port, **changes))


# ---- the bytes


def test_a_released_message_arrives_whole_below_our_headers_and_its_signature_holds() -> None:
    original = signed(raw_message(body="Dear Bob,\r\n.\r\n.dots\r\n..\r\nspaces  \r\n\r\n"))
    data = prepare(
        original,
        copy=a_copy(),
        facts=facts(),
        released=True,
        key=b"k" * 32,
        now_ms=NOW_MS,
        hostname="our.example",
        hops=1,
    )
    box = Mailbox()
    with aiosmtpd_hop(box) as port:
        send(port, data)
    mail_from, recipient, arrived = box.taken[0]
    assert (mail_from, recipient) == ("eve@spam.example", "bob@example.org")
    assert arrived == data
    assert arrived.endswith(original)
    assert verifies(arrived)


def test_five_megabytes_and_every_octet_arrive() -> None:
    line = bytes(n for n in range(1, 256) if n not in (10, 13)) + b"\r\n"
    data = MAIL + line * (5_000_000 // len(line))
    box = Mailbox()
    with aiosmtpd_hop(box) as port:
        send(port, data)
    assert box.taken[0][2] == data
    assert box.options[0] == [f"SIZE={len(data)}", "BODY=8BITMIME"]


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b"A: b\r\n\r\n.\r\n", b"A: b\r\n\r\n..\r\n.\r\n"),
        (b".A: b\r\n..c\r\n", b"..A: b\r\n...c\r\n.\r\n"),
        (b"A: b\n\n.\n.c\n", b"A: b\r\n\r\n..\r\n..c\r\n.\r\n"),
        (b"A: b\n.\r\nMAIL FROM:<x>\r\n", b"A: b\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
        (b"A: b\r\n.\nMAIL FROM:<x>\n", b"A: b\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
        (b"A: b\r.\rMAIL FROM:<x>\r", b"A: b\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
        (b"A: b\n.\rMAIL\r\n", b"A: b\r\n..\r\nMAIL\r\n.\r\n"),
        (b"A: b\r\n\x00.\r\r\n", b"A: b\r\n\x00.\r\n\r\n.\r\n"),
        (b"no end", b"no end\r\n.\r\n"),
        (b"", b".\r\n"),
        (b"\xff\x80\r\n", b"\xff\x80\r\n.\r\n"),
    ],
)
def test_data_can_never_end_early(data: bytes, wire: bytes) -> None:
    """Line ends of every kind go as CRLF, and each dot at a line's start is doubled, so no server sees the end of data inside a mail."""
    hop = TinyHop()
    with hop.running() as port:
        send(port, data)
    assert hop.messages == [wire]
    assert [line.split()[0] for line in hop.commands] == [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"QUIT"]


@pytest.mark.parametrize(
    "data", [b"", b"A: b\n.\n\r.\r\r\n.\r\n", b"\x00" * 5000, bytes(range(256)) * 5000, MAIL]
)
def test_with_chunking_the_bytes_go_as_they_are(data: bytes) -> None:
    hop = TinyHop(features=("CHUNKING", "BINARYMIME", "8BITMIME", "SIZE 0"))
    with hop.running() as port:
        send(port, data)
    assert hop.messages == [data]
    assert f"BDAT {len(data)} LAST".encode() in hop.commands
    assert (b"BODY=BINARYMIME" in hop.commands[1]) is (data not in (b"", MAIL))


def test_eight_bit_is_declared_where_it_can_be_and_sent_anyway() -> None:
    data = MAIL + b"\xc3\xa9\r\n"
    for features, declared in ((("8BITMIME",), True), ((), False)):
        hop = TinyHop(features=features)
        with hop.running() as port:
            send(port, data)
        assert (b"BODY=8BITMIME" in hop.commands[1]) is declared
        assert hop.messages == [data + b".\r\n"]


# ---- envelopes


def test_what_is_too_large_for_the_next_hop_is_not_sent() -> None:
    hop = TinyHop(features=("SIZE 100",))
    with hop.running() as port, pytest.raises(PermanentFailure, match="at most 100 octets"):
        send(port)
    assert hop.commands == [b"EHLO our.example", b"QUIT"]


def test_addresses_that_are_not_ascii_need_smtputf8() -> None:
    recipient = parse_address("jürgen@example.org")
    for server, goes in ((True, True), (False, False)):
        box = Mailbox()
        with aiosmtpd_hop(box, enable_SMTPUTF8=server) as port, courier() as made:
            if goes:
                made.send(parcel(recipient=recipient), to(port))
                assert box.taken[0][1] == "jürgen@example.org"
            else:
                with pytest.raises(PermanentFailure, match="SMTPUTF8"):
                    made.send(parcel(recipient=recipient), to(port))
                made.send(parcel(), to(port))
                assert len(box.taken) == 1


@pytest.mark.parametrize(
    "mail_from",
    [
        "a b@c.example",
        "a@b.example>\r\nRCPT TO:<x@y.example",
        "a@b.example\n",
        "<a@b.example>",
        "nobody",
        "a@",
        "\udcff@b.example",
        "a" * 400 + "@b.example",
    ],
)
def test_an_address_that_smtp_cannot_say_is_refused_unsaid(mail_from: str) -> None:
    with courier() as made, pytest.raises(PermanentFailure, match="cannot be said"):
        made.send(parcel(mail_from=mail_from), to(1))


@pytest.mark.parametrize("mail_from", ["", "<>", '"a b"@c.example', "prvs=1=a+b@[192.0.2.1]"])
def test_unusual_senders_go_as_they_are(mail_from: str) -> None:
    hop = TinyHop()
    with hop.running() as port, courier() as made:
        made.send(parcel(mail_from=mail_from), to(port))
    assert hop.commands[1].decode() == f"MAIL FROM:<{mail_from.replace('<>', '')}>"


# ---- the way there


def test_starttls_is_verified_and_required() -> None:
    box = Mailbox()
    with aiosmtpd_hop(box, starttls=True) as port:
        with courier(tls_context=trusting) as made:
            made.send(parcel(), to(port, tls=Tls.REQUIRED))
            assert box.sessions[0].ssl is not None
        with pytest.raises(TemporaryFailure, match="no secure connection"):
            send(port, tls=Tls.REQUIRED)  # an authority that this machine does not know
        send(port, tls=Tls.OPPORTUNISTIC)  # encrypts, trusting nobody
        assert box.sessions[1].ssl is not None
    with aiosmtpd_hop(box) as port:
        with pytest.raises(TemporaryFailure, match="offers no STARTTLS"):
            send(port, tls=Tls.REQUIRED)
        send(port, tls=Tls.OPPORTUNISTIC)
    assert len(box.taken) == 3


def test_tls_from_the_start() -> None:
    box = Mailbox()
    with aiosmtpd_hop(box, implicit=True) as port:
        with courier(tls_context=trusting) as made:
            made.send(parcel(), to(port, tls=Tls.IMPLICIT))
        with pytest.raises(TemporaryFailure, match="no secure connection"):
            send(port, tls=Tls.IMPLICIT)
    assert len(box.taken) == 1


def test_a_certificate_for_another_name_is_not_trusted() -> None:
    box = Mailbox()
    with (
        aiosmtpd_hop(box, starttls=True) as port,
        courier(tls_context=trusting) as made,
        pytest.raises(TemporaryFailure, match="no secure connection"),
    ):
        made.send(parcel(), to(port, tls=Tls.REQUIRED, host="localhost"))
    assert box.taken == []


def test_text_in_the_clear_after_starttls_ends_the_connection() -> None:
    """CVE-2011-0411: a man in the middle must not put answers into the encrypted session."""
    evil = b"220 go\r\n250-evil.example\r\n250 AUTH PLAIN"
    hop = TinyHop(features=("STARTTLS",), replies={"STARTTLS": evil}, tls=server_context())
    with hop.running() as port, courier(tls_context=trusting) as made, pytest.raises(TemporaryFailure):
        made.send(parcel(), to(port, tls=Tls.REQUIRED, credentials="right"))
    assert [line.split()[0] for line in hop.commands] == [b"EHLO", b"STARTTLS"]
    hop.replies.clear()
    with hop.running() as port, courier(tls_context=trusting) as made:
        made.send(parcel(), to(port, tls=Tls.REQUIRED))  # it is the text that was wrong, not the server
    assert len(hop.messages) == 1


def test_a_declined_starttls_goes_on_in_the_clear_only_where_that_is_allowed() -> None:
    hop = TinyHop(features=("STARTTLS",), replies={"STARTTLS": b"454 not now"})
    with hop.running() as port:
        send(port, tls=Tls.OPPORTUNISTIC)
        with pytest.raises(TemporaryFailure, match="454 not now"):
            send(port, tls=Tls.REQUIRED)
    assert len(hop.messages) == 1


def test_authentication() -> None:
    box = Mailbox()
    wrong = {"wrong": "refused the route's user name", "umlaut": "ASCII", "unknown": "no such secret"}
    with aiosmtpd_hop(box, starttls=True, auth=True) as port, courier(tls_context=trusting) as made:
        made.send(parcel(), to(port, tls=Tls.REQUIRED, credentials="right"))
        for name, text in wrong.items():
            with pytest.raises(TemporaryFailure, match=text) as caught:
                made.send(parcel(), to(port, tls=Tls.REQUIRED, credentials=name))
            assert "guess" not in str(caught.value)
        with pytest.raises(TemporaryFailure, match="530"):
            made.send(
                parcel(), to(port, tls=Tls.REQUIRED)
            )  # it wants a password: the way is wrong, not the mail
    with aiosmtpd_hop(box) as port, pytest.raises(TemporaryFailure, match="offers no authentication"):
        send(port, credentials="right")
    assert len(box.taken) == 1


def test_a_wrong_password_is_said_once_in_a_batch() -> None:
    """Or ten messages would lock the account."""
    hop = TinyHop(features=("AUTH PLAIN",), replies={"AUTH": b"535 5.7.8 no"})
    with hop.running() as port, courier() as made:
        for _ in range(5):
            with pytest.raises(TemporaryFailure, match=r"535 5\.7\.8"):
                made.send(parcel(), to(port, credentials="wrong"))
    assert sum(line.startswith(b"AUTH") for line in hop.commands) == 1


def test_a_password_is_not_said_in_the_clear_beyond_this_machine() -> None:
    hop = TinyHop(features=("AUTH PLAIN",), replies={"AUTH": b"235 welcome"})
    with hop.running() as port, courier() as made:
        made.send(parcel(), to(port, credentials="right"))
        for tls in (Tls.NONE, Tls.OPPORTUNISTIC):
            with pytest.raises(TemporaryFailure, match="verified connection only"):
                # A name for this machine that does not look like one.
                made.send(parcel(), to(port, host="127.1", credentials="right", tls=tls))
    assert sum(line.startswith(b"AUTH") for line in hop.commands) == 1


def test_mail_manager_needs_tls_and_a_password() -> None:
    """Whatever the route says of TLS."""
    box = Mailbox()
    relay: dict[str, Any] = {"kind": RouteKind.MAILMANAGER_RELAY, "tls": Tls.NONE}
    with aiosmtpd_hop(box, starttls=True, auth=True) as port, courier(tls_context=trusting) as made:
        made.send(parcel(), to(port, credentials="right", **relay))
        assert box.sessions[0].ssl is not None
        with pytest.raises(TemporaryFailure, match="names no credentials"):
            made.send(parcel(), to(port, **relay))
    with aiosmtpd_hop(box, auth=True) as port, pytest.raises(TemporaryFailure, match="STARTTLS"):
        send(port, credentials="right", **relay)


def test_port_25_is_used_only_where_it_is_open() -> None:
    with courier() as made, pytest.raises(TemporaryFailure, match="port 25"):
        made.send(parcel(), to(25))
    with courier(HASTY, port_25=True) as made, pytest.raises(TemporaryFailure, match="no connection"):
        made.send(parcel(), to(25, host="no-such-host.invalid"))


# ---- what may go wrong


@pytest.mark.parametrize(
    ("verb", "reply", "error"),
    [
        ("GREETING", b"554 no service for you", TemporaryFailure),
        ("GREETING", b"421 too many", TemporaryFailure),
        ("GREETING", b"what?", TemporaryFailure),
        ("EHLO", b"550 I do not know you\r\n550 HELO neither", TemporaryFailure),
        ("MAIL", b"451 later", TemporaryFailure),
        ("MAIL", b"550 bad sender", PermanentFailure),
        ("MAIL", b"530 5.7.0 Must issue a STARTTLS command first", TemporaryFailure),
        ("MAIL", b"530 5.7.0 Authentication required", TemporaryFailure),
        ("RCPT", b"450 greylisted", TemporaryFailure),
        ("RCPT", b"550-5.1.1 no such\r\n550 5.1.1 user", PermanentFailure),
        ("RCPT", b"421 closing", TemporaryFailure),
        ("DATA", b"451 no", TemporaryFailure),
        ("DATA", b"554 no", PermanentFailure),
        ("DATA", b"250 what?", TemporaryFailure),
        ("END", b"451 later", TemporaryFailure),
        ("END", b"554 spam", PermanentFailure),
        ("END", b"999 what?", TemporaryFailure),
        ("END", b"???", TemporaryFailure),
    ],
)
def test_each_reply_is_a_failure_of_its_kind(verb: str, reply: bytes, error: type[Exception]) -> None:
    hop = TinyHop(replies={verb: reply})
    with hop.running() as port, courier() as made:
        with pytest.raises(error) as caught:
            made.send(parcel(), to(port))
        assert type(caught.value) is error
        assert len(str(caught.value)) <= 200
        hop.replies.clear()
        if verb not in ("GREETING", "EHLO"):
            assert made.send(parcel(), to(port)) == "250 taken"  # nothing of the failed one is in the way


def test_the_answer_is_kept_fit_to_be_shown() -> None:
    reply = b"550-\x1b[31m5.1.1 evil\x00\r\n550 \xe2\x80\xae" + b"x" * 900
    hop = TinyHop(replies={"RCPT": reply})
    with hop.running() as port, pytest.raises(PermanentFailure) as caught:
        send(port)
    assert str(caught.value).startswith("550 [31m5.1.1 evil")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) == 200


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"])
def test_a_dropped_line_is_tried_again_later(verb: str) -> None:
    hop = TinyHop(drop=verb)
    with hop.running() as port, pytest.raises(TemporaryFailure) as caught:
        send(port)
    assert ("may have it" in str(caught.value)) is (verb == "END")


@pytest.mark.parametrize("early", [b"250 taken", b"552 too large", b"???"])
def test_a_line_that_drops_while_the_message_is_sent(early: bytes) -> None:
    """A yes to half a message is none; a no may be lost with the line, and then it is tried again."""
    hop = TinyHop(read_before_drop=1000, replies={"EARLY": early})
    with hop.running() as port, pytest.raises((TemporaryFailure, PermanentFailure)) as caught:
        send(port, MAIL + b"x" * 998 + b"\r\n" * 5_000_000)
    assert isinstance(caught.value, TemporaryFailure) or early.startswith(b"552")


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"])
def test_a_silent_server_is_given_up_and_holds_a_batch_up_once(verb: str) -> None:
    hop = TinyHop(stall=verb)
    with hop.running() as port, courier(HASTY) as made:
        for _ in range(5):
            with pytest.raises(TemporaryFailure):
                made.send(parcel(), to(port))
        assert hop.lines <= 1
        made.close()
        with pytest.raises(TemporaryFailure):
            made.send(parcel(), to(port))
        assert eventually(lambda: hop.lines == 2)


@pytest.mark.parametrize("data", [MAIL, MAIL + (b"x" * 990 + b"\r\n") * 20_000], ids=["small", "20 MB"])
def test_the_whole_of_a_message_has_one_end_in_time(data: bytes) -> None:
    """By a clock that moves on by itself: each answer comes at once, and still the time is over."""
    hop = TinyHop()
    clock = count(step=4.0 if data == MAIL else 1.0)
    long = Timeouts(connect=1000, command=1000, answer=1000, total=30)
    with (
        hop.running() as port,
        courier(long, monotonic=lambda: next(clock)) as made,
        pytest.raises(TemporaryFailure) as caught,
    ):
        made.send(parcel(data), to(port))
    assert ("is over" in str(caught.value)) or data == MAIL
    assert hop.messages == []


@pytest.mark.parametrize("drip", [b"2", b"220-still here\r\n"])
def test_a_server_that_never_ends_its_answer_is_given_up(drip: bytes) -> None:
    """Each octet comes in time; the whole does not."""
    hop = TinyHop(drip=drip)
    with hop.running() as port, pytest.raises(TemporaryFailure):
        send(port, timeouts=HASTY)


def test_an_endless_reply_is_bounded_in_size() -> None:
    hop = TinyHop(replies={"GREETING": b"220-x\r\n" * 100_000 + b"220 end"})
    with hop.running() as port, pytest.raises(TemporaryFailure, match="endless"):
        send(port)


def test_nobody_is_there() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        with pytest.raises(TemporaryFailure, match="no connection"):
            send(taken.getsockname()[1])


# ---- one connection for a batch


def test_a_connection_is_kept_for_a_batch_and_reset_in_between() -> None:
    hop = TinyHop()
    with hop.running() as port, courier() as made:
        for domain in ("example.org", "example.net"):
            made.send(parcel(), to(port, domain=domain))
        assert hop.lines == 1
        assert hop.commands.count(b"RSET") == 1
        made.close()
        assert hop.commands[-1] == b"QUIT"
        made.send(parcel(), to(port))
        assert hop.lines == 2


def test_a_connection_that_went_away_in_between_is_opened_anew() -> None:
    hop = TinyHop()
    with hop.running() as port, courier() as made:
        made.send(parcel(), to(port))
        hop.drop = "RSET"
        made.send(parcel(), to(port))
        assert hop.lines == 2
        hop.drop, hop.replies = "", {"RSET": b"421 too many messages"}
        made.send(parcel(), to(port))
        assert hop.lines == 3
    assert len(hop.messages) == 3


def test_connections_are_not_shared_between_different_ways() -> None:
    box = Mailbox()
    with aiosmtpd_hop(box, starttls=True) as port, courier(tls_context=trusting) as made:
        made.send(parcel(), to(port))
        made.send(parcel(), to(port, tls=Tls.REQUIRED))
    assert [session.ssl is not None for session in box.sessions] == [False, True]


def test_the_couriers_of_an_installation_share_one_for_smtp_and_mail_manager() -> None:
    settings = read_settings({"PRATIQUE_HOSTNAME": "our.example", "PRATIQUE_PORT_25": "yes"})
    asked: list[str] = []
    couriers = build_couriers(settings, SECRETS, lambda: asked.append("ses"))
    kinds = {kind: couriers.courier(route(kind=kind)) for kind in RouteKind}
    assert kinds[RouteKind.SMTP] is kinds[RouteKind.MAILMANAGER_RELAY] is couriers.courier(route())
    assert len({id(made) for made in kinds.values()}) == len(RouteKind) - 1
    assert asked == []
    hop = TinyHop()
    with hop.running() as port:
        kinds[RouteKind.SMTP].send(parcel(), to(port))
        kinds[RouteKind.SMTP].close()
    assert hop.commands[0] == b"EHLO our.example"


def test_a_server_without_ehlo_gets_helo() -> None:
    hop = TinyHop(replies={"EHLO": b"500 what?"})
    with hop.running() as port:
        send(port)
    assert hop.commands[:3] == [b"EHLO our.example", b"HELO our.example", b"MAIL FROM:<eve@spam.example>"]


def test_the_tests_own_authority_is_not_trusted_by_default() -> None:
    """Or the TLS tests above would prove nothing."""
    assert isinstance(server_context(), ssl.SSLContext)
    known = {str(cert) for cert in ssl.create_default_context().get_ca_certs()}
    ours = [str(cert) for cert in trusting().get_ca_certs()]
    assert ours
    assert not known & set(ours)
