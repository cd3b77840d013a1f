"""The sink: where the laptop's installation delivers. An SMTP server that keeps what it gets in a Maildir, and never sends anything on.

A message's file is what came in by SMTP, octet for octet, below two lines that a server of final delivery adds (RFC 5321, 4.4):
`Return-Path:` and `Delivered-To:`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.smtp_protocol import Limits, Listener
from local.problem import LaptopError

HOST = "127.0.0.1"
SHOWN_HEADER = 64 * 1024
"""Octets of header that are looked at for the list."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivered message, for the list. `name` is its file's."""

    name: str
    at: float
    recipient: str
    sender: str
    subject: str
    size: int


class Mailbox:
    """A Maildir (https://cr.yp.to/proto/maildir.html), read and written by this process only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = itertools.count()
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def add(self, mail_from: str, recipients: list[str], data: bytes) -> str:
        """Store a message; returns its name."""
        name = f"{time.time_ns()}.{os.getpid()}_{next(self._count)}.pratique"
        top = f"Return-Path: <{mail_from}>\r\nDelivered-To: {', '.join(recipients)}\r\n"
        part = self.folder / "tmp" / name
        part.write_bytes(top.encode("utf-8", "replace") + data)
        part.rename(self.folder / "new" / name)
        return name

    def names(self) -> list[str]:
        """Every message's name, the newest first."""
        found = [path.name for part in ("new", "cur") for path in (self.folder / part).iterdir()]
        return sorted(found, reverse=True)

    def read(self, name: str) -> bytes | None:
        """A message's octets, None where there is none of that name."""
        if "/" in name or name.startswith("."):
            return None
        for part in ("new", "cur"):
            path = self.folder / part / name
            if path.is_file():
                return path.read_bytes()
        return None

    def latest(self, most: int) -> Iterator[Delivered]:
        """The newest messages."""
        for name in self.names()[:most]:
            data = self.read(name)
            if data is not None:
                yield _describe(name, data)


def as_sent(data: bytes) -> bytes:
    """A message as the sink got it by SMTP: without the two lines that the mailbox put on top."""
    return data.split(b"\r\n", 2)[2]


def _describe(name: str, data: bytes) -> Delivered:
    headers = BytesHeaderParser().parsebytes(data[:SHOWN_HEADER].partition(b"\r\n\r\n")[0])

    def text(field: str) -> str:
        value = str(headers.get(field, ""))
        with contextlib.suppress(ValueError, LookupError):  # shown as it is
            value = str(make_header(decode_header(value)))
        return "".join(c if c.isprintable() else " " for c in value)[:200]

    stamp = name.partition(".")[0]
    at = int(stamp) / 1e9 if stamp.isdecimal() else 0.0
    return Delivered(name, at, text("Delivered-To"), text("From"), text("Subject"), len(data))


class Sink:
    """The SMTP server, in a thread of its own."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink", daemon=True)
        self._listener: Listener | None = None

    def start(self, port: int) -> int:
        """Listen on the loopback address; returns the port. Raises LaptopError."""
        self._thread.start()
        try:
            return asyncio.run_coroutine_threadsafe(self._start(port), self._loop).result(10)
        except OSError as error:
            raise LaptopError(f"the sink cannot listen on port {port}: {error.strerror}") from error

    async def _start(self, port: int) -> int:
        self._listener = Listener(self, hostname="sink.localhost", limits=Limits(message=64 * 1024 * 1024))
        return await self._listener.start(HOST, port)

    def stop(self) -> None:
        """Let deliveries that are under way finish, then end."""
        if self._thread.is_alive():
            if self._listener:
                asyncio.run_coroutine_threadsafe(self._listener.stop(2.0), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._loop.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep it."""
        del server, session
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        data = envelope.original_content or b""
        name = await asyncio.to_thread(self._mailbox.add, sender, list(envelope.rcpt_tos), data)
        return f"250 2.0.0 kept as {name}"
