"""The gateway process: `python -m gateway --smtp 127.0.0.1:2525`. Which installation it serves is in the environment
(PRATIQUE_BUCKET, PRATIQUE_INGEST_FUNCTION and AWS's own variables; docs/configuration.md). SIGTERM ends it gracefully.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys

from pratique import bootstrap
from pratique.settings import Settings, read_settings

from .authentication.check import SenderCheck
from .smtp_edge import Edge, Pace
from .smtp_protocol import Limits, Listener

GRACE = 15.0
"""Seconds that messages on their way in get at the end."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="gateway", description="Pratique's SMTP edge.")
    parser.add_argument("--smtp", default="127.0.0.1:2525", metavar="HOST:PORT", help="where to take mail")
    parser.add_argument(
        "--at-once", type=int, default=4, metavar="N", help="messages handed to ingest at one time"
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    host, _, port = chosen.smtp.rpartition(":")
    if not host or not port.isdecimal():
        parser.error("--smtp is HOST:PORT")
    if chosen.at_once < 1:
        parser.error("--at-once is at least 1")
    return asyncio.run(serve(read_settings(), host, int(port), at_once=chosen.at_once))


async def serve(settings: Settings, host: str, port: int, *, at_once: int) -> int:
    """Take mail until a signal says to end."""
    services = bootstrap.build_services(settings)
    limits = Limits()
    check = SenderCheck(bootstrap.build_resolver(settings)) if settings.sender_checks else None
    edge = Edge(
        services.store,
        bootstrap.build_ingest(settings),
        services.clock,
        recipients=limits.recipients,
        raw_prefix=settings.raw_prefix,
        pace=Pace(at_once=at_once),
        check=check,
    )
    listener = Listener(edge, hostname=settings.hostname, limits=limits)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        taken = await listener.start(host, port)
    except OSError as error:
        raise SystemExit(f"cannot listen on {host}:{port}: {error.strerror}") from error
    logging.getLogger("pratique.edge").info("edge listening on %s:%d", host, taken)
    await ended.wait()
    await listener.stop(GRACE)
    await edge.close(GRACE)
    if check:
        check.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
