"""Background jobs: one action on all that a search finds, whoever dies where; stopped, taken back, and never on what came later."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, LimitReached, NotFound, TemporaryFailure
from pratique.domain.job import Job, JobAction, JobState, JobVerb
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.search import Search, read_terms
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases import run_job as module
from pratique.usecases.order_job import (
    MAX_ACTIVE,
    list_jobs,
    order_job,
    read_job,
    read_step,
    stop_job,
    undo_job,
)
from pratique.usecases.run_job import run_job

from tests import builders, fakes

ORG = parse_scope("example.org")
ADMIN = Actor("admin", ORG, Channel.API)
BOB = Actor("bob", parse_scope("bob@example.org"), Channel.PANEL)
HELD = Search(states=(State.HELD,))
REMOVE = JobAction(JobVerb.REMOVE)


def stocked(messages: int = 7) -> fakes.World:
    """Held spam of two recipients, and the domain's route."""
    world = fakes.world()
    world.directory.put_route(builders.route("*"))
    for number in range(1, messages + 1):
        who = "bob@example.org" if number % 2 else "ann@example.org"
        at = world.clock.now_ms() - 1_000 * number
        copy = builders.a_copy(number, who, at_ms=at, sender=f"eve{number}@spam.example")
        world.index.add_facts(builders.facts(number, (who,), at_ms=at), expires_at=copy.expires_at)
        world.index.add_copy(copy)
        world.store.put(copy.raw_key, builders.raw_message())
    return world


def work(services: Services, world: fakes.World) -> None:
    """What the function does with the queue, until it is empty."""
    while world.queue.waiting[QueueName.JOBS]:
        body = world.queue.waiting[QueueName.JOBS].pop(0)
        run_job(services, body["job"], until_ms=world.clock.now_ms() + 60_000)


def states(world: fakes.World) -> dict[str, int]:
    found: dict[str, int] = {}
    for copy in world.index.all_copies():
        found[copy.state.value] = found.get(copy.state.value, 0) + 1
    return found


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP", 2)


def test_a_job_acts_on_all_that_is_found_and_counts() -> None:
    """In steps, each on record."""
    world = stocked()
    job = order_job(world.services, ADMIN, ORG, REMOVE, replace(HELD, terms=read_terms("to:bob")))
    assert job.state is JobState.WAITING
    work(world.services, world)
    done = read_job(world.services, ADMIN, job.id)
    assert (done.state, done.done, done.refused) == (JobState.DONE, 4, 0)
    assert states(world) == {"removed": 4, "held": 3}
    listed = [read_step(world.services, ADMIN, job.id, number).outcomes for number in range(done.step)]
    assert len({outcome.id for step in listed for outcome in step}) == 4
    with pytest.raises(NotFound):
        read_step(world.services, ADMIN, job.id, done.step)
    assert [each.id for each in list_jobs(world.services, ADMIN, ORG).jobs] == [job.id]


def test_what_comes_in_after_the_order_is_left_alone() -> None:
    world = stocked(2)
    order_job(world.services, ADMIN, ORG, REMOVE, HELD)
    world.clock.advance(seconds=5)
    world.index.add_copy(builders.a_copy(99, at_ms=world.clock.now_ms()))
    work(world.services, world)
    assert states(world) == {"removed": 2, "held": 1}


@pytest.mark.parametrize(
    ("action", "search", "after", "taken_back", "refused"),
    [
        (REMOVE, HELD, {"removed": 5}, {"held": 5}, 0),
        (JobAction(JobVerb.REMOVE, block="domain"), HELD, {"removed": 5}, {"held": 5}, 0),
        (JobAction(JobVerb.RELEASE, train=True), HELD, {"releasing": 5}, {"releasing": 5}, 0),
        (JobAction(JobVerb.RELEASE), HELD, {"releasing": 5}, {"releasing": 5}, 5),
        (JobAction(JobVerb.TRAIN, label=Label.HAM), HELD, {"held": 5}, {"held": 5}, 0),
    ],
)
def test_a_job_is_taken_back_as_far_as_it_can_be(
    action: JobAction, search: Search, after: dict[str, int], taken_back: dict[str, int], refused: int
) -> None:
    """Entries and lessons are gone again, removed mail is held again, a delivery stays one; and twice is the same job."""
    world = stocked(5)
    job = order_job(world.services, ADMIN, ORG, action, search)
    work(world.services, world)
    assert states(world) == after
    entries = world.directory.list_entries(ORG, limit=9).entries
    assert len(entries) == (5 if action.block else 0)
    undone = undo_job(world.services, ADMIN, job.id)
    work(world.services, world)
    again = undo_job(world.services, ADMIN, job.id)
    work(world.services, world)
    assert again.id == undone.id
    found = read_job(world.services, ADMIN, undone.id)
    assert (found.state, found.done, found.refused) == (JobState.DONE, 5 - refused, refused)
    assert states(world) == taken_back
    assert world.directory.list_entries(ORG, limit=9).entries == ()
    assert read_job(world.services, ADMIN, job.id).undone_by == undone.id
    with pytest.raises(Conflict):
        undo_job(world.services, ADMIN, undone.id)


def test_an_entry_that_was_there_before_stays() -> None:
    world = stocked(1)
    (copy,) = world.index.all_copies()
    mine = (
        builders.entry(scope=ORG, pattern=copy.sender, reason="long known")
        if hasattr(builders, "entry")
        else None
    )
    if mine is None:
        from pratique.domain.listentry import ListEntry, ListKind

        mine = ListEntry(ORG, ListKind.BLOCK, copy.sender, reason="long known")
    job = order_job(world.services, ADMIN, ORG, JobAction(JobVerb.REMOVE, block="domain"), HELD)
    work(world.services, world)
    world.directory.put_entry(mine)
    undo_job(world.services, ADMIN, job.id)
    work(world.services, world)
    assert [entry.reason for entry in world.directory.list_entries(ORG, limit=9).entries] == ["long known"]


def _ordered() -> tuple[fakes.World, Job]:
    world = stocked(5)
    return world, order_job(world.services, ADMIN, ORG, JobAction(JobVerb.REMOVE, block="recipient"), HELD)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [fakes.Killed, TemporaryFailure])
def test_whoever_dies_where_every_message_is_done_and_on_record(
    when: str, error: type[BaseException]
) -> None:
    """A worker that ends at any of its calls, then another one; and what it did can be taken back whole."""
    world, job = _ordered()
    watched = fakes.faulty(world.services)
    run_job(watched, job.id, until_ms=world.clock.now_ms() + 60_000)
    for at in range(1, len(fakes.calls(watched)) + 1):
        world, job = _ordered()
        broken = fakes.faulty(world.services, at=at, when=when, error=error("planned"))  # type: ignore[arg-type]  # a literal
        with contextlib.suppress(error):
            run_job(broken, job.id, until_ms=world.clock.now_ms() + 60_000)
        run_job(world.services, job.id, until_ms=world.clock.now_ms() + 60_000)
        done = read_job(world.services, ADMIN, job.id)
        assert done.state is JobState.DONE, f"call {at}"
        assert states(world) == {"removed": 5}, f"call {at}"
        assert (done.done, done.refused) == (5, 0), f"call {at}"
        undo_job(world.services, ADMIN, job.id)
        work(world.services, world)
        assert states(world) == {"held": 5}, f"call {at}"


def test_two_workers_of_one_job_do_nothing_twice() -> None:
    """A queue item that comes twice: the one that is behind stops."""
    world, job = _ordered()
    first = world.services.jobs.get(job.id)
    assert first is not None
    module._advance(world.services, first)
    world.clock.advance(seconds=1)
    assert module._advance(world.services, first) is None
    run_job(world.services, job.id, until_ms=world.clock.now_ms() + 60_000)
    done = read_job(world.services, ADMIN, job.id)
    assert (done.done, done.state) == (5, JobState.DONE)


def test_a_job_that_runs_out_of_time_is_queued_again() -> None:
    world, job = _ordered()
    world.queue.waiting[QueueName.JOBS].clear()
    assert run_job(world.services, job.id, until_ms=world.clock.now_ms())
    assert world.queue.waiting[QueueName.JOBS] == [{"job": job.id}]
    work(world.services, world)
    assert states(world) == {"removed": 5}
    assert not run_job(world.services, job.id, until_ms=world.clock.now_ms() + 60_000), "it has ended"
    assert not run_job(world.services, "no job", until_ms=world.clock.now_ms() + 60_000)


def test_a_stopped_job_does_no_more_and_can_be_taken_back() -> None:
    world, job = _ordered()
    first = world.services.jobs.get(job.id)
    assert first is not None
    module._advance(world.services, first)
    with pytest.raises(Conflict):
        undo_job(world.services, ADMIN, job.id)
    assert stop_job(world.services, ADMIN, job.id).state is JobState.STOPPED
    assert stop_job(world.services, ADMIN, job.id).state is JobState.STOPPED
    work(world.services, world)
    assert states(world) == {"removed": 2, "held": 3}
    undo_job(world.services, ADMIN, job.id)
    work(world.services, world)
    assert states(world) == {"held": 5}


def test_refusals_are_counted_and_told_by_message() -> None:
    """No route: none can be released, and each says why."""
    world = stocked(3)
    world.directory.delete_route("*")
    job = order_job(world.services, ADMIN, ORG, JobAction(JobVerb.RELEASE), HELD)
    work(world.services, world)
    done = read_job(world.services, ADMIN, job.id)
    assert (done.state, done.done, done.refused) == (JobState.DONE, 0, 3)
    assert {o.code for o in read_step(world.services, ADMIN, job.id, 0).outcomes} == {"no_route"}


def test_a_job_acts_as_whoever_ordered_it() -> None:
    """A recipient's job reaches its own mail, and says so in the history of each copy."""
    world = stocked(4)
    order_job(world.services, BOB, BOB.scope, REMOVE, Search())
    work(world.services, world)
    assert states(world) == {"removed": 2, "held": 2}
    removed = [copy for copy in world.index.all_copies() if copy.state is State.REMOVED]
    assert {(copy.events[-1].actor, copy.events[-1].channel) for copy in removed} == {("bob", Channel.PANEL)}


def test_what_is_not_ones_own_is_not_there() -> None:
    world = stocked(1)
    job = order_job(world.services, ADMIN, ORG, REMOVE, HELD)
    for scope in (GLOBAL, ORG):
        with pytest.raises(NotFound):
            order_job(world.services, BOB, scope, REMOVE, HELD)
    for call in (read_job, stop_job, undo_job):
        with pytest.raises(NotFound):
            call(world.services, BOB, job.id)
        with pytest.raises(NotFound):
            call(world.services, ADMIN, "no job")
    with pytest.raises(NotFound):
        list_jobs(world.services, BOB, ORG)
    reader = replace(ADMIN, may_write=False)
    assert read_job(world.services, reader, job.id).id == job.id
    with pytest.raises(Forbidden):
        stop_job(world.services, reader, job.id)
    with pytest.raises(Forbidden):
        order_job(world.services, reader, ORG, REMOVE, HELD)


@pytest.mark.parametrize(
    "action",
    [
        JobAction(JobVerb.UNDO),
        JobAction(JobVerb.TRAIN),
        JobAction(JobVerb.REMOVE, label=Label.HAM),
        JobAction(JobVerb.REMOVE, allow="domain"),
        JobAction(JobVerb.REMOVE, train=True),
        JobAction(JobVerb.RELEASE, block="domain"),
    ],
)
def test_an_action_that_means_nothing_is_refused(action: JobAction) -> None:
    with pytest.raises(InvalidInput):
        order_job(stocked(1).services, ADMIN, ORG, action, HELD)


def test_the_same_request_is_the_same_job() -> None:
    """A repeat whose answer was lost queues it again, and makes no second one; another request with the key is a conflict."""
    world = stocked(3)
    first = order_job(world.services, ADMIN, ORG, REMOVE, HELD, request="k")
    assert order_job(world.services, ADMIN, ORG, REMOVE, HELD, request="k").id == first.id
    with pytest.raises(Conflict):
        order_job(world.services, ADMIN, ORG, JobAction(JobVerb.RELEASE), HELD, request="k")
    work(world.services, world)
    assert order_job(world.services, ADMIN, ORG, REMOVE, HELD, request="k").state is JobState.DONE
    assert len(list_jobs(world.services, ADMIN, ORG).jobs) == 1


def test_there_is_an_end_to_jobs_at_once() -> None:
    world = stocked(1)
    for _ in range(MAX_ACTIVE):
        order_job(world.services, ADMIN, ORG, REMOVE, HELD)
    with pytest.raises(LimitReached):
        order_job(world.services, ADMIN, ORG, REMOVE, HELD)
    work(world.services, world)
    order_job(world.services, ADMIN, ORG, REMOVE, HELD)
