"""Mail in: verdict, policy, disposition, rows, queue."""

from __future__ import annotations

import pytest
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.errors import PermanentFailure, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.policy import Disposition, Policy
from pratique.domain.scope import parse_scope
from pratique.domain.verdict import Verdict, judge
from pratique.ports.queue import QueueName
from pratique.usecases.ingest_message import ingest_message

from tests import builders, fakes
from tests.path import arrive, block, held, opened, picture


def test_clean_mail_is_queued_for_delivery_and_nothing_else() -> None:
    """An ordinary message of an authenticated sender goes on its way."""
    world = opened()
    taken = arrive(world, builders.receipt())
    (copy,) = taken.copies
    assert (copy.state, copy.disposition) == (State.QUEUED, Disposition.DELIVER)
    assert world.queue.drain(QueueName.DELIVER) == [{"id": str(copy.id)}]
    assert copy.score < 0.5


def test_a_blocked_sender_is_held_and_not_delivered() -> None:
    """Held means: no queue item, a row in `held`, an expiry date by the policy."""
    world = opened()
    copy = held(world)
    assert (copy.state, copy.verdict, copy.disposition) == (State.HELD, Verdict.SPAM, Disposition.QUARANTINE)
    assert world.queue.drain(QueueName.DELIVER) == []
    assert copy.expires_at == builders.NOW + 28 * builders.DAY


def test_the_score_is_exactly_what_its_contributions_add_up_to() -> None:
    """Every verdict explains itself."""
    world = opened()
    copy = held(world)
    facts = world.index.get_facts(copy.id.message)
    assert facts is not None
    assert copy.judgement(facts).score == copy.score == judge(facts.contributions + copy.contributions).score


def test_each_recipient_has_its_own_policy_and_lists_in_one_event() -> None:
    """Four recipients of one message: held, tagged (quarantine off), delivered (own allow entry), held by own threshold."""
    world = opened()
    block(world, "example.org")
    world.directory.put_policy(
        parse_scope("tag@example.org"), Policy(quarantine=False, spam_notation="[JUNK] ")
    )
    world.directory.put_entry(
        ListEntry(parse_scope("friend@example.org"), ListKind.ALLOW, "eve@spam.example")
    )
    world.directory.put_policy(parse_scope("strict@example.net"), Policy(spam_at=0.0, unsure_at=0.0))
    names = (
        "bob@example.org",
        "tag@example.org",
        "friend@example.org",
        "strict@example.net",
        "ann@example.net",
    )
    taken = arrive(world, builders.receipt(recipients=names))
    got = {str(c.id.recipient): (c.state, c.disposition, c.notation) for c in taken.copies}
    assert got == {
        "bob@example.org": (State.HELD, Disposition.QUARANTINE, ""),
        "tag@example.org": (State.QUEUED, Disposition.TAG, "[JUNK] "),
        "friend@example.org": (State.QUEUED, Disposition.DELIVER, ""),
        "strict@example.net": (State.HELD, Disposition.QUARANTINE, ""),
        "ann@example.net": (State.QUEUED, Disposition.DELIVER, ""),
    }
    assert len(world.queue.drain(QueueName.DELIVER)) == 3


def test_an_allow_entry_needs_dmarc_unless_it_says_otherwise() -> None:
    """Invariant 9: addresses are forged."""
    forged = AuthResults(spf=Outcome.FAIL, dmarc=Outcome.FAIL)
    for needs_dmarc, state in ((True, State.HELD), (False, State.QUEUED)):
        world = opened()
        block(world, "global", "spam.example")
        world.directory.put_entry(
            ListEntry(parse_scope("example.org"), ListKind.ALLOW, "eve@spam.example", needs_dmarc=needs_dmarc)
        )
        (copy,) = arrive(world, builders.receipt(auth=forged)).copies
        assert copy.state is state


def test_a_virus_is_held_also_where_the_quarantine_is_off() -> None:
    """Tagging a virus would deliver it."""
    world = opened()
    world.directory.put_policy(parse_scope("global"), Policy(quarantine=False))
    (copy,) = arrive(world, builders.receipt(auth=AuthResults(virus=Outcome.FAIL))).copies
    assert copy.state is State.HELD


def test_the_same_event_twice_changes_nothing() -> None:
    """At-least-once triggers (invariant 3), also when lists and policies changed in between."""
    world = opened()
    receipt = builders.receipt(recipients=("bob@example.org", "ann@example.net"))
    first = arrive(world, receipt)
    world.directory.put_policy(parse_scope("global"), Policy(spam_at=0.0, unsure_at=0.0))
    block(world)
    before = picture(world, receipt)
    assert ingest_message(world.services, receipt).copies == first.copies
    assert picture(world, receipt) == before


def test_a_second_event_after_delivery_does_not_deliver_again() -> None:
    """The row says that it is gone out; a late duplicate finds it so."""
    from tests.path import work_off

    world = opened()
    receipt = builders.receipt()
    arrive(world, receipt)
    work_off(world)
    ingest_message(world.services, receipt)
    work_off(world)
    assert len(world.courier.parcels) == 1


def test_missing_bytes_ask_for_another_try() -> None:
    """SES stores first; an event whose bytes are not there is run again, never dropped."""
    with pytest.raises(TemporaryFailure):
        ingest_message(opened().services, builders.receipt())


def test_no_recipient_is_a_permanent_failure_and_the_bytes_stay() -> None:
    """The event goes to the dead-letter queue, a person looks."""
    world = opened()
    with pytest.raises(PermanentFailure):
        arrive(world, builders.receipt(recipients=()))
    assert len(world.store.objects) == 1


def test_unreadable_recipients_fail_after_the_others_were_served() -> None:
    """Nobody is dropped in silence."""
    world = opened()
    with pytest.raises(PermanentFailure, match="1 envelope recipients"):
        arrive(world, builders.receipt(refused=("no address",)))
    assert len(world.queue.drain(QueueName.DELIVER)) == 1


def test_retention_follows_the_nearest_scope() -> None:
    """Recipient over domain over global over the default."""
    world = opened()
    block(world)
    world.directory.put_policy(parse_scope("global"), Policy(retention_days=90))
    world.directory.put_policy(parse_scope("example.org"), Policy(retention_days=7))
    world.directory.put_policy(parse_scope("bob@example.org"), Policy(quarantine=True))
    taken = arrive(world, builders.receipt(recipients=("bob@example.org", "ann@example.net")))
    assert [c.expires_at for c in taken.copies] == [
        builders.NOW + 7 * builders.DAY,
        builders.NOW + 90 * builders.DAY,
    ]


def test_an_event_without_a_time_is_taken_in_once_all_the_same() -> None:
    """No time in the event: the id must still be the same for both runs, and the mail must not be born expired."""
    world = opened()
    block(world)
    receipt = builders.receipt(received_ms=0)
    first = arrive(world, receipt)
    world.clock.advance(days=1)
    again = ingest_message(world.services, receipt)
    assert first.copies[0].id == again.copies[0].id
    assert first.copies[0].expires_at > builders.NOW


def test_a_model_that_cannot_be_read_does_not_stop_mail() -> None:
    """The signals decide alone, and the log says so."""
    world = opened()
    scope = parse_scope("global")
    world.models.save(scope, b"not a model", expected_tag=None)
    world.directory.set_model(scope, "000000000001")
    (copy,) = arrive(world, builders.receipt()).copies
    assert copy.state is State.QUEUED


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\x00" * 1000, b"From nobody\nno colon here\n", b": \r\n\r\nbody"]
)
def test_any_bytes_are_taken_in(raw: bytes) -> None:
    """Nothing is dropped for its bad form."""
    world = opened()
    (copy,) = arrive(world, builders.receipt(), raw).copies
    assert world.store.get(copy.raw_key) == raw
    assert copy.size == len(raw)


def test_worlds_are_fresh() -> None:
    """A test starts from nothing."""
    assert fakes.world().store.objects == {}


@pytest.mark.parametrize(
    ("mail_from", "headers", "state"),
    [
        ("friend@ally.example", ("From: Eve <eve@spam.example>",), State.HELD),
        ("eve@spam.example", ("From: Friend <friend@ally.example>",), State.QUEUED),
        ("eve@spam.example", ("From: friend@ally.example", "From: eve@spam.example"), State.HELD),
    ],
    ids=["envelope-only", "from-field", "two-from-fields"],
)
def test_an_allow_entry_holds_for_what_dmarc_vouches_for_only(
    mail_from: str, headers: tuple[str, ...], state: State
) -> None:
    """DMARC passes in each case, for the stranger's own domain in the first and perhaps in the last: an envelope sender that
    anybody may write, or one of several From fields, is not proven by it.
    """
    world = opened()
    world.directory.put_policy(parse_scope("global"), Policy(spam_at=0.0, unsure_at=0.0))
    world.directory.put_entry(ListEntry(parse_scope("example.org"), ListKind.ALLOW, "friend@ally.example"))
    world.directory.put_policy(parse_scope("bob@example.org"), Policy(spam_at=0.01, unsure_at=0.01))
    raw = "\r\n".join((*headers, "To: bob@example.org", "Subject: hello", "", "Hello Bob.", "")).encode()
    (copy,) = arrive(world, builders.receipt(mail_from=mail_from), raw).copies
    assert copy.state is state
