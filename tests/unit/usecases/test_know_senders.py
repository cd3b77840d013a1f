"""Who is remembered after what, what it does to the next message, and that it never stands in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Channel
from pratique.domain.address import parse_address
from pratique.domain.envelope import AuthResults, Outcome
from pratique.domain.errors import Forbidden, InvalidInput, NotFound, TemporaryFailure
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.usecases.know_senders import note_sent
from pratique.usecases.release_message import release_message
from pratique.usecases.remove_message import remove_message
from pratique.usecases.train_message import train_message

from tests import builders, fakes
from tests.builders import PASSES
from tests.path import arrive, block, opened, work_off

BOB, EVE = parse_address("bob@example.org"), parse_address("eve@friend.example")
ACTOR = builders.actor("bob@example.org")
LETTER = builders.raw_message(
    sender="Eve Berg <eve@friend.example>", subject="Minutes of the meeting", body="See you on Monday.\r\n"
)


def mail(
    world: fakes.World,
    number: int = 1,
    *,
    raw: bytes = LETTER,
    auth: AuthResults = PASSES,
    sender: str = str(EVE),
) -> Copy:
    """One message in, and everything worked off."""
    receipt = builders.receipt(
        f"m{number}", ("bob@example.org",), mail_from=sender, auth=auth, received_ms=world.clock.now_ms()
    )
    (copy,) = arrive(world, receipt, raw).copies
    work_off(world)
    now = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
    assert now is not None
    return now


def weight(copy: Copy, signal: str) -> float:
    return sum(c.weight for c in copy.contributions if c.signal == signal)


def days(world: fakes.World) -> int:
    known = world.correspondents.get(BOB, EVE)
    return known.days if known else 0


def test_delivered_proven_ham_makes_a_correspondent_and_lowers_the_score() -> None:
    """Day by day; many messages of one day count once."""
    world = opened()
    first = mail(world)
    assert first.state is State.DELIVERED
    mail(world, 2)
    assert days(world) == 1
    for n in range(3, 33):
        world.clock.advance(days=1)
        last = mail(world, n)
    assert days(world) == 31
    assert weight(last, "relation:known") < -1.5
    assert last.score < first.score


@pytest.mark.parametrize(
    "auth",
    [
        AuthResults(),
        AuthResults(dmarc=Outcome.FAIL, spf=Outcome.PASS, dkim=Outcome.PASS),
        AuthResults(dmarc=Outcome.GRAY, spf=Outcome.GRAY, dkim=Outcome.GRAY),
    ],
)
def test_unproven_mail_makes_nobody_known(auth: AuthResults) -> None:
    world = opened()
    mail(world, auth=replace(auth, dmarc_policy="none"))
    assert days(world) == 0


def test_aligned_spf_is_proof_enough_without_dmarc() -> None:
    world = opened()
    assert (
        mail(world, auth=AuthResults(dmarc=Outcome.GRAY, spf=Outcome.PASS, dkim=Outcome.GRAY)).state
        is State.DELIVERED
    )
    assert days(world) == 1


def test_held_mail_makes_nobody_known_and_its_release_vouches() -> None:
    world = opened()
    block(world, pattern="eve@friend.example")
    held = mail(world)
    assert held.state is State.HELD
    assert world.correspondents.get(BOB, EVE) is None
    release_message(world.services, ACTOR, held.id)
    work_off(world)
    known = world.correspondents.get(BOB, EVE)
    assert known is not None
    assert (known.days, known.vouched) == (0, True)


def test_people_vouch_and_take_it_back() -> None:
    """Not Spam, Release & Whitelist; then Spam, Blacklist & Remove."""
    world = opened()
    copy = mail(world)
    train_message(world.services, ACTOR, copy.id, Label.HAM)
    known = world.correspondents.get(BOB, EVE)
    assert known is not None
    assert known.vouched
    train_message(world.services, ACTOR, copy.id, Label.SPAM)
    assert world.correspondents.get(BOB, EVE) is None
    block(world, pattern="eve@friend.example")
    held = mail(world, 2)
    release_message(world.services, ACTOR, held.id, allow="recipient")
    assert world.correspondents.get(BOB, EVE) is not None
    world.directory.delete_entry(ACTOR.scope, "eve@friend.example")
    held = mail(world, 3)
    remove_message(world.services, ACTOR, held.id, block="recipient")
    assert world.correspondents.get(BOB, EVE) is None


def test_an_established_senders_look_alike_and_namesake_are_seen() -> None:
    """After three days with mail; a first-day sender teaches the domain nothing."""
    world = opened()
    fake = builders.raw_message(sender='"Berg, Eve" <eve@frlend.example>', subject="Minutes")
    for n in range(3):
        before = mail(world, 100 + n, raw=fake, sender="eve@frlend.example")
        assert weight(before, "relation:look-alike") == weight(before, "relation:name") == 0
        mail(world, n)
        world.clock.advance(days=1)
        world.correspondents.forget(BOB, parse_address("eve@frlend.example"))
    after = mail(world, 200, raw=fake, sender="eve@frlend.example")
    assert weight(after, "relation:look-alike") > 0
    assert weight(after, "relation:name") > 0


def _sent(world: fakes.World, actor: str = "example.org", **changes: object) -> int:
    values: dict[str, object] = {
        "message_id": "<q1@example.org>",
        "sender": BOB,
        "recipients": [EVE, parse_address("ann@example.org")],
        "name": "Bob Holm",
    }
    return note_sent(world.services, builders.actor(actor), **(values | changes))  # type: ignore[arg-type]  # as note_sent


def test_an_answer_to_our_own_mail_is_recognised() -> None:
    """And whom we wrote to is a correspondent from then on."""
    world = opened()
    plain = mail(world)
    assert _sent(world) == 1
    reply = LETTER.replace(b"From:", b"In-Reply-To: <q1@example.org>\r\nFrom:", 1)
    answer = mail(world, 2, raw=reply)
    assert weight(answer, "relation:answer") == -3.0
    assert weight(answer, "relation:known") <= -1.0
    assert answer.score < plain.score
    assert world.correspondents.get(BOB, parse_address("ann@example.org")) is None


def test_names_of_our_own_people_are_known_by_what_they_send() -> None:
    world = opened()
    _sent(world)
    forged = mail(
        world, raw=builders.raw_message(sender="Holm Bob <boss@evil.example>"), sender="boss@evil.example"
    )
    assert weight(forged, "relation:name") > 1


def test_only_the_domains_administrators_note_what_was_sent() -> None:
    world = opened()
    for actor in ("other.example", "bob@example.org"):
        with pytest.raises(NotFound):
            _sent(world, actor)
    reader = builders.actor("example.org", may_write=False)
    with pytest.raises(Forbidden):
        note_sent(world.services, reader, message_id="<q1@example.org>", sender=BOB, recipients=[EVE])
    assert _sent(world, "global") == 1


@pytest.mark.parametrize(
    "changes", [{"message_id": " "}, {"message_id": "<>"}, {"recipients": []}, {"recipients": [EVE] * 101}]
)
def test_what_cannot_be_noted(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        _sent(opened(), **changes)  # type: ignore[arg-type]  # as _sent


@pytest.mark.parametrize("method", ["note_day", "note_name", "note_look", "vouch", "forget"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failing_memory_stands_in_nobodys_way(method: str, when: str) -> None:
    """Mail arrives, releases and reports take effect, whatever becomes of the note."""
    world = opened()
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, f"correspondents.{method}", TemporaryFailure("injected"), when=when, times=9)  # type: ignore[arg-type]
    for n in range(4):
        receipt = builders.receipt(
            f"m{n}", ("bob@example.org",), mail_from=str(EVE), received_ms=world.clock.now_ms()
        )
        (copy,) = arrive(world, receipt, LETTER, services=watched).copies
        work_off(world, watched)
        world.clock.advance(days=1)
    now = world.index.get_copy(copy.id, now=world.clock.now_ms() // 1000)
    assert now is not None
    assert now.state is State.DELIVERED
    assert len(world.courier.parcels) == 4
    assert train_message(watched, ACTOR, copy.id, Label.HAM).lesson == "ham"
    assert train_message(watched, ACTOR, copy.id, Label.SPAM).lesson == "spam"
    assert ACTOR.channel is Channel.API
