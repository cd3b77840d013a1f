"""Answers to a digest: from the mailbox that got it, and proven, or nothing happens at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL
from pratique.ports.queue import QueueName
from pratique.ports.services import Options
from pratique.usecases.expire_messages import expire_messages
from pratique.usecases.ingest_message import Ingested, ingest_message
from pratique.usecases.run_digests import read_item, work_on

from tests import builders, fakes
from tests.unit.digests.setting import BOB, OPTIONS, hold, mails, next_morning, run, world

FAILS = AuthResults(spf=Outcome.FAIL, dkim=Outcome.FAIL, dmarc=Outcome.FAIL)


def told(w: fakes.World) -> str:
    """The address that releases the first item of Bob's digest, as his mail program has it."""
    next_morning(w)
    run(w)
    mail = mails(w)[-1]
    return f"act+{mail.link('r')}@digest.example.com"


def reply(
    w: fakes.World,
    to: str | tuple[str, ...],
    *,
    sender: str = "bob@example.org",
    mail_from: str | None = None,
    auth: AuthResults = builders.PASSES,
    headers: tuple[str, ...] = (),
    source: str = "reply-1",
) -> Ingested:
    raw = builders.raw_message(
        sender=f"Bob <{sender}>", to="act", subject="Re: quarantine report", headers=headers
    )
    w.store.put(f"raw/{source}", raw)
    recipients = (to,) if isinstance(to, str) else to
    receipt = builders.receipt(
        source,
        recipients,
        mail_from=sender if mail_from is None else mail_from,
        auth=auth,
        received_ms=w.clock.now_ms(),
    )
    taken = ingest_message(w.services, receipt)
    for item in w.queue.drain(QueueName.DIGEST):
        assert not work_on(w.services, read_item(item), until_ms=w.clock.now_ms() + 1)
    return taken


def state(w: fakes.World, held: Copy) -> State | None:
    found = w.index.get_copy(held.id, now=w.clock.now_ms() // 1000)
    return found.state if found else None


def test_an_answer_of_the_mailbox_releases_and_is_confirmed() -> None:
    w = world()
    held = hold(w)
    address = told(w)
    reply(w, address)
    assert state(w, held) is State.RELEASING
    found = w.index.get_copy(held.id, now=w.clock.now_ms() // 1000)
    assert found is not None
    assert (found.events[-1].actor, found.events[-1].channel.value) == ("bob@example.org", "reply")
    note = mails(w)[-1]
    assert (note.to, note.mail_from) == ("bob@example.org", "")
    assert note.parsed["Auto-Submitted"] == "auto-replied"
    assert "on its way to bob@example.org" in note.text


def test_the_address_survives_a_program_that_changes_its_case() -> None:
    w = world()
    held = hold(w)
    address = told(w)
    reply(w, address.upper().replace("DIGEST.EXAMPLE.COM", "Digest.Example.Com"))
    assert state(w, held) is State.RELEASING


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"auth": FAILS}, "forged"),
        ({"sender": "eve@example.org"}, "of the same domain"),
        ({"sender": "eve@spam.example"}, "somebody else"),
        ({"mail_from": ""}, "a bounce"),
        ({"headers": ("Auto-Submitted: auto-replied",)}, "out of office"),
        ({"headers": ("Precedence: auto_reply",)}, "an older one"),
        ({"headers": ("List-Id: <x.example>",)}, "through a list"),
    ],
)
def test_anybody_else_is_neither_obeyed_nor_answered(changes: dict[str, object], why: str) -> None:
    w = world()
    held = hold(w)
    address = told(w)
    before = len(mails(w))
    taken = reply(w, address, **changes)  # type: ignore[arg-type]  # a test's own words
    assert state(w, held) is State.HELD, why
    assert len(mails(w)) == before, why
    assert [copy.state for copy in taken.copies] == [State.DELIVERED]


def test_an_answer_is_accounted_and_is_nobodys_mail() -> None:
    """It is in no mailbox, its record names no token, and in a day its bytes are gone."""
    w = world()
    hold(w)
    address = told(w)
    (record,) = reply(w, address).copies
    assert str(record.id.recipient) == "act@digest.example.com"
    listed = w.index.list_copies(GLOBAL, states=(State.DELIVERED,), limit=9, now=w.clock.now_ms() // 1000)
    assert [copy.id for copy in listed.copies] == [record.id]
    assert address not in repr(listed.copies)
    assert w.queue.waiting[QueueName.DELIVER] == [{"id": w.queue.waiting[QueueName.DELIVER][0]["id"]}]
    assert "raw/reply-1" in w.store.objects
    w.clock.advance(days=1.1)
    expire_messages(w.services, until_ms=w.clock.now_ms() + 1)
    assert "raw/reply-1" not in w.store.objects


def test_a_mail_that_also_goes_to_people_is_theirs_too() -> None:
    w = world()
    held = hold(w)
    address = told(w)
    taken = reply(w, ("ann@example.org", address))
    assert {(str(c.id.recipient), c.state) for c in taken.copies} == {
        ("ann@example.org", State.QUEUED),
        ("act@digest.example.com", State.DELIVERED),
    }
    assert state(w, held) is State.RELEASING
    w.clock.advance(days=1.1)
    expire_messages(w.services, until_ms=w.clock.now_ms() + 1)
    assert "raw/reply-1" in w.store.objects


def test_the_same_mail_twice_acts_and_answers_once() -> None:
    """Events and queue items come twice; a second mail is told that it was done."""
    w = world()
    hold(w)
    address = told(w)
    before = len(mails(w))
    reply(w, address)
    reply(w, address)
    assert len(mails(w)) == before + 1
    reply(w, address, source="reply-2")
    assert "done already" in mails(w)[-1].text


def test_two_programs_cannot_talk_for_long() -> None:
    """Answers carry Auto-Submitted and the null sender; and there is a bound in spite of all."""
    w = world()
    hold(w)
    address = told(w)
    before = len(mails(w))
    for number in range(40):
        reply(w, address, source=f"reply-{number}")
    assert len(mails(w)) - before <= 20
    answer = mails(w)[-1]
    for number, header in enumerate(("auto-submitted", "precedence")):
        value = answer.parsed[header]
        taken = reply(w, address, headers=(f"{header}: {value}",), source=f"looped-{number}")
        assert taken.copies[0].reply.endswith("automatic")


def test_addresses_that_are_no_links_ask_for_nothing() -> None:
    w = world()
    hold(w)
    told(w)
    for number, local in enumerate(("quarantine", "act+", "act+x", f"act+{'a' * 16}.1.r.{'b' * 26}")):
        taken = reply(w, f"{local}@digest.example.com", source=f"odd-{number}")
        assert taken.copies[0].state is State.DELIVERED
    assert len(mails(w)) == 1


def test_unsubscribing_by_mail() -> None:
    """The other way of List-Unsubscribe."""
    w = world()
    hold(w)
    told(w)
    ways = mails(w)[0].parsed["List-Unsubscribe"]
    address = ways.partition("<mailto:")[2].rstrip(">")
    reply(w, address)
    policy = w.directory.get_policy(BOB)
    assert policy is not None
    assert policy.digest is False
    assert "No more reports" in mails(w)[-1].text


def test_where_there_is_no_such_domain_nothing_is_different() -> None:
    """Other mail pays nothing, and no address looks like an answer."""
    w = world(replace(OPTIONS, digest_domain=""))
    hold(w)
    next_morning(w)
    run(w)
    (mail,) = mails(w)
    assert "act+" not in mail.html + mail.text + str(mail.parsed["List-Unsubscribe"])
    assert Options().digest_domain == ""


def test_an_answer_that_cannot_be_confirmed_was_acted_on_all_the_same() -> None:
    w = world()
    held = hold(w)
    address = told(w)
    from pratique.domain.errors import TemporaryFailure

    w.courier.fail(TemporaryFailure("421"))
    reply(w, address)
    assert state(w, held) is State.RELEASING


@pytest.mark.parametrize("by", ["route", "policy"])
def test_a_domain_in_which_people_get_mail_loses_none_of_it(by: str) -> None:
    """Somebody named the mail domain itself as the domain of digests: only the links' addresses are taken for answers."""
    options = replace(OPTIONS, digest_domain="example.org")
    w = world(options) if by == "policy" else fakes.world(options)
    w.directory.put_route(builders.route("example.org" if by == "route" else "*"))
    taken = reply(
        w, ("ann@example.org", "act@example.org", "act+nonsense@example.org"), sender="eve@else.example"
    )
    assert {(str(copy.id.owner), copy.state) for copy in taken.copies} == {
        ("ann@example.org", State.QUEUED),
        ("act@example.org", State.QUEUED),
    }
    if by == "policy":
        hold(w)
        answered = reply(w, told(w).replace("digest.example.com", "example.org"), source="reply-2")
        assert [copy.state for copy in answered.copies] == [State.DELIVERED]
