"""Jobs: the fake and the table alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput
from pratique.domain.ids import ulid
from pratique.domain.job import Job, JobAction, JobState, JobVerb, Outcome, Step
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.search import Search, Term
from pratique.domain.verdict import Verdict
from pratique.ports.jobs import Jobs

from tests.builders import NOW, NOW_MS
from tests.contract.backends import Backend

ORG = parse_scope("example.org")
SEARCH = Search(
    terms=(Term("grüße \U0001f600", "sender"), Term("x", without=True)),
    states=(State.HELD, State.REMOVED),
    statuses=frozenset({LogStatus.REJECTED, LogStatus.QUEUED}),
    verdicts=frozenset({Verdict.SPAM}),
    since_ms=5,
    before_ms=NOW_MS,
    score_from=0.1,
    score_to=0.30000000000000004,
    larger=1,
    smaller=99,
    direction=Direction.OUTGOING,
)


@pytest.fixture
def jobs(backend: Backend) -> Jobs:
    return backend.services.jobs


def a_job(number: int = 1, **changes: object) -> Job:
    made = Job(
        ulid(NOW_MS + number, bytes(10)),
        ORG,
        Actor("token:desk", ORG, Channel.PANEL, may_write=True),
        JobAction(JobVerb.TRAIN, label=Label.HAM),
        SEARCH,
        NOW_MS + number,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of Job


def test_a_job_comes_back_as_it_was(jobs: Jobs) -> None:
    """New, and with something in every field."""
    for job in (
        a_job(),
        a_job(
            2,
            scope=GLOBAL,
            action=JobAction(JobVerb.RELEASE, train=True, allow="domain"),
            search=Search(),
            state=JobState.RUNNING,
            step=3,
            cursor="abc",
            looked_at=4,
            done=5,
            refused=6,
            changed_ms=NOW_MS,
            note="ü",
            undoes="U",
            undone_by="V",
        ),
    ):
        assert jobs.get(job.id) is None
        assert jobs.add(job)
        assert jobs.get(job.id) == job
        assert not jobs.add(replace(job, note="another"))
        assert jobs.get(job.id) == job


def test_only_one_writer_of_a_version_wins(jobs: Jobs) -> None:
    job = a_job()
    jobs.add(job)
    assert jobs.save(replace(job, step=1))
    assert not jobs.save(replace(job, step=2))
    assert jobs.get(job.id) == replace(job, step=1, version=1)
    assert not jobs.save(a_job(9)), "there is no such job"


def test_jobs_are_listed_by_scope_newest_first(jobs: Jobs) -> None:
    made = [a_job(number) for number in range(1, 6)]
    for job in made:
        jobs.add(job)
    jobs.add(a_job(7, scope=parse_scope("bob@example.org")))
    seen, cursor = [], None
    for _ in range(9):
        page = jobs.list_jobs(ORG, limit=2, cursor=cursor)
        seen += [job.id for job in page.jobs]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [job.id for job in reversed(made)]
    assert jobs.list_jobs(ORG, limit=5).cursor is None, "there is no more behind the last one"
    with pytest.raises(InvalidInput):
        jobs.list_jobs(ORG, limit=2, cursor="garbage")


def test_a_step_is_written_once_then_finished(jobs: Jobs) -> None:
    """Whoever comes second gets the first one's messages."""
    first = Step((Outcome("a"), Outcome("b")), "cursor", 7)
    assert jobs.get_step("J", 0) is None
    assert jobs.add_step("J", 0, first, until=NOW + 99) == first
    assert jobs.add_step("J", 0, Step((Outcome("c"),)), until=NOW + 99) == first
    done = replace(first, outcomes=(Outcome("a"), Outcome("b", "not_found")), finished=True)
    jobs.finish_step("J", 0, done, until=NOW + 99)
    jobs.finish_step("J", 0, done, until=NOW + 99)
    assert jobs.get_step("J", 0) == done
    assert jobs.get_step("J", 1) is None
