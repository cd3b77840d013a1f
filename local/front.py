"""One HTTP address for a person: the panel, the sink's mail, and `/v1/*`, handed on to the emulator's HTTP API.

A page of another site must not reach any of it through the visitor's browser: requests that name another host (DNS rebinding) or come
from another origin are refused. The emulator itself checks neither, so it stands on an address that nobody guesses (local/emulator.py).
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from local import pages
from local.panel import PanelFiles
from local.problem import LaptopError
from local.sink import Mailbox
from local.visitor import ABOUT, Visitor
from local.visitor import MAX_BODY as MAX_ASKED

HOST = "127.0.0.1"
NAMES = ("127.0.0.1", "localhost", "[::1]")
MAX_BODY = 10 * 1024 * 1024
"""Octets; as API Gateway's."""
API_SECONDS = 35
_API_PATH = re.compile(r"^/(?:v1|d)(/[A-Za-z0-9._~%!$&'()*+,;=:@-]*)*$")
_SINK_PATH = re.compile(r"^/sink/([A-Za-z0-9._]+?)(/raw)?$")
_FORWARDED = frozenset(
    (
        "accept",
        "accept-language",
        "authorization",
        "content-type",
        "cookie",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "origin",
        "sec-fetch-site",
        "user-agent",
        "x-pratique-csrf",
        "x-pratique-scope",
    )
)
_RETURNED = frozenset(
    (
        "allow",
        "cache-control",
        "content-disposition",
        "content-security-policy",
        "content-type",
        "etag",
        "location",
        "pratique-action",
        "referrer-policy",
        "retry-after",
        "www-authenticate",
        "x-robots-tag",
        "x-next-cursor",
        "x-content-type-options",
    )
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Front(ThreadingHTTPServer):
    """The server. `api` is (host, port, path) of the emulator's HTTP API."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, *, mailbox: Mailbox, api: tuple[str, int, str]) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise LaptopError(f"the front page cannot listen on port {port}: {error.strerror}") from error
        self.mailbox, self.api = mailbox, api
        self.panel = PanelFiles()
        self.visitor = Visitor()
        self.facts = pages.Facts(0, 0, self.server_port, "", "")
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, name="front", daemon=True
        )

    def start(self, facts: pages.Facts, visitor: Visitor | None = None) -> None:
        """Serve in a thread."""
        self.facts = facts
        self.visitor = visitor or Visitor()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join(10)
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Pratique"
    sys_version = ""
    timeout = 60
    server: Front

    def do_GET(self) -> None:
        """Pages, mail, the API."""
        if not self._allowed():
            return
        path = urlsplit(self.path).path
        mailbox = self.server.mailbox
        if path == "/where/":
            self._answer(pages.home(self.server.facts, len(mailbox.names())))
        elif path == "/where/style.css":
            self._answer(pages.STYLE.encode(), kind="text/css; charset=utf-8")
        elif path == "/sink/":
            self._answer(pages.mailbox(mailbox.latest(pages.LISTED), len(mailbox.names())))
        elif path.startswith("/sink/"):
            self._mail(path)
        elif path.startswith(("/v1/", "/d/")):
            self._forward(path)
        elif path == ABOUT:
            self._answer(json.dumps(self.server.visitor.about()).encode(), kind="application/json")
        else:
            self._panel(path)

    do_HEAD = do_GET  # noqa: N815 - as above

    def do_POST(self) -> None:
        """The API, and what a visitor asks of the laptop itself."""
        if not self._allowed():
            return
        path = urlsplit(self.path).path
        if path.startswith("/laptop/") and self.command == "POST":
            self._visit(path)
        else:
            self._forward(path)

    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - as above

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in http.server
        """The functions log what was done; a line for each request says no more."""

    def _allowed(self) -> bool:
        """Whether host and origin are this front's own. Says so itself if not."""
        port = self.server.server_port
        hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())  # noqa: PLR2004 - http
        origin = self.headers.get("Origin")
        if origin == "null" and self.path.startswith("/d/"):
            origin = None  # a form on a page without referrer names no origin (Fetch, 3.2); the link in its path is the proof
        if self.headers.get("Host", "").lower() not in hosts:
            self._refuse(
                HTTPStatus.MISDIRECTED_REQUEST, "this server answers to 127.0.0.1 and localhost only"
            )
        elif (origin is not None and origin.lower() not in {f"http://{host}" for host in hosts}) or (
            self.headers.get("Sec-Fetch-Site") == "cross-site" and self.command not in ("GET", "HEAD")
        ):
            self._refuse(HTTPStatus.FORBIDDEN, "requests of other sites are refused")
        else:
            return True
        return False

    def _visit(self, path: str) -> None:
        """JSON in, JSON out: a form of another site cannot send it."""
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or not length.isdecimal() or int(length) > MAX_ASKED:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send a little application/json")
            return
        status, answer = self.server.visitor.answer(path, self.rfile.read(int(length)))
        self._send(status, json.dumps(answer).encode(), {**_HEADERS, "Content-Type": "application/json"})

    def _panel(self, path: str) -> None:
        """A file of the panel, as CloudFront gives it."""
        found = self.server.panel.find(path, self.headers.get("If-None-Match"))
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        else:
            self._send(found.status, found.body, found.headers)

    def _mail(self, path: str) -> None:
        found = _SINK_PATH.match(path)
        data = self.server.mailbox.read(found.group(1)) if found else None
        if found is None or data is None:
            self._refuse(HTTPStatus.NOT_FOUND, "no such message")
        elif found.group(2):
            name = f'attachment; filename="{found.group(1)}.eml"'
            self._answer(data, kind="application/octet-stream", more={"Content-Disposition": name})
        else:
            self._answer(pages.message(found.group(1), data))

    def _forward(self, path: str) -> None:
        """Hand a request for `/v1/...` to the emulator, and its answer back."""
        if not _API_PATH.match(path) or any(unquote(part) in (".", "..") for part in path.split("/")):
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
            return
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a body needs a Content-Length")
            return
        if int(length) > MAX_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body is at most {MAX_BODY} octets")
            return
        body = self.rfile.read(int(length))
        host, port, base = self.server.api
        headers = {name: value for name, value in self.headers.items() if name.lower() in _FORWARDED}
        query = urlsplit(self.path).query
        connection = http.client.HTTPConnection(host, port, timeout=API_SECONDS)
        try:
            connection.request(self.command, base + path + (f"?{query}" if query else ""), body, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            self._refuse(HTTPStatus.BAD_GATEWAY, "the emulator did not answer")
            return
        finally:
            connection.close()
        more = {name: value for name, value in answer.getheaders() if name.lower() in _RETURNED}
        cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        self._send(answer.status, data, more, cookies)

    def _answer(
        self, body: bytes, *, kind: str = "text/html; charset=utf-8", more: dict[str, str] | None = None
    ) -> None:
        self._send(HTTPStatus.OK, body, {"Content-Type": kind, **_HEADERS, **(more or {})})

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self.close_connection = True  # a body that was not read would be taken for the next request
        self._send(status, (text + "\n").encode(), {"Content-Type": "text/plain; charset=utf-8", **_HEADERS})

    def _send(self, status: int, body: bytes, headers: dict[str, str], cookies: Sequence[str] = ()) -> None:
        self.send_response(status)
        for name, value in [*headers.items(), *(("Set-Cookie", each) for each in cookies)]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
