"""The quarantine in a mail client: three logins, mail that comes while one waits, and a move that lets it go."""

from __future__ import annotations

import imaplib
import ssl
import threading

import pytest

from tests.e2e.installation import PATIENCE, Installation, mail
from tests.gateway.serving import below_trace

pytestmark = pytest.mark.emulator

SENDER = "newsletter@imap.example"


def client(installation: Installation, login: str) -> imaplib.IMAP4_SSL:
    """Logged in by TLS, with the certificate that the start made."""
    made = next(each for each in installation.stack.logins if each.login == login)
    context = ssl.create_default_context(cafile=str(installation.stack.certificate))
    found = imaplib.IMAP4_SSL(
        "localhost", installation.stack.imaps_port, ssl_context=context, timeout=PATIENCE
    )
    found.login(login, made.password)
    return found


def read_until(imap: imaplib.IMAP4, mark: bytes) -> list[bytes]:
    """The lines that come, up to one with `mark` in it."""
    lines: list[bytes] = []
    while not lines or mark not in lines[-1]:
        lines.append(imap.readline())
        assert lines[-1], lines
    return lines


def test_from_caught_to_release_and_train(installation: Installation) -> None:
    """Seen arriving by IDLE, moved, delivered as it came, and the lesson taught in the recipient's own layer."""
    if installation.stack.certificate is None:
        pytest.skip("no openssl on this machine")
    installation.block(SENDER, scope="example.org")
    data = mail("weekly news by imap", "All that happened this week.", sender=SENDER)
    with client(installation, "you@example.org") as you:
        before = int(you.select("Caught")[1][0] or 0)
        you.send(b"i1 IDLE\r\n")
        read_until(you, b"+")
        sending = threading.Thread(
            target=installation.send, args=(data,), kwargs={"to": "you@example.org", "sender": SENDER}
        )
        sending.start()
        read_until(you, b"* %d EXISTS" % (before + 1))
        sending.join()
        you.send(b"DONE\r\n")
        read_until(you, b"i1 OK")
        kind, found = you.fetch(str(before + 1), "(UID BODY.PEEK[])")
        assert kind == "OK"
        assert isinstance(found[0], tuple)
        assert below_trace(found[0][1]) == data
        for login in ("example.org", "global"):
            with client(installation, login) as other:
                other.select("Caught")
                numbers = other.search(None, "SUBJECT", '"weekly news by imap"')[1][0]
                assert len(numbers.split()) == 1
        uid = found[0][0].split()[2].decode()
        assert you.uid("MOVE", uid, '"Release &- Train"')[0] == "OK"
        assert you.uid("SEARCH", "UID", uid)[1] == [b""]

    def let_go() -> list[bytes]:
        """Among what others sent there."""
        return [each for each in installation.delivered("you@example.org") if each.endswith(b"\r\n" + data)]

    (arrived,) = installation.wait_for(let_go, bool)
    assert arrived.startswith(b"X-Pratique-")
    copies = installation.do("GET", "/v1/messages", scope="you@example.org", state=["releasing", "released"])
    (copy,) = [each for each in copies["messages"] if each["subject"] == "weekly news by imap"]
    assert copy["lesson"] == "ham"
    detail = installation.do("GET", f"/v1/messages/{copy['id']}")
    released = next(step for step in detail["history"] if step["state"] == "releasing")
    assert (released["actor"], released["channel"]) == ("you@example.org/laptop", "imap")

    def learned() -> int:
        token = installation.do("POST", "/v1/tokens", {"name": "mine", "scope": "you@example.org"})["text"]
        status = installation.call("GET", "/v1/status", token=token).body
        return int(status["lessons_applied"])

    assert installation.wait_for(learned, lambda applied: applied > 0)


def test_a_wrong_password_opens_nothing(installation: Installation) -> None:
    """Nor does somebody else's; the connection says so and stays."""
    if installation.stack.certificate is None:
        pytest.skip("no openssl on this machine")
    own = {each.login: each.password for each in installation.stack.logins}
    context = ssl.create_default_context(cafile=str(installation.stack.certificate))
    imap = imaplib.IMAP4_SSL(
        "localhost", installation.stack.imaps_port, ssl_context=context, timeout=PATIENCE
    )
    with imap:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            imap.login("global", own["you@example.org"])
        imap.login("global", own["global"])
