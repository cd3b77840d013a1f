"""What is like a message: offered for release after Not Spam, listed for a warning after Spam; in one's scope, within bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pratique.domain.errors import InvalidInput, NotFound, TemporaryFailure
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.domain.verdict import Contribution
from pratique.ports.mail_index import Page
from pratique.usecases.find_siblings import (
    JUDGED,
    Aim,
    Likeness,
    Sibling,
    count_offer,
    find_siblings,
)
from pratique.usecases.remove_message import remove_message
from pratique.usecases.train_message import train_message

from tests import builders, fakes
from tests.builders import a_copy
from tests.path import arrive, opened, work_off

KEY, NEAR_KEY, OTHER_KEY = "0123456789abcdef", "0123456789abcdee", "fedcba9876543210"
SHOP = "offers@shop.example"


def letter(number: int, to: str = "bob@example.org", **changes: object) -> Copy:
    """A held copy of a proven shop's letter, whose text varies with its number."""
    values: dict[str, Any] = {
        "fingerprint": KEY if number % 2 else NEAR_KEY,
        "sender": SHOP,
        "triage": "1.0 p",
    } | changes
    return a_copy(number, to, **values)


def stored(world: fakes.World, *copies: Copy) -> None:
    """Copies with the facts of their messages."""
    for copy in copies:
        world.index.add_facts(
            builders.facts(
                0,
                (str(copy.id.recipient),),
                message=copy.id.message,
                contributions=(Contribution("url:ip", 9.0),),
                fingerprint=copy.fingerprint,
            ),
            expires_at=copy.expires_at,
        )
        assert world.index.add_copy(copy)


def found(
    world: fakes.World, copy: Copy, *, scope: str = "global", aim: Aim | None = None
) -> dict[str, Sibling]:
    """Siblings by id."""
    answer = find_siblings(world.services, builders.actor(scope), copy.id, aim=aim)
    return {str(each.copy.id): each for each in answer.found}


def test_held_letters_of_the_same_text_and_sender_are_offered() -> None:
    """In the actor's scope: a domain's administrator sees the domain's, a recipient its own."""
    world = opened()
    first, second, ann, away = (
        letter(1),
        letter(2),
        letter(3, "ann@example.org"),
        letter(4, "carl@example.net"),
    )
    stored(world, first, second, ann, away)
    assert set(found(world, first, scope="bob@example.org")) == {str(second.id)}
    assert set(found(world, first, scope="example.org")) == {str(second.id), str(ann.id)}
    everything = found(world, first)
    assert set(everything) == {str(each.id) for each in (second, ann, away)}
    assert all(each.offered and each.likeness is Likeness.TEXT for each in everything.values())
    assert count_offer(world.services, builders.actor("example.org"), first, Label.HAM) == 2


def test_a_forged_copy_of_a_good_letter_is_shown_and_not_offered() -> None:
    """The text of a good letter is what a forger copies: another sender, or one that proves nothing, needs a closer look."""
    world = opened()
    good, unproven, other = letter(1), letter(2, triage="1.0 "), letter(3, sender="offers@sh0p.example")
    stored(world, good, unproven, other)
    shown = found(world, good)
    assert set(shown) == {str(unproven.id), str(other.id)}
    assert not any(each.offered for each in shown.values())


def test_other_mail_of_the_same_sender_is_offered_where_both_are_proven() -> None:
    """Of one organisation; addresses at a large provider have nothing to do with each other."""
    world = opened()
    good = letter(1)
    same = letter(2, fingerprint=OTHER_KEY, sender="billing@mail.shop.example")
    unproven = letter(3, fingerprint="", triage="1.0 ")
    stored(world, good, same, unproven)
    shown = found(world, good)
    assert {key: (each.likeness, each.offered) for key, each in shown.items()} == {
        str(same.id): (Likeness.SENDER, True)
    }
    one = letter(5, sender="a@gmail.com", fingerprint="00ff00ff00ff00ff")
    two = letter(6, sender="b@gmail.com", fingerprint="")
    stored(world, one, two)
    assert str(two.id) not in found(world, one)


def test_what_a_person_called_spam_or_is_dangerous_is_left_out() -> None:
    """It was looked at, or must not go."""
    world = opened()
    good = letter(1)
    stored(world, good, letter(2, lesson="spam", lessons=1), letter(3, triage="9.0 pd"))
    assert found(world, good) == {}


def test_after_a_lesson_what_the_filter_of_today_would_let_through_is_offered() -> None:
    """Real mail, a real lesson: three alike of the same sender, and one that only the model speaks for."""
    world = opened()
    world.directory.put_policy(parse_scope("example.org"), Policy(spam_at=0.0, unsure_at=0.0))
    copies = [
        arrive(
            world,
            builders.receipt(f"m-{n}"),
            builders.raw_message(body=f"Your order of books, part {n}.\r\n"),
        ).copies[0]
        for n in range(4)
    ]
    assert all(copy.state is State.HELD for copy in copies)
    train_message(world.services, builders.actor("example.org"), copies[0].id, Label.HAM)
    work_off(world)
    world.directory.put_policy(parse_scope("example.org"), Policy())
    shown = found(world, copies[0], scope="example.org")
    assert set(shown) == {str(copy.id) for copy in copies[1:]}
    for copy in copies[1:]:
        sibling = shown[str(copy.id)]
        assert sibling.offered
        assert sibling.held_now is False
        assert sibling.score_now is not None
        assert sibling.score_now < copy.score


def test_after_spam_the_delivered_mail_of_the_campaign_is_listed() -> None:
    """Whoever sent it; what is still on its way too. It is told what the filter of today would do with it."""
    world = opened()
    copies = [
        arrive(
            world,
            builders.receipt(f"m-{n}", recipients=(f"user{n}@example.org",)),
            builders.raw_message(
                sender=f"Eve <eve{n}@spam{n}.example>",
                body="You have won a prize in our great lottery, so please come and take all of the money now, my good friend.\r\n",
            ),
        ).copies[0]
        for n in range(3)
    ]
    work_off(world)
    late = arrive(world, builders.receipt("late"), builders.raw_message(subject="something else")).copies[0]
    train_message(world.services, builders.actor("example.org"), copies[0].id, Label.SPAM)
    work_off(world)
    reported = world.index.get_copy(copies[0].id, now=world.clock.now_ms() // 1000)
    assert reported is not None
    answer = find_siblings(world.services, builders.actor("example.org"), reported.id)
    assert answer.aim is Aim.RECALL
    listed = {str(each.copy.id): each for each in answer.found if each.likeness is Likeness.TEXT}
    assert set(listed) == {str(copy.id) for copy in copies[1:]}
    assert str(late.id) not in listed
    for copy in copies[1:]:
        now = listed[str(copy.id)].score_now
        assert now is not None
        assert now > copy.score
    assert count_offer(world.services, builders.actor("example.org"), reported, Label.SPAM) == 2


def test_what_was_taken_out_warns_of_what_was_delivered() -> None:
    """Without a word of training, too; the other question may be asked all the same."""
    world = opened()
    held, delivered = letter(1), letter(2, state=State.DELIVERED)
    stored(world, held, delivered, letter(3))
    remove_message(world.services, builders.actor(), held.id)
    assert set(found(world, held)) == {str(delivered.id)}
    assert set(found(world, held, aim=Aim.RELEASE)) == {str(letter(3).id)}


def test_one_call_reads_a_window_and_the_cursor_goes_on() -> None:
    """However much is held; facts are read for 200 copies at most, in two round trips."""
    world = opened()
    good = letter(1000)
    stored(world, good, *(letter(n) for n in range(250)))
    actor = builders.actor()
    world.index.rows_read = 0
    first = find_siblings(world.services, actor, good.id, window=220)
    assert world.index.rows_read <= 221
    assert first.looked_at == 220
    assert sum(each.score_now is not None for each in first.found) == JUDGED
    assert first.cursor is not None
    second = find_siblings(world.services, actor, good.id, window=220, cursor=first.cursor)
    assert second.cursor is None
    ids = [each.copy.id for each in (*first.found, *second.found)]
    assert len(ids) == len(set(ids)) == 250


def test_hidden_and_missing_look_the_same() -> None:
    """The actor comes first."""
    world = opened()
    stored(world, letter(1))
    for scope, copy in (("ann@example.org", letter(1)), ("global", letter(9))):
        with pytest.raises(NotFound):
            find_siblings(world.services, builders.actor(scope), copy.id)
    with pytest.raises(InvalidInput):
        find_siblings(world.services, builders.actor(), letter(1).id, cursor="no cursor")


def test_an_offer_that_cannot_be_counted_is_no_failure() -> None:
    """The lesson was given; the count is only a hint."""
    world = opened()

    class Away(fakes.FakeIndex):
        def list_copies(self, *_: object, **__: object) -> Page:
            raise TemporaryFailure("throttled")

    services = replace(world.services, index=Away())
    assert count_offer(services, builders.actor(), letter(1), Label.HAM) == 0
