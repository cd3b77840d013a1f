"""The front: pages, mail shown as text, and nobody else's requests."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.front import MAX_BODY, Front
from local.pages import Facts
from local.sink import Mailbox

API = "/_aws/execute-api/abc/$default"


class Upstream(BaseHTTPRequestHandler):
    """Stands for the emulator: answers with what it was asked."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        asked = f"{self.command} {self.path} {self.headers.get('Authorization')} {self.headers.get('X-Extra')} ".encode()
        body = asked + self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET  # noqa: N815 - http.server finds methods by name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in http.server
        pass


@pytest.fixture
def upstream() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Upstream) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def front(tmp_path: Path, upstream: int) -> Iterator[Front]:
    server = Front(0, mailbox=Mailbox(tmp_path / "sink"), api=("127.0.0.1", upstream, API))
    server.start(Facts(2525, 2526, server.server_port, "http://127.0.0.1:4566", str(tmp_path)))
    yield server
    server.stop()


def ask(
    front: Front,
    path: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", front.server_port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


def test_a_page_tells_what_runs_where(front: Front) -> None:
    status, body, headers = ask(front, "/where/")
    assert status == 200
    assert b"127.0.0.1:2525" in body
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "127.0.0.1:1", ""]
)
def test_a_foreign_host_name_is_refused(front: Front, host: str) -> None:
    for path in ("/", "/sink/", "/v1/health"):
        assert ask(front, path, headers={"Host": host})[0] == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1"])
def test_a_foreign_origin_is_refused(front: Front, origin: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert ask(front, "/v1/messages", method=method, headers={"Origin": origin})[0] == 403


def test_a_page_without_referrer_may_post_to_a_digests_link_and_no_other_site_may(front: Front) -> None:
    """Browsers name such a page's origin `null`; they say of another site's form that it is cross-site."""
    link = "/d/aaaaaaaaaaaaaaaa.1.r.bbbbbbbbbbbbbbbbbbbbbbbbbb"
    null = {"Origin": "null"}
    assert ask(front, link, method="POST", body=b"", headers=null)[0] == 200
    assert (
        ask(front, link, method="POST", body=b"", headers={**null, "Sec-Fetch-Site": "same-origin"})[0] == 200
    )
    assert (
        ask(front, link, method="POST", body=b"", headers={**null, "Sec-Fetch-Site": "cross-site"})[0] == 403
    )
    assert ask(front, link, method="POST", body=b"", headers={"Origin": "https://evil.example"})[0] == 403
    assert ask(front, "/v1/messages", method="POST", body=b"", headers=null)[0] == 403


def test_its_own_names_are_answered(front: Front) -> None:
    port = front.server_port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert ask(front, "/", headers={"Host": name, "Origin": f"http://{name}"})[0] == 200


def test_a_form_of_another_site_is_refused_also_without_origin(front: Front) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert ask(front, "/v1/messages", method="POST", headers=headers)[0] == 403
    assert ask(front, "/", headers=headers)[0] == 200


def test_the_api_is_handed_on_and_only_named_headers_go_through(front: Front) -> None:
    headers = {"Authorization": "Bearer x", "X-Extra": "no", "Content-Type": "application/json"}
    status, body, given = ask(
        front, "/v1/messages?limit=3&scope=a%2Bb", method="POST", body=b"{}", headers=headers
    )
    assert (status, body) == (200, f"POST {API}/v1/messages?limit=3&scope=a%2Bb Bearer x None {{}}".encode())
    assert given["content-type"] == "application/json"
    assert "access-control-allow-origin" not in given


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../../secret",
        "/v1/%2e%2e/x",
        "/v1/.",
        "/v1",
        "/v2/x",
        "/_ministack/reset",
        "/v1/x\\y",
        "/nothing",
    ],
)
def test_nothing_but_the_api_is_reached_through_it(front: Front, path: str) -> None:
    assert ask(front, path)[0] == 404


def test_bodies_are_bounded(front: Front) -> None:
    assert ask(front, "/v1/x", method="POST", headers={"Content-Length": str(MAX_BODY + 1)})[0] == 413
    assert ask(front, "/v1/x", method="POST", headers={"Transfer-Encoding": "chunked"})[0] == 411
    assert ask(front, "/v1/x", method="POST", headers={"Content-Length": "-1"})[0] == 411


def test_an_emulator_that_is_gone_is_a_502(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Upstream) as closed:
        port = closed.server_port
    server = Front(0, mailbox=Mailbox(tmp_path / "sink"), api=("127.0.0.1", port, API))
    server.start(Facts(1, 2, 3, "", ""))
    try:
        assert ask(server, "/v1/health")[0] == 502
    finally:
        server.stop()


HOSTILE = (
    b"From: <script>alert(1)</script>\r\nSubject: =?utf-8?q?=3Cimg_src=3Dx_onerror=3Dalert=281=29=3E?=\r\n"
    b"Content-Type: text/html\r\n\r\n<script>alert(2)</script><img src=http://evil.example/x.png>\r\n"
)


def test_mail_is_shown_as_text_and_never_rendered(front: Front) -> None:
    name = front.mailbox.add("a@example.net", ["<b>@example.org"], HOSTILE)
    for path in ("/sink/", f"/sink/{name}"):
        status, body, headers = ask(front, path)
        assert status == 200
        assert b"<script" not in body
        assert b"<img" not in body
        assert b"<b>@" not in body
        assert headers["x-content-type-options"] == "nosniff"
    assert b"&lt;script&gt;alert(2)" in ask(front, f"/sink/{name}")[1]


def test_mail_as_a_file_is_its_octets(front: Front) -> None:
    data = bytes(range(256)) * 10
    name = front.mailbox.add("", ["b@example.org"], data)
    status, body, headers = ask(front, f"/sink/{name}/raw")
    assert status == 200
    assert body.endswith(data)
    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["../token", "..", ".", "x", "%2e%2e/token", "a/b"])
def test_no_other_file_is_served(front: Front, tmp_path: Path, name: str) -> None:
    (tmp_path / "token").write_text("secret")
    status, body, _ = ask(front, f"/sink/{name}")
    assert status == 404
    assert b"secret" not in body


def test_head_has_no_body(front: Front) -> None:
    assert ask(front, "/", method="HEAD")[:2] == (200, b"")
