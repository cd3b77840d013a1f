"""Submission on real sockets: TLS, logins, who may send as whom, limits, locks, and clients that mean harm."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import smtplib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pratique.domain.app_password import AppPassword, password_digest, split_password
from pratique.domain.errors import Refusal, TemporaryFailure
from pratique.domain.outgoing import FOREVER, Identity
from pratique.domain.scope import parse_scope
from pratique.usecases.submission_event import read_submission, refused
from pratique.usecases.submit_message import submit_message

from gateway.imap.throttle import Patience, Throttle
from gateway.quarantine.logins import Logins
from gateway.quarantine.threads import Threads
from gateway.smtp_edge import Pace
from gateway.smtp_protocol import Limits, Listener, Secure
from gateway.submission import Desk, Door, reply_to
from local.mail_clients import certificate
from tests import fakes
from tests.unit.submission.sending import BOB, EVE, LETTER, SPAM, world

PASSWORD = "7k2mq-7k2mq-7k2mq-7k2mq-7k2mq"
LOOKS = "8k2mq-7k2mq-7k2mq-7k2mq-7k2mq"
BOBS = Identity(BOB, BOB)


class FakeSubmit:
    """The submit function, in this process. `error` makes it fail."""

    def __init__(self, here: fakes.World) -> None:
        self._here = here
        self.error: Exception | None = None
        self.events: list[Mapping[str, Any]] = []

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self.events.append(event)
        if self.error:
            raise self.error
        actor, submission = read_submission(event)
        try:
            done = submit_message(self._here.services, actor, submission)
        except Refusal as refusal:
            return refused(refusal)
        copies = [{"id": str(copy.id), "state": copy.state.value} for copy in done.copies]
        return {"message": done.message, "refused": done.refused, "copies": copies}


class Serving:
    """What a test holds in its hands."""

    def __init__(self, here: fakes.World, submit: FakeSubmit, port: int, ca: Path) -> None:
        self.world, self.submit, self.port = here, submit, port
        self.tls = ssl.create_default_context(cafile=str(ca))

    def connect(self) -> smtplib.SMTP:
        """With TLS on the line."""
        smtp = smtplib.SMTP("localhost", self.port, timeout=20)
        smtp.starttls(context=self.tls)
        smtp.ehlo("laptop")
        return smtp

    def entered(self, login: str = BOB, password: str = PASSWORD) -> smtplib.SMTP:
        """... and logged in."""
        smtp = self.connect()
        smtp.login(login, password)
        return smtp


def put_password(here: fakes.World, login: str, text: str, *, may_write: bool = True) -> None:
    selector, secret = split_password(text) or ("", "")
    here.app_passwords.add_password(
        AppPassword(
            id=f"{login}-{selector}",
            scope=parse_scope(login),
            label="test",
            selector=selector,
            digest=password_digest(secret, b"0" * 16),
            may_write=may_write,
            created_ms=1,
            created_by="tester",
        )
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    made = certificate(tmp_path_factory.mktemp("tls"))
    if made is None:
        pytest.skip("no openssl on this machine")
    return made


@contextmanager
def serving(
    files: tuple[Path, Path], *, implicit: bool = False, behind: bool = False, limits: Limits | None = None
) -> Iterator[Serving]:
    here = world(outgoing_lock_spams=3)
    for login in (BOB, "example.org", "global"):
        put_password(here, login, PASSWORD)
    put_password(here, BOB, LOOKS, may_write=False)
    submit = FakeSubmit(here)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*files)
    ready, ended = threading.Event(), threading.Event()
    found: list[int] = []

    async def run() -> None:
        threads = Threads()
        throttle = Throttle(asyncio.get_running_loop().time, Patience(first_delay=0.01, of_user=6))
        door = Door(Logins(here.services, threads), throttle)
        desk = Desk(here.services, submit, door, threads, pace=Pace(), proxies=["127.0.0.0/8"])
        secure = Secure(tls=context, implicit=implicit, behind_tls=behind, logins=True)
        listener = Listener(desk, hostname="mx.example.org", limits=limits, secure=secure)
        found.append(await listener.start("127.0.0.1", 0))
        ready.set()
        while not ended.is_set():
            await asyncio.sleep(0.02)
        await listener.stop(1)
        await desk.close(1)
        threads.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield Serving(here, submit, found[0], files[0])
    finally:
        ended.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def server(files: tuple[Path, Path]) -> Iterator[Serving]:
    with serving(files) as found:
        yield found


def test_a_clean_message_over_starttls(server: Serving) -> None:
    """Put under `out/` with our fields on top before the function is called; the reply names it."""
    with server.entered() as smtp:
        assert smtp.sendmail(BOB, [EVE], LETTER) == {}
    (key,) = server.world.store.objects
    assert key.startswith("out/")
    stored = server.world.store.objects[key]
    assert stored.endswith(LETTER)
    assert b"from laptop ([127.0.0.1])" in stored
    (event,) = server.submit.events
    assert event["submission"]["actor"]["scope"] == BOB
    (copy,) = server.world.index.all_copies()
    assert (copy.state.value, str(copy.id.owner), copy.events[0].channel.value) == ("queued", BOB, "smtp")


def test_over_tls_from_the_first_octet(files: tuple[Path, Path]) -> None:
    """465: AUTH is offered at once, and STARTTLS is not."""
    with serving(files, implicit=True) as server:
        with smtplib.SMTP_SSL("localhost", server.port, context=server.tls, timeout=20) as smtp:
            smtp.ehlo()
            assert (smtp.has_extn("auth"), smtp.has_extn("starttls")) == (True, False)
            smtp.login(BOB, PASSWORD)
            assert smtp.sendmail(BOB, [EVE], LETTER) == {}
        assert len(server.world.index.all_copies()) == 1


@pytest.mark.parametrize("kind", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("initial", [True, False])
def test_both_mechanisms_with_and_without_initial_response(server: Serving, kind: str, initial: bool) -> None:
    """RFC 4616 and the older LOGIN."""
    with server.connect() as smtp:
        assert set(smtp.esmtp_features["auth"].split()) == {"PLAIN", "LOGIN"}
        smtp.user, smtp.password = BOB, PASSWORD
        method: Callable[..., Any] = smtp.auth_plain if kind == "PLAIN" else smtp.auth_login
        code, _ = smtp.auth(kind, method, initial_response_ok=initial)
        assert code == 235


def test_nothing_without_tls(server: Serving) -> None:
    """No AUTH is offered or taken in the clear, and nothing else is, either."""
    with smtplib.SMTP("localhost", server.port, timeout=20) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("auth")
        token = base64.b64encode(f"\0{BOB}\0{PASSWORD}".encode()).decode()
        assert smtp.docmd("AUTH PLAIN", token)[0] == 538
        assert smtp.mail(BOB)[0] == 530
    assert server.submit.events == []


def test_commands_before_the_handshake_do_not_count_after_it(server: Serving) -> None:
    """What is sent in one piece with STARTTLS is thrown away (CVE-2011-0411)."""
    with socket.create_connection(("localhost", server.port), timeout=20) as plain:
        file = plain.makefile("rb")
        file.readline()
        plain.sendall(b"EHLO x\r\n")
        while not file.readline().startswith(b"250 "):
            pass
        plain.sendall(b"STARTTLS\r\nNOOP injected\r\n")
        assert file.readline().startswith(b"220")
        with server.tls.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"EHLO y\r\n")
            assert secure.recv(4_096).startswith(b"250-mx.example.org")


def test_wrong_passwords_are_refused_late_and_shut_out_at_last(server: Serving) -> None:
    """Three a connection, six a login here; the right one does not help then. They are in the table for other gateways, and for IMAP."""
    for turn in range(2):
        with server.connect() as smtp:
            for _ in range(3):
                with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
                    smtp.login(BOB, "wrong")
                if caught.value.smtp_code == 421:
                    break
                assert caught.value.smtp_code in (535, 454), turn
    with server.connect() as smtp, pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        smtp.login(BOB, PASSWORD)
    assert caught.value.smtp_code == 454
    failures = server.world.app_passwords.failures(
        ["net#127.0.0.1"], window=server.world.clock.now_ms() // 1000 // 900
    )
    assert failures["net#127.0.0.1"] >= 3


def test_a_password_that_may_only_look_does_not_send(server: Serving) -> None:
    with server.connect() as smtp, pytest.raises(smtplib.SMTPAuthenticationError, match="only look"):
        smtp.login(BOB, LOOKS)


@pytest.mark.parametrize(
    ("login", "sender", "code"),
    [
        (BOB, BOB, 250),
        (BOB, "<>", 250),
        (BOB, "ann@example.org", 550),
        (BOB, "bob@example.net", 550),
        ("example.org", "sales@example.org", 250),
        ("example.org", "sales@example.net", 550),
        (BOB, "nonsense", 553),
    ],
)
def test_as_whom_one_may_send(server: Serving, login: str, sender: str, code: int) -> None:
    """Told at MAIL, before anything is sent."""
    with server.entered(login) as smtp:
        answer = smtp.docmd("MAIL", f"FROM:{sender if sender == '<>' else f'<{sender}>'}")
        assert answer[0] == code, answer


def test_spam_is_told_no_and_three_of_it_lock(server: Serving) -> None:
    """550 with where it is kept; then MAIL itself says that the sender is locked."""
    with server.entered() as smtp:
        for _ in range(3):
            smtp.mail(BOB)
            smtp.rcpt(EVE)
            code, text = smtp.data(SPAM)
            assert (code, b"Caught (Outgoing)" in text) == (550, True)
        code, text = smtp.mail(BOB)
        assert (code, b"locked for a while" in text) == (450, True)
        before = server.world.identities.get(BOBS)
        server.world.identities.set_lock(before, before.__class__(BOBS, locked_until=FOREVER))
        smtp.rset()
        code, text = smtp.mail(BOB)
        assert (code, b"only an administrator" in text) == (550, True)


def test_more_recipients_than_a_limit_lets_are_told_at_rcpt(server: Serving) -> None:
    """452: a client sends to those that were taken, and to the rest later (RFC 5321, 4.5.3.1.10)."""
    with server.entered() as smtp:
        smtp.mail(BOB)
        codes = [smtp.rcpt(f"u{number}@else.example")[0] for number in range(101)]
    assert codes == [250] * 100 + [452]


def test_what_fails_behind_is_told_as_try_again(server: Serving) -> None:
    """And the same bytes again, after that, are the same message."""
    server.submit.error = TemporaryFailure("away")
    with server.entered() as smtp:
        for error in (TemporaryFailure("away"), None):
            server.submit.error = error
            smtp.mail(BOB)
            smtp.rcpt(EVE)
            assert smtp.data(LETTER)[0] == (451 if error else 250)
    assert len({event["submission"]["id"] for event in server.submit.events}) == 1
    assert len(server.world.index.all_copies()) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"AUTH",
        b"AUTH CRAM-MD5",
        b"AUTH PLAIN !!!",
        b"AUTH PLAIN =",
        b"AUTH PLAIN " + base64.b64encode(b"no zeros"),
        b"AUTH PLAIN " + base64.b64encode(b"other@example.org\0bob@example.org\0x"),
        b"AUTH PLAIN " + base64.b64encode(b"\0\xff\xfe\0\xff"),
        b"AUTH PLAIN " + base64.b64encode(b"\0" * 1_000),
        b"AUTH PLAIN a b c",
        b"AUTH LOGIN\r\n*",
        b"AUTH LOGIN\r\n!!!",
        b"AUTH PLAIN " + b"A" * 100_000,
        b"MAIL FROM:<bob@example.org>",
        b"RCPT TO:<eve@else.example>",
        b"DATA",
        b"\xff\xfe\xfd",
    ],
)
def test_hostile_lines_get_an_error_and_open_nothing(server: Serving, line: bytes) -> None:
    """A reply of 4yz or 5yz (or the end of the connection), and a server that goes on for others."""
    with server.connect() as smtp:
        smtp.send(line + b"\r\n")
        with contextlib.suppress(smtplib.SMTPServerDisconnected, OSError):
            code, _ = smtp.getreply()
            if code == 334:
                code, _ = smtp.getreply()
            assert code >= 400
            assert smtp.mail(BOB)[0] in (421, 450, 451, 500, 501, 530)
    assert server.submit.events == []
    with server.entered() as smtp:
        assert smtp.mail(BOB)[0] == 250


def proxy_header(address: str) -> bytes:
    """PROXY protocol, version 2."""
    packed = socket.inet_aton(address) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4_711, 465)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11]) + struct.pack("!H", len(packed)) + packed


def test_behind_a_load_balancer_the_client_is_who_the_header_says(files: tuple[Path, Path]) -> None:
    """In Received, and where wrong passwords are counted. Without the header there is no greeting."""
    with serving(files, behind=True) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
            file = line.makefile("rb")
            line.sendall(proxy_header("203.0.113.9"))
            assert file.readline().startswith(b"220 ")

            def say(text: bytes) -> bytes:
                line.sendall(text + b"\r\n")
                while True:
                    got = file.readline()
                    if got[3:4] != b"-":
                        return got

            assert say(b"EHLO laptop").startswith(b"250")
            token = base64.b64encode(f"\0{BOB}\0{PASSWORD}".encode())
            assert say(b"AUTH PLAIN " + token).startswith(b"235")
            assert say(b"MAIL FROM:<bob@example.org>").startswith(b"250")
            assert say(b"RCPT TO:<eve@else.example>").startswith(b"250")
            assert say(b"DATA").startswith(b"354")
            assert say(LETTER + b".").startswith(b"250")
        (stored,) = server.world.store.objects.values()
        assert b"from laptop ([203.0.113.9])" in stored
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
            line.sendall(b"EHLO liar\r\n" + b"x" * 300)
            assert not line.recv(100).startswith(b"220")


def test_connections_are_counted_once_also_with_starttls(files: tuple[Path, Path]) -> None:
    """Two at a time: a third is told so; when one goes, the next may come."""
    with serving(files, limits=Limits(per_address=2)) as server:
        first, second = server.entered(), server.entered()
        with pytest.raises((smtplib.SMTPException, OSError)):
            server.connect()
        first.quit()
        for _ in range(50):
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.connect().quit()
                break
        else:
            raise AssertionError("a place never came free")
        second.quit()


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ({"error": "limit_reached", "detail": "3 a minute", "later": True}, "450 4.7.1 3 a minute"),
        ({"error": "forbidden", "detail": "not yours\r\nX: y", "later": False}, "550 5.7.1 not yoursX: y"),
        ({}, "451 4.3.0 try again"),
        ({"message": 5}, "451 4.3.0 try again"),
        ({"message": "M", "refused": False, "copies": [{}]}, "250 2.0.0 accepted M"),
        (
            {"message": "M", "refused": True, "copies": []},
            "550 5.7.1 this looks like spam and is not sent, not kept, reference M",
        ),
    ],
)
def test_replies(answer: dict[str, Any], reply: str) -> None:
    assert reply_to(answer, "id") == reply
