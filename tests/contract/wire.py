"""A wire between the adapters and the emulator that a test can break: answers that get lost, are refused, or come in part."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.serving import serving

LOST = "lost"
Reply = tuple[int, bytes]
Forward = Callable[[bytes], Reply]
Hook = Callable[[bytes, Forward], Reply | str]
"""Given the request's body and a way to pass one on: the answer, or LOST to hang up without one."""


@dataclass
class Wire:
    """`seen` are the operations that came by (`UpdateItem`; `GET`, `PUT` for S3); `hooks` are used up one by one, by operation."""

    url: str = ""
    seen: list[str] = field(default_factory=list)
    hooks: dict[str, list[Hook]] = field(default_factory=dict)

    def next(self, operation: str, *hooks: Hook) -> None:
        """What is to happen to the next calls of an operation."""
        self.hooks.setdefault(operation, []).extend(hooks)


def lose_answer(body: bytes, forward: Forward) -> str:
    """The call takes effect, and nobody hears of it."""
    forward(body)
    return LOST


def lose_call(_body: bytes, _forward: Forward) -> str:
    """The call never arrives."""
    return LOST


def refuse(status: int, code: str, text: str = "no") -> Hook:
    """An error in DynamoDB's and SQS's form."""
    answer = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": text}).encode()
    return lambda _body, _forward: (status, answer)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to the emulator at `port`; closed, with its threads, at the end."""
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            operation = self.headers.get("X-Amz-Target", self.command).rpartition(".")[2]
            wire.seen.append(operation)
            waiting = wire.hooks.get(operation)
            answer = waiting.pop(0)(body, self._forward) if waiting else self._forward(body)
            if isinstance(answer, str):
                self.close_connection = True
                return
            self.send_response(answer[0])
            for name, value in getattr(self, "kept", {"Content-Type": "application/x-amz-json-1.0"}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def _forward(self, body: bytes) -> Reply:
            inner = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                headers = {k: v for k, v in self.headers.items() if k.lower() != "content-length"}
                inner.request(self.command, self.path, body, headers)
                answer = inner.getresponse()
                unwanted = (
                    "content-length",
                    "transfer-encoding",
                    "connection",
                    "date",
                    "server",
                    "x-amz-crc32",
                )
                self.kept = {k: v for k, v in answer.getheaders() if k.lower() not in unwanted}
                return answer.status, answer.read()
            finally:
                inner.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve  # noqa: N815 - http.server's own names

        def log_message(self, *_: Any) -> None:
            """A test reads no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    wire.url = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield wire
