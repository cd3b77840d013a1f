"""An installation for the command line: its HTTP goes to the real authorizer and edge, its SMTP to a server in memory."""

from __future__ import annotations

import io
import smtplib
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import httpx
from pratique.api.edge import handle
from pratique.api.identity import authorize
from pratique.domain.scope import parse_scope
from pratique.usecases.change_tokens import create_token
from typer.testing import CliRunner, Result

from cli.main import app
from cli.setup import Setup
from tests import builders, fakes
from tests.functions.events import event

URL = "https://api.example.org"


@dataclass
class Installation:
    """A world, its HTTP and its clock hand. `seen` holds (method, path, idempotency key) of every request."""

    world: fakes.World
    token: str = ""
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    before: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None

    def login(self, scope: str = "global", *, may_write: bool = True) -> str:
        """A token of this scope, used from now on."""
        operator = builders.actor("global")
        self.token = create_token(
            self.world.services, operator, name="tester", scope=parse_scope(scope), may_write=may_write
        )[1]
        return self.token

    def answer(self, request: httpx.Request) -> httpx.Response:
        """As API Gateway: the authorizer first, then the function."""
        path, _, query = request.url.raw_path.decode().partition("?")
        if request.url.host == "store.invalid":
            assert "authorization" not in request.headers, "the token went to the bucket"
            return httpx.Response(200, content=self.world.store.get(path.lstrip("/")))
        self.seen.append((request.method, path, request.headers.get("idempotency-key")))
        early = self.before(request)
        if early is not None:
            return early
        whole = event("api-no-authorizer.json")
        whole |= {
            "rawPath": path,
            "rawQueryString": query,
            "headers": dict(request.headers),
            "body": request.content.decode(),
        }
        whole["requestContext"]["http"] |= {"method": request.method, "path": path}
        said = authorize(whole, lambda: self.world.services)
        if not said["isAuthorized"]:
            return httpx.Response(403, json={"message": "Forbidden"})
        whole["requestContext"]["authorizer"] = {"lambda": said["context"]}
        with redirect_stdout(
            io.StringIO()
        ):  # metrics go to standard output, and here the command line has the same one
            found = handle(whole, lambda: self.world.services)
        return httpx.Response(found["statusCode"], headers=found["headers"], content=found["body"].encode())

    def run(self, *words: str, **options: Any) -> Result:
        """`pratique words...`"""
        setup = Setup(URL, self.token, transport=httpx.MockTransport(self.answer), sleep=self.waits.append)
        return CliRunner().invoke(app, words, obj=setup, **options)


class _Reader:
    def __init__(self, replies: list[bytes]) -> None:
        self._replies = replies

    def readline(self, _limit: int = -1) -> bytes:
        return self._replies.pop(0) if self._replies else b""

    def close(self) -> None:
        self._replies.clear()


@dataclass
class SmtpServer:
    """Speaks enough SMTP over a socket's methods for the real smtplib. `judge` answers a whole message."""

    judge: Callable[[bytes], bytes] = lambda _data: b"250 2.0.0 taken"
    rcpt: bytes = b"250 2.1.5 fine"
    banner: bytes = b"220 edge.example ESMTP"
    taken: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    connections: int = 0

    def install(self, monkeypatch: Any) -> SmtpServer:
        """Every connection of smtplib comes here."""
        monkeypatch.setattr(smtplib.SMTP, "_get_socket", lambda _self, _host, _port, _timeout: self.connect())
        return self

    def connect(self) -> _Connection:
        """A new connection."""
        self.connections += 1
        return _Connection(self)


class _Connection:
    def __init__(self, server: SmtpServer) -> None:
        self._server, self._replies, self._data = server, [server.banner + b"\r\n"], None

    _data: bytearray | None

    def makefile(self, _mode: str) -> _Reader:
        return _Reader(self._replies)

    def close(self) -> None:
        pass

    def sendall(self, octets: bytes) -> None:
        if self._data is not None:
            self._data += octets
            if self._data.endswith(b"\r\n.\r\n"):
                message = bytes(self._data[:-3]).replace(b"\r\n..", b"\r\n.")
                self._data = None
                self._server.taken.append(message)
                reply = self._server.judge(message)
                self._replies += [reply + b"\r\n"] if reply else []
            return
        self._server.commands.append(octets.strip().lower())  # smtplib's own case differs between versions
        self._replies += self._reply(octets[:4].upper())

    def _reply(self, verb: bytes) -> Sequence[bytes]:
        if verb == b"EHLO":
            return [b"250-edge.example\r\n", b"250-8BITMIME\r\n", b"250 SIZE 41943040\r\n"]
        if verb == b"DATA":
            self._data = bytearray(b"")
            return [b"354 go on\r\n"]
        if verb == b"RCPT":
            return [self._server.rcpt + b"\r\n"]
        return [b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"]
