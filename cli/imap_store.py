"""`pratique imap-test-store`: the IMAP server over mail in memory, for clients and conformance suites."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.failure import Failure

HOST = "127.0.0.1"
PASSWORD = "pass"  # noqa: S105 - there is nothing to protect: mail that a test has put there


def imap_test_store(
    port: Annotated[int, typer.Option(help="Where to listen on 127.0.0.1; 0 takes a free port.")] = 11143,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file with a certificate and its key: offers STARTTLS.")
    ] = None,
) -> None:
    """Serve an IMAP server over an empty store in memory: any user, password `pass`, plaintext allowed. For tests of clients and of the
    server; Ctrl-C ends it and its mail.
    """
    try:
        asyncio.run(_serve(port, certificate))
    except OSError as error:
        raise Failure(f"cannot listen on {HOST}:{port}: {error.strerror}") from None


async def _serve(port: int, certificate: Path | None) -> None:
    from gateway.imap.limits import Limits  # noqa: PLC0415 - no other command needs the gateway
    from gateway.imap.memory import MemoryBackend  # noqa: PLC0415 - as above
    from gateway.imap.server import Listening, Server  # noqa: PLC0415 - as above

    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    limits = Limits(connections=10_000, per_address=10_000, per_user=10_000)
    backend = MemoryBackend(PASSWORD, time.time, append_limit=limits.append)
    server = Server(backend, tls=context, limits=limits)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    taken = await server.start(Listening(HOST, port, plaintext=True))
    print(f"ready: IMAP on {HOST}:{taken}, any user, password {PASSWORD}", flush=True)
    await ended.wait()
    await server.stop(2.0)
