"""Says whether this process serves, for a load balancer: HTTP on a port of its own, 200 to whoever asks until the end begins."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

_SECONDS = 5.0
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"


class Health:
    """Stopped first at the end, so that no new connections are sent here while those that are open are finished."""

    async def start(self, host: str, port: int) -> Callable[[], Awaitable[None]]:
        """Listen; returns what ends it. Raises OSError."""
        server = await asyncio.start_server(self._answer, host, port, limit=4096)
        self.port = int(server.sockets[0].getsockname()[1])

        async def stop() -> None:
            server.close()
            await server.wait_closed()

        return stop

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(_ANSWER)
                await writer.drain()
        writer.close()
