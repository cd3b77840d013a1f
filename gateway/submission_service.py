"""SMTP submission on its sockets."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from pratique.ports.ingest import Ingest
from pratique.ports.services import Services

from .quarantine.threads import Threads
from .smtp_edge import Pace
from .smtp_protocol import Limits, Listener, Secure
from .submission import Desk, Door

GRACE = 15.0
"""Seconds that messages on their way in get at the end."""
Place = tuple[str, int]
_log = logging.getLogger("pratique.submission")


@dataclass(frozen=True, slots=True)
class SubmissionOptions:
    """Where to listen: with STARTTLS (587), with TLS from the first octet (465), and for a load balancer that ends TLS."""

    starttls: Place | None = None
    tls: Place | None = None
    behind_tls: Place | None = None
    proxies: Sequence[str] = ()
    at_once: int = 4

    @property
    def places(self) -> list[tuple[Place, bool, bool]]:
        """(where, TLS from the first octet, behind a load balancer)."""
        found = ((self.starttls, False, False), (self.tls, True, False), (self.behind_tls, False, True))
        return [(place, implicit, behind) for place, implicit, behind in found if place is not None]


async def serve_submission(
    services: Services,
    submit: Ingest,
    door: Door,
    threads: Threads,
    options: SubmissionOptions,
    *,
    hostname: str,
    tls: ssl.SSLContext | None,
) -> Callable[[], Awaitable[None]]:
    """Take mail from whoever logs in; returns what ends it. Raises OSError."""
    limits = Limits()
    desk = Desk(services, submit, door, threads, pace=Pace(at_once=options.at_once), proxies=options.proxies)
    listeners: list[Listener] = []

    async def stop() -> None:
        for listener in listeners:
            await listener.stop(GRACE)
        await desk.close(GRACE)

    try:
        for (host, port), implicit, behind in options.places:
            own = replace(limits, per_address=limits.connections) if behind else limits
            secure = Secure(tls=tls, implicit=implicit, behind_tls=behind, logins=True)
            listener = Listener(desk, hostname=hostname, limits=own, secure=secure)
            taken = await listener.start(host, port)
            listeners.append(listener)
            _log.info("submission listening on %s:%d", host, taken)
    except BaseException:
        await stop()
        raise
    return stop
