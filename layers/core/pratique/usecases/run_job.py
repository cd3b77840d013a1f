"""Carry out a background job, step by step. Every step may be run again: it acts on the same messages, and acting twice is the same as once."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.errors import (
    ConcurrentChange,
    Conflict,
    InvalidInput,
    NotFound,
    PratiqueError,
    Refusal,
    TemporaryFailure,
)
from pratique.domain.ids import parse_copy_id
from pratique.domain.job import Job, JobAction, JobState, JobVerb, Outcome, Step
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.act_in_bulk import BulkAction, BulkAnswer, Verb, act_in_bulk
from pratique.usecases.search_messages import search_messages
from pratique.usecases.undo_listing import undo_listing

STEP = 200
"""Messages that one step acts on."""
KEPT_SECONDS = 60 * DAY
"""Steps are kept longer than any job is shown."""
_TRY_AGAIN = frozenset({TemporaryFailure.code, ConcurrentChange.code})
_TAKEN_BACK = {
    JobVerb.REMOVE: BulkAction(Verb.RESTORE),
    JobVerb.RESTORE: BulkAction(Verb.REMOVE),
    JobVerb.TRAIN: BulkAction(Verb.UNTRAIN),
    JobVerb.RELEASE: BulkAction(Verb.UNTRAIN),
}
"""How each verb is taken back, message by message. A delivery cannot be: of a release only lessons and list entries are."""


def run_job(services: Services, job_id: str, *, until_ms: int) -> bool:
    """Work on a job until it has ended or the clock reaches `until_ms`; whether there is more to do (it is queued again then).

    Raises TemporaryFailure: run it again.
    """
    job = services.jobs.get(job_id)
    while job is not None and job.is_active:
        if services.clock.now_ms() >= until_ms:
            services.queue.send(QueueName.JOBS, [{"job": job_id}])
            return True
        job = _goes_on(services, job)
    return False


def _goes_on(services: Services, job: Job) -> Job | None:
    """The job behind its next step; a refusal that concerns the whole job ends it."""
    try:
        return _advance(services, job)
    except Refusal as refusal:
        note = str(refusal.args[0]) if refusal.args else refusal.code
        return _save(services, replace(job, state=JobState.FAILED, note=note))


def _advance(services: Services, job: Job) -> Job | None:
    """One step, and the job as it is behind it; None where another worker was first, and goes on."""
    until = services.clock.now_ms() // 1000 + KEPT_SECONDS
    step = services.jobs.get_step(job.id, job.step)
    if step is None:
        step = services.jobs.add_step(job.id, job.step, _next(services, job), until=until)
    if not step.finished:
        step = replace(step, outcomes=_act(services, job, step), finished=True)
        services.jobs.finish_step(job.id, job.step, step, until=until)
    refused = sum(1 for outcome in step.outcomes if outcome.code)
    ended = step.cursor is None
    return _save(
        services,
        replace(
            job,
            state=JobState.DONE if ended else JobState.RUNNING,
            step=job.step + 1,
            cursor=step.cursor,
            looked_at=job.looked_at + step.looked_at,
            done=job.done + len(step.outcomes) - refused,
            refused=job.refused + refused,
        ),
    )


def _save(services: Services, job: Job) -> Job | None:
    changed = replace(job, changed_ms=services.clock.now_ms())
    following = replace(changed, version=changed.version + 1)
    if not services.jobs.save(changed) and services.jobs.get(job.id) != following:
        # Another worker was first. (A write whose answer was lost, and that was repeated, knows itself again.)
        return None
    if not changed.is_active:
        log_event(
            "job_ended",
            job=job.id,
            verb=job.action.verb,
            state=changed.state,
            done=job.done,
            refused=job.refused,
        )
    return following


def _next(services: Services, job: Job) -> Step:
    """What the next step is about: a page of the search, or the same step of the job that is taken back."""
    if job.undoes:
        earlier = services.jobs.get_step(job.undoes, job.step)
        if earlier is None:
            return Step(())
        outcomes = tuple(Outcome(each.id) for each in earlier.outcomes if not each.code)
        return Step(outcomes, cursor="more", looked_at=len(earlier.outcomes))
    ends = job.created_ms + 1
    search = replace(job.search, before_ms=min(job.search.before_ms or ends, ends))
    found = search_messages(services, job.actor, job.scope, search, limit=STEP, cursor=job.cursor)
    return Step(tuple(Outcome(str(copy.id)) for copy in found.copies), found.cursor, found.looked_at)


def _act(services: Services, job: Job, step: Step) -> tuple[Outcome, ...]:
    ids = [outcome.id for outcome in step.outcomes]
    if not ids:
        return ()
    if not job.undoes:
        return _settled(act_in_bulk(services, job.actor, _bulk(job.action), ids))
    original = services.jobs.get(job.undoes)
    if original is None:
        raise NotFound("the job that is to be taken back is gone")
    answers = _take_back(services, job, original.action, ids)
    if original.action.allow or original.action.block:
        _take_back_entries(services, job, original.action, ids)
    return _settled(answers)


def _take_back(services: Services, job: Job, action: JobAction, ids: list[str]) -> list[BulkAnswer]:
    if action.verb is JobVerb.RELEASE and not action.train:
        return [
            BulkAnswer(each, ok=False, code=Conflict.code, error="a delivery cannot be taken back")
            for each in ids
        ]
    return act_in_bulk(services, job.actor, _TAKEN_BACK[action.verb], ids)


def _take_back_entries(services: Services, job: Job, action: JobAction, ids: list[str]) -> None:
    """List entries that the job made for these messages leave the lists; what somebody put there otherwise stays."""
    copies = services.index.get_copies([parse_copy_id(each) for each in ids], now=0)
    for copy in copies.values():
        try:
            undo_listing(services, job.actor, copy, action.allow or action.block or "")
        except PratiqueError as error:
            log_event("entry_not_taken_back", job=job.id, code=error.code)


def _bulk(action: JobAction) -> BulkAction:
    if action.verb is JobVerb.UNDO:
        raise InvalidInput("a job that takes back names the job that it is about")
    return BulkAction(Verb(action.verb.value), action.train, action.allow, action.block, action.label)


def _settled(answers: list[BulkAnswer]) -> tuple[Outcome, ...]:
    """What became of each. Raises TemporaryFailure where trying again may help: the whole step is run again, and what was done stays done."""
    again = [answer for answer in answers if answer.code in _TRY_AGAIN]
    if again:
        raise TemporaryFailure(f"{len(again)} of {len(answers)} messages could not be acted on now")
    return tuple(Outcome(answer.id, "" if answer.ok else answer.code) for answer in answers)
