"""The server around the commands: TLS, PROXY protocol, limits, slow and silent clients, logins that fail, the end."""

from __future__ import annotations

import asyncio
import datetime
import imaplib
import socket
import ssl
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.imap.limits import Limits
from gateway.imap.proxy import HEAD, SIGNATURE, client_of, length_of
from gateway.imap.storage import Account, Code, Peer, Refused
from gateway.imap.throttle import Patience, Throttle, network_of
from tests.gateway.imap.imap_serving import PASSWORD, USER, Serving, Wire, serving
from tests.gateway.imap.mail import MESSAGES, PLAIN


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def client_tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def server() -> Iterator[Serving]:
    with serving() as one:
        yield one


# TLS


def test_passwords_are_refused_before_tls(server_tls: ssl.SSLContext) -> None:
    with serving(tls=server_tls) as server, Wire(server.listen(plaintext=False)) as wire:
        greeting = wire.line()
        assert b" STARTTLS " in greeting
        assert b" LOGINDISABLED]" in greeting
        assert b"AUTH=" not in greeting
        assert wire.command(b"LOGIN testuser pass") == [b"t NO [PRIVACYREQUIRED] Use TLS first"]
        assert wire.command(b"AUTHENTICATE PLAIN AHRlc3R1c2VyAHBhc3M=") == [
            b"t NO [PRIVACYREQUIRED] Use TLS first"
        ]


def test_after_starttls_the_capabilities_change(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    with serving(tls=server_tls) as server, Wire(server.listen(plaintext=False)) as wire:
        wire.line()
        assert wire.command(b"STARTTLS")[-1].startswith(b"t OK")
        wire.start_tls(client_tls)
        (capabilities, _) = wire.command(b"CAPABILITY")
        assert capabilities.endswith(b" AUTH=PLAIN")
        assert b"STARTTLS" not in capabilities
        assert wire.command(b"STARTTLS") == [b"t BAD No TLS to be had here"]
        assert wire.command(b"LOGIN testuser pass")[-1].startswith(b"t OK")


def test_what_comes_before_the_handshake_is_thrown_away(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    """CVE-2011-0411: a command that somebody slipped in behind STARTTLS must not run inside TLS."""
    with serving(tls=server_tls) as server, Wire(server.listen(plaintext=False)) as wire:
        wire.line()
        wire.send(b"t STARTTLS\r\nx CREATE injected\r\ny LOGIN testuser pass\r\n")
        assert wire.until(b"t ")[-1].startswith(b"t OK")
        wire.start_tls(client_tls)
        assert wire.command(b"NOOP", b"z") == [b"z OK NOOP completed"]


def test_implicit_tls(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    with serving(tls=server_tls) as server:
        port = server.listen(plaintext=False, implicit_tls=True)
        with imaplib.IMAP4_SSL("localhost", port, ssl_context=client_tls) as client:
            assert "STARTTLS" not in client.capabilities
            assert client.login(USER, PASSWORD)[0] == "OK"


def test_implicit_tls_needs_a_certificate(server: Serving) -> None:
    with pytest.raises(ValueError, match="certificate"):
        server.listen(implicit_tls=True)


def test_a_handshake_that_fails_leaves_nothing_behind(server_tls: ssl.SSLContext) -> None:
    with serving(tls=server_tls) as server:
        port = server.listen(implicit_tls=True)
        with Wire(port) as wire:
            wire.send(b"a LOGIN testuser pass\r\n")
            assert wire.file.read() is not None
        _until(lambda: server.server.connections == 0)


def _until(done: object) -> None:
    """Wait for what comes soon; the test's own time-out is the bound."""
    while not (callable(done) and done()):
        time.sleep(0.01)


# PROXY protocol


def _proxied(address: str = "192.0.2.7", *, command: int = 1, port: int = 4711) -> bytes:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    raw = socket.inet_pton(family, address)
    rest = raw + raw + struct.pack("!HH", port, 143) + b"\x04\x00\x01x"
    kind = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + bytes([0x20 | command, kind]) + struct.pack("!H", len(rest)) + rest


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_the_proxy_header_says_who_the_client_is(address: str) -> None:
    data = _proxied(address)
    assert length_of(data[:HEAD]) == len(data) - HEAD
    assert client_of(data[:HEAD], data[HEAD:]) == (address, 4711)


def test_a_local_proxy_header_is_the_balancers_own() -> None:
    data = _proxied(command=0)
    assert client_of(data[:HEAD], data[HEAD:]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"a LOGIN testuser pass\r\n" + b" " * 20,
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n" + b" " * 20,
        SIGNATURE + b"\x11\x11\x00\x0c" + b"\0" * 12,
        SIGNATURE + b"\x21\x12\x00\x0c" + b"\0" * 12,
        SIGNATURE + b"\x21\x11\x00\x04" + b"\0" * 4,
        SIGNATURE + b"\x21\x11\xff\xff",
        SIGNATURE + b"\x2f\x11\x00\x0c" + b"\0" * 12,
    ],
    ids=["none", "version 1", "other version", "datagram", "short", "long", "other command"],
)
def test_a_connection_without_a_good_header_is_closed(data: bytes) -> None:
    with serving() as server, Wire(server.listen(proxies=("127.0.0.0/8",))) as wire:
        wire.send(data)
        with suppress(ConnectionResetError):  # closed with unread octets
            assert wire.line() == b""


def test_only_the_balancer_may_send_a_header() -> None:
    with serving() as server, Wire(server.listen(proxies=("10.0.0.0/8",))) as wire:
        try:
            wire.send(_proxied())
            assert wire.line() == b""
        except (ConnectionResetError, BrokenPipeError):
            pass  # closed with unread octets


def test_limits_count_the_client_behind_the_balancer() -> None:
    with serving(Limits(per_address=1)) as server:
        port = server.listen(proxies=("127.0.0.1/32",))
        with Wire(port) as one, Wire(port) as two, Wire(port) as three:
            one.send(_proxied("192.0.2.1"))
            assert one.line().startswith(b"* OK")
            two.send(_proxied("192.0.2.1"))
            assert two.line() == b"* BYE Too many connections"
            three.send(_proxied("192.0.2.2"))
            assert three.line().startswith(b"* OK")


def test_tls_begins_after_the_header(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    with (
        serving(tls=server_tls) as server,
        Wire(server.listen(implicit_tls=True, proxies=("127.0.0.1/32",))) as wire,
    ):
        wire.send(_proxied())
        wire.start_tls(client_tls)
        assert wire.line().startswith(b"* OK")


# Limits


def test_one_connection_too_many_is_told_so() -> None:
    with serving(Limits(connections=1)) as server:
        port = server.listen()
        with Wire(port) as one, Wire(port) as two:
            assert one.line().startswith(b"* OK")
            assert two.line() == b"* BYE Too many connections"
        _until(lambda: server.server.connections == 0)
        with Wire(port) as three:
            assert three.line().startswith(b"* OK")


def test_one_connection_too_many_of_a_user() -> None:
    with serving(Limits(per_user=1)) as server:
        port = server.listen()
        with Wire(port) as one, Wire(port) as two:
            one.log_in()
            two.line()
            assert two.command(b"LOGIN testuser pass") == [b"t NO [LIMIT] Too many connections of this user"]
            assert two.command(b"LOGIN other pass")[-1].startswith(b"t OK")
            assert one.command(b"LOGOUT")[-1].startswith(b"t OK")
        with Wire(port) as three:
            _until(lambda: server.server.connections == 1)
            three.log_in()


def test_too_many_commands_before_login() -> None:
    with serving(Limits(commands_before_login=3)) as server, Wire(server.listen()) as wire:
        wire.line()
        wire.send(b"a NOOP\r\n" * 5)
        assert wire.until(b"* BYE")[-1] == b"* BYE Too many commands before login"
        assert wire.line() == b""


@pytest.mark.parametrize("logged_in", [False, True])
def test_too_many_bad_commands(logged_in: bool) -> None:
    with serving(Limits(bad_commands=8)) as server, Wire(server.listen()) as wire:
        if logged_in:
            wire.log_in()
        wire.send(b"a WHAT\r\n" * 20)
        lines = wire.until(b"* BYE")
        assert lines[-1] == b"* BYE Too many bad commands"
        assert sum(line.startswith(b"a BAD") for line in lines) == (8 if logged_in else 2)


def test_a_good_command_forgives_bad_ones() -> None:
    with serving(Limits(bad_commands=4)) as server, Wire(server.listen()) as wire:
        wire.log_in()
        for _ in range(10):
            assert wire.command(b"WHAT") == [b"t BAD Unknown command"]
            assert wire.command(b"NOOP") == [b"t OK NOOP completed"]


def test_a_long_line_is_bad_and_the_next_one_good(server: Serving) -> None:
    with Wire(server.listen()) as wire:
        wire.log_in()
        wire.send(b"long NOOP " + b"x" * 200_000 + b"\r\n")
        assert wire.line() == b"long BAD Line too long"
        assert wire.command(b"NOOP") == [b"t OK NOOP completed"]


def test_a_literal_that_comes_unasked_and_is_too_big_is_thrown_away() -> None:
    with serving(Limits(append=1_000)) as server, Wire(server.listen()) as wire:
        wire.log_in()
        wire.send(b"a APPEND INBOX {5000+}\r\n" + b"x" * 5_000 + b"\r\n")
        assert wire.line() == b"a NO [TOOBIG] Literal too big"
        assert wire.command(b"NOOP") == [b"t OK NOOP completed"]


def test_literals_of_all_connections_together_are_bounded() -> None:
    with serving(Limits(append=1_000, in_flight=1_500)) as server:
        port = server.listen()
        with Wire(port) as one, Wire(port) as two:
            one.log_in()
            two.log_in()
            one.send(b"a APPEND INBOX {1000}\r\n")
            assert one.line() == b"+ OK"
            assert two.command(b"APPEND INBOX {1000}") == [
                b"t NO [UNAVAILABLE] Too much mail on its way; try again"
            ]
            one.send(b"x" * 1_000 + b"\r\n")
            assert one.line().startswith(b"a OK")
            two.send(b"a APPEND INBOX {1000}\r\n")
            assert two.line() == b"+ OK"


def test_who_does_not_log_in_is_logged_out() -> None:
    with serving(Limits(login=0.05)) as server, Wire(server.listen()) as wire:
        wire.line()
        assert wire.line() == b"* BYE Autologout; idle for too long"
        assert wire.line() == b""


def test_who_says_nothing_is_logged_out() -> None:
    with serving(Limits(idle=0.05)) as server, Wire(server.listen()) as wire:
        wire.log_in()
        assert wire.line() == b"* BYE Autologout; idle for too long"


def test_idle_says_something_now_and_then() -> None:
    """A load balancer forgets connections that are silent for some minutes."""
    with serving(Limits(still_here=0.02)) as server, Wire(server.listen()) as wire:
        wire.log_in()
        wire.send(b"a IDLE\r\n")
        assert [wire.line() for _ in range(3)] == [b"+ idling", b"* OK Still here", b"* OK Still here"]


def test_a_client_that_does_not_read_is_cut_off() -> None:
    """Its answer is made only as far as there is room, and the connection ends where there is none for too long."""
    with serving(Limits(slow_reader=0.1, write_buffer=10_000, append=30_000_000)) as server:
        server.fill([PLAIN + b"x" * 25_000_000])
        with Wire(server.listen()) as wire:
            wire.log_in()
            wire.command(b"SELECT INBOX")
            wire.send(b"a FETCH 1 BODY.PEEK[]\r\n")
            _until(lambda: server.server.connections == 0)


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_behind(server: Serving) -> None:
    port = server.listen()
    for data in (
        b"",
        b"a",
        b"a LOGIN {5}\r\n",
        b"a LOGIN testuser pass\r\nb IDLE\r\n",
        b"a LOGIN testuser pass\r\nb APPEND INBOX {9+}\r\nx",
    ):
        with Wire(port) as wire:
            wire.line()
            wire.send(data)
    _until(lambda: server.server.connections == 0)
    with Wire(port) as wire:
        assert wire.log_in().command(b"STATUS INBOX (MESSAGES)")[0] == b"* STATUS INBOX (MESSAGES 0)"


def test_half_a_close_still_gets_its_answers(server: Serving) -> None:
    with Wire(server.listen()) as wire:
        wire.send(b"a LOGIN testuser pass\r\nb NOOP\r\n")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.until(b"b ")[-1] == b"b OK NOOP completed"
        assert wire.line() == b""


def test_pipelined_commands_run_in_order(server: Serving) -> None:
    """RFC 3501, 5.5."""
    server.fill(MESSAGES)
    with Wire(server.listen()) as wire:
        wire.log_in()
        wire.send(
            b"a SELECT INBOX\r\nb STORE 1 +FLAGS.SILENT (\\Deleted)\r\nc FETCH 1 FLAGS\r\nd EXPUNGE\r\n"
            b"e APPEND INBOX {3+}\r\na:b\r\nf UID SEARCH ALL\r\ng LOGOUT\r\nh NOOP\r\n"
        )
        said = wire.file.read().split(b"\r\n")
    tagged = [line[:4] for line in said if line[:1] in b"abcdefgh" and line[1:2] == b" "]
    assert tagged == [b"a OK", b"b OK", b"c OK", b"d OK", b"e OK", b"f OK", b"g OK"]
    assert b"* SEARCH 2 3 4" in said


# Logins


def test_failed_logins_end_the_connection() -> None:
    with serving(Limits(failed_logins=2)) as server, Wire(server.listen()) as wire:
        wire.line()
        assert wire.command(b"LOGIN testuser x")[-1].startswith(b"t NO [AUTHENTICATIONFAILED]")
        assert wire.command(b"LOGIN testuser x")[-1].startswith(b"t NO [AUTHENTICATIONFAILED]")
        assert wire.line() == b"* BYE Too many failed logins"


def test_after_many_failures_nobody_is_asked_any_more() -> None:
    patience = Patience(of_address=3, of_user=2, first_delay=0.0)
    with serving(Limits(failed_logins=9), patience=patience) as server, Wire(server.listen()) as wire:
        wire.line()
        for _ in range(2):
            assert wire.command(b"LOGIN testuser x")[-1].startswith(b"t NO [AUTHENTICATIONFAILED]")
        assert wire.command(b"LOGIN testuser pass")[-1].startswith(b"t NO [LIMIT]"), "the user is locked"
        assert wire.command(b"LOGIN other pass")[-1].startswith(b"t NO [LIMIT]"), "the address is, too"


def test_a_users_own_device_is_not_locked_out_by_strangers() -> None:
    now = 0.0
    throttle = Throttle(lambda: now, Patience(of_address=5, of_user=2))
    throttle.succeeded("192.0.2.1", "user")
    for _ in range(3):
        throttle.failed("198.51.100.9", "user")
    assert throttle.refuses("198.51.100.9", "user")
    assert throttle.refuses("203.0.113.5", "user")
    assert not throttle.refuses("192.0.2.1", "user")


def test_failures_wait_longer_and_longer_and_are_forgotten() -> None:
    clock = [0.0]
    throttle = Throttle(lambda: clock[0], Patience(first_delay=1.0, most_delay=5.0, forget=10.0))
    assert [throttle.failed("192.0.2.1", "user") for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    clock[0] = 11.0
    assert throttle.failed("192.0.2.1", "user") == 1.0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_an_ipv6_client_counts_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


class Backend:
    """Raises what it is told to."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def login(self, user: str, password: str, peer: Peer) -> Account:
        raise self.error


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (Refused(Code.UNAVAILABLE, "Not now"), b"t NO [UNAVAILABLE] Not now"),
        (TimeoutError(), b"t NO [UNAVAILABLE] Not now; try again"),
        (RuntimeError("secret"), b"t NO [SERVERBUG] Internal error"),
        (Refused(Code.EXPIRED, "Gr\u00fc\u00dfe\r\nx OK"), b"t NO [EXPIRED] Gr??e??x OK"),
    ],
)
def test_a_backends_failures_become_answers(
    error: Exception, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(backend=Backend(error)) as server, Wire(server.listen()) as wire:
        wire.line()
        assert wire.command(b"LOGIN testuser pass") == [answer]
    assert "secret" not in caplog.text
    assert "testuser" not in caplog.text


# The end


def test_at_the_end_everybody_is_told(server: Serving) -> None:
    port = server.listen()
    with Wire(port) as greeted, Wire(port) as idle, Wire(port) as silent:
        greeted.line()
        idle.log_in().send(b"a IDLE\r\n")
        assert idle.line() == b"+ idling"
        silent.log_in()
        server.run(server.server.stop(5.0))
        for wire in (greeted, idle, silent):
            assert wire.line() == b"* BYE Server shutting down"
            assert wire.line() == b""
    with pytest.raises(ConnectionRefusedError):
        Wire(port)


def test_a_command_that_runs_is_finished_first(server: Serving) -> None:
    """What was done is answered, so that the client does not do it twice."""
    entered, go_on = asyncio.Event(), asyncio.Event()
    account = server.backend.account(USER)
    append = account.append

    async def slowly(name: str, message: object) -> object:
        entered.set()
        await go_on.wait()
        return await append(name, message)  # type: ignore[arg-type]  # passed on as it came

    account.append = slowly  # type: ignore[assignment, method-assign]  # a slow store
    with Wire(server.listen()) as wire:
        wire.log_in().send(b"a APPEND INBOX {3+}\r\na:b\r\n")
        server.run(entered.wait())

        async def end() -> None:
            stopping = asyncio.ensure_future(server.server.stop(5.0))
            await asyncio.sleep(0)
            go_on.set()
            await stopping

        server.run(end())
        assert wire.line().startswith(b"a OK [APPENDUID ")
        assert wire.line() == b"* BYE Server shutting down"


def test_a_command_that_never_ends_is_cut_off(server: Serving) -> None:
    account = server.backend.account(USER)

    async def never() -> Sequence[object]:
        await asyncio.Event().wait()
        return ()

    account.mailboxes = never  # type: ignore[assignment, method-assign]  # a store that hangs
    with Wire(server.listen()) as wire:
        wire.log_in().send(b'a LIST "" *\r\n')
        _until(lambda: any(session.busy for session in server.server._sessions))
        server.run(server.server.stop(0.05))
        assert wire.line() == b"* BYE Server shutting down"
        assert wire.line() == b""
