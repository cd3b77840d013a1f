"""The adapters on a bad wire: an answer that gets lost makes the SDK repeat a call that took effect already."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from pratique.adapters.aws import session, table
from pratique.bootstrap import build_services
from pratique.domain.actor import Channel
from pratique.domain.errors import ConcurrentChange, Conflict, PermanentFailure, TemporaryFailure
from pratique.domain.lesson import LessonState
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.scope import GLOBAL
from pratique.ports.queue import QueueName
from pratique.ports.services import Services

from tests.builders import DAY, NOW, NOW_MS, a_copy, facts, lesson
from tests.contract.backends import EMULATOR, Backend
from tests.contract.wire import Forward, Reply, Wire, lose_answer, lose_call, refuse, wire_to
from tests.emulator import Emulator

pytestmark = pytest.mark.parametrize("backend", [EMULATOR], indirect=True)


@pytest.fixture
def wire(backend: Backend, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Everything made after this goes over the wire."""
    with wire_to(emulator.port) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        yield made


@pytest.fixture
def services(backend: Backend, wire: Wire) -> Services:
    assert backend.settings is not None
    return build_services(backend.settings)


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """No retries: the test is about what comes through, not about how long it takes."""
    monkeypatch.setattr(session, "ATTEMPTS", 1)
    monkeypatch.setattr(table, "_FIRST_PAUSE", 0.001)


def release(services: Services, copy: Copy) -> Copy:
    return services.index.move(
        copy.id,
        expected=[State.HELD],
        state=State.RELEASING,
        expires_at=NOW + DAY,
        event=Event(NOW_MS, State.RELEASING, "tester", Channel.API),
        now=NOW,
    )


def test_a_move_whose_answer_was_lost_is_known_again(services: Services, wire: Wire) -> None:
    """It took effect: it is a success, once."""
    services.index.add_copy(a_copy())
    wire.next("UpdateItem", lose_answer)
    moved = release(services, a_copy())
    assert wire.seen.count("UpdateItem") == 2
    assert moved.state is State.RELEASING
    assert len(moved.events) == 2
    with pytest.raises(Conflict):
        release(services, a_copy())


def test_a_claim_whose_answer_was_lost_is_known_again(services: Services, wire: Wire) -> None:
    """The worker has the lease, and one try was counted."""
    copy = a_copy(state=State.QUEUED)
    services.index.add_copy(copy)
    wire.next("UpdateItem", lose_answer)
    options = {"lease_until_ms": NOW_MS + 60_000, "now_ms": NOW_MS, "watch_at": NOW + 60}
    claimed = services.index.claim(copy.id, expected=State.QUEUED, **options)
    assert claimed is not None
    assert claimed.attempts == 1
    assert services.index.claim(copy.id, expected=State.QUEUED, **options) is None


def test_a_lesson_count_whose_answer_was_lost_is_known_again(services: Services, wire: Wire) -> None:
    """The caller did count it."""
    services.index.add_copy(a_copy())
    wire.next("UpdateItem", lose_answer)
    assert services.index.set_lesson(a_copy().id, lessons=1, label="spam", now=NOW)
    assert not services.index.set_lesson(a_copy().id, lessons=1, label="spam", now=NOW)


def test_lessons_whose_answer_was_lost_are_there_once(services: Services, wire: Wire) -> None:
    """The transaction carries a token of its own, so that its repetition is the same one."""
    wire.next("TransactWriteItems", lose_answer)
    services.journal.add([lesson(1), lesson(2)])
    assert services.journal.counts(GLOBAL) == (2, 0)


def test_a_call_that_never_arrived_is_made_again(services: Services, wire: Wire) -> None:
    """Nobody above hears of it."""
    wire.next("PutItem", lose_call)
    assert services.index.add_copy(a_copy())


def test_a_model_whose_answer_was_lost_is_a_concurrent_change(services: Services, wire: Wire) -> None:
    """The learner loads again, and finds its own lessons there."""
    wire.next("PUT", lose_answer)
    with pytest.raises(ConcurrentChange):
        services.models.save(GLOBAL, b"lessons", expected_tag=None)
    found = services.models.load(GLOBAL)
    assert found is not None
    assert found.data == b"lessons"


def half(body: bytes, forward: Forward) -> Reply:
    """DynamoDB answers for some keys and leaves the others for another time."""
    asked = json.loads(body)
    ((name, wanted),) = asked["RequestItems"].items()
    keys = wanted["Keys"]
    cut = len(keys) // 2
    status, text = forward(
        json.dumps({**asked, "RequestItems": {name: {**wanted, "Keys": keys[:cut]}}}).encode()
    )
    answer = json.loads(text) | {"UnprocessedKeys": {name: {**wanted, "Keys": keys[cut:]}}}
    return status, json.dumps(answer).encode()


def nothing_yet(body: bytes, _forward: Forward) -> Reply:
    """DynamoDB is busy, politely."""
    asked = json.loads(body)["RequestItems"]
    return 200, json.dumps({"Responses": {}, "UnprocessedKeys": asked, "UnprocessedItems": asked}).encode()


@pytest.mark.usefixtures("one_try")
def test_keys_left_out_are_asked_for_again(services: Services, wire: Wire) -> None:
    """Until all are there."""
    copies = [a_copy(n) for n in range(12)]
    for copy in copies:
        services.index.add_copy(copy)
    wire.next("BatchGetItem", half, nothing_yet, half)
    assert services.index.get_copies([copy.id for copy in copies], now=NOW) == {
        each.id: each for each in copies
    }
    assert wire.seen.count("BatchGetItem") == 4


@pytest.mark.usefixtures("one_try")
def test_keys_left_out_for_ever_are_a_temporary_failure(services: Services, wire: Wire) -> None:
    """A partial answer is never passed off as a whole one."""
    wire.next("BatchGetItem", *[nothing_yet] * 50)
    with pytest.raises(TemporaryFailure):
        services.index.get_copies([a_copy().id], now=NOW)
    assert wire.seen.count("BatchGetItem") < 10


@pytest.mark.usefixtures("one_try")
def test_writes_left_out_are_sent_again(services: Services, wire: Wire) -> None:
    """Lessons that were taken back are settled all the same."""
    journal = services.journal
    journal.add([lesson(1), lesson(2)])
    for record in journal.get(GLOBAL, [lesson(1).id, lesson(2).id]).values():
        journal.undo(record, state=LessonState.UNDONE, by="x", at_ms=1)
    wire.next("BatchWriteItem", nothing_yet, nothing_yet)
    journal.finish_undos(GLOBAL, journal.undos(GLOBAL))
    assert journal.undos(GLOBAL) == []
    assert journal.counts(GLOBAL) == (0, 2)


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ProvisionedThroughputExceededException", TemporaryFailure),
        (400, "ThrottlingException", TemporaryFailure),
        (400, "RequestLimitExceeded", TemporaryFailure),
        (500, "InternalServerError", TemporaryFailure),
        (503, "WhoKnows", TemporaryFailure),
        (400, "ExpiredTokenException", TemporaryFailure),
        (400, "AccessDeniedException", PermanentFailure),
        (400, "ResourceNotFoundException", PermanentFailure),
        (400, "ValidationException", PermanentFailure),
    ],
)
def test_the_tables_errors_are_ours(
    services: Services, wire: Wire, status: int, code: str, kind: type[Exception]
) -> None:
    """For reads, conditional writes, updates, queries, batches and transactions alike; without the service's own words."""
    copy = a_copy()
    calls: dict[str, Callable[[], object]] = {
        "GetItem": lambda: services.index.get_copy(copy.id, now=NOW),
        "PutItem": lambda: services.index.add_copy(copy),
        "UpdateItem": lambda: release(services, copy),
        "DeleteItem": lambda: services.index.delete_facts(facts().message),
        "Query": lambda: services.index.expired(now=NOW, limit=5),
        "BatchGetItem": lambda: services.directory.look_up([copy.id.recipient], []),
        "TransactWriteItems": lambda: services.journal.add([lesson(1)]),
    }
    for operation, call in calls.items():
        wire.next(operation, refuse(status, code, "bob@example.org is a secret"))
        with pytest.raises(kind) as raised:
            call()
        assert "bob@" not in str(raised.value)
    assert services.index.get_copy(copy.id, now=NOW) is None


@pytest.mark.usefixtures("one_try")
def test_a_busy_row_is_tried_again(services: Services, wire: Wire) -> None:
    """Two transactions met: neither is wrong."""
    busy = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "TransactionConflict", "Message": "busy"}, {"Code": "None"}],
    }
    wire.next("TransactWriteItems", *[lambda _body, _forward: (400, json.dumps(busy).encode())] * 2)
    assert services.journal.add([lesson(1)]) == 1
    wire.next("TransactWriteItems", *[lambda _body, _forward: (400, json.dumps(busy).encode())] * 50)
    with pytest.raises(TemporaryFailure):
        services.journal.add([lesson(2)])


@pytest.mark.usefixtures("one_try")
def test_nobody_there_is_a_temporary_failure(services: Services, wire: Wire) -> None:
    """Every port says so; the caller may try again."""
    calls: dict[str, Callable[[], object]] = {
        "GET": lambda: services.store.get("raw/one"),
        "PUT": lambda: services.store.put("raw/one", b"x"),
        "HEAD": lambda: services.store.size("raw/one"),
        "DELETE": lambda: services.store.delete("raw/one"),
        "SendMessageBatch": lambda: services.queue.send(QueueName.DELIVER, [{"id": "1"}]),
        "ReceiveMessage": lambda: services.queue.redrive(QueueName.DELIVER, limit=1),
        "GetSecretValue": services.secrets.signing_key,
        "GetItem": lambda: services.index.get_facts(facts().message),
    }
    for operation, call in calls.items():
        wire.next(operation, lose_call)
        with pytest.raises(TemporaryFailure):
            call()
        assert wire.seen[-1] == operation


@pytest.mark.usefixtures("one_try")
def test_a_queue_that_took_only_some_is_a_temporary_failure(services: Services, wire: Wire) -> None:
    """The caller sends all again; items are harmless twice."""
    answer = {
        "Successful": [{"Id": "0", "MessageId": "x", "MD5OfMessageBody": "d41d8cd98f00b204e9800998ecf8427e"}],
        "Failed": [{"Id": "1", "SenderFault": False, "Code": "InternalError"}],
    }
    wire.next("SendMessageBatch", lambda _body, _forward: (200, json.dumps(answer).encode()))
    with pytest.raises(TemporaryFailure):
        services.queue.send(QueueName.LEARN, [{"id": "1"}, {"id": "2"}])
