"""One connection's octets: lines and literals in, buffered writes out. Each octet is looked at once; what a client may fill is bounded."""

from __future__ import annotations

import asyncio
import ssl

from .limits import Limits

PIECE = 64 * 1024
"""Octets handed to the transport at one time."""
MOST_SKIPPED = 16
"""Times the limit that is read and thrown away before the connection is closed."""


class Hung(ConnectionError):
    """The client is gone, or takes nothing any more."""


class TooLong(Exception):
    """A line above its limit has been read and thrown away. `start` is how it began."""

    def __init__(self, start: bytes) -> None:
        super().__init__("line too long")
        self.start = start


class Wire(asyncio.Protocol):
    """See the module. Reading is for one task; `write` never waits, `drain` does."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._scanned = 0
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._out: list[bytes] = []
        self._out_size = 0
        self._paused_reading = False
        self._full = False
        self._interrupted = self._flushing = False
        self.ended = False
        """The client will send no more."""
        self.lost = False
        self.most_line = limits.line

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also after STARTTLS, with the new transport."""
        if not isinstance(transport, asyncio.Transport):  # what a TCP server makes always is one
            transport.close()
            return
        self._transport = transport
        transport.set_write_buffer_limits(high=self._limits.write_buffer)

    def data_received(self, data: bytes) -> None:
        """Keep it; stop reading where nobody takes it."""
        self._buffer += data
        if len(self._buffer) > self._limits.line and self._transport is not None and not self._paused_reading:
            self._paused_reading = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        """What has come is answered; then the connection ends."""
        self.ended = True
        _wake(self._reader)
        return self._transport is not None and self._transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there."""
        del exc
        self.ended = self.lost = True
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._full = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._full = False
        _wake(self._writer)

    # Reading

    @property
    def waiting(self) -> bool:
        """Whether a whole line is there already: the client pipelines, or has ended IDLE."""
        return self._buffer.find(b"\n", self._scanned) >= 0

    @property
    def overfull(self) -> bool:
        """Whether more is there than a line may have."""
        return len(self._buffer) > self.most_line

    async def line(self) -> bytes:
        """One line without its end. Raises TooLong, Hung at the end of input."""
        most = self._limits.line
        while True:
            end = self._buffer.find(b"\n", self._scanned)
            if end > most or (end < 0 and len(self._buffer) > most):
                await self._skip_line()
            if end >= 0:
                line = bytes(self._buffer[:end])
                self._drop(end + 1)
                return line[:-1] if line.endswith(b"\r") else line
            self._scanned = len(self._buffer)
            await self.more()

    async def more(self) -> None:
        """Wait for something to come. Raises Hung where nothing will."""
        if self.ended or self._interrupted:
            raise Hung
        if self._paused_reading and self._transport is not None:
            self._paused_reading = False
            self._transport.resume_reading()
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None
        if self._interrupted:
            raise Hung

    def poke(self) -> None:
        """Wake whoever waits in `more`: there is something to tell."""
        _wake(self._reader)

    def interrupt(self) -> None:
        """Whoever waits for input, now or later, gets Hung: the server ends."""
        self._interrupted = True
        _wake(self._reader)

    async def literal(self, size: int) -> bytes:
        """The octets of a literal. Raises Hung."""
        parts: list[bytes] = []
        missing = size
        while True:
            if self._buffer and missing:
                part = bytes(self._buffer[:missing])
                parts.append(part)
                missing -= len(part)
                self._drop(len(part))
            if not missing:
                return parts[0] if len(parts) == 1 else b"".join(parts)
            await self.more()

    async def skip(self, size: int) -> None:
        """Read octets and throw them away. Raises Hung."""
        while size:
            taken = min(size, len(self._buffer))
            self._drop(taken)
            size -= taken
            if size:
                await self.more()

    def forget_input(self) -> None:
        """Drop what has come: what stands before a TLS handshake is nobody's (CVE-2011-0411)."""
        self._drop(len(self._buffer))

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._scanned = 0

    async def _skip_line(self) -> None:
        start, skipped = bytes(self._buffer[:200]), 0
        while (end := self._buffer.find(b"\n")) < 0:
            skipped += len(self._buffer)
            self._drop(len(self._buffer))
            if skipped > self._limits.line * MOST_SKIPPED:
                raise Hung
            await self.more()
        self._drop(end + 1)
        raise TooLong(start)

    # Writing

    def write(self, data: bytes) -> None:
        """Send, sooner or later. For what is small; `send` is for the rest."""
        self._out.append(data)
        self._out_size += len(data)
        if self._out_size > PIECE:
            self.flush()

    async def send(self, data: bytes) -> None:
        """Send something large piece by piece, so that no more than the write buffer is copied. Raises Hung."""
        if len(data) <= PIECE:
            self.write(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), PIECE):
            self.write(bytes(view[start : start + PIECE]))
            await self.drain()

    def flush(self) -> None:
        """Hand what was written to the transport."""
        if self._out and self._transport is not None and not self.lost:
            self._transport.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
        self._out.clear()
        self._out_size = 0

    async def ease(self) -> None:
        """Between two pieces of an answer: as `drain` where the client has no room, else what was written goes out together with what is
        written until the loop's next turn. Raises Hung.
        """
        if self._full or self.lost:
            await self.drain()
        elif self._out and not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush_soon)

    def _flush_soon(self) -> None:
        self._flushing = False
        self.flush()

    async def drain(self) -> None:
        """Flush, and wait until the client has room. Raises Hung where it takes nothing for too long, or is gone."""
        self.flush()
        if self._full and not self.lost:
            self._writer = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(self._limits.slow_reader):
                    await self._writer
            except TimeoutError:
                self.abort()
                raise Hung from None
            finally:
                self._writer = None
        if self.lost:
            raise Hung

    # The connection

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """STARTTLS, after its tagged OK. Raises Hung where the handshake fails."""
        self.flush()
        self.forget_input()
        transport = self._transport
        if transport is None:
            raise Hung
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport, self, context, server_side=True, ssl_handshake_timeout=self._limits.greeting
            )
        except (OSError, ssl.SSLError, TimeoutError):
            self.abort()
            raise Hung from None
        if secured is None:
            raise Hung
        self.connection_made(secured)

    def close(self) -> None:
        """Send what was written, then close."""
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
