"""Jobs on the table: a row per job, one that leads to it from its scope, and a row per step."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import decode_cursor, encode_cursor
from pratique.domain.actor import Actor, Channel
from pratique.domain.direction import Direction
from pratique.domain.job import Job, JobAction, JobState, JobVerb, Outcome, Step
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope, scope_from_key
from pratique.domain.search import Search, Term
from pratique.domain.verdict import Verdict
from pratique.ports.jobs import JobPage

from .rows import unpack
from .table import ABSENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

KEPT_SECONDS = 30 * DAY
"""A job is shown for this long after its last change."""
JOB_PLACE = re.compile(r"[0-9]{15}#[0-9A-HJKMNP-TV-Z]{26}")
"""When a job was ordered, and its id."""
_version = Path("version")


class DynamoJobs:
    """Rows `JB#<id>` / `JOB` and `S#<number>`; `JL#<scope>` / `<15 digits of ms>#<id>` leads to the job."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, job: Job) -> bool:
        """See Jobs. The lead is written first: one that leads nowhere is passed over."""
        lead = {"pk": text(f"JL#{job.scope.key}"), "sk": text(f"{job.created_ms:015d}#{job.id}")}
        if self.get(job.id) is not None:
            return False
        self._open().put({**lead, TTL_ATTRIBUTE: number(job.created_ms // 1000 + 2 * KEPT_SECONDS)})
        return self._open().put(_row(job), condition=ABSENT)

    def get(self, job_id: str) -> Job | None:
        """See Jobs."""
        row = self._open().get(_key(job_id))
        return None if row is None else _job(row)

    def save(self, job: Job) -> bool:
        """See Jobs."""
        following = replace(job, version=job.version + 1)
        return self._open().put(_row(following), condition=_version == number(job.version))

    def list_jobs(self, scope: Scope, *, limit: int, cursor: str | None = None) -> JobPage:
        """See Jobs."""
        place = None if cursor is None else Path("sk") < text(decode_cursor(cursor, JOB_PLACE))
        found = self._open().query(f"JL#{scope.key}", place, limit=limit + 1, newest_first=True)
        places = [words(row, "sk") for row in found.rows[:limit]]
        keys = [_key(each.partition("#")[2]) for each in places]
        rows = self._open().get_many(keys, consistent=True)
        jobs = tuple(_job(rows[key]) for key in keys if key in rows)
        return JobPage(jobs, encode_cursor(places[-1]) if len(found.rows) > limit else None)

    def add_step(self, job_id: str, number: int, step: Step, *, until: int) -> Step:
        """See Jobs."""
        if self._open().put(_step_row(job_id, number, step, until), condition=ABSENT):
            return step
        return self.get_step(job_id, number) or step

    def finish_step(self, job_id: str, number: int, step: Step, *, until: int) -> None:
        """See Jobs."""
        self._open().put(_step_row(job_id, number, step, until))

    def get_step(self, job_id: str, number: int) -> Step | None:
        """See Jobs."""
        row = self._open().get(_step_key(job_id, number))
        if row is None:
            return None
        outcomes, cursor, looked_at, finished = json.loads(unpack(row["packed"]["B"]))
        return Step(tuple(Outcome(*each) for each in outcomes), cursor, looked_at, finished)


def _key(job_id: str) -> Key:
    return f"JB#{job_id}", "JOB"


def _step_key(job_id: str, number: int) -> Key:
    return f"JB#{job_id}", f"S#{number:06d}"


def _step_row(job_id: str, at: int, step: Step, until: int) -> Row:
    pk, sk = _step_key(job_id, at)
    told = [[[o.id, o.code] for o in step.outcomes], step.cursor, step.looked_at, step.finished]
    packed = zlib.compress(json.dumps(told).encode())
    return {"pk": text(pk), "sk": text(sk), "packed": {"B": packed}, TTL_ATTRIBUTE: number(until)}


def _row(job: Job) -> Row:
    pk, sk = _key(job.id)
    action, actor = job.action, job.actor
    order = {
        "scope": job.scope.key,
        "actor": [actor.name, actor.scope.key, actor.channel, actor.may_write],
        "action": [action.verb, action.train, action.allow, action.block, action.label],
        "search": _search_values(job.search),
        "undoes": job.undoes,
    }
    return {
        "pk": text(pk),
        "sk": text(sk),
        "order": text(json.dumps(order)),
        "state": text(job.state),
        "step": number(job.step),
        "cursor": text(job.cursor or ""),
        "counts": text(json.dumps([job.looked_at, job.done, job.refused])),
        "created": number(job.created_ms),
        "changed": number(job.changed_ms),
        "note": text(job.note),
        "undone_by": text(job.undone_by),
        "version": number(job.version),
        TTL_ATTRIBUTE: number(max(job.created_ms, job.changed_ms) // 1000 + KEPT_SECONDS),
    }


def _job(row: Row) -> Job:
    order = json.loads(words(row, "order"))
    name, scope, channel, may_write = order["actor"]
    verb, train, allow, block, label = order["action"]
    looked_at, done, refused = json.loads(words(row, "counts"))
    return Job(
        id=words(row, "pk")[3:],
        scope=scope_from_key(order["scope"]),
        actor=Actor(name, scope_from_key(scope), Channel(channel), may_write),
        action=JobAction(JobVerb(verb), train, allow, block, Label(label) if label else None),
        search=_search(order["search"]),
        created_ms=whole(row, "created"),
        state=JobState(words(row, "state")),
        step=whole(row, "step"),
        cursor=words(row, "cursor") or None,
        looked_at=looked_at,
        done=done,
        refused=refused,
        changed_ms=whole(row, "changed"),
        note=words(row, "note"),
        undoes=order["undoes"],
        undone_by=words(row, "undone_by"),
        version=whole(row, "version"),
    )


def _search_values(search: Search) -> dict[str, Any]:
    return {
        "terms": [[term.text, term.field, term.without] for term in search.terms],
        "states": list(search.states),
        "statuses": sorted(search.statuses),
        "verdicts": sorted(search.verdicts),
        "times": [search.since_ms, search.before_ms],
        "scores": [search.score_from, search.score_to],
        "sizes": [search.larger, search.smaller],
        "direction": search.direction,
    }


def _search(values: dict[str, Any]) -> Search:
    return Search(
        terms=tuple(Term(*each) for each in values["terms"]),
        states=tuple(State(each) for each in values["states"]),
        statuses=frozenset(LogStatus(each) for each in values["statuses"]),
        verdicts=frozenset(Verdict(each) for each in values["verdicts"]),
        since_ms=values["times"][0],
        before_ms=values["times"][1],
        score_from=values["scores"][0],
        score_to=values["scores"][1],
        larger=values["sizes"][0],
        smaller=values["sizes"][1],
        direction=Direction(values["direction"]),
    )
