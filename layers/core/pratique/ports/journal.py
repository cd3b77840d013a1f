"""The training journal: every lesson that was given, what waits for the learner, what a model can be made from again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from pratique.domain.lesson import Label, Lesson, LessonRecord, LessonState
from pratique.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lesson that waits. `place` is where: it sorts by the time it was given, and it is the same whoever reads it."""

    place: str
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class Kept:
    """A lesson that the model has, with all that is needed to learn it again: `base` is what the layers above said of it then."""

    seq: int
    id: str
    label: Label
    rate: float
    base: tuple[float, ...]
    sample: bytes
    kept_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the learner decided about a lesson that waited. `seq` and `base` go with APPLIED, `note` with PARKED."""

    waiting: Waiting
    state: LessonState
    seq: int = 0
    base: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """A lesson that somebody took back, and that the learner has not dealt with yet."""

    lesson_id: str
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A lesson that is kept aside."""

    id: str
    label: Label
    sample: bytes


@dataclass(frozen=True, slots=True)
class Keeping:
    """How far a scope's base reaches (`folded`: the last lesson in it), and when the next lesson is old enough for it (Unix ms)."""

    folded: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Lessons, newest first, and the cursor of the next page (None at the end)."""

    records: tuple[LessonRecord, ...]
    cursor: str | None


class Journal(Protocol):
    """How a lesson is applied exactly once: the learner loads the model first, then reads what waits (consistently), skips the ids the
    model says it has, saves the model conditionally, and only then settles them here (docs/decisions/0003-lessons-can-be-undone.md).
    """

    def add(self, lessons: Sequence[Lesson]) -> int:
        """Add those whose id is new in their scope; returns how many were."""

    def get(self, scope: Scope, lesson_ids: Collection[str]) -> dict[str, LessonRecord]:
        """The records of these lessons; consistent, missing ones are left out."""

    def list_lessons(
        self,
        scope: Scope,
        *,
        state: LessonState | None = None,
        author: str | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> RecordPage:
        """Lessons of exactly this scope, newest first; follows the truth by a moment. A page may be short, with a cursor, where a filter
        drops much. Raises InvalidInput for a cursor that is none.
        """

    def list_by_author(
        self, author: str, domain: str | None, *, limit: int, cursor: str | None = None
    ) -> RecordPage:
        """What an author taught a domain and its recipients (None: the global layer) and can still be taken back, newest first.
        Otherwise as list_lessons.
        """

    def pending(self, scope: Scope, *, limit: int) -> list[Waiting]:
        """Lessons that wait, the first given first; strongly consistent."""

    def waiting(self, scope: Scope, places: Sequence[str]) -> list[Waiting]:
        """Which of these places are still there; strongly consistent."""

    def settle(self, scope: Scope, outcomes: Sequence[Outcome], *, now_ms: int, until: int) -> None:
        """Write down what became of lessons, each together with its leaving its place: one that does not wait there any more is left as it
        is (so this is repeatable, and a late repeat brings nothing back). The sample of an APPLIED one is kept for `kept`, that of a HELD_OUT
        or PARKED one until `until` (Unix seconds), any other's is gone.
        """

    def undo(self, record: LessonRecord, *, state: LessonState, by: str, at_ms: int) -> bool:
        """Take the lesson back: its record says `state` (UNDONE or DROPPED), and the learner finds it in `undos`. False where the record
        is not in the state of `record` any more (nothing was changed then).
        """

    def undos(self, scope: Scope) -> list[Undo]:
        """What was taken back and waits for the learner; strongly consistent."""

    def finish_undos(self, scope: Scope, undos: Sequence[Undo]) -> None:
        """The model has nothing of these lessons: forget their samples (repeatable). Their records stay."""

    def accept(self, record: LessonRecord, *, by: str, at_ms: int) -> bool:
        """Let a PARKED or HELD_OUT lesson wait for the learner again, as accepted. False where it is not in that state any more, or
        its sample is gone.
        """

    def held_out(self, scope: Scope, *, now: int) -> list[HeldOut]:
        """Lessons that are kept aside and not over their time (Unix seconds)."""

    def kept(self, scope: Scope, *, after: int, limit: int) -> list[Kept]:
        """Lessons of the model that are not forgotten, with a seq above `after`, in that order; strongly consistent."""

    def fold(self, scope: Scope, lesson_ids: Sequence[str]) -> set[str]:
        """Say of APPLIED lessons that they are FOLDED; returns those that are now (or were already)."""

    def forget(self, scope: Scope, seqs: Sequence[int]) -> None:
        """Delete kept lessons (repeatable): they are in the base."""

    def keeping(self, scope: Scope) -> Keeping | None:
        """See Keeping. None where nothing is kept."""

    def set_keeping(self, scope: Scope, keeping: Keeping | None) -> None:
        """A hint for whoever looks for old lessons: the base itself says what is in it."""

    def due(self, *, now_ms: int, limit: int) -> list[Scope]:
        """Scopes with lessons that are old enough for their base, the oldest first; follows the truth by a moment."""

    def spend(self, giver: Scope, day: int, count: int, *, most: int) -> bool:
        """Count lessons against what `giver` may give on a day (days since 1970). False where it would be more than `most`: then nothing
        was counted. A negative count gives back.
        """

    def counts(self, scope: Scope) -> tuple[int, int]:
        """(waiting, settled), for people to look at; may lag by a moment."""

    def parked(self, scope: Scope) -> int:
        """How many lessons are parked; may lag by a moment."""
