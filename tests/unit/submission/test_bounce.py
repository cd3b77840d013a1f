"""Whoever sends hears of mail that could not be delivered: once for each failure, by the way of their own mail, and nobody else does."""

from __future__ import annotations

import email
from email.policy import default
from typing import Literal

import pytest
from pratique.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, What
from pratique.ports.queue import QueueName
from pratique.usecases.deliver_copy import GIVE_UP_MS, deliver_batch
from pratique.usecases.release_message import release_message
from pratique.usecases.tell_sender import tell_batch

from tests import builders, fakes
from tests.path import work_off
from tests.unit.submission.sending import BOB, EVE, LETTER, SPAM, send, world

ADMIN = builders.actor("example.org")


def told(here: fakes.World) -> list[bytes]:
    """Work the notices off; what went to bob."""
    before = len(here.courier.parcels)
    results = tell_batch(here.services, here.queue.drain(QueueName.NOTIFY))
    assert all(result is None for result in results)
    return [parcel.data for parcel in here.courier.parcels[before:]]


def the_copy(here: fakes.World, copy: Copy) -> Copy:
    found = here.index.get_copy(copy.id, now=here.clock.now_ms() // 1000)
    assert found is not None
    return found


def refused(here: fakes.World, answer: str = "550 5.1.1 no such mailbox") -> Copy:
    """A letter that the smarthost does not take."""
    (copy,) = send(here).copies
    here.courier.fail(PermanentFailure(answer))
    work_off(here)
    assert the_copy(here, copy).state is State.FAILED
    return copy


def test_the_author_gets_a_report_with_the_answer_and_the_reference() -> None:
    """RFC 3464, from the null sender, by the route of the author's own mail; with the header of the letter, and nothing of its body."""
    here = world()
    copy = refused(here)
    (data,) = told(here)
    parcel = here.courier.parcels[-1]
    assert (parcel.mail_from, str(parcel.recipient)) == ("", BOB)
    assert here.courier.routes[-1].host != "smarthost.example"
    report = email.message_from_bytes(data, policy=default)
    assert report.get_content_type() == "multipart/report"
    assert report["Auto-Submitted"] == "auto-replied"
    words, status, headers = report.iter_parts()
    assert EVE in words.get_content()
    assert "550 5.1.1 no such mailbox" in words.get_content()
    assert copy.id.message in words.get_content()
    assert "Status: 5.1.1" in status.as_string()
    assert "Minutes of the meeting" in headers.as_string()
    assert b"what we said on Monday" not in data
    assert [event.note for event in the_copy(here, copy).events if event.what is What.NOTE] == [
        "author told: 250 2.0.0 taken"
    ]


def test_an_item_that_comes_twice_tells_once_and_another_failure_again() -> None:
    here = world()
    copy = refused(here)
    items = here.queue.drain(QueueName.NOTIFY)
    tell_batch(here.services, items + items)
    assert len(here.courier.parcels) == 1
    here.clock.advance(seconds=60)
    here.courier.fail(PermanentFailure("550 5.1.1 no such mailbox"))
    release_message(here.services, ADMIN, copy.id)
    work_off(here)
    assert len(told(here)) == 1


def test_what_was_tried_for_days_says_so() -> None:
    here = world()
    (copy,) = send(here).copies
    here.clock.advance(seconds=GIVE_UP_MS / 1000 + 60)
    here.courier.fail(TemporaryFailure("451 later"))
    deliver_batch(here.services, here.queue.drain(QueueName.DELIVER))
    assert the_copy(here, copy).state is State.FAILED
    (data,) = told(here)
    assert b"Status: 5.4.7" in data
    assert b"tried for days" in data


def test_nobody_is_told_of_mail_that_came_in_nor_of_the_null_sender_nor_of_what_goes_on() -> None:
    """Strangers hear nothing; a sender without an address asks for nothing; and who let go a copy meanwhile has other news."""
    here = world()
    on_its_way = str(send(here, source_id="s9").copies[0].id)
    assert tell_batch(here.services, [{"failed": on_its_way}]) == [None]
    assert here.courier.parcels == []
    (null,) = send(here, LETTER, source_id="s2", sender="").copies
    here.courier.fail(PermanentFailure("550 no"), times=9)
    work_off(here)
    assert the_copy(here, null).state is State.FAILED
    items = [item for item in here.queue.drain(QueueName.NOTIFY) if item["failed"] == str(null.id)]
    tell_batch(here.services, items)
    assert here.courier.parcels == []


def test_a_notice_that_cannot_be_sent_now_is_tried_for_a_day() -> None:
    here = world()
    refused(here)
    here.courier.fail(TemporaryFailure("451 later"))
    assert told(here) == []
    assert len(here.queue.waiting[QueueName.NOTIFY]) == 1
    assert len(told(here)) == 1
    other = world()
    refused(other)
    other.clock.advance(days=2)
    other.courier.fail(TemporaryFailure("451 later"))
    assert told(other) == []
    assert other.queue.waiting[QueueName.NOTIFY] == []


def test_without_a_way_to_the_author_nothing_is_sent_and_the_copy_tells() -> None:
    here = world()
    copy = refused(here)
    here.directory.delete_route("*")
    assert told(here) == []
    assert "no such mailbox" in the_copy(here, copy).reply


def test_held_mail_that_is_let_go_and_refused_bounces_too() -> None:
    here = world()
    (copy,) = send(here, SPAM).copies
    assert the_copy(here, copy).state is State.HELD
    assert here.queue.waiting[QueueName.NOTIFY] == []
    release_message(here.services, ADMIN, copy.id)
    here.courier.fail(PermanentFailure("554 spam"))
    work_off(here)
    (data,) = told(here)
    assert b"Status: 5.0.0" in data


def test_an_item_of_another_form_fails() -> None:
    here = world()
    (error,) = tell_batch(here.services, [{"failed": "nothing"}])
    assert isinstance(error, NotFound)


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_queue_that_is_away_leaves_nothing_untold(at: Literal["before", "after"]) -> None:
    """The delivery comes again; however often it does, the author hears once."""
    here = world()
    (copy,) = send(here).copies
    here.courier.fail(PermanentFailure("550 no"), times=2)
    broken = fakes.faulty(here.services)
    fakes.fail_next(broken, "queue.send", TemporaryFailure("away"), when=at)
    work_off(here, broken)
    work_off(here)
    assert the_copy(here, copy).state is State.FAILED
    items = here.queue.drain(QueueName.NOTIFY)
    assert items
    here.courier._errors.clear()
    tell_batch(here.services, items)
    assert len(here.courier.parcels) == 1
