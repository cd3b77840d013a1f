"""The gateway process: an SMTP edge, IMAP, SMTP submission, or all: `python -m gateway --smtp 127.0.0.1:2525 --imap 127.0.0.1:1143`. Which
installation it serves is in the environment (PRATIQUE_TABLE, PRATIQUE_BUCKET, ... and AWS's own variables; docs/configuration.md). SIGTERM ends
it gracefully: nothing new is taken, what runs is finished.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from pratique import bootstrap
from pratique.settings import Settings, read_settings
from pratique.usecases.serve_domain import is_served

from .authentication.check import SenderCheck
from .domains import Domains
from .health import Health
from .imap.throttle import Throttle
from .imap_service import ImapOptions, serve_imap, server_tls
from .quarantine.backend import QuarantineBackend
from .quarantine.logins import Logins
from .quarantine.threads import Threads
from .smtp_edge import Edge, Pace
from .smtp_protocol import Limits, Listener, Secure
from .submission import Door
from .submission_service import SubmissionOptions, serve_submission

GRACE = 15.0
"""Seconds that messages on their way in get at the end."""
Stop = Callable[[], Awaitable[None]]
Place = tuple[str, int]

_log = logging.getLogger("pratique.gateway")


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if bool(chosen.certificate) != bool(chosen.key):
        parser.error("--certificate and --key go together")
    for option in ("imaps", "submission", "submissions"):
        if getattr(chosen, option) and not chosen.certificate:
            parser.error(f"--{option} needs --certificate and --key")
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    imap = ImapOptions(
        plain=chosen.imap,
        tls=chosen.imaps,
        behind_tls=chosen.imap_behind_tls,
        proxies=tuple(chosen.proxies.split(",")) if chosen.proxies else (),
        certificate=chosen.certificate,
        key=chosen.key,
        connections=chosen.connections,
        per_address=chosen.per_address,
        per_user=chosen.per_user,
    )
    submission = SubmissionOptions(
        starttls=chosen.submission,
        tls=chosen.submissions,
        behind_tls=chosen.submission_behind_tls,
        proxies=imap.proxies,
        at_once=chosen.at_once,
    )
    alone = not imap.places and not submission.places
    smtp = chosen.smtp or (("127.0.0.1", 2525) if alone else None)
    return asyncio.run(
        serve(
            read_settings(),
            smtp=smtp,
            at_once=chosen.at_once,
            imap=imap,
            submission=submission,
            health=chosen.health,
        )
    )


async def serve(
    settings: Settings,
    *,
    smtp: Place | None,
    at_once: int,
    imap: ImapOptions,
    submission: SubmissionOptions,
    health: Place | None,
) -> int:
    """Serve until a signal says to end: what was started last is stopped first."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    stops: list[Stop] = []
    tls = server_tls(imap)
    try:
        if smtp:
            stops.append(await serve_smtp(settings, *smtp, at_once=at_once, tls=tls))
        if imap.places or submission.places:
            stops.append(await _serve_logins(settings, imap, submission, tls))
        if health:
            serving = Health()
            stops.append(await serving.start(*health))
            _log.info("health listening on %s:%d", health[0], serving.port)
        await ended.wait()
        _log.info("gateway ending")
    except OSError as error:
        raise SystemExit(f"cannot listen: {error.strerror or error}") from error
    finally:
        for stop in reversed(stops):
            await stop()
    return 0


async def _serve_logins(
    settings: Settings, imap: ImapOptions, submission: SubmissionOptions, tls: ssl.SSLContext | None
) -> Stop:
    """IMAP and submission: one memory of logins and of wrong passwords for both. SIGHUP reads the certificate again."""
    services, threads = bootstrap.build_services(settings), Threads()
    logins, throttle = Logins(services, threads), Throttle(asyncio.get_running_loop().time)
    stops: list[Stop] = []

    async def stop() -> None:
        for each in reversed(stops):
            await each()
        threads.close()

    try:
        if imap.places:
            backend = QuarantineBackend(services, threads, logins)
            stops.append(await serve_imap(backend, imap, tls=tls, throttle=throttle))
        if submission.places:
            stops.append(
                await serve_submission(
                    services,
                    bootstrap.build_submit(settings),
                    Door(logins, throttle),
                    threads,
                    submission,
                    hostname=settings.hostname,
                    tls=tls,
                )
            )
    except BaseException:
        await stop()
        raise
    return stop


async def serve_smtp(
    settings: Settings, host: str, port: int, *, at_once: int, tls: ssl.SSLContext | None
) -> Stop:
    """Take mail, over TLS from whoever wants it (RFC 3207; a public server must not demand it, section 4); returns what ends it."""
    services = bootstrap.build_services(settings)
    limits = Limits()
    check = SenderCheck(bootstrap.build_resolver(settings)) if settings.sender_checks else None
    domains = None if settings.any_domain else Domains(lambda domain: is_served(services, domain))
    edge = Edge(
        services.store,
        bootstrap.build_ingest(settings),
        services.clock,
        recipients=limits.recipients,
        hostname=settings.hostname,
        raw_prefix=settings.raw_prefix,
        pace=Pace(at_once=at_once),
        check=check,
        serves=domains,
    )
    listener = Listener(edge, hostname=settings.hostname, limits=limits, secure=Secure(tls=tls))
    try:
        taken = await listener.start(host, port)
    except OSError as error:
        raise SystemExit(f"cannot listen on {host}:{port}: {error.strerror}") from error
    logging.getLogger("pratique.edge").info("edge listening on %s:%d", host, taken)

    async def stop() -> None:
        await listener.stop(GRACE)
        await edge.close(GRACE)
        if check:
            check.close()
        if domains:
            domains.close()

    return stop


def _place(text: str) -> Place:
    """`HOST:PORT`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 - TCP
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host.strip("[]"), int(port)


def _number(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gateway", description="Pratique's SMTP edge, IMAP server and SMTP submission."
    )
    places = {
        "--smtp": "where to take mail (127.0.0.1:2525 if no IMAP is asked for)",
        "--imap": "IMAP with STARTTLS; passwords in the clear on loopback only",
        "--imaps": "IMAP with TLS from the first octet",
        "--imap-behind-tls": "IMAP for a load balancer that ends TLS",
        "--submission": "SMTP submission with STARTTLS (587)",
        "--submissions": "SMTP submission with TLS from the first octet (465)",
        "--submission-behind-tls": "SMTP submission for a load balancer that ends TLS",
        "--health": "HTTP: 200 while this process serves",
    }
    for option, text in places.items():
        parser.add_argument(option, type=_place, metavar="HOST:PORT", help=text)
    numbers = {
        "--at-once": (4, "messages handed to ingest at one time"),
        "--connections": (2_000, "IMAP connections"),
        "--per-address": (100, "IMAP connections of one address"),
        "--per-user": (30, "IMAP connections of one login"),
    }
    for option, (default, text) in numbers.items():
        parser.add_argument(option, type=_number, default=default, metavar="N", help=text)
    parser.add_argument(
        "--proxies", default="", metavar="NET,NET", help="networks that send a PROXY protocol header"
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="certificate chain (PEM)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its key (PEM)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
