"""Our own mail about outgoing mail: an abuse report that others can read, a notice of a lock, and no loop."""

from __future__ import annotations

import email
from email.message import EmailMessage, Message
from email.policy import default

import pytest
from pratique.domain.errors import InvalidInput, PermanentFailure, TemporaryFailure
from pratique.ports.queue import QueueName
from pratique.usecases.deliver_copy import deliver_batch
from pratique.usecases.outgoing_notices import Blocked, abuse_report
from pratique.usecases.send_notice import send_notice

from tests import builders, fakes
from tests.builders import NOW_MS
from tests.unit.submission.sending import BOB, EVE, SPAM, choose, send, spam, world

ABUSE = "abuse@desk.example"
BLOCKED = Blocked("01K5N6R4M0Q8T7V2Y5Z9ABCDEF", BOB, BOB, [EVE], "192.0.2.7", NOW_MS, was_held=True)


def read(data: bytes) -> EmailMessage:
    found = email.message_from_bytes(data, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def feedback(report: EmailMessage) -> Message:
    """The machine's part."""
    part = list(report.iter_parts())[1]
    assert part.get_content_type() == "message/feedback-report"
    payload = part.get_payload()
    assert isinstance(payload, list)
    assert isinstance(payload[0], Message)
    return payload[0]


def made(raw: bytes = SPAM, *, full: bool = False, blocked: Blocked = BLOCKED) -> bytes:
    return abuse_report(blocked, raw, to=ABUSE, domain="example.org", host="mx.example.org", full=full)


def test_a_report_has_the_three_parts_of_rfc_5965() -> None:
    """Section 2: multipart/report, report-type feedback-report, text, message/feedback-report, the message or its header."""
    report = read(made())
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "feedback-report"
    kinds = [part.get_content_type() for part in report.iter_parts()]
    assert kinds == ["text/plain", "message/feedback-report", "text/rfc822-headers"]
    assert read(made(full=True)).as_bytes().count(b"message/rfc822") == 1
    assert not report.defects


def test_a_reports_fields_are_those_of_section_3() -> None:
    """Each required one once; the optional ones as in the RFC's own examples (B.1, B.2)."""
    fields = feedback(read(made(blocked=BLOCKED._replace(recipients=[EVE, "ann@else.example"]))))
    for name, value in {
        "Feedback-Type": "abuse",
        "User-Agent": "Pratique/1",
        "Version": "1",
        "Original-Mail-From": f"<{BOB}>",
        "Arrival-Date": "Mon, 21 Sep 2026 14:13:20 +0000",
        "Source-IP": "192.0.2.7",
        "Reporting-MTA": "dns; mx.example.org",
        "Reported-Domain": "example.org",
    }.items():
        assert fields.get_all(name) == [value]
    assert fields.get_all("Original-Rcpt-To") == [f"<{EVE}>", "<ann@else.example>"]
    null = feedback(read(made(blocked=BLOCKED._replace(mail_from="", client_ip=""))))
    assert (null["Original-Mail-From"], null["Source-IP"]) == ("<>", None)


RFC_EXAMPLE = (
    b"From: <abusedesk@example.com>\r\nDate: Thu, 8 Mar 2005 17:40:36 EDT\r\nSubject: FW: Earn money\r\nTo: <abuse@example.net>\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report;\r\n     boundary="part1_13d.2e68ed54_boundary"\r\n\r\n'
    b'--part1_13d.2e68ed54_boundary\r\nContent-Type: text/plain; charset="US-ASCII"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'
    b"This is an email abuse report for an email message received from IP\r\n192.0.2.1 on Thu, 8 Mar 2005 14:00:00 EDT.\r\n\r\n"
    b"--part1_13d.2e68ed54_boundary\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
    b"User-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\r\n--part1_13d.2e68ed54_boundary\r\nContent-Type: message/rfc822\r\n"
    b"Content-Disposition: inline\r\n\r\nReceived: from mailserver.example.net\r\n\tby example.com with ESMTP id M63d4137594e46;\r\n"
    b"From: <somespammer@example.net>\r\nTo: <Undisclosed Recipients>\r\nSubject: Earn money\r\nMIME-Version: 1.0\r\n\r\nSpam Spam Spam\r\n"
    b"--part1_13d.2e68ed54_boundary--\r\n"
)
"""RFC 5965, appendix B.1, in short."""


def test_the_reader_reads_the_rfcs_example_the_same_way() -> None:
    """What these tests read ours with finds the RFC's parts and fields, too."""
    report = read(RFC_EXAMPLE)
    assert [p.get_content_type() for p in report.iter_parts()] == [
        "text/plain",
        "message/feedback-report",
        "message/rfc822",
    ]
    wanted = set(feedback(report).keys())
    assert wanted == {"Feedback-Type", "User-Agent", "Version"}
    assert wanted <= set(feedback(read(made())).keys())


@pytest.mark.parametrize("raw", [b"", b"no header", b"A: b\n\nbare\nends\r\n", b"\xff\x00: x\r\n\r\n\xfe"])
def test_whatever_the_message_is_the_report_can_be_read(raw: bytes) -> None:
    for full in (False, True):
        report = read(made(raw, full=full))
        assert len(list(report.iter_parts())) == 3
        assert feedback(report)["Feedback-Type"] == "abuse"


def test_a_message_cannot_end_its_own_part() -> None:
    """It may hold the boundary that would be made first: another is taken."""
    first = made().split(b'boundary="')[1].split(b'"')[0]
    report = read(made(b"A: b\r\n\r\n--" + first + b"--\r\nrest\r\n", full=True))
    assert b"rest" in list(report.iter_parts())[2].as_bytes()
    assert len(list(report.iter_parts())) == 3


def test_each_blocked_message_is_reported_once_to_the_abuse_address() -> None:
    """Held or refused; clean mail and mail to somebody who is blocked by name are not; a null sender, Auto-Submitted, no loop."""
    here = world(outgoing_abuse_address=ABUSE)
    send(here)
    here.queue.drain(QueueName.DELIVER)
    send(here, SPAM, source_id="s2")
    items = here.queue.drain(QueueName.DELIVER)
    assert [item["notice"] for item in items] == ["abuse-report"]
    assert deliver_batch(here.services, items) == [None]
    (parcel,) = here.courier.parcels
    assert (parcel.mail_from, str(parcel.recipient)) == ("", ABUSE)
    report = read(parcel.data)
    assert report["Auto-Submitted"] == "auto-generated"
    assert b"Congratulations" not in parcel.data, "headers only, unless the policy says otherwise"
    assert here.courier.routes[0].domain == "outgoing:example.org"
    choose(here, outgoing_quarantine=True, outgoing_abuse_address=ABUSE, outgoing_report_full=True)
    send(here, SPAM, source_id="s3")
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    assert b"Congratulations" in here.courier.parcels[-1].data


def test_a_message_that_is_not_kept_stays_for_its_report_alone() -> None:
    """Then its bytes go, also where the report cannot be handed over."""
    here = world(outgoing_quarantine=False, outgoing_abuse_address=ABUSE)
    for number, failure in enumerate((None, PermanentFailure("550 no"))):
        send(here, SPAM, source_id=f"s{number}")
        assert here.store.objects
        if failure:
            here.courier.fail(failure)
        assert deliver_batch(here.services, here.queue.drain(QueueName.DELIVER)) == [None]
        assert not here.store.objects
    held = world(outgoing_abuse_address=ABUSE)
    send(held, SPAM)
    deliver_batch(held.services, held.queue.drain(QueueName.DELIVER))
    assert held.store.objects, "a held one keeps its bytes"


def test_an_address_of_ones_own_domain_gets_it_from_its_own_mail_server() -> None:
    """Not round by the MX, where the same spam would be caught again."""
    here = world(outgoing_abuse_address="abuse@example.org")
    here.directory.put_route(builders.route("example.org", host="mx.own.example"))
    send(here, SPAM)
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    assert here.courier.routes[0].host == "mx.own.example"


def test_a_notice_is_tried_again_and_given_up_after_a_day() -> None:
    here = world(outgoing_abuse_address=ABUSE)
    send(here, SPAM)
    here.courier.fail(TemporaryFailure("451 later"), times=2)
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    assert here.queue.delays[QueueName.DELIVER] == [300]
    here.clock.advance(days=1.1)
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    assert here.queue.waiting[QueueName.DELIVER] == []
    assert here.courier.parcels == []


def test_a_lock_is_told_to_the_administrators_and_the_mailbox() -> None:
    """To postmaster where nobody is named; what it says is about the login, the reason and the end."""
    here = world(outgoing_lock_spams=1, outgoing_notice_address="ops@desk.example")
    spam(here, 1)
    items = here.queue.drain(QueueName.DELIVER)
    assert [item["to"] for item in items] == ["ops@desk.example", BOB]
    deliver_batch(here.services, items)
    notices = [read(parcel.data) for parcel in here.courier.parcels]
    assert all(each["Auto-Submitted"] == "auto-generated" for each in notices)
    text = notices[0].get_content()
    for said in (f"login {BOB}", "look like spam", "Mon, 21 Sep 2026 14:43:20 +0000"):
        assert said in text
    assert [parcel.mail_from for parcel in here.courier.parcels] == ["", ""]


@pytest.mark.parametrize(
    "body",
    [
        {"notice": "abuse-report", "to": ABUSE, "raw": "raw/somebodys-mail", "at": "1"},
        {"notice": "something", "to": ABUSE},
        {"notice": "lock", "to": "no address"},
        {"notice": "lock"},
    ],
)
def test_items_that_are_none(body: dict[str, str]) -> None:
    """They come back, and end as dead letters; no other object than one of outgoing mail is ever read."""
    here = fakes.world()
    with pytest.raises(InvalidInput):
        send_notice(here.services, body, {})
