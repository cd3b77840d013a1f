"""The queue, schedule and stream handlers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pratique import bootstrap
from pratique.adapters.aws.rows import copy_row
from pratique.domain.actor import Channel
from pratique.domain.address import parse_address
from pratique.domain.catalogue import FEW
from pratique.domain.direction import Direction
from pratique.domain.errors import ConcurrentChange, TemporaryFailure
from pratique.domain.job import JobAction, JobVerb
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.search import Search
from pratique.ports.queue import QueueName
from pratique.usecases.order_job import order_job
from pratique.usecases.train_message import train_message
from pratique.usecases.write_catalogue import order_catalogue

from functions.calibrate.app import handler as calibrate
from functions.count.app import handler as count
from functions.deliver.app import handler as deliver
from functions.expire.app import handler as expire
from functions.job.app import handler as job_handler
from functions.learn.app import handler as learn
from functions.notify.app import handler as notify
from functions.purge.app import handler as purge
from functions.reconcile.app import handler as reconcile
from tests import builders, fakes
from tests.functions.events import event
from tests.path import arrive, block, held, opened


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    world = opened()
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    return world


def _with_bodies(name: str, bodies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = event(name)
    template = found["Records"][0]
    found["Records"] = [
        {**template, "messageId": f"item-{n}", "body": json.dumps(body)} for n, body in enumerate(bodies)
    ]
    return found


def end_row(world: fakes.World, copy: Copy) -> bool:
    """The row of a copy goes, and nothing else happened yet."""
    now = world.clock.now_ms() // 1000
    event = Event(now * 1000, State.EXPIRED, "sweep", Channel.CLOCK)
    return world.index.end_copy(copy.id, event=event, now=now, kept_until=now + 90 * builders.DAY)


class _Context:
    """A Lambda context with a minute left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def test_deliver_reports_only_what_must_come_back(world: fakes.World) -> None:
    """Garbage comes back (and ends in the dead-letter queue), what is gone does not."""
    answer = deliver(event("sqs-deliver.json"), None)
    items = [r["messageId"] for r in event("sqs-deliver.json")["Records"]]
    assert [f["itemIdentifier"] for f in answer["batchItemFailures"]] == items[1:]


def test_deliver_hands_over_and_a_broken_index_brings_the_item_back(
    world: fakes.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch: delivered; then the same again: nothing; then the table is away."""
    arrive(world, builders.receipt())
    batch = _with_bodies("sqs-deliver.json", world.queue.drain(QueueName.DELIVER))
    assert deliver(batch, None) == {"batchItemFailures": []}
    assert deliver(batch, None) == {"batchItemFailures": []}
    assert len(world.courier.parcels) == 1
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "index.get_copy", TemporaryFailure("throttled"))
    monkeypatch.setattr(bootstrap, "services", lambda: watched)
    assert deliver(batch, None) == {"batchItemFailures": [{"itemIdentifier": "item-0"}]}


def test_learn_runs_once_for_each_scope(world: fakes.World) -> None:
    """Two items of one scope are one run; what names no scope comes back."""
    copy = held(world)
    train_message(world.services, builders.actor(), copy.id, Label.SPAM)
    answer = learn(event("sqs-learn.json"), _Context())
    items = [r["messageId"] for r in event("sqs-learn.json")["Records"]]
    assert [f["itemIdentifier"] for f in answer["batchItemFailures"]] == [items[3]]
    assert world.journal.counts(GLOBAL) == (0, 1)


def test_a_learner_that_always_loses_comes_back_soon(
    world: fakes.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losing a race is no failure: the item is queued again, not left to the visibility time-out."""
    copy = held(world)
    train_message(world.services, builders.actor(), copy.id, Label.SPAM)
    world.queue.drain(QueueName.LEARN)
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "models.save", ConcurrentChange("another writer was first"), times=5)
    monkeypatch.setattr(bootstrap, "services", lambda: watched)
    batch = _with_bodies("sqs-learn.json", [{"scope": "*"}])
    assert learn(batch, _Context()) == {"batchItemFailures": []}
    assert world.queue.drain(QueueName.LEARN) == [{"scope": "*"}]
    assert learn(batch, _Context()) == {"batchItemFailures": []}
    assert world.journal.counts(GLOBAL) == (0, 1)


def test_expire_sweeps(world: fakes.World) -> None:
    """The scheduled event, with nothing in it that matters."""
    held(world)
    world.clock.advance(days=29)
    assert expire(event("scheduler-expire.json"), _Context()) == {
        "expired": 1,
        "purged": 1,
        "resumed": 0,
        "more": False,
    }
    assert world.store.objects == {}


def test_expire_stops_when_its_time_is_up(world: fakes.World) -> None:
    """No time left: nothing is begun, and it says that there is more."""
    held(world)
    world.clock.advance(days=29)

    class Late:
        def get_remaining_time_in_millis(self) -> int:
            return 100

    assert expire({}, Late())["more"] is True


def test_job_writes_the_catalogue_that_was_ordered(
    world: fakes.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the scope and direction of the item; garbage is passed over, and what cannot be done now comes back."""
    for number in range(1, FEW + 1):
        world.index.add_copy(builders.a_copy(number))
    world.clock.advance(seconds=3_600)
    order_catalogue(world.services, parse_scope("example.org"))
    records = _with_bodies("sqs-learn.json", [*world.queue.drain(QueueName.JOBS), {"catalogue": 7}])
    monkeypatch.setattr(world.catalogues, "put_chapter", _away)
    assert job_handler(records, _Context()) == {"batchItemFailures": [{"itemIdentifier": "item-0"}]}
    monkeypatch.undo()
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    world.clock.advance(seconds=600)
    assert job_handler(records, _Context()) == {"batchItemFailures": []}
    found = world.catalogues.read(parse_scope("example.org"), Direction.INCOMING)
    assert found is not None
    assert [chapter.rows for chapter in found.chapters] == [FEW]


def test_job_carries_out_what_was_ordered(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Garbage is passed over; a table that is away brings the item back."""
    copy = held(world)
    job = order_job(world.services, builders.actor("global"), GLOBAL, JobAction(JobVerb.REMOVE), Search())
    bodies = [{"job": job.id}, {"other": "x"}]
    records = _with_bodies("sqs-learn.json", bodies)
    monkeypatch.setattr(world.jobs, "get_step", _away)
    assert job_handler(records, _Context()) == {"batchItemFailures": [{"itemIdentifier": "item-0"}]}
    monkeypatch.undo()
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    assert job_handler(records, _Context()) == {"batchItemFailures": []}
    found = world.index.get_copy(copy.id, now=builders.NOW)
    assert found is not None
    assert found.state is State.REMOVED


def _away(*_given: object, **_named: object) -> None:
    raise TemporaryFailure("the table is away")


def test_purge_deletes_the_bytes_of_rows_that_ttl_took(world: fakes.World) -> None:
    """A TTL deletion reaches us by the stream only."""
    copy = held(world)
    world.clock.advance(days=29)
    assert end_row(world, copy)
    records = event("stream-remove.json")
    keys = records["Records"][0]["dynamodb"]["Keys"]
    keys["pk"]["S"], keys["sk"]["S"] = f"R#{copy.id.recipient}", f"M#{copy.id.message}"
    assert purge(records, None) == {"batchItemFailures": []}
    assert world.store.objects == {}
    assert purge(records, None) == {"batchItemFailures": []}


def test_purge_knows_copies_of_mail_that_was_sent(world: fakes.World) -> None:
    """By their own kind of sort key; with the last of them the bytes go."""
    bob, eve = parse_address("bob@example.org"), parse_address("eve@else.example")
    stored = builders.facts(1, (str(eve),), owners={eve: bob}, direction=Direction.OUTGOING)
    assert world.index.add_facts(stored, expires_at=builders.NOW)
    world.store.put(stored.raw_key, b"bytes")
    keys = {"pk": {"S": f"R#{bob}"}, "sk": {"S": f"O#{stored.message}#{eve}"}}
    record = {"eventName": "REMOVE", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}
    other = {"eventName": "REMOVE", "dynamodb": {"Keys": {**keys, "sk": {"S": f"Q#{stored.message}#{eve}"}}}}
    assert purge({"Records": [other]}, None) == {"batchItemFailures": []}
    assert world.store.objects
    assert purge({"Records": [record]}, None) == {"batchItemFailures": []}
    assert not world.store.objects
    assert world.index.get_facts(stored.message) is None


def test_purge_names_the_first_record_that_failed(
    world: fakes.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream goes on from there."""
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "index.drop_recipient", TemporaryFailure("throttled"))
    monkeypatch.setattr(bootstrap, "services", lambda: watched)
    records = event("stream-remove.json")
    assert purge(records, None) == {
        "batchItemFailures": [{"itemIdentifier": records["Records"][0]["dynamodb"]["SequenceNumber"]}]
    }


def test_calibrate_answers_what_it_did(world: fakes.World) -> None:
    """Like the sweep, for as long as it may run."""
    world.directory.put_route(builders.route("example.org"))
    assert calibrate(event("scheduler-expire.json"), _Context()) == {
        "domains": 1,
        "folding": 0,
        "more": False,
    }


def test_notify_tells_and_reports_only_what_must_come_back(world: fakes.World) -> None:
    """One held message of a legitimate sender; an item that names none."""
    told = replace(world.services, options=replace(world.options, notice_from="postmaster@example.org"))
    block(world)
    arrive(world, builders.receipt(), services=told)
    batch = _with_bodies("sqs-deliver.json", [*world.queue.drain(QueueName.NOTIFY), {}])
    world.services = told
    assert notify(batch, None) == {"batchItemFailures": [{"itemIdentifier": "item-1"}]}
    assert len(world.bouncer.sent) == 1


def _images(copies: list[Copy]) -> list[dict[str, Any]]:
    """Stream records of a copy in one state after the other, and of a try of its delivery that changed nothing."""
    rows = [copy_row(copy, 1) for copy in copies]
    records = []
    for old, new in zip([None, *rows], [*rows, rows[-1]], strict=False):
        images = {"NewImage": new} | ({"OldImage": old} if old else {})
        keys = {"pk": new["pk"], "sk": new["sk"]}
        records.append({"eventName": "MODIFY" if old else "INSERT", "dynamodb": {"Keys": keys, **images}})
    return records


def test_count_follows_the_stream(world: fakes.World) -> None:
    """A whole life, twice, and the record's own end."""
    first = builders.a_copy(1, state=State.QUEUED)
    copies = [first, dataclasses.replace(first, state=State.DELIVERED, version=2)]
    records = _images(copies)
    for _ in range(2):
        count({"Records": records}, None)
    row = copy_row(copies[-1], 1)
    keys = {"pk": row["pk"], "sk": row["sk"]}
    record = {"eventName": "REMOVE", "dynamodb": {"Keys": keys, "OldImage": {**row, "ended": {"N": "1"}}}}
    count({"Records": [record]}, None)
    tally = world.ledger.tallies(GLOBAL)["20260921"]
    assert (tally.received, tally.states[State.DELIVERED], tally.adds_up) == (1, 1, True)


def test_count_of_a_row_that_ttl_took(world: fakes.World) -> None:
    """Held, and no sweep came for a week: expired. Rows of other kinds are nobody's copies."""
    copy = builders.a_copy(1)
    count({"Records": _images([copy])}, None)
    row = copy_row(copy, 1)
    keys = {"pk": row["pk"], "sk": row["sk"]}
    count({"Records": [{"eventName": "REMOVE", "dynamodb": {"Keys": keys, "OldImage": row}}]}, None)
    other = {"pk": {"S": "R#bob@example.org"}, "sk": {"S": "H#1#2"}}
    count({"Records": [{"eventName": "INSERT", "dynamodb": {"Keys": other, "NewImage": other}}]}, None)
    tally = world.ledger.tallies(GLOBAL)["20260921"]
    assert (tally.received, tally.states[State.EXPIRED], tally.adds_up) == (1, 1, True)


def test_count_fails_as_a_whole(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream comes back to the batch."""
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "ledger.count", TemporaryFailure("throttled"))
    monkeypatch.setattr(bootstrap, "services", lambda: watched)
    with pytest.raises(TemporaryFailure):
        count({"Records": _images([builders.a_copy(1)])}, None)


def test_reconcile_answers_what_it_did(world: fakes.World) -> None:
    """Like the sweep, for as long as it may run."""
    arrive(world, builders.receipt())
    world.clock.advance(seconds=901)
    answer = reconcile(event("scheduler-expire.json"), _Context())
    assert (answer["seen"], answer["recounted"], answer["open_gaps"], answer["whole"]) == (1, 1, 0, True)
