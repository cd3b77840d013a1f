"""The pages behind the links: looking changes nothing, confirming acts once (the traps of links in mail)."""

from __future__ import annotations

import base64
import contextlib
import copy as copying
import hashlib
import re
from typing import Any, Literal

import pytest
from pratique.api.pages import handle_page
from pratique.domain.digest import OFFERED
from pratique.domain.errors import TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import parse_scope
from pratique.usecases.expire_messages import expire_messages
from pratique.usecases.follow_link import follow_link
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message

from tests import builders, fakes
from tests.path import SPAMMER, work_off
from tests.unit.digests.setting import BOB, ORG, Mail, hold, mails, next_morning, run, world

ALL = ",".join(action.value for action in OFFERED)


def told(w: fakes.World, **chosen: object) -> Mail:
    """Bob's digest."""
    next_morning(w)
    run(w)
    return mails(w)[-1]


def ask(
    w: fakes.World, link: str, method: str = "GET", *, number: int = 1, language: str = "", body: str = ""
) -> dict[str, Any]:
    event = {
        "version": "2.0",
        "rawPath": f"/d/{link}",
        "rawQueryString": "",
        "headers": {"accept-language": language, "host": "mail.example.com"},
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {"requestId": f"request-{number}", "stage": "$default", "http": {"method": method}},
    }
    return handle_page(event, lambda: w.services)


def text(answer: dict[str, Any]) -> str:
    """What a person reads."""
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer["body"], flags=re.DOTALL)


def state(w: fakes.World, held: Copy) -> str:
    found = w.index.get_copy(held.id, now=w.clock.now_ms() // 1000)
    return found.state.value if found else "gone"


def snapshot(w: fakes.World) -> object:
    """Everything that an action could change."""
    digests = w.digests
    return copying.deepcopy(
        (
            [
                (c.id, c.state, c.lesson, c.events)
                for c in w.index.list_copies(BOB, states=tuple(State), limit=200, now=0).copies
            ],
            w.directory.list_entries(BOB, limit=100),
            w.directory.get_policy(BOB),
            w.journal.counts(BOB),
            digests._used,
            [p.data for p in w.courier.parcels],
            w.queue.waiting,
        )
    )


def test_get_and_head_on_every_url_of_a_digest_change_nothing() -> None:
    """Not once, not a hundred times: scanners press every link."""
    w = world(digest_actions=ALL)
    for number in range(3):
        hold(w, number)
    mail = told(w)
    links = [url.rpartition("/")[2] for url in mail.urls]
    assert len(links) == 3 * len(OFFERED) + 1
    before = snapshot(w)
    for _ in range(5):
        for link in links:
            for method in ("GET", "HEAD"):
                answer = ask(w, link, method)
                assert answer["statusCode"] == 200
                assert (answer["body"] == "") == (method == "HEAD")
    assert snapshot(w) == before
    scans = [entry for entry in w.audit.log if entry.action == "digest.scanned"]
    assert scans
    assert all(entry.scope == BOB for entry in scans)


def test_only_the_post_acts_and_only_once() -> None:
    w = world()
    held = hold(w)
    link = told(w).link("r")
    page = ask(w, link)
    assert "Release this message?" in text(page)
    assert "Nothing has happened yet." in text(page)
    assert f'<form method="post" action="/d/{link}">' in page["body"]
    done = ask(w, link, "POST", number=1)
    assert "on its way to bob@example.org" in text(done)
    assert state(w, held) == "releasing"
    again = ask(w, link, "POST", number=2)
    assert again["statusCode"] == 200
    assert "done already" in text(again)
    assert "done already" in text(ask(w, link))
    work_off(w)
    assert [m.parsed["Subject"] for m in mails(w)].count("Cheap things") == 1
    after = w.index.get_copy(held.id, now=w.clock.now_ms() // 1000)
    assert after is not None
    assert [(e.actor, e.channel.value) for e in after.events][1] == ("bob@example.org", "digest")


def test_the_same_request_twice_is_one() -> None:
    """A retry of the same request (its id) goes on where the first stopped."""
    w = world()
    hold(w)
    link = told(w).link("r")
    first, second = ask(w, link, "POST", number=1), ask(w, link, "POST", number=1)
    assert text(first) == text(second)


def test_two_tabs_release_and_remove_the_same_item() -> None:
    """The later one is told what happened."""
    w = world()
    held = hold(w)
    mail = told(w)
    ask(w, mail.link("r"), "POST", number=1)
    answer = ask(w, mail.link("b"), "POST", number=2)
    assert "was released before" in text(answer)
    assert state(w, held) == "releasing"
    assert w.directory.list_entries(BOB, limit=9).entries == ()


def test_released_or_removed_elsewhere_is_said() -> None:
    w = world()
    one, two = (
        hold(w, 1, body="One thing only, a letter about a house.\r\n"),
        hold(w, 2, subject="Another", body="Quite different words.\r\n"),
    )
    mail = told(w)
    bob = builders.actor("bob@example.org")
    release_message(w.services, bob, one.id)
    remove_message(w.services, bob, two.id)
    answers = [
        text(ask(w, mail.link(letter, line), "POST", number=line)) for line in (1, 2) for letter in ("r",)
    ]
    assert sum("on its way" in a or "was released before" in a for a in answers) == 1
    assert sum("was removed before" in a for a in answers) == 1


def test_a_link_to_what_expired_says_so_on_the_page_and_after_the_post() -> None:
    w = world()
    hold(w)
    mail = told(w)
    w.clock.advance(days=29)
    for method in ("GET", "POST"):
        answer = ask(w, mail.link("r"), method)
        assert "no longer there: its time was over on Mon 19 October 2026" in text(answer)
        assert "<form" not in answer["body"]
    expire_messages(w.services, until_ms=w.clock.now_ms() + 1)
    assert "no longer there" in text(ask(w, mail.link("d" if False else "b"), "POST", number=3))


@pytest.mark.parametrize(
    ("letter", "after", "undone", "said"),
    [("d", "removed", "held", "Removed."), ("b", "removed", "held", "the sender is blocked")],
)
def test_removing_can_be_taken_back_and_done_again(letter: str, after: str, undone: str, said: str) -> None:
    w = world(digest_actions=ALL)
    held = hold(w)
    link = told(w).link(letter)
    answer = ask(w, link, "POST", number=1)
    assert said in text(answer)
    assert state(w, held) == after
    (undo,) = re.findall(r'action="/d/([^"]+)"', answer["body"])
    assert "Take this back?" in text(ask(w, undo))
    assert "Taken back." in text(ask(w, undo, "POST", number=2))
    assert state(w, held) == undone
    assert w.directory.list_entries(BOB, limit=9).entries == ()
    assert said in text(ask(w, link, "POST", number=3))
    assert state(w, held) == after
    assert "Taken back." in text(ask(w, undo, "POST", number=4))


def test_training_is_a_lesson_of_ones_own_and_can_be_taken_back() -> None:
    w = world(digest_actions=ALL)
    hold(w)
    mail = told(w)
    answer = ask(w, mail.link("n"), "POST", number=1)
    assert "not spam" in text(answer)
    assert w.journal.counts(BOB)[0] == 1
    (undo,) = re.findall(r'action="/d/([^"]+)"', answer["body"])
    assert "Taken back." in text(ask(w, undo, "POST", number=2))


def test_allowing_puts_the_sender_on_ones_own_list() -> None:
    w = world()
    hold(w)
    answer = ask(w, told(w).link("w"), "POST")
    assert "the sender is allowed from now on" in text(answer)
    (entry,) = w.directory.list_entries(BOB, limit=9).entries
    assert (entry.pattern, entry.kind.value, entry.author) == (SPAMMER, "allow", "bob@example.org")


def test_mail_without_a_sender_offers_neither_allow_nor_block() -> None:
    """An empty MAIL FROM and no From: there is nobody to list."""
    w = world(digest_actions=ALL)
    from pratique.usecases.ingest_message import ingest_message

    raw = b"Subject: undelivered\r\nX-Mailer: none\r\n\r\nYour mail could not be delivered. Buy now.\r\n"
    w.store.put("raw/nobody", raw)
    from pratique.domain.policy import Policy

    w.directory.put_policy(BOB, Policy(spam_at=0.0, unsure_at=0.0))
    ingest_message(w.services, builders.receipt("nobody", mail_from="", received_ms=w.clock.now_ms()))
    mail = told(w)
    assert "(no sender)" in mail.text
    assert not [u for u in mail.urls if ".1.w." in u or ".1.b." in u]
    assert mail.link("r")


def test_a_link_of_user_a_says_nothing_of_user_b() -> None:
    """Nor does it act for B: it is bound to A's quarantine, whoever opens it."""
    w = world()
    bobs, anns = hold(w, 1, ("bob@example.org",)), hold(w, 2, ("ann@example.org",), subject="For Ann alone")
    next_morning(w)
    run(w)
    by = {m.to: m for m in mails(w)}
    bob, ann = by["bob@example.org"].link("r"), by["ann@example.org"].link("r")
    assert "For Ann alone" not in text(ask(w, bob))
    mixed = ".".join([ann.split(".")[0], *bob.split(".")[1:]])
    for forged in (mixed, bob[:-1] + ("a" if bob[-1] != "a" else "b"), bob.replace(".r.", ".d."), "x", ""):
        for method in ("GET", "POST"):
            answer = ask(w, forged, method)
            assert answer["statusCode"] == 404
            assert "not valid" in text(answer)
            assert "Ann" not in answer["body"]
    assert (state(w, bobs), state(w, anns)) == ("held", "held")


def test_a_bad_link_is_told_in_the_readers_language() -> None:
    w = world()
    assert "nicht gültig" in text(ask(w, "x", language="fr;q=0.3, de-AT, en;q=0.5"))
    assert "not valid" in text(ask(w, "x", language="tlh, *;q=0.1, de;q=oops"))


def test_an_old_key_opens_old_links_and_no_new_ones_are_made_with_it() -> None:
    w = world()
    hold(w)
    old = told(w).link("r")
    w.secrets.older = (w.secrets.key,)
    w.secrets.key = b"the next signing key, 32 octets and more"
    assert ask(w, old)["statusCode"] == 200
    hold(w, 2)
    new = told(w).link("r")
    w.secrets.older = ()
    assert ask(w, old)["statusCode"] == 404
    assert ask(w, new)["statusCode"] == 200


def test_too_much_at_once_is_refused_for_a_while() -> None:
    w = world(digest_actions=ALL)
    hold(w)
    mail = told(w)
    statuses = [ask(w, mail.link("d"), "POST", number=n)["statusCode"] for n in range(70)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    w.clock.advance(seconds=700)
    assert ask(w, mail.link("n"), "POST", number=99)["statusCode"] == 200


def test_what_fails_for_now_uses_nothing_up() -> None:
    w = world()
    held = hold(w)
    link = told(w).link("r")
    w.directory.delete_route("*")
    answer = ask(w, link, "POST", number=1)
    assert answer["statusCode"] == 409
    assert "cannot be delivered now" in text(answer)
    w.directory.put_route(builders.route("*"))
    original = w.queue.send

    def away(*_: object, **__: object) -> None:
        raise TemporaryFailure("away")

    w.queue.send = away  # type: ignore[method-assign]  # the queue is away for once
    assert ask(w, link, "POST", number=2)["statusCode"] == 503
    w.queue.send = original  # type: ignore[method-assign]  # as above
    assert "on its way" in text(ask(w, link, "POST", number=3))
    assert state(w, held) == "releasing"


def test_a_request_that_died_over_a_link_does_not_use_it_up_for_ever() -> None:
    w = world()
    hold(w)
    link = told(w).link("r")
    from pratique.domain.digest_link import read_link
    from pratique.ports.digests import Used

    read = read_link(link)
    assert read is not None
    w.digests.use(read.sheet, read.mark, Used("post:dead", w.clock.now_ms()), ends=0)
    assert "done already" in text(ask(w, link, "POST", number=2))
    w.clock.advance(seconds=130)
    assert "on its way" in text(ask(w, link, "POST", number=3))


def test_one_click_unsubscribe_acts_by_post_alone_and_can_be_taken_back() -> None:
    """RFC 8058: the POST has no cookie, no page, no redirect."""
    w = world()
    hold(w)
    mail = told(w)
    link = re.findall(r"<https://mail\.example\.com/d/([^>]+)>", mail.parsed["List-Unsubscribe"])[0]
    assert mail.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Stop the reports about bob@example.org?" in text(ask(w, link))
    assert w.directory.get_policy(BOB) is None
    answer = ask(w, link, "POST", body="List-Unsubscribe=One-Click")
    assert answer["statusCode"] == 200
    assert "location" not in answer["headers"]
    policy = w.directory.get_policy(BOB)
    assert policy is not None
    assert policy.digest is False
    hold(w, 2)
    next_morning(w)
    run(w)
    assert len(mails(w)) == 1
    (again,) = re.findall(r'action="/d/([^"]+)"', answer["body"])
    ask(w, again, "POST", number=2)
    policy = w.directory.get_policy(BOB)
    assert policy is not None
    assert policy.digest is True
    assert ask(w, link, "POST", number=3)["statusCode"] == 200
    policy = w.directory.get_policy(BOB)
    assert policy is not None
    assert policy.digest is False


def test_an_administrator_unsubscribes_the_own_address_alone() -> None:
    w = world(digest=False, digest_admins="ann@example.org, desk@example.org")
    hold(w)
    next_morning(w)
    run(w)
    mail = next(m for m in mails(w) if m.to == "ann@example.org")
    link = re.findall(r"/d/([^>]+)>", mail.parsed["List-Unsubscribe"])[0]
    ask(w, link, "POST")
    policy = w.directory.get_policy(ORG)
    assert policy is not None
    assert policy.digest_admins == "desk@example.org"


def test_a_page_is_bare_private_and_made_for_the_reader_alone() -> None:
    w = world(digest_language="ja")
    hold(w, subject='<script>alert(1)</script> "quoted" & more')
    page = ask(w, told(w).link("r"))
    headers, body = page["headers"], page["body"]
    style = re.findall(r"<style>(.*?)</style>", body, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert "<script" not in body
    assert "&lt;script&gt;" in body
    assert not re.findall(r'(?:src|href)="', body)
    assert '<html lang="ja">' in body
    assert "受け取りますか" in body


def test_other_methods_and_paths_are_no_way_in() -> None:
    w = world()
    hold(w)
    link = told(w).link("r")
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = ask(w, link, method)
        assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "GET, HEAD, POST")
    for event in (
        {},
        {"rawPath": "/v1/messages"},
        None,
        {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/x"},
    ):
        assert handle_page(event, lambda: w.services)["statusCode"] in (400, 404)


def test_a_crash_behind_a_page_is_a_page() -> None:
    def broken() -> Any:
        raise RuntimeError("secret insides")

    event = {"rawPath": f"/d/{'a' * 16}.1.r.{'b' * 26}", "requestContext": {"http": {"method": "GET"}}}
    answer = handle_page(event, broken)
    assert answer["statusCode"] == 500
    assert "secret" not in answer["body"]


def test_a_campaign_is_one_line_and_its_link_acts_on_all_of_it() -> None:
    w = world(digest_actions=ALL)
    body = (
        " ".join(f"word{n} offers something every day to whoever reads this letter" for n in range(12))
        + "\r\n"
    )
    copies = [hold(w, n, body=body) for n in range(5)]
    mail = told(w)
    assert "and 4 more like it" in mail.text
    assert mail.parsed["Subject"] == "Quarantine report: 5 messages held"
    answer = ask(w, mail.link("d"), "POST")
    assert "5 messages removed." in text(answer)
    assert {state(w, each) for each in copies} == {"removed"}


def test_a_digest_of_a_domain_acts_with_the_domains_rights() -> None:
    w = world(digest=False, digest_admins="ann@example.org")
    held = hold(w, 1, ("bob@example.org",))
    next_morning(w)
    run(w)
    (mail,) = mails(w)
    ask(w, mail.link("b"), "POST")
    assert state(w, held) == "removed"
    (entry,) = w.directory.list_entries(parse_scope("example.org"), limit=9).entries
    assert (entry.pattern, entry.author) == (SPAMMER, "ann@example.org")


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_behind_a_post_fails_the_next_one_finishes_it(
    when: Literal["before", "after"],
) -> None:
    """Released once, delivered once, and the person can simply press again."""
    calm = world()
    hold(calm)
    watched = fakes.faulty(calm.services)
    follow_link(watched, told(calm).link("r"), by="first")
    total = len(fakes.calls(watched))
    assert total > 8
    for number in range(1, total + 1):
        w = world()
        held = hold(w)
        link = told(w).link("r")
        services = fakes.faulty(w.services, at=number, when=when)
        with contextlib.suppress(TemporaryFailure):
            follow_link(services, link, by="first")
        w.clock.advance(seconds=130)
        answer = text(ask(w, link, "POST", number=2))
        assert "on its way" in answer or "done already" in answer, fakes.calls(services)[number - 1]
        work_off(w)
        assert state(w, held) == "released"
        assert [m.parsed["Subject"] for m in mails(w)].count("Cheap things") == 1
