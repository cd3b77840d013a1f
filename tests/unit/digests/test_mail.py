"""A digest as a mail: headers, both bodies, hostile content, and that it can never come to be judged, held or answered."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from pratique.domain.lifecycle import State
from pratique.domain.policy import Policy
from pratique.domain.rights import Right
from pratique.domain.route import RouteKind
from pratique.domain.scope import GLOBAL
from pratique.domain.verdict import Verdict
from pratique.ports.queue import QueueName
from pratique.usecases.ingest_message import ingest_message

from tests import builders, fakes
from tests.path import block, work_off
from tests.unit.digests.setting import BOB, OPTIONS, ORG, Mail, hold, mails, next_morning, run, world


def told(w: fakes.World) -> Mail:
    next_morning(w)
    run(w)
    return mails(w)[-1]


def come_in(
    w: fakes.World, data: bytes, *, to: str = "bob@example.org", source: str = "again", mail_from: str = ""
) -> State:
    w.store.put(f"raw/{source}", data)
    receipt = builders.receipt(source, (to,), mail_from=mail_from, received_ms=w.clock.now_ms())
    return ingest_message(w.services, receipt).copies[0].state


def test_the_headers_are_those_of_automatic_mail() -> None:
    w = world(digest_language="de")
    hold(w)
    mail = told(w)
    headers = mail.parsed
    assert mail.mail_from == ""
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Precedence"] == "bulk"
    assert headers["List-Id"] == "<quarantine.example.org>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(
        r"<https://mail\.example\.com/d/\S+>,\s+<mailto:act\+\S+@digest\.example\.com>",
        str(headers["List-Unsubscribe"]),
    )
    assert headers["Content-Language"] == "de"
    assert str(headers["From"]) == '"Quarantäne von example.org" <quarantine@pratique.example.com>'
    assert str(headers["To"]) == "bob@example.org"
    assert headers["Message-ID"].endswith("@pratique.example.com>")
    assert headers.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in headers.iter_parts()] == ["text/plain", "text/html"]


def test_every_octet_is_fit_for_any_next_hop() -> None:
    """Seven bits, CRLF alone, no line above 998."""
    for language in ("en", "de", "es", "fr", "ja"):
        w = world(digest_language=language)
        for number in range(30):
            hold(
                w,
                number,
                subject=f"Ünïcode {number} 日本語 " * 6,
                body=f"{number} words that nobody else says {number * 7}\r\n",
            )
        data = told(w).data
        assert data.isascii()
        assert b"\r" not in data.replace(b"\r\n", b"")
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998


def test_both_bodies_say_the_same() -> None:
    w = world(digest_phrase="blue heron", digest_max=2)
    for number, subject in enumerate(("First", "Second", "Third")):
        hold(w, number, subject=f"{subject} subject", body=f"{subject} body of words.\r\n")
    mail = told(w)
    for body in (mail.text, mail.html):
        assert "blue heron" in body
        assert sum(f"{name} subject" in body for name in ("First", "Second", "Third")) == 2
        assert "1 more message is held and not listed here." in body
        assert "never asks for a password" in body
    assert mail.parsed["Subject"] == "Quarantine report: 3 messages held"


def test_nothing_is_loaded_and_nothing_runs() -> None:
    w = world()
    hold(w, subject="<img src=https://evil.example/x> <script>alert(1)</script> \"'&")
    html = told(w).html
    assert "<img" not in html
    assert "<script" not in html
    assert not re.search(r"<[^>]*(?:src|background)\s*=|url\(|@import", html)
    assert {url.partition(":")[0] for url in re.findall(r'href="([^"]+)"', html)} == {"https", "mailto"}
    assert "&lt;script&gt;" in html
    assert "evil.example/x" not in html


@pytest.mark.parametrize(
    "subject",
    [
        "a\r\n Bcc: x@evil.example",
        "=?utf-8?q?a=0D=0AX-Evil:_1?=",
        "nul\x00l",
        "\u202efdp.exe",
        "$name {mailbox} %s",
    ],
)
def test_a_hostile_subject_stays_a_subject(subject: str) -> None:
    w = world()
    copy = builders.a_copy(1, at_ms=w.clock.now_ms(), subject=subject, triage="20.0 ")
    w.index.add_copy(copy)
    w.digests.arm(BOB, due=w.clock.now_ms() // 1000 + 60, now_ms=w.clock.now_ms())
    mail = told(w)
    assert "X-Evil" not in mail.parsed
    assert "Bcc" not in mail.parsed
    assert not set("\x00\u202e") & set(mail.text + mail.html)


def test_a_name_that_looks_like_an_address_is_left_out() -> None:
    """`"ceo@example.org" <eve@spam.example>`: it is there to deceive."""
    w = world()
    copy = builders.a_copy(1, at_ms=w.clock.now_ms(), sender="eve@spam.example")
    w.index.add_copy(copy)
    w.index.add_facts(
        builders.facts(1, at_ms=w.clock.now_ms(), header_from='"ceo@example.org" <eve@spam.example>'),
        expires_at=2**40,
    )
    w.digests.arm(BOB, due=w.clock.now_ms() // 1000 + 60, now_ms=w.clock.now_ms())
    mail = told(w)
    assert "ceo@" not in mail.text + mail.html
    assert "eve@spam.example" in mail.text


def test_a_digest_that_comes_in_again_is_delivered_unjudged() -> None:
    """To its own mailbox: not held, no news, and known again after the next pass."""
    w = world()
    hold(w)
    mail = told(w)
    w.directory.put_policy(ORG, Policy(digest=True, spam_at=0.001, unsure_at=0.0, digest_skip_blocked=False))
    for turn in range(3):
        data = mail.data if turn == 0 else w.courier.parcels[-1].data
        assert come_in(w, data, source=f"turn-{turn}") is State.QUEUED
        work_off(w)
    progress = w.digests.progress(BOB)
    assert progress is not None
    assert progress.due == 0
    listed = w.index.list_copies(GLOBAL, states=(State.DELIVERED,), limit=9, now=w.clock.now_ms() // 1000)
    assert len(listed.copies) == 3
    assert Verdict.SPAM not in {copy.verdict for copy in listed.copies}


def test_the_mark_opens_the_way_for_this_digest_and_this_mailbox_alone() -> None:
    w = world()
    hold(w)
    mail = told(w)
    block(w, pattern="quarantine@pratique.example.com")
    assert come_in(w, mail.data, source="own") is State.QUEUED
    assert come_in(w, mail.data, to="ann@example.org", source="other") is State.HELD
    changed = mail.data.replace(b"multipart/alternative", b"multipart/mixed", 1) + b"Buy now.\r\n"
    assert come_in(w, changed, source="changed") is State.HELD
    forged = re.sub(rb"sig=\S+", b"sig=AAAA", mail.data, count=1)
    assert come_in(w, forged, source="forged") is State.HELD
    w.clock.advance(days=8)
    assert come_in(w, mail.data, source="old") is State.HELD


def test_a_loop_of_a_digest_ends_and_is_in_no_digest() -> None:
    w = world()
    hold(w)
    data = told(w).data
    for turn in range(8):
        state = come_in(w, data, source=f"turn-{turn}")
        if state is State.HELD:
            break
        work_off(w)
        data = w.courier.parcels[-1].data
    assert state is State.HELD
    progress = w.digests.progress(BOB)
    assert progress is not None
    assert progress.due == 0


def test_where_there_are_no_pages_and_no_addresses_the_digest_still_informs() -> None:
    w = world(replace(OPTIONS, public_url="", digest_domain=""))
    hold(w)
    mail = told(w)
    assert "Cheap things" in mail.text
    assert "href" not in mail.html
    assert mail.parsed["List-Unsubscribe"] is None
    assert "button" not in mail.text


def test_by_ses_it_comes_from_the_verified_sender_as_it_is() -> None:
    w = world()
    w.directory.put_route(
        builders.route("*", kind=RouteKind.SES_WRAPPED, host="", sender="notes@example.com")
    )
    hold(w)
    mail = told(w)
    assert w.courier.routes[-1].kind is RouteKind.SES_REWRITTEN
    assert str(mail.parsed["From"]).endswith("<notes@example.com>")


def test_odd_mailboxes_get_their_digest() -> None:
    for local in ('"odd box"', "o'neil", "a.b-c_d=e", "grüße"):
        w = world()
        hold(w, 1, (f"{local}@example.org",))
        mail = told(w)
        assert mail.to == f"{local}@example.org"
        assert message_from_bytes(mail.data, policy=default)["To"] is not None


def test_who_may_only_ask_is_offered_that_and_who_may_not_even_that_nothing() -> None:
    for right, letters in (("request", "qb"), ("none", "b")):
        w = world(rights_blocked=Right(right))
        held = hold(w)
        mail = told(w)
        assert {url.split(".")[-2] for url in mail.urls if ".1." in url} == set(letters)
        if right == "request":
            from tests.unit.digests.test_pages import ask, text

            assert "has been asked to release this message" in text(ask(w, mail.link("q"), "POST"))
            copy = w.index.get_copy(held.id, now=w.clock.now_ms() // 1000)
            assert copy is not None
            assert copy.release_request is not None
            assert w.queue.waiting[QueueName.DELIVER] == []
