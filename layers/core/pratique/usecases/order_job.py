"""Order, look at, stop and take back background jobs."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.errors import ConcurrentChange, Conflict, InvalidInput, LimitReached, NotFound
from pratique.domain.ids import is_ulid, ulid
from pratique.domain.job import Job, JobAction, JobState, JobVerb, Step
from pratique.domain.scope import Scope
from pratique.domain.search import Search
from pratique.ports.jobs import JobPage
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change

MAX_ACTIVE = 5
"""Jobs of one scope that may be under way at once."""
TRIES = 5


def order_job(
    services: Services,
    actor: Actor,
    scope: Scope,
    action: JobAction,
    search: Search,
    *,
    request: str | None = None,
) -> Job:
    """Act on everything that the search finds in `scope`, among the mail that is there now, in the background; the job as it begins. With the
    same `request` (an idempotency key) it is the same job.

    Raises NotFound, Forbidden, InvalidInput, LimitReached (MAX_ACTIVE are under way), Conflict (the key was used for another job).
    """
    actor.must_change(scope)
    if action.verb is JobVerb.UNDO:
        raise InvalidInput("to take a job back, name it")
    if (action.label is None) is (action.verb is JobVerb.TRAIN):
        raise InvalidInput("training needs a label, and nothing else takes one")
    if (action.allow or action.train) and action.verb is not JobVerb.RELEASE:
        raise InvalidInput("only a release trains and allows")
    if action.block and action.verb is not JobVerb.REMOVE:
        raise InvalidInput("only a removal blocks")
    now_ms = services.clock.now_ms()
    return _begin(services, Job(_job_id(actor, request, now_ms), scope, actor, action, search, now_ms))


def undo_job(services: Services, actor: Actor, job_id: str) -> Job:
    """Take back what a job did, as far as that can be: a delivery cannot. The job that does so; again, the same one.

    Raises NotFound, Forbidden, Conflict (it is still under way; it is itself one that takes back).
    """
    job = _changeable(services, actor, job_id)
    if job.undoes:
        raise Conflict("this job took another one back; order the action anew instead")
    if job.is_active:
        raise Conflict("this job is still under way: stop it first")
    made = Job(
        _job_id(actor, f"undo {job.id}", services.clock.now_ms()),
        job.scope,
        actor,
        JobAction(JobVerb.UNDO),
        Search(),
        services.clock.now_ms(),
        undoes=job.id,
    )
    if job.undone_by:
        return services.jobs.get(job.undone_by) or made
    begun = _begin(services, made)
    services.jobs.save(replace(job, undone_by=begun.id))
    return begun


def stop_job(services: Services, actor: Actor, job_id: str) -> Job:
    """Let a job end after the step that is under way. One that has ended stays as it is. Raises NotFound, Forbidden, ConcurrentChange."""
    for _ in range(TRIES):
        job = _changeable(services, actor, job_id)
        if not job.is_active:
            return job
        stopped = replace(job, state=JobState.STOPPED, changed_ms=services.clock.now_ms())
        if services.jobs.save(stopped):
            return replace(stopped, version=stopped.version + 1)
    raise ConcurrentChange("the job is busy: try again")


def read_job(services: Services, actor: Actor, job_id: str) -> Job:
    """A job of a scope that the actor may see. Raises NotFound."""
    job = services.jobs.get(job_id) if is_ulid(job_id) else None
    if job is None:
        raise NotFound("no such job")
    actor.must_see(job.scope)
    return job


def read_step(services: Services, actor: Actor, job_id: str, number: int) -> Step:
    """What one step of a job did. Raises NotFound."""
    job = read_job(services, actor, job_id)
    step = services.jobs.get_step(job.id, number) if number < job.step else None
    if step is None:
        raise NotFound("no such step")
    return step


def list_jobs(
    services: Services, actor: Actor, scope: Scope, *, limit: int = 20, cursor: str | None = None
) -> JobPage:
    """The jobs of exactly this scope, newest first. Raises NotFound, InvalidInput."""
    actor.must_see(scope)
    return services.jobs.list_jobs(scope, limit=limit, cursor=cursor)


def _begin(services: Services, job: Job) -> Job:
    known = services.jobs.get(job.id)
    if known is None:
        active = [each for each in services.jobs.list_jobs(job.scope, limit=50).jobs if each.is_active]
        if len(active) >= MAX_ACTIVE:
            raise LimitReached(f"{MAX_ACTIVE} jobs of {job.scope} are under way: wait until one has ended")
        if services.jobs.add(job):
            record_change(services, job.actor, job.scope, f"job.{job.action.verb.value}", job.id)
            known = job
        else:
            known = services.jobs.get(job.id) or job
    if (known.scope, known.action, known.search, known.undoes) != (
        job.scope,
        job.action,
        job.search,
        job.undoes,
    ):
        raise Conflict("this idempotency key was used for another job")
    if known.is_active:
        # Also when it is there already: the answer, or this very message, may have been lost.
        services.queue.send(QueueName.JOBS, [{"job": known.id}])
    return known


def _changeable(services: Services, actor: Actor, job_id: str) -> Job:
    job = read_job(services, actor, job_id)
    actor.must_change(job.scope)
    return job


def _job_id(actor: Actor, request: str | None, now_ms: int) -> str:
    if request is None:
        return ulid(now_ms, secrets.token_bytes(10))
    digest = hashlib.sha256(f"{actor.name}\n{actor.scope.key}\n{request}".encode()).digest()
    return ulid(int.from_bytes(digest[:5], "big"), digest[5:])
