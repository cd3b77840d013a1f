"""The quarantine's IMAP server on its sockets."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .imap.limits import Limits
from .imap.server import Listening, Server
from .imap.throttle import Throttle
from .quarantine.backend import QuarantineBackend

GRACE = 20.0
"""Seconds that commands under way get at the end."""

_log = logging.getLogger("pratique.imap")


@dataclass(frozen=True, slots=True)
class ImapOptions:
    """Where to listen, each (host, port), and how. `proxies`: networks whose connections begin with a PROXY protocol header."""

    plain: tuple[str, int] | None = None
    tls: tuple[str, int] | None = None
    behind_tls: tuple[str, int] | None = None
    proxies: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    connections: int = 2_000
    per_address: int = 100
    per_user: int = 30

    @property
    def places(self) -> list[Listening]:
        """What to listen on. Passwords go in the clear only where nobody else is on the line."""
        found: list[Listening] = []
        if self.plain:
            clear = _is_loopback(self.plain[0])
            found.append(Listening(*self.plain, plaintext=clear, proxies=self.proxies))
        if self.tls:
            found.append(Listening(*self.tls, implicit_tls=True, proxies=self.proxies))
        if self.behind_tls:
            found.append(Listening(*self.behind_tls, secure=True, proxies=self.proxies))
        return found


def server_tls(options: ImapOptions) -> ssl.SSLContext | None:
    """What servers of this process speak TLS with; None without a certificate. SIGHUP reads it again."""
    if not options.certificate or not options.key:
        return None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _read_certificate(tls, options)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _read_certificate, tls, options)
    return tls


async def serve_imap(
    backend: QuarantineBackend,
    options: ImapOptions,
    *,
    tls: ssl.SSLContext | None = None,
    throttle: Throttle | None = None,
) -> Callable[[], Awaitable[None]]:
    """Serve the quarantine; returns what ends it. Raises OSError."""
    limits = replace(
        Limits(),
        connections=options.connections,
        per_address=options.per_address,
        per_user=options.per_user,
    )
    server = Server(backend, tls=tls, limits=limits, throttle=throttle)

    async def stop() -> None:
        await server.stop(GRACE)
        await backend.close()

    try:
        for place in options.places:
            taken = await server.start(place)
            _log.info("imap listening on %s:%d", place.host, taken)
    except BaseException:
        await stop()
        raise
    return stop


def _read_certificate(tls: ssl.SSLContext, options: ImapOptions) -> None:
    """Connections that are open keep the one they began with."""
    if options.certificate:
        tls.load_cert_chain(options.certificate, options.key)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
