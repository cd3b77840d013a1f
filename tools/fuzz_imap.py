"""A target for coverage-guided fuzzing of the IMAP server: `python -m tools.fuzz_imap [-max_total_time=60] [CORPUS]` (needs atheris).

One input is all that a client sends on one connection, login included if the input does not log in itself. Nothing may raise, no command may
be answered with SERVERBUG, and what comes back must be lines and literals that fit their lengths. Sockets are left out: the wire's octets go
in and out in memory.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys

from gateway.imap.commands import COMMANDS
from gateway.imap.conversation import Conversation
from gateway.imap.greeting import greet
from gateway.imap.limits import Limits
from gateway.imap.memory import MemoryBackend
from gateway.imap.server import Server
from gateway.imap.session import Session
from gateway.imap.storage import Message, Peer
from gateway.imap.throttle import Patience
from gateway.imap.wire import Wire

LIMITS = Limits(
    line=2_000, literal=2_000, append=2_000, bad_commands=1_000, failed_logins=1_000, login=30.0, idle=30.0
)
MAIL = (
    b"From: a <a@example.net>\r\nSubject: =?utf-8?q?=C3=A4?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
    b"To: b\r\n\r\n\0\xff\r\n",
)
_LITERAL = re.compile(rb"\{([0-9]+)\}\Z")


class Memory(asyncio.Transport):
    """A transport whose other end keeps all that is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is always room."""

    def pause_reading(self) -> None:
        """All is there already."""

    def resume_reading(self) -> None:
        """As above."""

    def close(self) -> None:
        """Nothing to close."""

    def abort(self) -> None:
        """As above."""


async def _converse(data: bytes) -> bytes:
    backend = MemoryBackend("pass", lambda: 0.0, append_limit=LIMITS.append)
    backend.account("u").find("INBOX").add([Message(raw) for raw in MAIL])
    server = Server(backend, limits=LIMITS, patience=Patience(first_delay=0.0))
    wire, transport = Wire(LIMITS), Memory()
    wire.connection_made(transport)
    wire.data_received(data)
    wire.eof_received()
    session = Session(wire, server, Peer("192.0.2.1"), plaintext=True)
    await Conversation(session, COMMANDS).serve(greet(session))
    return bytes(transport.written)


def converse(data: bytes) -> bytes:
    """What the server says to a client that sends this and then ends its side. Raises what must never be raised."""
    return asyncio.run(_converse(data))


def check(said: bytes) -> None:
    """Raises ValueError where an answer is not well-formed, or says that the server failed."""
    at = 0
    while at < len(said):
        end = said.find(b"\r\n", at)
        if end < 0:
            raise ValueError("a line without its end")
        line, at = said[at:end], end + 2
        start = line[:1]
        while (found := _LITERAL.search(line)) and start == b"*":
            at += int(found.group(1))
            end = said.find(b"\r\n", at)
            if end < 0 or at > len(said):
                raise ValueError("a literal that is longer than what follows")
            line, at = said[at:end], end + 2
        if b" NO [SERVERBUG]" in line:
            raise ValueError("the server failed")


def one_input(data: bytes) -> None:
    """The target."""
    prefix = b"" if data[:1] == b"!" else b"a LOGIN u pass\r\nb SELECT INBOX\r\n"
    check(converse(prefix + data.removeprefix(b"!")))


def main() -> int:
    """Fuzz until told to stop."""
    logging.disable(logging.CRITICAL)
    try:
        import atheris  # noqa: PLC0415 - only who fuzzes needs it
    except ImportError:
        print("skipped: atheris is not installed (pip install atheris)")
        return 0
    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
