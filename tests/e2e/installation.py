"""What the end-to-end tests do with a running installation."""

from __future__ import annotations

import json
import os
import smtplib
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import pytest

from local.sink import as_sent
from local.stack import ROOT, Config, Stack
from tests.issuer import CLIENT, SECRET, Issuer

T = TypeVar("T")
PATIENCE = 30.0
"""Seconds for what happens after the answer (queues). A bound, not a measure: nothing waits longer than it takes."""


BUILT = ROOT / ".local" / "build"
"""Zips, shared with `make local`; their names hold a digest of what they were built from."""


@dataclass(frozen=True)
class Answer:
    """An answer of the API."""

    status: int
    body: Any


class Installation:
    """A Stack in a tester's hands."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def call(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **query: Any
    ) -> Answer:
        """One call of the API, through the front. `query` values may be lists."""
        url = self.stack.url + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        request = urllib.request.Request(url, method=method)
        request.add_header("Authorization", f"Bearer {self.stack.token if token is None else token}")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=60) as answer:
                return Answer(answer.status, json.loads(answer.read() or b"null"))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, json.loads(error.read() or b"null"))

    def do(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """The same, where only success will do."""
        answer = self.call(method, path, body, **query)
        assert 200 <= answer.status < 300, answer
        return answer.body

    def send(self, data: bytes, *, to: str | list[str], sender: str = "alice@example.net") -> tuple[int, str]:
        """Send mail by SMTP; the edge's reply to DATA."""
        with smtplib.SMTP(
            "127.0.0.1", self.stack.smtp_port, local_hostname="client.test", timeout=90
        ) as client:
            client.ehlo()
            client.mail(sender, ["BODY=8BITMIME"])
            for recipient in [to] if isinstance(to, str) else to:
                client.rcpt(recipient)
            code, text = client.data(data)
        return code, text.decode()

    def held(self, scope: str, **query: Any) -> list[dict[str, Any]]:
        """What is held there, newest first."""
        found: list[dict[str, Any]] = self.do("GET", "/v1/messages", scope=scope, **query)["messages"]
        return found

    def only_held(self, scope: str) -> dict[str, Any]:
        (one,) = self.held(scope)
        return one

    def block(self, pattern: str, scope: str = "global") -> None:
        """Refuse a sender from now on."""
        self.do("PUT", f"/v1/lists/{quote(scope)}/entries", {"kind": "block", "pattern": pattern})

    def delivered(self, recipient: str, *, least: int = 1) -> list[bytes]:
        """What arrived for somebody, as it came by SMTP, the oldest first; waits for `least` messages."""

        def arrived() -> list[bytes]:
            files = [self.stack.mailbox.read(name) or b"" for name in reversed(self.stack.mailbox.names())]
            return [as_sent(f) for f in files if f"Delivered-To: {recipient}\r\n".encode() in f[:1000]]

        return self.wait_for(arrived, lambda found: len(found) >= least)

    def wait_for(self, look: Callable[[], T], wanted: Callable[[T], bool]) -> T:
        """Look again and again until it is as wanted. Fails when patience ends."""
        end = time.monotonic() + PATIENCE
        while True:
            found = look()
            if wanted(found):
                return found
            assert time.monotonic() < end, f"still {found!r}"
            time.sleep(0.05)

    def state_of(self, copy: str) -> str:
        state: str = self.do("GET", f"/v1/messages/{quote(copy)}")["message"]["state"]
        return state

    def raw_keys(self) -> set[str]:
        """The keys of all raw messages."""
        pages = (
            self.stack.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.stack.outputs["Bucket"], Prefix="raw/")
        )
        return {each["Key"] for page in pages for each in page.get("Contents", [])}

    def invoke(self, output: str, event: object) -> Any:
        """Call a function of the stack, by the name of the output that holds its ARN."""
        answer = self.stack.client("lambda").invoke(
            FunctionName=self.stack.outputs[output], Payload=json.dumps(event).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())


def mail(subject: str, body: str = "Shall we meet?", *, sender: str = "alice@example.net") -> bytes:
    """A plain message."""
    return (
        f"From: Alice <{sender}>\r\nTo: somebody@example.org\r\nSubject: {subject}\r\n"
        f"Date: Mon, 21 Sep 2026 10:00:00 +0000\r\nMessage-ID: <{subject.replace(' ', '.')}@example.net>\r\n\r\n{body}\r\n"
    ).encode()


_given: set[int] = set()


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, that outgoing connections do not get, and that were not given before: a restart wants the same again.

    Each of pytest-xdist's workers (gw0, gw1 ...) has a range of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 15_000 + 300 * (worker % 16)
    ports: list[int] = []
    for port in range(first, first + 300):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            ports.append(port)
            _given.add(port)
        if len(ports) == number:
            return ports
    pytest.fail(f"no free ports from {first} on")


def config_in(folder: Path) -> Config:
    """A configuration with its own ports, and with the zips that are built already."""
    BUILT.mkdir(parents=True, exist_ok=True)
    (folder / "build").symlink_to(BUILT, target_is_directory=True)
    smtp, sink, http, imap, imaps, submission, submissions = free_ports(7)
    return Config(
        state=folder,
        smtp_port=smtp,
        sink_port=sink,
        http_port=http,
        imap_port=imap,
        imaps_port=imaps,
        submission_port=submission,
        submissions_port=submissions,
        auth=True,
    )


@contextmanager
def running_with(folder: Path, issuer: Issuer) -> Iterator[Installation]:
    """An installation whose people may sign in at another issuer, too."""
    parameters = (
        ("OidcIssuer", issuer.url),
        ("OidcClient", CLIENT),
        ("OidcSecret", "pratique/pratique/oidc"),
        ("OidcRules", "groups=operators:global"),
        ("OidcTitle", "Example Inc."),
    )
    with Stack(replace(config_in(folder), parameters=parameters)) as stack:
        stack.client("secretsmanager").create_secret(
            Name="pratique/pratique/oidc", SecretString=json.dumps({"username": CLIENT, "password": SECRET})
        )
        yield Installation(stack)
