"""Mail that people send: out by submission, held in Caught (Outgoing), let go by mail client and API, and whoever sends spam is locked."""

from __future__ import annotations

import base64
import email
import json
import smtplib
import ssl
import urllib.request
from email.message import Message
from email.policy import default
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.next_hops import Mailbox, aiosmtpd_hop
from tests.e2e.installation import PATIENCE, Installation
from tests.e2e.test_imap import client
from tests.unit.submission.sending import LETTER, SPAM

pytestmark = pytest.mark.emulator

YOU = "you@example.org"
ABUSE = "abuse@desk.example"


@pytest.fixture(scope="module")
def sending(installation: Installation) -> Installation:
    """example.org keeps what looks like spam, and has it reported."""
    if installation.stack.certificate is None:
        pytest.skip("no openssl on this machine")
    choose(installation)
    return installation


def choose(installation: Installation, **more: Any) -> None:
    """The whole policy of the domain."""
    body = {"outgoing_quarantine": True, "outgoing_abuse_address": ABUSE, "outgoing_lock_spams": 50, **more}
    installation.do("PUT", "/v1/policies/example.org", body)


def password(installation: Installation, login: str) -> str:
    return next(each.password for each in installation.stack.logins if each.login == login)


def connected(installation: Installation, *, tls: bool = False) -> smtplib.SMTP:
    """A client at the submission port, with TLS on the line."""
    context = ssl.create_default_context(cafile=str(installation.stack.certificate))
    stack = installation.stack
    if tls:
        return smtplib.SMTP_SSL("localhost", stack.submissions_port, context=context, timeout=90)
    smtp = smtplib.SMTP("localhost", stack.submission_port, timeout=90)
    smtp.starttls(context=context)
    smtp.ehlo()
    return smtp


def submit(
    installation: Installation,
    data: bytes,
    to: list[str],
    *,
    login: str = YOU,
    sender: str = YOU,
    tls: bool = False,
) -> tuple[int, str]:
    """Log in and send; the reply to DATA."""
    with connected(installation, tls=tls) as smtp:
        smtp.login(login, password(installation, login))
        smtp.mail(sender)
        for each in to:
            code, text = smtp.rcpt(each)
            assert code == 250, text
        code, text = smtp.data(data)
    return code, text.decode()


def mine(data: bytes) -> bytes:
    return data.replace(b"bob@example.org", YOU.encode())


def held(installation: Installation) -> list[dict[str, Any]]:
    return installation.held("example.org", direction="outgoing")


def test_clean_mail_goes_out(sending: Installation) -> None:
    """By 587 and 465, from one's own sender, byte for byte below what we put on top; nothing of it is in the lists of what came in."""
    for tls in (False, True):
        to = f"friend{int(tls)}@out.example"
        code, text = submit(sending, mine(LETTER), [to], tls=tls)
        assert (code, text.split()[0]) == (250, "2.0.0"), text
        (arrived,) = sending.delivered(to)
        assert arrived.endswith(mine(LETTER))
        head = arrived[: -len(LETTER)]
        assert b"with ESMTPSA id" in head
        assert b"X-Pratique-Class" not in head
    sent = sending.do("GET", "/v1/messages", scope="example.org", state="delivered", direction="outgoing")[
        "messages"
    ]
    assert {"friend0@out.example", "friend1@out.example"} <= {each["recipient"] for each in sent}
    came = sending.do("GET", "/v1/messages", scope="example.org", state="delivered")["messages"]
    assert not {each["id"] for each in sent} & {each["id"] for each in came}


def test_spam_is_held_seen_in_a_mail_client_and_let_go(sending: Installation) -> None:
    """Its sender is told no; a real IMAP client of the domain sees the folder and moves it to Release; the API lets another go."""
    code, text = submit(sending, mine(SPAM), ["victim@out.example"])
    assert (code, "Caught (Outgoing)" in text) == (550, True), text
    (first,) = held(sending)
    assert (first["direction"], first["owner"], first["recipient"]) == (
        "outgoing",
        YOU,
        "victim@out.example",
    )
    with client(sending, "example.org") as domain:
        assert any(b'"Caught (Outgoing)"' in line for line in domain.list()[1] if isinstance(line, bytes))
        assert domain.select('"Caught (Outgoing)"')[1] == [b"1"]
        kind, found = domain.fetch("1", "(UID BODY.PEEK[])")
        assert kind == "OK"
        assert isinstance(found[0], tuple)
        assert found[0][1].endswith(mine(SPAM))
        assert domain.uid("MOVE", "1", "Release")[0] == "OK"
    (arrived,) = sending.delivered("victim@out.example")
    assert arrived.endswith(mine(SPAM))
    with client(sending, YOU) as you:
        assert any(b'"Caught (Outgoing)"' in line for line in you.list()[1] if isinstance(line, bytes))
    submit(sending, mine(SPAM), ["second@out.example"])
    (second,) = held(sending)
    answer = sending.do("POST", f"/v1/messages/{quote(second['id'])}/release")
    assert answer["state"] == "releasing"
    sending.delivered("second@out.example")
    sending.wait_for(lambda: sending.state_of(second["id"]), lambda state: state == "released")


def test_each_blocked_message_is_reported(sending: Installation) -> None:
    """As RFC 5965 has it, with the header of the message and no more."""
    submit(sending, mine(SPAM), ["reported@out.example"])
    (found,) = sending.wait_for(
        lambda: [each for each in sending.delivered(ABUSE) if b"reported@out.example" in each],
        lambda found: len(found) == 1,
    )
    report = email.message_from_bytes(found, policy=default)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "feedback-report"
    _, feedback, original = report.iter_parts()
    fields = feedback.get_payload()
    assert isinstance(fields, list)
    assert isinstance(fields[0], Message)
    assert fields[0]["Feedback-Type"] == "abuse"
    assert fields[0]["Original-Rcpt-To"] == "<reported@out.example>"
    assert original.get_content_type() == "text/rfc822-headers"
    assert b"Congratulations" not in report.as_bytes()


def test_whoever_sends_spam_again_and_again_is_locked_until_somebody_unlocks(sending: Installation) -> None:
    """Told at MAIL; the mailbox gets a notice; an administrator ends it."""
    sending.do(
        "POST", "/v1/identities/unlock", {"user": YOU, "sender": YOU}
    )  # what was held before counts no more
    choose(sending, outgoing_lock_spams=2)
    for number in range(2):
        submit(sending, mine(SPAM), [f"many{number}@out.example"], sender=YOU)
    with connected(sending) as smtp:
        smtp.login(YOU, password(sending, YOU))
        code, text = smtp.mail(YOU)
        assert (code, b"locked for a while" in text) == (450, True), text
    (locked,) = sending.do("GET", "/v1/identities", scope="global", locked="true")["identities"]
    assert (locked["user"], locked["locked"]) == (YOU, True)
    notices = sending.wait_for(
        lambda: [each for each in sending.delivered(YOU) if b"Subject: Sending as" in each], bool
    )
    assert all(b"Auto-Submitted: auto-generated" in each for each in notices)
    code, _ = submit(
        sending, mine(LETTER), ["other@out.example"], login="example.org", sender="sales@example.org"
    )
    assert code == 250, "another login is another identity"
    choose(sending)
    sending.do("POST", "/v1/identities/unlock", {"user": YOU, "sender": YOU})
    assert submit(sending, mine(LETTER), ["after@out.example"])[0] == 250
    assert sending.do("GET", "/v1/identities", scope="global", locked="true")["identities"] == []


def test_servers_send_by_the_api(sending: Installation) -> None:
    """Once, however often they ask with the same key; what looks like spam is held there, too."""
    body = {
        "mail_from": YOU,
        "recipients": ["api@out.example"],
        "raw": base64.b64encode(mine(LETTER)).decode(),
    }

    def send(key: str) -> Any:
        request = urllib.request.Request(f"{sending.stack.url}/v1/outgoing", method="POST")
        request.add_header("Authorization", f"Bearer {sending.stack.token}")
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", key)
        with urllib.request.urlopen(request, json.dumps(body).encode(), timeout=60) as answer:
            return json.loads(answer.read())

    first, again = send("one"), send("one")
    assert first["accepted"] is True
    assert first == again | {"copies": first["copies"]}
    (arrived,) = sending.delivered("api@out.example")
    assert b"with HTTP id" in arrived
    body["raw"] = base64.b64encode(mine(SPAM)).decode()
    body["recipients"] = ["api2@out.example"]
    blocked = sending.do("POST", "/v1/outgoing", body)
    assert (blocked["accepted"], blocked["copies"][0]["state"]) == (False, "held")


def test_wrong_passwords_wrong_senders_and_no_tls(sending: Installation) -> None:
    """Nothing without TLS, nothing without a login, nothing as somebody else."""
    with smtplib.SMTP("localhost", sending.stack.submission_port, timeout=PATIENCE) as plain:
        plain.ehlo()
        assert not plain.has_extn("auth")
        assert plain.mail(YOU)[0] == 530
    with connected(sending) as smtp:
        assert smtp.mail(YOU)[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(YOU, "wrong-wrong-wrong-wrong-wrong")
        smtp.login(YOU, password(sending, YOU))
        assert smtp.mail("boss@example.org")[0] == 550
        assert smtp.mail(YOU)[0] == 250


def test_whoever_sends_hears_that_the_next_hop_refused(installation: Installation) -> None:
    """A smarthost that says 550: the author gets a report in the own mailbox, with the answer and the reference."""
    author, stranger = "ann@bounces.example", "nobody@else.example"
    hop = Mailbox(answers={"RCPT": "550 5.1.1 no such mailbox"})
    with aiosmtpd_hop(hop) as port:
        route = {"kind": "smtp", "host": "127.0.0.1", "port": port, "tls": "none"}
        installation.do("PUT", "/v1/routes/outgoing:bounces.example", route)
        data = LETTER.replace(b"bob@example.org", author.encode())
        body = {"mail_from": author, "recipients": [stranger], "raw": base64.b64encode(data).decode()}
        installation.do("POST", "/v1/outgoing", body)
        (arrived,) = installation.delivered(author)
    report = email.message_from_bytes(arrived, policy=default)
    assert report.get_content_type() == "multipart/report"
    assert report["Auto-Submitted"] == "auto-replied"
    assert b"550 5.1.1 no such mailbox" in arrived
    assert stranger.encode() in arrived
