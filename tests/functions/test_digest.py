"""The handlers of digests and of the pages behind their links."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pratique import bootstrap
from pratique.domain.digest import shard_of_scope
from pratique.domain.errors import TemporaryFailure
from pratique.ports.queue import QueueName

from functions.digest.app import handler as digest
from functions.feedback.app import handler as feedback
from tests import fakes
from tests.functions.events import event
from tests.unit.digests.setting import BOB, hold, mails, next_morning
from tests.unit.digests.setting import world as chosen


class Context:
    """What Lambda tells of the time."""

    def __init__(self, milliseconds: int = 300_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    made = chosen()
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    return made


def items(*bodies: object) -> dict[str, Any]:
    found = event("sqs-digest.json")
    template = found["Records"][0]
    found["Records"] = [
        {**template, "messageId": f"item-{n}", "body": body if isinstance(body, str) else json.dumps(body)}
        for n, body in enumerate(bodies)
    ]
    return found


def failed(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_the_schedules_run_gives_out_work_and_the_work_is_done(world: fakes.World) -> None:
    hold(world)
    assert digest(event("scheduler-expire.json"), Context()) == {"shards": 0}
    next_morning(world)
    assert digest(event("scheduler-expire.json"), Context()) == {"shards": 1}
    bodies = world.queue.drain(QueueName.DIGEST)
    assert bodies == [{"shard": str(shard_of_scope(BOB))}]
    assert failed(digest(items(*bodies), Context())) == []
    assert len(mails(world)) == 1


def test_a_worker_without_time_leaves_the_shard_to_the_next(world: fakes.World) -> None:
    hold(world)
    next_morning(world)
    body = {"shard": str(shard_of_scope(BOB))}
    assert failed(digest(items(body), Context(1_000))) == []
    assert world.queue.drain(QueueName.DIGEST) == [body]
    assert mails(world) == []


def test_what_fails_comes_back_and_its_neighbours_do_not(
    world: fakes.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(world)
    next_morning(world)

    def away(*_: object, **__: object) -> Any:
        raise TemporaryFailure("the table is busy")

    good = {"scope": "bob@example.org", "asked": "1"}
    with monkeypatch.context() as patched:
        patched.setattr(world.digests, "due", away)
        found = digest(items(good, {"shard": "3"}, "no json", "[]", {"shard": "999"}), Context())
    assert failed(found) == ["item-1", "item-2", "item-3", "item-4"]
    assert len(mails(world)) == 1


def test_a_page_is_answered_whatever_comes(world: fakes.World) -> None:
    answer = feedback(event("feedback-page.json"), None)
    assert answer["statusCode"] == 404
    assert "nicht gültig" in answer["body"]
    hold(world)
    next_morning(world)
    digest(items({"shard": str(shard_of_scope(BOB))}), Context())
    page = event("feedback-page.json")
    page["rawPath"] = f"/d/{mails(world)[0].link('r')}"
    assert feedback(page, None)["statusCode"] == 200
    page["rawPath"] = f"/live{page['rawPath']}"
    page["requestContext"]["stage"] = "live"
    assert feedback(page, None)["statusCode"] == 200
    assert feedback({}, None)["statusCode"] == 400
