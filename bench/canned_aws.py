"""An AWS that answers a function's first calls with nothing stored but one message: enough for a cold start to go its usual way.

No state, no signatures, no TLS: what is measured is the function, in its own process.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NO_SUCH_KEY = b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>'
CONDITION: dict[str, object] = {
    "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
    "message": "no",
}
MAIL = b"\r\n".join(
    [
        b"Received: from mx.example.net (mx.example.net [192.0.2.7]) by inbound-smtp.eu-west-1.amazonaws.com; Mon, 2 Mar 2026 10:00:00 +0000",
        b"From: Ann <ann@example.net>",
        b"To: Bob <bob@example.org>",
        b"Subject: Minutes of the meeting",
        b"Date: Mon, 2 Mar 2026 10:00:00 +0000",
        b"Message-ID: <1@example.net>",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/alternative; boundary="b"',
        b"",
        b"--b",
        b"Content-Type: text/plain; charset=utf-8",
        b"",
        b"Dear all, the minutes are at https://example.net/minutes. Please tell me what is wrong by Friday. Ann "
        * 8,
        b"--b",
        b"Content-Type: text/html; charset=utf-8",
        b"",
        b"<p>Dear all, the <a href='https://example.net/minutes'>minutes</a>. Tell me what is wrong by Friday.</p>"
        * 8,
        b"--b--",
        b"",
    ]
)


class _Answers(BaseHTTPRequestHandler):
    """DynamoDB, SQS and Secrets Manager name the operation in a header; the rest is S3."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A raw message is there, a model is not."""
        if "/raw/" in self.path:
            self._answer(200, MAIL, "message/rfc822")
        else:
            self._answer(404, NO_SUCH_KEY, "application/xml")

    def do_DELETE(self) -> None:
        """Gone."""
        self._answer(204, b"", "application/xml")

    def do_PUT(self) -> None:
        """Stored."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(200, b"", "application/xml")

    def do_POST(self) -> None:
        """An operation in JSON."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        status, answer = _json_answer(operation, body)
        self._answer(status, json.dumps(answer).encode(), "application/x-amz-json-1.0")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a bench prints figures."""

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", '"0"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _json_answer(operation: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    """No row is there: reads find nothing, changes of rows fail on their condition, new rows are taken."""
    if operation in ("UpdateItem", "DeleteItem"):
        return 400, CONDITION
    if operation == "GetSecretValue":
        return 200, {"SecretString": json.dumps({"signing_key": "k" * 64})}
    if operation == "SendMessageBatch":
        entries = body["Entries"]
        assert isinstance(entries, list)
        return 200, {
            "Successful": [{"Id": e["Id"], "MessageId": "m", "MD5OfMessageBody": "0"} for e in entries]
        }
    empty: dict[str, object] = {"Items": [], "Count": 0, "ScannedCount": 0}
    return 200, empty if operation == "Query" else {}


@contextmanager
def canned_aws() -> Iterator[str]:
    """Serve on a free port of the loopback interface; gives the endpoint's URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
