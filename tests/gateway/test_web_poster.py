"""Calls of webhooks, with a real server: bounded, and to public hosts only."""

from __future__ import annotations

import http.server
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from pratique.adapters import web
from pratique.adapters.web import WebPoster
from pratique.domain.errors import PermanentFailure, TemporaryFailure

from tests.serving import serving


class _Desk(http.server.BaseHTTPRequestHandler):
    """Answers the status that the path names; keeps what it got."""

    got: list[tuple[str, bytes, dict[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))  # type: ignore[attr-defined]  # ours
        status = int(self.path.rsplit("/", 1)[-1].partition("?")[0] or 204)
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("Location", "/200")
        self.end_headers()
        if status == 200:
            self.wfile.write(b"x" * 1_000_000)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[Any]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Desk)
    server.got = []  # type: ignore[attr-defined]  # what it is told
    with serving(server):
        yield server


def _url(desk: Any, path: str) -> str:
    return f"http://127.0.0.1:{desk.server_port}{path}"


def test_body_and_headers_arrive_and_the_status_comes_back(desk: Any) -> None:
    """A long answer is cut, a redirect is an answer like any other."""
    poster = WebPoster(private=True)
    assert poster.post(_url(desk, "/in/204?a=1"), b'{"a": 1}', {"webhook-id": "e"}) == 204
    assert poster.post(_url(desk, "/200"), b"", {}) == 200
    assert poster.post(_url(desk, "/301"), b"", {}) == 301
    path, body, headers = desk.got[0]
    assert (path, body, headers["webhook-id"], headers["user-agent"]) == (
        "/in/204?a=1",
        b'{"a": 1}',
        "e",
        "pratique",
    )
    assert len(desk.got) == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "100.64.0.1"])  # fmt: skip
def test_no_host_that_is_not_public_is_called(desk: Any, host: str) -> None:
    """Nor by its name, nor in other spellings (the cloud's own metadata service among them)."""
    with pytest.raises(PermanentFailure, match="not public"):
        WebPoster().post(f"https://{host}:{desk.server_port}/204", b"", {})
    assert desk.got == []


def test_plain_http_is_not_called_and_a_name_with_one_private_address_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(PermanentFailure, match="https"):
        WebPoster().post("http://desk.example/204", b"", {})

    def both(*_: object, **__: object) -> list[Any]:
        return [(0, 0, 0, "", ("192.0.2.1", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(PermanentFailure, match="not public"):
        WebPoster().post("https://desk.example/204", b"", {})


def test_whoever_does_not_answer_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there; silence; no such name; no TLS where there should be some; no HTTP."""
    monkeypatch.setattr(web, "SECONDS", 0.3)
    poster = WebPoster(private=True)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        for url in (f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/"):
            with pytest.raises(TemporaryFailure, match="does not answer"):
                poster.post(url, b"", {})
    with pytest.raises(TemporaryFailure):
        poster.post(f"http://127.0.0.1:{port}/", b"", {})
    with pytest.raises(TemporaryFailure):
        poster.post("http://nothing.invalid/", b"", {})


def test_a_certificate_nobody_vouches_for_is_refused(desk: Any, tmp_path: Any) -> None:
    from local.mail_clients import certificate

    made = certificate(tmp_path)
    if made is None:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made)
    desk.socket = context.wrap_socket(desk.socket, server_side=True, do_handshake_on_connect=False)
    with pytest.raises(TemporaryFailure, match="SSLCertVerificationError"):
        WebPoster(private=True).post(f"https://localhost:{desk.server_port}/204", b"", {})
    assert desk.got == []


@pytest.mark.parametrize(
    "url", ["https://x..example/", f"https://{'a' * 64}.example/", "https://x.example:70000/"]
)
def test_what_names_no_host_is_no_crash(url: str) -> None:
    """One webhook's address must not take down the others of its batch."""
    with pytest.raises(PermanentFailure):
        WebPoster().post(url, b"", {})
