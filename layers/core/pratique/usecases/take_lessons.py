"""New lessons of one batch: which are learnt, which are kept aside, which are parked because they would do harm."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pratique.domain.errors import InvalidInput
from pratique.domain.lesson import Lesson, LessonState
from pratique.domain.scope import Level, Scope
from pratique.filtering.classifier.features import features
from pratique.filtering.classifier.model import Model
from pratique.observability import log_event
from pratique.ports.journal import Outcome, Waiting
from pratique.ports.services import Services
from pratique.usecases.learning_ledger import Entry, Ledger, rounded
from pratique.usecases.replay_lessons import learn_one
from pratique.usecases.weigh_lessons import Above, Harm, Jury, copy_of

DISTRUSTED, MOST_DISTRUST = 20, 100
"""Of an author with more lessons parked than this, harmless ones taken off, none is believed: in small batches some of a liar's do no harm that
shows. So many are remembered at most: as many harmless ones, or parked ones that are accepted, bring trust back."""
MOST_AUTHORS = 50
"""Whose parked lessons are remembered, those with the most of them."""
JURY = ("jury",)
"""Where a warm process remembers the features of one scope's jury."""


@dataclass(slots=True)
class Taken:
    """What a batch came to: the model and its ledger with it, and what is to be written down of each lesson."""

    model: Model | None = None
    ledger: Ledger | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    changed: int = 0

    def count(self, state: LessonState) -> int:
        """Lessons that ended so."""
        return sum(outcome.state is state for outcome in self.outcomes)


def take_lessons(
    services: Services,
    scope: Scope,
    model: Model,
    ledger: Ledger,
    waiting: Sequence[Waiting],
    *,
    without: frozenset[str],
    above: Above,
) -> Taken:
    """Take a batch on top of `model` (which is not to be used any more afterwards). Lessons of `without` were taken back: they go at once.

    Each author's lessons are tried together, and are parked together where they would mix the ham and the spam that the scope keeps aside, or where
    too many of the same author's were parked of late.
    """
    book = Ledger(ledger.last, ledger.rebuilds, harm=dict(ledger.harm), distrust=dict(ledger.distrust))
    taken = Taken(model, book)
    batch = _Batch(taken, above)
    wanted = _wanted(services, scope, waiting)
    jury = _jury(services, scope, above, wanted)
    groups: dict[str, list[Waiting]] = {}
    for each in waiting:
        lesson = each.lesson
        if lesson.id in without or each.place not in wanted:
            taken.outcomes.append(Outcome(each, LessonState.UNDONE))
        else:
            groups.setdefault("" if lesson.accepted else lesson.author, []).append(each)
    for author, group in groups.items():
        batch.take(group, jury if author else None)
    return taken


def _wanted(services: Services, scope: Scope, waiting: Sequence[Waiting]) -> set[str]:
    """The places of lessons that still wait. One that was accepted may wait in two places, or have been learnt from the other."""
    accepted = [each for each in waiting if each.lesson.accepted]
    if not accepted:
        return {each.place for each in waiting}
    places = {each.lesson.id: each.place for each in waiting}
    places |= {each.lesson.id: each.place for each in accepted}
    records = services.journal.get(scope, [each.lesson.id for each in accepted])
    for lesson_id, record in records.items():
        if record.state is not LessonState.PENDING:
            del places[lesson_id]
    return set(places.values())


def _jury(services: Services, scope: Scope, above: Above, wanted: set[str]) -> Jury | None:
    """Nobody judges what a recipient teaches its own layer."""
    if scope.level is Level.RECIPIENT or not wanted:
        return None
    aside = services.journal.held_out(scope, now=services.clock.now_ms() // 1000)
    remembered = services.memory.get(JURY)
    opened = remembered[1] if isinstance(remembered, tuple) and remembered[0] == scope else {}
    services.memory[JURY] = (scope, opened)
    return Jury(aside, above, opened)


def eased(
    services: Services, scope: Scope, harm: Mapping[str, Harm], above: Above, *, old: Model, new: Model
) -> dict[str, Harm]:
    """The harm that is left when the model `new` takes the place of `old` because lessons were taken back."""
    jury = _jury(services, scope, above, {"all"}) if harm else None
    if jury is None or not jury.can_say:
        return dict(harm)
    before, now = jury.says(old), jury.says(new)
    less = Harm(*(min(a, b) for a, b in zip(before, now, strict=True)))
    return {giver: each.after(before, less) for giver, each in harm.items()}


class _Batch:
    """Lessons going into a model, one author after the other."""

    def __init__(self, taken: Taken, above: Above) -> None:
        self._taken, self._above = taken, above
        self._said: Harm | None = None

    def take(self, group: Sequence[Waiting], jury: Jury | None) -> None:
        """One author's lessons: all of them, or none. Those that go to the jury are not learnt; they go only if the others may be learnt, or,
        where there are no others, if they might be learnt themselves.
        """
        taken = self._taken
        assert taken.model is not None  # noqa: S101 - made with one
        assert taken.ledger is not None  # noqa: S101 - made with one
        chosen = jury.choose(group, taken.model) if jury is not None else []
        places = {each.place for each in chosen}
        others = [each for each in group if each.place not in places]
        if jury is None or not jury.can_say:
            self._trust_again(group)
            self._learn(taken.model, taken.ledger, others)
            self._keep_aside(chosen)
            self._said = None
            return
        giver = _giver(group[0].lesson)
        before = self._said or jury.says(taken.model)
        trial = copy_of(taken.model)
        book = replace(taken.ledger, applied=dict(taken.ledger.applied))
        outcomes, changed = len(taken.outcomes), taken.changed
        against = self._learn(trial, book, others or chosen, jury)
        after = jury.says(trial)
        harm = book.harm.get(giver, Harm()).after(before, after)
        forbidden = jury.forbids(harm, before, after, contrary=against / len(others or chosen))
        distrust = self._distrust(group, forbidden=forbidden)
        if forbidden or distrust > DISTRUSTED:
            del taken.outcomes[outcomes:]
            taken.changed, self._said = changed, before
            self._park(group, _why(len(group), jury.size, before, after) if forbidden else _doubted(distrust))
            return
        if others:
            book.harm = {**book.harm, giver: harm}
            taken.model, taken.ledger, self._said = trial, book, after
        else:
            del taken.outcomes[outcomes:]
            taken.changed, self._said = changed, before
        self._keep_aside(chosen)

    def _park(self, group: Sequence[Waiting], note: str) -> None:
        """They wait for somebody above who gave them."""
        self._taken.outcomes += [Outcome(each, LessonState.PARKED, note=note) for each in group]
        log_event("parked", level=group[0].lesson.scope.level.value, lessons=len(group))

    def _trust_again(self, group: Sequence[Waiting]) -> None:
        """Parked lessons that somebody above accepted speak for whoever gave them."""
        assert self._taken.ledger is not None  # noqa: S101 - made with one
        distrust = self._taken.ledger.distrust
        for each in group:
            name = _name(each.lesson)
            if each.lesson.accepted and distrust.get(name):
                distrust[name] -= 1

    def _distrust(self, group: Sequence[Waiting], *, forbidden: bool) -> int:
        """How many of the author's lessons were parked of late, without these; and note what becomes of these."""
        assert self._taken.ledger is not None  # noqa: S101 - made with one
        known, name = self._taken.ledger.distrust, _name(group[0].lesson)
        before = known.get(name, 0)
        known[name] = min(MOST_DISTRUST, before + len(group)) if forbidden else max(0, before - len(group))
        if len(known) > MOST_AUTHORS:
            del known[min(known, key=lambda each: (known[each], each))]
        return before

    def _keep_aside(self, chosen: Sequence[Waiting]) -> None:
        """They are witnesses from the next run on."""
        self._taken.outcomes += [Outcome(each, LessonState.HELD_OUT) for each in chosen]

    def _learn(self, model: Model, ledger: Ledger, group: Sequence[Waiting], jury: Jury | None = None) -> int:
        """Learn them; how many contradict what the model of before was sure of (0 where nobody asks)."""
        against = 0
        for each in group:
            lesson = each.lesson
            base: tuple[float, ...] = ()
            try:
                found = features(lesson.sample)
            except InvalidInput:
                log_event("sample_unreadable", lesson=lesson.id)
            else:
                if jury is not None and self._taken.model is not None:
                    against += jury.contradicts(lesson, found, self._taken.model)
                said = self._above(found)
                base = rounded([sum(view) for view in zip(*said, strict=True)])
                self._taken.changed += learn_one(model, found, lesson.label, base, lesson.rate)
            ledger.last += 1
            ledger.applied[lesson.id] = Entry(ledger.last, each.place, base)
            self._taken.outcomes.append(Outcome(each, LessonState.APPLIED, ledger.last, base))
        return against


def _giver(lesson: Lesson) -> str:
    """Whose harm it is: all of a domain's administrators are one, for who has one token can make more."""
    return f"{lesson.standing.value}@{lesson.giver.key if lesson.giver else ''}"


def _name(lesson: Lesson) -> str:
    """An author as the ledger keeps it: a word."""
    return hashlib.sha256(lesson.author.encode()).hexdigest()[:16]


def _doubted(distrust: int) -> str:
    return f"harmless by themselves, but {distrust} lessons of the same author were parked of late"


def _why(count: int, witnesses: int, before: Harm, after: Harm) -> str:
    return (
        f"these {count} would change what is thought of {witnesses} messages kept aside: ham judged wrongly {before.ham:.1%} to "
        f"{after.ham:.1%}, spam {before.spam:.1%} to {after.spam:.1%}, pairs in the wrong order {before.mixed:.2%} to {after.mixed:.2%}"
    )
