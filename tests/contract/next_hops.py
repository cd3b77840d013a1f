"""Next hops on loopback: aiosmtpd as a real server, and a small one whose every answer a test can choose."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"


@contextmanager
def serving(accept: Callable[[], Awaitable[asyncio.Server]]) -> Iterator[int]:
    """Run a server in an event loop of its own thread; gives its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_started(accept), loop).result(20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stopped(server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _started(accept: Callable[[], Awaitable[asyncio.Server]]) -> asyncio.Server:
    return await accept()


async def _stopped(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Mailbox:
    """aiosmtpd's handler: keeps what came, and answers a step as told."""

    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    options: list[list[str]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        self.options.append(mail_options)
        return "250 sender ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append((str(envelope.mail_from), envelope.rcpt_tos[0], content))
        self.sessions.append(session)
        return "250 2.0.0 taken"


def _authenticator(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"inp-1", b"secret")
    return AuthResult(success=right, handled=False)


@contextmanager
def aiosmtpd_hop(
    mailbox: Mailbox, *, starttls: bool = False, implicit: bool = False, auth: bool = False, **options: Any
) -> Iterator[int]:
    """A real server; `auth` asks for inp-1 and secret."""
    if auth:
        options |= {"authenticator": _authenticator, "auth_required": True}
    if starttls:
        options["tls_context"] = server_context()

    async def accept() -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: SMTP(mailbox, hostname="next.hop.example", **options),
            LOOPBACK,
            0,
            ssl=server_context() if implicit else None,
        )

    with serving(accept) as port:
        yield port


@dataclass
class TinyHop:
    """A server that knows just enough, and misbehaves as told.

    `replies` by verb (`GREETING`, `EHLO`, ... , `BDAT`, `END` for the one after the message, `EARLY` for one in its midst, before the line
    drops after `read_before_drop` octets); `drop` and `stall` name the verbs at which it
    closes the line, or says nothing more; `drip` is sent again and again instead of a greeting.
    """

    features: tuple[str, ...] = ()
    replies: dict[str, bytes] = field(default_factory=dict)
    drop: str = ""
    stall: str = ""
    drip: bytes = b""
    read_before_drop: int = 0
    commands: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    lines: int = 0
    tls: ssl.SSLContext | None = None

    @contextmanager
    def running(self) -> Iterator[int]:
        with serving(lambda: asyncio.start_server(self._serve, LOOPBACK, 0, limit=1 << 26)) as port:
            yield port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        try:
            await self._session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, EOFError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.drip:
            writer.write(self.drip)
            await writer.drain()
            await asyncio.sleep(0.01)
        await self._answer(writer, "GREETING", b"220 next.hop.example")
        while line := await reader.readline():
            word, space, rest = line.rstrip(b"\r\n").partition(b" ")
            verb = word.upper().decode("latin-1")
            self.commands.append(word.upper() + space + rest)
            if verb == "EHLO":
                hello = b"".join(
                    b"250-" + each.encode() + b"\r\n" for each in ("next.hop.example", *self.features)
                )
                await self._answer(writer, verb, hello + b"250 HELP")
            elif verb == "DATA":
                declined = self.replies.get("DATA")
                await self._answer(writer, verb, b"354 go ahead")
                if declined is None:
                    if self.read_before_drop:
                        await reader.readexactly(self.read_before_drop)
                        await self._answer(writer, "EARLY", b"")
                        raise EOFError
                    wire = [await reader.readuntil(b"\r\n")]
                    while wire[-1] != b".\r\n":
                        wire.append(await reader.readuntil(b"\r\n"))
                    self.messages.append(b"".join(wire))
                    await self._answer(writer, "END", b"250 taken")
            elif verb == "BDAT":
                self.messages.append(await reader.readexactly(int(line.split()[1])))
                await self._answer(writer, verb, b"250 2.0.0 taken")
            elif verb == "STARTTLS" and self.tls is not None:
                await self._answer(writer, verb, b"220 go")
                await writer.start_tls(self.tls)
            elif verb == "QUIT":
                await self._answer(writer, verb, b"221 bye")
                return
            else:
                await self._answer(writer, verb, b"250 ok")

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, usual: bytes) -> None:
        if verb == self.drop:
            raise EOFError
        if verb == self.stall:
            await asyncio.sleep(3600)
        writer.write(self.replies.get(verb, usual) + b"\r\n")
        await writer.drain()


@cache
def _authority() -> tuple[bytes, bytes, bytes]:
    """(the authority's certificate, a server's certificate for 127.0.0.1, its key), in PEM, made for this run."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    start, end = now - datetime.timedelta(days=1), now + datetime.timedelta(days=2)

    def builder(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )

    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    ca = (
        builder(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "next hop")]), key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ca.public_bytes(Encoding.PEM), server.public_bytes(Encoding.PEM), pem


@cache
def server_context() -> ssl.SSLContext:
    """What the next hops speak TLS with."""
    _, certificate, key = _authority()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(certificate + key)
        context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """A client's context that trusts the authority of the tests."""
    return ssl.create_default_context(cadata=_authority()[0].decode())
