"""Background jobs: one action on everything that a search finds, step by step, with a record of what it did."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .actor import Actor
from .lesson import Label
from .scope import Scope
from .search import Search


class JobVerb(enum.StrEnum):
    """What a job does. UNDO takes back what another job did."""

    RELEASE = "release"
    REMOVE = "remove"
    RESTORE = "restore"
    TRAIN = "train"
    UNDO = "undo"


class JobState(enum.StrEnum):
    """WAITING and RUNNING jobs are active; the others have ended and never move again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Somebody stopped it; what it had done stays done."""
    FAILED = "failed"
    """It could not go on; `note` says why."""


ACTIVE = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True, slots=True)
class JobAction:
    """The verb and its options, as for one message."""

    verb: JobVerb
    train: bool = False
    allow: str | None = None
    block: str | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One job. It acts as `actor` did when it was ordered, on what `search` finds in `scope` among mail received before `created_ms`.

    `step` is the number of the step that comes next, `cursor` where its search goes on; `version` orders writers. `looked_at`, `done` and
    `refused` count messages: read, acted on, and answered with an error. `undoes` names the job that this one takes back, `undone_by` the one
    that takes back this. Times are Unix ms.
    """

    id: str
    scope: Scope
    actor: Actor
    action: JobAction
    search: Search
    created_ms: int
    state: JobState = JobState.WAITING
    step: int = 0
    cursor: str | None = None
    looked_at: int = 0
    done: int = 0
    refused: int = 0
    changed_ms: int = 0
    note: str = ""
    undoes: str = ""
    undone_by: str = ""
    version: int = 0

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message in a job: `code` is '' where the action was carried out, else the error's stable code."""

    id: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the messages it is about, and what became of them. It is written before anything is done (`finished` False, codes empty), so that a
    worker that comes after one that died acts on the same messages. `cursor` and `looked_at` are those of the search behind it.
    """

    outcomes: tuple[Outcome, ...]
    cursor: str | None = None
    looked_at: int = 0
    finished: bool = False
