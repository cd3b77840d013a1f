"""smtplib with an end in time: every answer is read, and every octet sent, against one deadline.

smtplib's own time-out holds for each read of the socket, so a server that sends an octet now and then, or continuation lines for ever, holds
the caller for ever.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAX_REPLY = 64 * 1024
"""Octets of one reply, continuation lines included (RFC 5321, 4.5.3.1.5 knows lines of 512)."""
MAX_ADDRESSES = 4
"""Addresses of a host that are tried."""
PIECE = 1 << 20
"""Octets handed to the socket at once."""
_READ = 8192


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `connect` for each address, TLS included; `command` for an answer; `answer` for the one after the whole message;
    `total` for everything that one message takes.

    RFC 5321, 4.5.3.2 allows servers minutes; a function that bills by time, and whose batch waits behind, does not have them.
    """

    connect: float = 10.0
    command: float = 20.0
    answer: float = 45.0
    total: float = 90.0


class ReplyTimeout(smtplib.SMTPServerDisconnected):
    """No (whole) answer came in time; the connection is given up."""


class DeadlineSMTP(smtplib.SMTP):
    """An SMTP client whose `patience` (seconds for the next answer) and `deadline` (monotonic seconds) end every wait."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        local_hostname: str,
        timeouts: Timeouts,
        deadline: float,
        implicit_tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.deadline, self.patience = deadline, timeouts.command
        self._times, self._implicit_tls, self._monotonic = timeouts, implicit_tls, monotonic
        self._buffer = bytearray()
        super().__init__(host, port, local_hostname=local_hostname, timeout=timeouts.connect)

    def connect(
        self,
        host: str = "localhost",
        port: int = 0,
        source_address: object = None,  # noqa: ARG002 - smtplib's signature
    ) -> tuple[int, bytes]:
        """Connect to the first address that answers, by TLS from the start if so told, and read the greeting."""
        self.sock = self._open(host, port)
        self.file = None
        self._buffer.clear()
        return self.getreply()

    def _open(self, host: str, port: int) -> socket.socket:
        error: OSError = OSError("the host has no address")
        for family, kind, protocol, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[
            :MAX_ADDRESSES
        ]:
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(self._left(self._times.connect))
                made.connect(where)
                # Or the last small piece of a message waits for the acknowledgement of the one before: 40 ms a message.
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._implicit_tls is None:
                    return made
                return self._implicit_tls.wrap_socket(made, server_hostname=host)
            except OSError as failed:
                made.close()
                error = failed
        raise error

    def _left(self, most: float) -> float:
        """Seconds for the next wait. Raises ReplyTimeout where none are left."""
        left = min(most, self.deadline - self._monotonic())
        if left <= 0:
            self.close()
            raise ReplyTimeout("the time for this message is over")
        return left

    def send(self, s: ReadableBuffer | str) -> None:
        """Send text or bytes, a piece at a time. The connection stays open when that fails: the server may have said why."""
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        with memoryview(data) as view:
            for start in range(0, len(view), PIECE):
                self.sock.settimeout(self._left(self._times.answer))
                try:
                    self.sock.sendall(view[start : start + PIECE])
                except TimeoutError:
                    self.close()
                    raise ReplyTimeout("the server stopped reading") from None
                except OSError:
                    raise smtplib.SMTPServerDisconnected("the connection was lost while sending") from None

    def getreply(self) -> tuple[int, bytes]:
        """(code, text) of the next reply, -1 for one that has no code. Raises SMTPServerDisconnected, ReplyTimeout."""
        until = min(self.deadline, self._monotonic() + self.patience)
        texts: list[bytes] = []
        for line in self._lines(until):
            texts.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, b"\n".join(texts)
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)
        raise smtplib.SMTPServerDisconnected("no reply")

    def _lines(self, until: float) -> Iterator[bytes]:
        taken = 0
        while taken < MAX_REPLY:
            end = self._buffer.find(b"\n")
            while end < 0:
                self._receive(until)
                end = self._buffer.find(b"\n")
            line = bytes(self._buffer[: end + 1])
            del self._buffer[: end + 1]
            taken += len(line)
            yield line
        self.close()
        raise smtplib.SMTPServerDisconnected("an endless reply")

    def _receive(self, until: float) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        left = until - self._monotonic()
        if left <= 0 or len(self._buffer) > MAX_REPLY:
            self.close()
            raise ReplyTimeout("no answer in time")
        self.sock.settimeout(left)
        try:
            piece = self.sock.recv(_READ)
        except TimeoutError:
            self.close()
            raise ReplyTimeout("no answer in time") from None
        except OSError:
            piece = b""
        if not piece:
            self.close()
            raise smtplib.SMTPServerDisconnected("the connection was lost")
        self._buffer += piece

    def secure(self, context: ssl.SSLContext) -> None:
        """STARTTLS. Text that came in the clear after the server's answer is a man in the middle's (CVE-2011-0411): it ends the
        connection. Raises SMTPResponseException when the server declines; the connection is then still good.
        """
        self.starttls(context=context)
        if self._buffer:
            self.close()
            raise smtplib.SMTPServerDisconnected("text came in the clear after STARTTLS")

    def leave(self, seconds: float) -> None:
        """QUIT, waiting little, and close whatever comes of it."""
        self.deadline = self._monotonic() + seconds
        with suppress(OSError):  # SMTPException is one
            self.docmd("QUIT")
        self.close()
