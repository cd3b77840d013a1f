"""`pratique imap-test-store`, as conformance suites start it, and the standard library's client with it."""

from __future__ import annotations

import imaplib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def store() -> Iterator[int]:
    """The command in a process of its own; the port from its ready line. It ends well on SIGTERM."""
    command = [sys.executable, "-m", "cli", "imap-test-store", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = re.fullmatch(
            r"ready: IMAP on 127\.0\.0\.1:(\d+), any user, password pass\n", process.stdout.readline()
        )
        assert ready is not None
        yield int(ready[1])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.fixture
def client(store: int) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", store, timeout=20) as one:
        one.login("testuser", "pass")
        yield one


def test_any_user_has_mail_of_their_own(store: int) -> None:
    for user in ("one", "two"):
        with imaplib.IMAP4("127.0.0.1", store, timeout=20) as client:
            client.login(user, "pass")
            assert client.select()[1] == [b"0"]
            client.append("INBOX", "", "", b"Subject: x\r\n\r\n")


def test_another_password_is_refused(store: int) -> None:
    with (
        imaplib.IMAP4("127.0.0.1", store, timeout=20) as client,
        pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
    ):
        client.login("testuser", "other")


def test_a_session_of_imaplib(client: imaplib.IMAP4) -> None:
    """Its own way from APPEND to EXPUNGE."""
    assert client.create("work")[0] == "OK"
    for number in range(3):
        date = imaplib.Time2Internaldate(1_000_000_000 + number)
        assert (
            client.append("work", r"(\Flagged)", date, f"Subject: number {number}\r\n\r\nbody\r\n".encode())[
                0
            ]
            == "OK"
        )
    assert client.select("work") == ("OK", [b"3"])
    assert client.search(None, "SUBJECT", '"number 1"') == ("OK", [b"2"])
    kind, data = client.fetch("2", "(FLAGS BODY[HEADER.FIELDS (SUBJECT)])")
    assert kind == "OK"
    assert isinstance(data[0], tuple)
    assert data[0][1] == b"Subject: number 1\r\n\r\n"
    assert client.store("1,3", "+FLAGS", r"(\Deleted)")[0] == "OK"
    assert client.uid("COPY", "1", "Trash")[0] == "OK"
    assert client.expunge() == ("OK", [b"1", b"2"])
    assert client.list('""', "work") == ("OK", [b'(\\HasNoChildren) "/" work'])
    assert client.close()[0] == "OK"
    assert client.delete("work")[0] == "OK"
    assert client.namespace()[1] == [b'(("" "/")) NIL NIL']
    assert client.logout()[0] == "BYE"
