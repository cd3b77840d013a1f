"""WorkQueue: at least once, and dead letters that a person can bring back."""

from __future__ import annotations

import json

import pytest
from pratique.ports.queue import QueueName, WorkQueue

from tests import fakes
from tests.contract.backends import Backend, bury_text, stored

BODIES = [{"id": f"{n}", "note": "grüße 😀"} for n in range(23)]


@pytest.fixture
def queue(backend: Backend) -> WorkQueue:
    return backend.services.queue


def received(backend: Backend, queue: QueueName) -> list[dict[str, str]]:
    """Everything that waits, taken."""
    if isinstance(backend.services.queue, fakes.FakeQueue):
        return backend.services.queue.drain(queue)
    assert backend.settings is not None
    url = getattr(backend.settings, f"{queue.value}_queue")
    found: list[dict[str, str]] = []
    while True:
        answer = backend.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return found
        found += [json.loads(message["Body"]) for message in answer["Messages"]]


def by_id(bodies: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(bodies, key=lambda body: int(body["id"]))


@pytest.mark.parametrize("name", list(QueueName))
def test_send(backend: Backend, queue: WorkQueue, name: QueueName) -> None:
    """More than a batch; each queue has its own."""
    queue.send(name, BODIES)
    queue.send(name, [])
    other = next(each for each in QueueName if each is not name)
    assert queue.depths(name) == (23, 0)
    assert queue.depths(other) == (0, 0)
    assert by_id(received(backend, name)) == BODIES


def test_delayed_ones_wait(queue: WorkQueue) -> None:
    """They count as waiting; a delay beyond what SQS knows is cut to 15 minutes."""
    queue.send(QueueName.DELIVER, BODIES[:2], delay_seconds=100_000)
    assert queue.depths(QueueName.DELIVER) == (2, 0)


@stored
def test_a_delay_is_a_delay(backend: Backend) -> None:
    """Nobody gets it now."""
    backend.services.queue.send(QueueName.DELIVER, BODIES[:1], delay_seconds=600)
    assert received(backend, QueueName.DELIVER) == []


def test_bury_and_redrive(backend: Backend, queue: WorkQueue) -> None:
    """Dead letters come back as many as wanted, each marked as tried again."""
    queue.bury(QueueName.DELIVER, BODIES)
    assert queue.depths(QueueName.DELIVER) == (0, 23)
    assert queue.redrive(QueueName.DELIVER, limit=12) == 12
    assert queue.depths(QueueName.DELIVER) == (12, 11)
    assert queue.redrive(QueueName.DELIVER, limit=100) == 11
    assert queue.redrive(QueueName.DELIVER, limit=100) == 0
    assert queue.depths(QueueName.DELIVER) == (23, 0)
    assert by_id(received(backend, QueueName.DELIVER)) == [{**body, "again": "yes"} for body in BODIES]


def test_redrive_of_another_queue(queue: WorkQueue) -> None:
    """Only the queue that was named."""
    queue.bury(QueueName.DELIVER, BODIES[:1])
    assert queue.redrive(QueueName.LEARN, limit=5) == 0
    assert queue.depths(QueueName.DELIVER) == (0, 1)


@stored
def test_what_is_no_item_stays_where_it_is(backend: Backend) -> None:
    """It is neither lost nor sent round again."""
    for text in ("no json", "[]", '{"id": 7}', '"text"'):
        bury_text(backend, QueueName.LEARN, text)
    backend.services.queue.bury(QueueName.LEARN, BODIES[:1])
    assert backend.services.queue.redrive(QueueName.LEARN, limit=10) == 1
    assert backend.services.queue.depths(QueueName.LEARN) == (1, 4)
