"""Background jobs."""

from __future__ import annotations

from pratique.domain.job import Job, JobAction, JobVerb
from pratique.domain.scope import parse_scope
from pratique.usecases.order_job import list_jobs, order_job, read_job, read_step, stop_job, undo_job

from .. import asked_jobs, given_jobs, views
from ..endpoint import Call
from .messages import level
from .search import scope_of, search_of


def view(job: Job) -> given_jobs.JobView:
    """A job as it is shown."""
    return given_jobs.JobView(
        id=job.id,
        scope=str(job.scope),
        action=job.action.verb,
        state=job.state,
        ordered_at=views.moment(job.created_ms / 1000),
        ordered_by=job.actor.name,
        changed_at=views.moment(job.changed_ms / 1000) if job.changed_ms else None,
        looked_at=job.looked_at,
        done=job.done,
        refused=job.refused,
        steps=job.step,
        note=views.clean(job.note),
        undoes=job.undoes,
        undone_by=job.undone_by,
    )


def order(call: Call) -> given_jobs.JobView:
    """A new job."""
    body: asked_jobs.JobRequest = call.body
    action = JobAction(JobVerb(body.action), body.train, level(body.allow), level(body.block), body.label)
    search = search_of(body.search)
    return view(
        order_job(call.services, call.actor, scope_of(call, body.search), action, search, request=call.key)
    )


def list_(call: Call) -> given_jobs.JobList:
    """Jobs of a scope."""
    query: asked_jobs.JobQuery = call.query
    scope = call.actor.scope if query.scope is None else parse_scope(query.scope)
    page = list_jobs(call.services, call.actor, scope, limit=query.limit, cursor=query.cursor)
    return given_jobs.JobList(jobs=[view(job) for job in page.jobs], cursor=page.cursor)


def read(call: Call) -> given_jobs.JobView:
    """How a job is doing."""
    return view(read_job(call.services, call.actor, call.path["id"]))


def results(call: Call) -> given_jobs.JobResults:
    """What a step of it did."""
    job = read_job(call.services, call.actor, call.path["id"])
    number = call.query.step
    step = read_step(call.services, call.actor, job.id, number)
    items = [given_jobs.JobItem(each.id, ok=not each.code, code=each.code) for each in step.outcomes]
    return given_jobs.JobResults(results=items, next=number + 1 if number + 1 < job.step else None)


def stop(call: Call) -> given_jobs.JobView:
    """Let it end."""
    return view(stop_job(call.services, call.actor, call.path["id"]))


def undo(call: Call) -> given_jobs.JobView:
    """Take back what it did."""
    return view(undo_job(call.services, call.actor, call.path["id"]))
