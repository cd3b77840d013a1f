"""What a login gives us to send: judged, counted, sent on, held or refused; the same again is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.actor import Channel
from pratique.domain.address import parse_address
from pratique.domain.alias import Alias
from pratique.domain.correspondent import Question
from pratique.domain.direction import Direction
from pratique.domain.errors import (
    Forbidden,
    InvalidInput,
    LimitReached,
    NoRoute,
    PermanentFailure,
    RequestNeeded,
    SenderLocked,
    TemporaryFailure,
)
from pratique.domain.ids import parse_copy_id
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.message import Facts
from pratique.domain.outgoing import FOREVER, Identity, Window
from pratique.domain.scope import GLOBAL, domain_scope, parse_scope, recipient_scope, sending
from pratique.domain.settings_file import ScopeSettings
from pratique.domain.verdict import Verdict
from pratique.filtering.acquaintance import reference_key
from pratique.ports.queue import QueueName
from pratique.usecases.change_lists import delete_entry, put_entry, restore_entry
from pratique.usecases.deliver_copy import Outcome, deliver_batch, deliver_copy
from pratique.usecases.exchange_lists import import_entries
from pratique.usecases.exchange_settings import import_settings
from pratique.usecases.explain_message import explain_message
from pratique.usecases.list_messages import list_messages
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.submit_message import submit_message
from pratique.usecases.train_message import train_message

from tests import builders, fakes
from tests.path import arrive, work_off
from tests.unit.submission.sending import (
    BOB,
    EVE,
    LETTER,
    SPAM,
    choose,
    login,
    send,
    spam,
    submission,
    world,
)

ADMIN = builders.actor("example.org")
BOBS = Identity(BOB, BOB)


def test_lists_of_outgoing_mail_decide_by_recipient() -> None:
    """Of the sender's own scopes, nearest first; entries for incoming mail say nothing. The use is noted."""
    here = world()
    out = Direction.OUTGOING
    listed = [
        ListEntry(domain_scope("example.org"), ListKind.BLOCK, "else.example", direction=out),
        ListEntry(parse_scope(BOB), ListKind.ALLOW, "friend@else.example", direction=out),
        ListEntry(GLOBAL, ListKind.BLOCK, "other.example"),
    ]
    here.directory.put_entries(listed)
    people = (EVE, "friend@else.example", "ann@other.example")
    states = {str(copy.id.recipient): copy.state for copy in send(here, to=people).copies}
    assert states == {
        EVE: State.HELD,
        "friend@else.example": State.QUEUED,
        "ann@other.example": State.QUEUED,
    }
    used = [here.directory.get_entry(e.scope, e.pattern, e.direction) for e in listed]
    assert [e.used_days for e in used if e is not None] == [1, 1, 0]


def test_clean_mail_goes_out_by_the_outgoing_route() -> None:
    """From the sender's own envelope, with our trace and nothing of our verdict; it is the sender's copy, in outgoing lists only."""
    here = world()
    done = send(here)
    (copy,) = done.copies
    assert (copy.state, copy.id.is_outgoing, str(copy.id.owner), done.refused) == (
        State.QUEUED,
        True,
        BOB,
        False,
    )
    work_off(here)
    (parcel,) = here.courier.parcels
    assert (parcel.mail_from, str(parcel.recipient)) == (BOB, EVE)
    assert here.courier.routes[0].host == "smarthost.example"
    assert parcel.data.endswith(LETTER)
    head = parcel.data[: -len(LETTER)]
    assert b"X-Pratique-Trace: v1;" in head
    assert b"Received: from laptop ([192.0.2.7])" in head
    for told in (b"X-Pratique-Class", b"X-Pratique-Score", b"X-Pratique-Evidence", b"X-Pratique-Release"):
        assert told not in head
    for scope in (recipient_scope(BOB), domain_scope("example.org"), GLOBAL):
        page = list_messages(
            here.services, builders.actor(), scope, states=[State.DELIVERED], direction=Direction.OUTGOING
        )
        assert [each.id for each in page.copies] == [copy.id]
        page = list_messages(here.services, builders.actor(), scope, states=[State.DELIVERED])
        assert page.copies == ()


def test_spam_is_held_and_its_sender_told_no_unless_the_policy_says_otherwise() -> None:
    """550 or 250: it is the policy's choice; held it is either way, for as long as the policy says."""
    here = world(outgoing_retention_days=3)
    done = send(here, SPAM)
    (copy,) = done.copies
    assert (copy.state, copy.verdict, done.refused) == (State.HELD, Verdict.SPAM, True)
    assert copy.expires_at == here.clock.now_ms() // 1000 + 3 * 86_400
    assert here.index.structures([copy.id.message])
    choose(here, outgoing_quarantine=True, outgoing_response="accepted")
    assert not send(here, SPAM, source_id="s2").refused
    assert here.queue.waiting[QueueName.DELIVER] == []
    page = list_messages(here.services, login(), recipient_scope(BOB), direction=Direction.OUTGOING)
    assert len(page.copies) == 2


def test_without_a_quarantine_spam_is_refused_and_not_kept() -> None:
    """Nothing is left of it, and nothing was accepted."""
    here = world(outgoing_quarantine=False)
    done = send(here, SPAM)
    assert (done.copies, done.refused) == ((), True)
    assert here.index.all_copies() == []
    assert here.index.all_facts() == []
    assert here.store.objects == {}
    assert not send(here, source_id="s2").refused


def test_the_evidence_is_that_of_mail_which_is_sent() -> None:
    """Nothing vouches for us to ourselves: no SPF, DKIM, DMARC, no way it came by. What adds up is the score."""
    here = world()
    (copy,) = send(here, SPAM).copies
    facts = here.index.get_facts(copy.id.message)
    assert facts is not None
    found = {item.signal for item in facts.contributions + copy.contributions}
    assert "sent:user" in found
    assert not {name for name in found if name.split(":")[0] in ("auth", "spf", "dkim", "dmarc", "relay")}
    assert copy.judgement(facts).score == copy.score
    assert (facts.direction, facts.user, facts.author) == (Direction.OUTGOING, BOB, BOB)


def test_many_strangers_and_a_foreign_author_speak_against_it() -> None:
    """Those who had mail from this sender before are no strangers."""
    here = world()
    many = tuple(f"user{number}@else.example" for number in range(40))
    (first, *_) = send(here, to=many).copies
    (few,) = send(here, source_id="s2").copies
    foreign = LETTER.replace(b"bob@example.org", b"boss@bank.example")
    (other,) = send(here, foreign, source_id="s3").copies
    assert first.score > few.score
    assert other.score > few.score
    work_off(here)
    (again, *_) = send(here, to=many, source_id="s4").copies
    assert again.score < few.score, "all of them are known by now"


def test_as_whom_a_login_may_send() -> None:
    """An address as itself, a domain as any of its own; nobody as somebody else, and a login that may only look as nobody."""
    here = world()
    assert send(here, source_id="a").copies
    assert send(here, source_id="b", user="example.org", sender="sales@example.org").copies
    assert send(here, source_id="c", user="global", sender="sales@example.org").copies
    (null,) = send(here, source_id="d", sender="").copies
    assert str(null.id.owner) == BOB
    (null,) = send(here, source_id="e", user="example.org", sender="").copies
    assert str(null.id.owner) == "postmaster@example.org"
    for user, sender in (
        (BOB, "ann@example.org"),
        (BOB, "bob@example.net"),
        ("example.org", "bob@example.net"),
        ("example.org", "bob@sub.example.org"),
    ):
        with pytest.raises(Forbidden):
            send(here, source_id="f", user=user, sender=sender)
    with pytest.raises(Forbidden):
        submit_message(here.services, login(may_write=False), submission(here))
    for sender in ("no address", "@", "a@b@"):
        with pytest.raises(InvalidInput):
            send(here, sender=sender)
    with pytest.raises(InvalidInput):
        send(here, user="global", sender="")
    with pytest.raises(InvalidInput):
        send(here, to=())
    with pytest.raises(InvalidInput):
        send(here, to=tuple(f"u{n}@else.example" for n in range(101)))


def test_the_same_submission_again_changes_nothing() -> None:
    """Not the counters, not the copies, also when the login was locked since; a lost queue item is made good."""
    here = world()
    made = submission(here)
    first = submit_message(here.services, login(), made)
    here.queue.drain(QueueName.DELIVER)
    before = here.identities.get(BOBS)
    assert here.identities.set_lock(before, before.__class__(BOBS, locked_until=FOREVER))
    again = submit_message(here.services, login(), made)
    assert again == first
    assert here.identities.get(BOBS).count(Window.DAY, builders.NOW) == 1
    assert [item["id"] for item in here.queue.drain(QueueName.DELIVER)] == [str(first.copies[0].id)]


@pytest.mark.parametrize("call", ["index.add_facts", "index.add_copy", "queue.send", "index.add_structure"])
@pytest.mark.parametrize("raw", [LETTER, SPAM])
def test_killed_anywhere_it_is_whole_after_the_next_try(call: str, raw: bytes) -> None:
    """Sent or held once, counted once or (killed before anything was stored) twice."""
    here = world()
    made = submission(here, raw, (EVE, "ann@else.example"))
    watched = fakes.faulty(here.services)
    fakes.fail_next(watched, call, TemporaryFailure("killed"))
    try:
        submit_message(watched, login(), made)
    except TemporaryFailure:
        submit_message(watched, login(), made)
    work_off(here)
    states = {copy.state for copy in here.index.all_copies()}
    assert states == ({State.DELIVERED} if raw is LETTER else {State.HELD})
    assert len(here.index.all_copies()) == 2
    assert len(here.courier.parcels) == (2 if raw is LETTER else 0)
    assert here.identities.get(BOBS).count(Window.DAY, builders.NOW) in (2, 4)


def test_bytes_that_are_not_there_yet() -> None:
    """Another try finds them."""
    here = world()
    made = submission(here)
    del here.store.objects["out/s1"]
    with pytest.raises(TemporaryFailure):
        submit_message(here.services, login(), made)


def test_limits_of_recipients_by_minute_hour_and_day() -> None:
    """Counted when a message is taken; what would go over is refused whole, and the next window begins anew."""
    here = world(outgoing_per_minute=3, outgoing_per_hour=5, outgoing_per_day=6)
    here.clock.advance(seconds=3_600 - builders.NOW % 3_600)
    two = (EVE, "ann@else.example")
    assert send(here, to=two, source_id="a").copies
    with pytest.raises(LimitReached, match="3 recipients a minute"):
        send(here, to=two, source_id="b")
    assert here.index.get_facts("b") is None
    here.clock.advance(seconds=61)
    assert send(here, to=two, source_id="c").copies
    here.clock.advance(seconds=61)
    with pytest.raises(LimitReached, match="5 recipients an hour"):
        send(here, to=two, source_id="d")
    assert send(here, source_id="e").copies
    here.clock.advance(seconds=3_601)
    with pytest.raises(LimitReached, match="6 recipients a day"):
        send(here, to=two, source_id="f")
    assert send(here, source_id="g").copies
    other = "example.org"
    assert send(here, to=two, source_id="h", user=other).copies, "another login has its own count"


def test_repeated_spam_locks_the_identity_for_a_while() -> None:
    """Five in ten minutes; then a clear no until its time is up, or a person unlocks it; then a notice."""
    here = world()
    for number in range(4):
        assert spam(here, number).refused
    assert not here.identities.get(BOBS).is_locked(here.clock.now_ms() // 1000)
    spam(here, 4)
    standing = here.identities.get(BOBS)
    now = here.clock.now_ms() // 1000
    assert (standing.is_locked(now), standing.locked_until) == (True, now + 1_800)
    with pytest.raises(SenderLocked, match="locked for a while"):
        send(here, source_id="clean")
    notices = [item for item in here.queue.drain(QueueName.DELIVER) if "notice" in item]
    assert [item["to"] for item in notices] == ["postmaster@example.org", BOB]
    here.clock.advance(seconds=1_801)
    assert send(here, source_id="clean2").copies


def test_spam_that_is_spread_over_time_locks_nobody() -> None:
    """Four, a pause, four."""
    here = world()
    for number in range(4):
        spam(here, number)
    here.clock.advance(seconds=601)
    for number in range(4, 8):
        spam(here, number)
    assert not here.identities.get(BOBS).is_locked(here.clock.now_ms() // 1000)


def test_after_too_many_automatic_unlocks_a_person_has_to() -> None:
    """The second lock stays; a week without one forgets the first."""
    here = world(outgoing_lock_spams=1, outgoing_unlocks=1)
    spam(here, 1)
    assert here.identities.get(BOBS).locked_until < FOREVER
    here.clock.advance(seconds=1_801)
    spam(here, 2)
    assert here.identities.get(BOBS).locked_until == FOREVER
    with pytest.raises(SenderLocked, match="only an administrator"):
        send(here)
    fresh = world(outgoing_lock_spams=1, outgoing_unlocks=1)
    spam(fresh, 1)
    fresh.clock.advance(days=8)
    spam(fresh, 2)
    assert fresh.identities.get(BOBS).locked_until < FOREVER


def test_a_policy_that_locks_nobody() -> None:
    """0 switches it off."""
    here = world(outgoing_lock_spams=0)
    for number in range(12):
        spam(here, number)
    assert not here.identities.get(BOBS).is_locked(here.clock.now_ms() // 1000)


def test_recipients_that_next_hops_refuse_lock_too() -> None:
    """Counted by the hour; a 4xx counts for nothing, and neither does what came in."""
    here = world(outgoing_refused_per_hour=3)
    for number in range(2):
        here.courier.fail(PermanentFailure("550 5.1.1 no such user"))
        send(here, source_id=f"r{number}")
        work_off(here)
    here.courier.fail(PermanentFailure("the raw message is gone"))
    send(here, source_id="gone")
    work_off(here)
    assert not here.identities.get(BOBS).is_locked(here.clock.now_ms() // 1000)
    here.courier.fail(PermanentFailure("550 5.1.1 no such user"))
    send(here, source_id="r3")
    before = here.clock.now_ms() // 1000
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    standing = here.identities.get(BOBS)
    assert standing.locked_until == before + 1_800
    assert "do not exist" in standing.reason
    assert [item["notice"] for item in here.queue.drain(QueueName.DELIVER)] == ["lock", "lock"]


def test_held_mail_is_released_by_an_administrator_not_by_its_sender() -> None:
    """Whoever has the stolen password must not let go what it sent: unless the policy says that senders may."""
    here = world()
    (copy,) = send(here, SPAM).copies
    with pytest.raises(RequestNeeded):
        release_message(here.services, login(), copy.id)
    with pytest.raises(Forbidden):
        train_message(here.services, login(), copy.id, Label.HAM)
    assert release_message(here.services, ADMIN, copy.id).state is State.RELEASING
    work_off(here)
    (parcel,) = here.courier.parcels
    assert (parcel.mail_from, str(parcel.recipient)) == (BOB, EVE)
    assert b"X-Pratique-Release" not in parcel.data
    assert here.courier.routes[0].domain == "outgoing:example.org"
    (other,) = send(here, SPAM, source_id="s2").copies
    choose(here, outgoing_quarantine=True, outgoing_user_release=True)
    assert release_message(here.services, login(), other.id).state is State.RELEASING


def test_a_sender_may_look_remove_and_report_as_spam() -> None:
    """And nobody else may."""
    here = world()
    (copy,) = send(here, SPAM).copies
    assert train_message(here.services, login(), copy.id, Label.SPAM).lesson == "spam"
    assert remove_message(here.services, login(), copy.id).state is State.REMOVED
    assert explain_message(here.services, login(), copy.id).explanation.summary


def test_without_an_outgoing_route_nothing_is_released_or_sent() -> None:
    """A route of incoming mail, which leads to one's own server, never stands in."""
    here = world()
    here.directory.delete_route("outgoing:example.org")
    (copy,) = send(here, SPAM).copies
    with pytest.raises(NoRoute, match="outgoing route"):
        release_message(here.services, ADMIN, copy.id)
    (clean,) = send(here, source_id="s2").copies
    for item in here.queue.drain(QueueName.DELIVER):
        assert deliver_copy(here.services, item) is Outcome.LATER
    known = here.index.get_copy(clean.id, now=builders.NOW)
    assert known is not None
    assert known.reply == "no route from example.org"
    here.directory.put_route(builders.route("outgoing:*", host="any.example"))
    work_off(here)
    assert here.courier.routes[0].host == "any.example"


def test_what_is_taught_of_outgoing_mail_judges_outgoing_mail() -> None:
    """In layers of its own: the domain's incoming layer learns nothing of it, and what is sent is judged by both the global one and these."""
    here = world()
    (copy,) = send(here, SPAM).copies
    assert train_message(here.services, ADMIN, copy.id, Label.HAM).lesson == "ham"
    layer = sending(parse_scope("example.org"))
    assert here.queue.waiting[QueueName.LEARN] == [{"scope": "example.org>"}]
    assert here.journal.counts(layer)[0] == 1
    assert here.journal.counts(parse_scope("example.org"))[0] == 0
    work_off(here)
    assert here.directory.models([layer])
    (again,) = send(here, SPAM, source_id="s2").copies
    assert again.score < copy.score
    assert any(item.signal == "classifier:domain" for item in again.contributions)
    why = explain_message(here.services, ADMIN, again.id)
    assert why.words
    assert train_message(here.services, ADMIN, copy.id, None).lesson == ""
    work_off(here)
    (third,) = send(here, SPAM, source_id="s3").copies
    assert third.score > again.score


def test_answers_and_bounces_are_expected_once_it_was_sent() -> None:
    """Held mail tells nobody anything; whom it went to is known from then on, and its answers are recognised."""
    here = world()
    bob, eve = parse_address(BOB), parse_address(EVE)
    send(here, SPAM)
    work_off(here)
    assert here.correspondents.get(bob, eve) is None
    send(here, source_id="s2")
    work_off(here)
    known = here.correspondents.get(bob, eve)
    assert known is not None
    assert known.vouched
    key = reference_key("<one@spam.example>")
    answered = here.directory.look_up([bob], [], Question(references=(key,))).relations.answered
    assert answered["example.org"][0].sender == bob


def test_a_bounce_of_what_was_sent_is_known_by_the_message_it_returns() -> None:
    """Bounces name it nowhere else (RFC 3464, 2; RFC 6522); one of a message that nobody sent is not."""
    here = world()
    send(here)
    work_off(here)
    sent = here.courier.parcels[-1].data
    scores: list[list[str]] = []
    for returned in (sent, sent.replace(b"<one@spam.example>", b"<other@spam.example>")):
        head = (
            b"From: Mail Delivery System <mailer-daemon@else.example>\r\nTo: bob@example.org\r\nSubject: Undelivered\r\n"
            b"Date: Mon, 21 Sep 2026 14:13:20 +0000\r\nMessage-ID: <b@else.example>\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n--x\r\n\r\nfailed\r\n--x\r\n'
            b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; else.example\r\n\r\n--x\r\n"
            b"Content-Type: text/rfc822-headers\r\n\r\n"
        )
        bounce = head + returned.partition(b"\r\n\r\n")[0] + b"\r\n\r\n--x--\r\n"
        receipt = builders.receipt(f"bounce{len(scores)}", (BOB,), mail_from="")
        (copy,) = arrive(here, receipt, bounce).copies
        scores.append([c.detail for c in copy.contributions if c.signal == "relation:answer"])
    assert scores == [["answers the recipient's mail to somebody else"], []]


def test_mail_that_goes_round_is_held_as_a_loop() -> None:
    """By our own signed trace, however clean it looks."""
    here = world()
    send(here)
    work_off(here)
    raw = here.courier.parcels[-1].data
    for turn in range(2, 5):
        assert send(here, raw, source_id=f"t{turn}").copies[0].state is State.QUEUED
        work_off(here)
        raw = here.courier.parcels[-1].data
    (copy,) = send(here, raw, source_id="t5").copies
    assert (copy.state, [c.signal for c in copy.contributions if c.signal == "loop"]) == (State.QUEUED, [])
    work_off(here)
    (copy,) = send(here, here.courier.parcels[-1].data, source_id="t6").copies
    assert (copy.state, "loop" in {c.signal for c in copy.contributions}) == (State.HELD, True)


def test_ids_of_copies_work_where_others_do() -> None:
    """By their text, as the API and mail clients name them; the channel of the login is in the history."""
    here = world()
    (copy,) = send(here, SPAM).copies
    assert parse_copy_id(str(copy.id)) == copy.id
    assert copy.events[0].channel is Channel.SMTP


def test_a_sender_allows_whom_it_writes_to_by_no_way_at_all() -> None:
    """Not by a file of entries, a file of settings, an undo, nor with a release: whoever has the stolen password would be through."""
    here = world()
    bob, entry = (
        recipient_scope(BOB),
        ListEntry(recipient_scope(BOB), ListKind.ALLOW, EVE, direction=Direction.OUTGOING),
    )
    file = f"pattern,kind,direction\n{EVE},allow,outgoing\n"
    with pytest.raises(Forbidden):
        import_entries(here.services, login(), bob, file)
    with pytest.raises(Forbidden):
        import_settings(here.services, login(), bob, ScopeSettings(entries=(entry,)))
    put_entry(here.services, ADMIN, entry)
    gone = delete_entry(here.services, ADMIN, bob, EVE, Direction.OUTGOING)
    with pytest.raises(Forbidden):
        restore_entry(here.services, login(), gone)
    put_entry(here.services, ADMIN, replace(entry, kind=ListKind.BLOCK))
    with pytest.raises(Forbidden):
        delete_entry(here.services, login(), bob, EVE, Direction.OUTGOING)
    delete_entry(here.services, ADMIN, bob, EVE, Direction.OUTGOING)
    put_entry(here.services, login(), replace(entry, kind=ListKind.BLOCK))
    delete_entry(here.services, login(), bob, EVE, Direction.OUTGOING)
    (copy,) = send(here).copies
    here.courier.fail(PermanentFailure("550 no such mailbox"))
    work_off(here)
    with pytest.raises(Forbidden):
        release_message(here.services, login(), copy.id, allow="recipient")
    assert here.directory.list_entries(bob, limit=9).entries == ()
    assert import_entries(here.services, ADMIN, bob, file).added == 1
    assert import_entries(here.services, login(), bob, file).unchanged == 1


def test_limits_are_a_mailboxs_whatever_it_calls_itself() -> None:
    """Plus-addresses and aliases are the same sender: else a stolen password had as many limits as it makes up addresses."""
    here = world(outgoing_per_hour=2)
    here.aliases.link(Alias(parse_address("sales@example.org"), parse_address(BOB), "a", 1), expected=None)
    send(here, sender="bob+1@example.org", source_id="a")
    send(here, sender="sales@example.org", source_id="b")
    with pytest.raises(LimitReached):
        send(here, sender="bob+2@example.org", source_id="c")
    assert here.identities.get(BOBS).count(Window.HOUR, builders.NOW) == 2


def test_a_refused_run_takes_no_bytes_from_the_run_that_was_accepted() -> None:
    """Two runs of one submission at once: what the first counted is what refuses the second."""
    here = world(outgoing_per_minute=1)
    made = submission(here)
    first: list[Callable[[], object]] = [lambda: submit_message(here.services, login(), made)]
    whole = here.index.get_facts

    class Overtaken:
        """The index, with the other run between the first read of this one and all that follows."""

        def __getattr__(self, name: str) -> Any:
            return getattr(here.index, name)

        def get_facts(self, message: str) -> Facts | None:
            found = whole(message)
            if first:
                first.pop()()
            return found

    with pytest.raises(LimitReached):
        submit_message(replace(here.services, index=Overtaken()), login(), made)
    work_off(here)
    assert [copy.state for copy in here.index.all_copies()] == [State.DELIVERED]
