"""Background jobs over HTTP."""

from __future__ import annotations

import pytest
from pratique.ports.queue import QueueName
from pratique.usecases.run_job import run_job

from tests import fakes
from tests.unit.api.calling import call, stocked

REMOVE = {"action": "remove", "search": {"state": ["held"], "scope": "example.org"}}


def work(world: fakes.World) -> None:
    for body in world.queue.waiting[QueueName.JOBS]:
        run_job(world.services, body["job"], until_ms=world.clock.now_ms() + 60_000)
    world.queue.waiting[QueueName.JOBS].clear()


def test_a_job_from_order_to_undo() -> None:
    world, copies = stocked(messages=3)
    world.clock.advance(seconds=1)
    ordered = call(world, "POST", "/v1/jobs", body=REMOVE, headers={"idempotency-key": "k"})
    assert (ordered.status, ordered.body["state"], ordered.body["scope"]) == (202, "waiting", "example.org")
    path = f"/v1/jobs/{ordered.body['id']}"
    assert (
        call(world, "POST", "/v1/jobs", body=REMOVE, headers={"idempotency-key": "k"}).body["id"]
        == ordered.body["id"]
    )
    work(world)
    done = call(world, "GET", path).body
    assert (done["state"], done["done"], done["refused"]) == ("done", 3, 0)
    results = call(world, "GET", f"{path}/results").body
    assert {item["id"] for item in results["results"]} == {str(copy.id) for copy in copies}
    assert all(item["ok"] for item in results["results"])
    assert results["next"] is None
    assert call(world, "GET", f"{path}/results", query={"step": 7}).status == 404
    assert [
        job["id"] for job in call(world, "GET", "/v1/jobs", query={"scope": "example.org"}).body["jobs"]
    ] == [done["id"]]
    undone = call(world, "POST", f"{path}/undo")
    assert (undone.status, undone.body["undoes"]) == (202, done["id"])
    work(world)
    assert call(world, "GET", "/v1/messages").body["messages"][0]["state"] == "held"
    assert call(world, "POST", f"{path}/stop").body["state"] == "done"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "remove"},
        {"action": "undo", "search": {}},
        {"action": "train", "search": {}},
        {"action": "remove", "search": {"since": "soon"}},
        {"action": "remove", "search": {"limit": 5}},
        {"action": "remove", "search": {"colour": "red"}},
    ],
)
def test_an_order_that_cannot_be_is_refused(body: dict[str, object]) -> None:
    world, _ = stocked()
    assert call(world, "POST", "/v1/jobs", body=body).status == 422
    assert world.queue.waiting[QueueName.JOBS] == []
