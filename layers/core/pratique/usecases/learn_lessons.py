"""The learner: lessons that wait become a new version of their scope's model, each exactly once; lessons taken back leave it.

The order is what makes it exact (docs/decisions/0004-lessons-can-be-undone.md): load the model; read what waits; settle what the model has
and the journal does not know of; take what is new; save conditionally; publish the version; settle. A run that is killed anywhere leaves a
picture from which the next one goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.errors import ConcurrentChange
from pratique.domain.lesson import LESSON_DAYS, LessonState
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope
from pratique.filtering.classifier.model import Model
from pratique.observability import log_event
from pratique.ports.journal import Outcome, Undo, Waiting
from pratique.ports.services import Services
from pratique.usecases.count_votes import count_votes, take_votes_back
from pratique.usecases.layers import model_above
from pratique.usecases.learning_ledger import Ledger
from pratique.usecases.replay_lessons import fold_old, note_kept, rebuild
from pratique.usecases.take_lessons import Taken, eased, take_lessons
from pratique.usecases.weigh_lessons import Above

BATCH = 400
"""Lessons taken between two saves."""
TRIES = 5
"""How often a lost race is run again before the queue's own retry takes over."""
RUN_MS = 120_000
"""How long one run may make a model anew, where nobody says otherwise; the next run goes on from there."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What one run did: lessons applied, lessons that changed weights, lessons parked, lessons whose effect is gone, and the version now."""

    applied: int
    changed: int
    version: str
    more: bool
    """Whether work is left (the batch was full, a model is half made anew, old lessons are still to be folded)."""
    parked: int = 0
    undone: int = 0


@dataclass(slots=True)
class _Desk:
    """What one run works on. `tag` is that of the stored model."""

    services: Services
    scope: Scope
    model: Model
    ledger: Ledger
    tag: str | None

    def save(self) -> None:
        """Store the model on the condition that nobody else did, and publish it. Raises ConcurrentChange."""
        self.model.version += 1
        self.model.applied = self.ledger.names()
        self.tag = self.services.models.save(self.scope, self.model.dumps(), expected_tag=self.tag)
        self.publish()

    def publish(self) -> None:
        """Name the version that mail is judged by (repeatable)."""
        self.services.directory.set_model(self.scope, self.version)

    @property
    def version(self) -> str:
        """As the directory has it."""
        return f"{self.model.version:012d}"

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of lessons, and count the votes of those that are votes. Repeatable."""
        if not outcomes:
            return
        now_ms = self.services.clock.now_ms()
        count_votes(self.services, self.scope, outcomes)
        if any(outcome.state is LessonState.APPLIED for outcome in outcomes):
            note_kept(self.services, self.scope, now_ms)
        until = now_ms // 1000 + LESSON_DAYS * DAY
        self.services.journal.settle(self.scope, outcomes, now_ms=now_ms, until=until)

    def finish(self, undos: Sequence[Undo]) -> None:
        """The model has nothing of these any more. Repeatable."""
        if undos:
            take_votes_back(self.services, self.scope, [undo.lesson_id for undo in undos])
            self.services.journal.finish_undos(self.scope, undos)


def learn_lessons(services: Services, scope: Scope, *, until_ms: int | None = None) -> Learned:
    """Take up to BATCH lessons that wait, and take back what was undone, until `until_ms` (Unix ms) at about.

    Raises ConcurrentChange when other learners won TRIES times in a row.
    """
    end = services.clock.now_ms() + RUN_MS if until_ms is None else until_ms
    for _ in range(TRIES - 1):
        with contextlib.suppress(ConcurrentChange):
            return _learn_once(services, scope, end)
    return _learn_once(services, scope, end)


def _learn_once(services: Services, scope: Scope, until_ms: int) -> Learned:
    desk = _open(services, scope)
    waiting = services.journal.pending(scope, limit=BATCH)
    undos = services.journal.undos(scope)
    _settle_leftovers(desk, waiting, undos)
    undos = [undo for undo in undos if undo.lesson_id not in desk.ledger.undone]
    known = desk.ledger.undone.union(desk.ledger.applied)
    fresh = [each for each in waiting if each.lesson.id not in known]
    above = model_above(services, scope)
    taken = Taken()
    half_made = False
    if fresh or undos:
        learnt, unlearnt = _parted(services, scope, undos)
        gone = frozenset(undo.lesson_id for undo in undos)
        taken = take_lessons(services, scope, desk.model, desk.ledger, fresh, without=gone, above=above)
        desk.model, desk.ledger = taken.model or desk.model, taken.ledger or desk.ledger
        desk.ledger.undone = frozenset(undo.lesson_id for undo in unlearnt)
        desk.save()
        desk.settle(taken.outcomes)
        desk.finish(unlearnt)
        half_made = bool(learnt) and not _take_back(desk, learnt, above, until_ms)
    elif desk.tag is not None:
        desk.publish()
    more = fold_old(services, scope, last=desk.ledger.last)
    done = Learned(
        applied=taken.count(LessonState.APPLIED),
        changed=taken.changed,
        version=desk.version,
        more=more or half_made or len(waiting) == BATCH,
        parked=taken.count(LessonState.PARKED),
        undone=0 if half_made else len(undos),
    )
    _tell(scope, done)
    return done


def _open(services: Services, scope: Scope) -> _Desk:
    stored = services.models.load(scope)
    model = Model.loads(stored.data) if stored else Model.empty()
    return _Desk(services, scope, model, Ledger.read(model.applied), stored.tag if stored else None)


def _settle_leftovers(desk: _Desk, waiting: Sequence[Waiting], undos: Sequence[Undo]) -> None:
    """What the last save did, and its run did not live to write down. Afterwards the ledger's entries may be forgotten."""
    known = {each.place: each for each in waiting}
    places = [entry.place for entry in desk.ledger.applied.values()]
    if len(waiting) == BATCH:
        unseen = [place for place in places if place not in known]
        known.update((each.place, each) for each in desk.services.journal.waiting(desk.scope, unseen))
    desk.settle(
        [
            Outcome(known[entry.place], LessonState.APPLIED, entry.seq, entry.base)
            for entry in desk.ledger.applied.values()
            if entry.place in known
        ]
    )
    desk.finish([undo for undo in undos if undo.lesson_id in desk.ledger.undone])


def _parted(services: Services, scope: Scope, undos: Sequence[Undo]) -> tuple[list[Undo], list[Undo]]:
    """What was taken back: (lessons that the model has, others)."""
    if not undos:
        return [], []
    records = services.journal.get(scope, [undo.lesson_id for undo in undos])
    learnt = {lesson_id for lesson_id, record in records.items() if record.seq}
    return (
        [undo for undo in undos if undo.lesson_id in learnt],
        [undo for undo in undos if undo.lesson_id not in learnt],
    )


def _take_back(desk: _Desk, undos: Sequence[Undo], above: Above, until_ms: int) -> bool:
    """Let what was undone leave the model; False where the time was up before. The old model stays in service until the new one is whole."""
    ids = frozenset(undo.lesson_id for undo in undos)
    book = desk.ledger
    made = rebuild(
        desk.services, desk.scope, last=book.last, rebuilds=book.rebuilds, without=ids, until_ms=until_ms
    )
    if made is None:
        return False
    harm = eased(desk.services, desk.scope, book.harm, above, old=desk.model, new=made)
    made.version = desk.model.version
    desk.model = made
    desk.ledger = Ledger(book.last, book.rebuilds + 1, undone=ids, harm=harm, distrust=book.distrust)
    desk.save()
    desk.finish(undos)
    return True


def _tell(scope: Scope, done: Learned) -> None:
    if done.applied or done.parked or done.undone:
        log_event(
            "learned",
            level=scope.level.value,
            lessons=done.applied,
            changed=done.changed,
            parked=done.parked,
            undone=done.undone,
            version=int(done.version),
        )
