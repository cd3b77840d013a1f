"""Lessons reach the model exactly once; what is over its time goes, with the last copy's bytes; lost work is found."""

from __future__ import annotations

import threading

import pytest
from pratique.domain.errors import ConcurrentChange, Forbidden
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, domain_scope, parse_scope
from pratique.filtering.classifier.model import Model
from pratique.ports.queue import QueueName
from pratique.usecases.expire_messages import expire_messages, purge_copy
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.layers import current_model
from pratique.usecases.learn_lessons import BATCH, learn_lessons
from pratique.usecases.release_message import release_message
from pratique.usecases.train_upload import Upload, train_upload

from tests import builders, fakes
from tests.path import arrive, held, opened, work_off

HAM = b"From: Ann <ann@friend.example>\r\nTo: bob@example.org\r\nSubject: minutes of the meeting %d\r\n\r\nHello Bob, attached are the minutes of our garden club, see you on Tuesday.\r\n"
SPAM = b"From: Win <win@prize.example>\r\nTo: bob@example.org\r\nSubject: you won a prize %d\r\n\r\nCLICK here http://prize.example/%d to claim 1,000,000 dollars now!!!\r\n"


def _teach(world: fakes.World, count: int = 30, scope: str = "global") -> None:
    uploads = [Upload(f"ham{n}", HAM % n, Label.HAM) for n in range(count)]
    uploads += [Upload(f"spam{n}", SPAM % (n, n), Label.SPAM) for n in range(count)]
    train_upload(world.services, builders.actor(), uploads, scope=parse_scope(scope))


def test_lessons_change_verdicts_without_a_restart() -> None:
    """The next message is judged by the new version: the directory names it, a warm process loads it."""
    world = opened()
    spam, ham = SPAM % (99, 99), HAM % 99
    before = arrive(world, builders.receipt("before"), spam).copies[0].score
    _teach(world)
    work_off(world)
    after_spam = arrive(world, builders.receipt("spam"), spam).copies[0].score
    after_ham = arrive(world, builders.receipt("ham"), ham).copies[0].score
    assert after_spam > before
    assert after_spam > 0.5
    assert after_ham < 0.1


def test_a_recipients_lessons_stay_with_the_recipient() -> None:
    """The domain's other people are judged as before."""
    both = builders.receipt(recipients=("bob@example.org", "ann@example.org"))
    before = arrive(opened(), both, SPAM % (1, 1)).copies[1]
    world = opened()
    _teach(world, scope="bob@example.org")
    work_off(world)
    bob, ann = arrive(world, both, SPAM % (1, 1)).copies
    assert bob.score > ann.score == before.score
    assert ann.contributions == ()
    assert "classifier:recipient" in {c.signal for c in bob.contributions}


def test_a_domain_learns_only_what_the_global_layer_does_not_know() -> None:
    """What the layer above is sure of leaves the domain's weights alone; without it, the same lessons change them."""
    changed = {}
    for taught_above in (True, False):
        world = opened()
        if taught_above:
            _teach(world, 250)
            work_off(world)
        _teach(world, 20, scope="example.org")
        changed[taught_above] = learn_lessons(world.services, parse_scope("example.org")).changed
    assert changed[True] < changed[False]


def test_a_domain_called_global_has_a_model_of_its_own() -> None:
    """A warm process does not take one for the other."""
    world = opened()
    _teach(world)
    work_off(world)
    named_so = domain_scope("global")
    assert current_model(world.services, GLOBAL, world.directory.look_up([], []).models[GLOBAL])
    assert current_model(world.services, named_so, "000000000001") is None


def test_the_same_upload_twice_is_one_lesson() -> None:
    """Feeding a folder again teaches nothing twice."""
    world = opened()
    _teach(world, 3)
    _teach(world, 3)
    work_off(world)
    assert world.journal.counts(GLOBAL) == (0, 6)


def test_only_administrators_upload() -> None:
    """Nobody else can vouch for mail that was not received here."""
    with pytest.raises(Forbidden):
        train_upload(
            opened().services, builders.actor("bob@example.org"), [], scope=parse_scope("bob@example.org")
        )


def test_two_learners_at_once_lose_no_lesson_and_apply_none_twice() -> None:
    """Conditional saves: whoever loses the race reads again."""
    world = opened()
    _teach(world, 40)
    errors: list[BaseException] = []

    def learn() -> None:
        try:
            for _ in range(3):
                learn_lessons(world.services, GLOBAL)
        except ConcurrentChange:
            pass
        except BaseException as error:  # noqa: BLE001 - shown below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=learn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    learn_lessons(world.services, GLOBAL)
    stored = world.models.load(GLOBAL)
    assert stored is not None
    model = Model.loads(stored.data)
    assert model.lessons_ham + model.lessons_spam == 80
    assert world.journal.counts(GLOBAL) == (0, 80)


def test_more_lessons_than_a_batch_are_all_learned() -> None:
    """The learner says that there is more, and remembers what it may yet see again."""
    world = opened()
    count = BATCH // 2 + 20
    for start in range(0, count, 100):
        uploads = [Upload(f"{n}", SPAM % (n, n), Label.SPAM) for n in range(start, min(start + 100, count))]
        uploads += [Upload(f"{n}", HAM % n, Label.HAM) for n in range(start, min(start + 100, count))]
        train_upload(world.services, builders.actor(), uploads, scope=GLOBAL)
    assert learn_lessons(world.services, GLOBAL).more
    assert not learn_lessons(world.services, GLOBAL).more
    assert world.journal.counts(GLOBAL) == (0, 2 * count)


def test_expiry_takes_the_row_and_with_the_last_copy_the_bytes() -> None:
    """Two recipients with different retention: the bytes stay for the second."""
    from pratique.domain.policy import Policy

    world = opened()
    world.directory.put_policy(parse_scope("ann@example.org"), Policy(retention_days=3))
    from tests.path import block

    block(world)
    receipt = builders.receipt(recipients=("bob@example.org", "ann@example.org"))
    bob, ann = arrive(world, receipt).copies
    world.clock.advance(days=3, seconds=1)
    swept = expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)
    assert (swept.expired, swept.purged) == (1, 0)
    assert world.store.size(bob.raw_key) is not None
    world.clock.advance(days=25)
    swept = expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)
    assert (swept.expired, swept.purged) == (1, 1)
    assert world.store.objects == {}
    assert world.index.get_facts(bob.id.message) is None
    assert ann.id.message == bob.id.message


def test_nothing_is_deleted_under_a_pending_release() -> None:
    """Released in its last minute, delivered days later: the bytes wait."""
    world = opened()
    copy = held(world)
    world.clock.advance(days=28, seconds=-60)
    release_message(world.services, builders.actor(), copy.id)
    world.clock.advance(days=3)
    assert expire_messages(world.services, until_ms=world.clock.now_ms() + 1000).expired == 0
    assert not purge_copy(world.services, copy.id)
    work_off(world)
    assert len(world.courier.parcels) == 1


def test_the_record_of_delivered_mail_goes_in_its_time() -> None:
    """log_days after delivery: row and bytes."""
    world = opened()
    arrive(world, builders.receipt())
    work_off(world)
    world.clock.advance(days=15)
    assert expire_messages(world.services, until_ms=world.clock.now_ms() + 1000).purged == 1
    assert world.store.objects == {}


def test_a_lost_queue_item_is_found_by_the_sweep() -> None:
    """Ingest was killed before it could queue: the copy is on its way, and nobody carries it."""
    world = opened()
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "queue.send", fakes.Killed())
    with pytest.raises(fakes.Killed):
        arrive(world, builders.receipt(), services=watched)
    assert world.queue.waiting[QueueName.DELIVER] == []
    world.clock.advance(seconds=901)
    assert expire_messages(world.services, until_ms=world.clock.now_ms() + 1000).resumed == 1
    assert expire_messages(world.services, until_ms=world.clock.now_ms() + 1000).resumed == 0
    work_off(world)
    assert len(world.courier.parcels) == 1


def test_purging_a_copy_that_is_there_does_nothing() -> None:
    """A stream record may be old news."""
    world = opened()
    copy = held(world)
    assert not purge_copy(world.services, copy.id)
    assert world.index.get_copy(copy.id, now=builders.NOW) is not None


def test_a_late_duplicate_event_of_expired_mail_asks_for_another_try_and_stores_nothing() -> None:
    """The bytes are gone; the event ends in the dead-letter queue, no ghost row appears."""
    from pratique.domain.errors import TemporaryFailure

    world = opened()
    receipt = builders.receipt()
    copy = held(world)
    world.clock.advance(days=29)
    expire_messages(world.services, until_ms=world.clock.now_ms() + 1000)
    with pytest.raises(TemporaryFailure):
        ingest_message(world.services, receipt)
    page = world.index.list_copies(GLOBAL, states=list(State), limit=10, now=world.clock.now_ms() // 1000)
    assert page.copies == ()
    assert copy.state is State.HELD
