"""jobs: order, list, show, stop, undo."""

from __future__ import annotations

import json

import pytest
from pratique.ports.queue import QueueName
from pratique.usecases.run_job import run_job

from tests.unit.cli.world import Installation


@pytest.fixture(autouse=True)
def _later(here: Installation) -> None:
    """A job acts on what was there when it was ordered."""
    here.world.clock.advance(seconds=1)


def work(here: Installation) -> None:
    world = here.world
    for body in world.queue.waiting[QueueName.JOBS]:
        run_job(world.services, body["job"], until_ms=world.clock.now_ms() + 60_000)
    world.queue.waiting[QueueName.JOBS].clear()


def test_a_job_is_ordered_shown_and_taken_back(here: Installation) -> None:
    ordered = here.run("jobs", "order", "remove", "cheap", "--state", "held", "--no-wait", "--json")
    job = json.loads(ordered.stdout)["id"]
    work(here)
    assert "3 done, 0 refused" in here.run("jobs", "show", job).stdout
    assert job in here.run("jobs", "list").stdout
    assert "done" in here.run("jobs", "stop", job).stdout
    assert "undo  waiting" in here.run("jobs", "undo", job, "--no-wait").stdout
    work(here)
    assert here.run("list").stdout.count("eve@") == 3


def test_waiting_ends_with_the_job(here: Installation) -> None:
    """It asks again and again; here the work is done while it pauses."""
    waits: list[float] = []

    class Hand(list[float]):
        def append(self, seconds: float) -> None:
            waits.append(seconds)
            work(here)

    here.waits = Hand()
    ordered = here.run("jobs", "order", "remove", "--state", "held")
    assert ordered.exit_code == 0
    assert "done  3 done" in ordered.stdout
    assert len(waits) == 1


def test_what_was_refused_is_told(here: Installation) -> None:
    here.world.directory.delete_route("*")
    ordered = json.loads(here.run("jobs", "order", "release", "--no-wait", "--json").stdout)
    work(here)
    shown = here.run("jobs", "show", ordered["id"]).stdout
    assert shown.count("no_route") == 3
    assert len(json.loads(here.run("jobs", "show", ordered["id"], "--json").stdout)["results_refused"]) == 3


def test_an_order_that_cannot_be_says_why(here: Installation) -> None:
    told = here.run("jobs", "order", "train")
    assert told.exit_code == 1
    assert "label" in told.stderr
    assert here.run("jobs", "show", "nothing").exit_code == 1
    assert here.run("jobs", "list").stdout.strip() == "nothing here"
