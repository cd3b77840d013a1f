"""Whether lessons would do harm: what they do to the verdicts on trusted messages that were kept aside and never learnt."""

from __future__ import annotations

import contextlib
import copy
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pratique.domain.errors import InvalidInput
from pratique.domain.lesson import Label, Lesson
from pratique.domain.scope import Level
from pratique.domain.verdict import sigmoid
from pratique.filtering.classifier.features import Features, features
from pratique.filtering.classifier.model import Model, combine
from pratique.ports.journal import HeldOut, Waiting

ONE_IN = 10
"""Of so many trusted lessons one is kept aside, chosen by its id."""
MOST_OF_A_LABEL = 100
"""Lessons of one label kept aside at most, so that ham and spam are balanced and the rest is learnt."""
WARM = 40
"""Lessons that a layer learns before any is kept aside: a young one needs them all."""
LEAST_OF_A_LABEL = 10
"""Lessons of each label that must be aside before anything is measured by them."""

HAM_LOST, SPAM_LOST = 0.03, 0.2
"""What one giver's lessons together may do to the messages kept aside: ham and spam that is expected to be judged wrongly (parts of each). A
run of honest ham alone moves all scores one way for a while, hence the second. docs/filter.md has the figures."""
HAM_DOUBTED, SPAM_DOUBTED, MIXED = 0.015, 0.02, 0.0002
"""The same for lessons that contradict, or that put this part of the pairs of a ham and a spam into the wrong order."""
SURE, CONTRARY = 2.0, 0.3
"""Log-odds from which on the model was sure before a lesson; the part of lessons against its being sure that is too many for honest ones."""

Above = Callable[[Features], Sequence[tuple[float, ...]]]
"""What each layer above says of a message, the broadest first."""


class Harm(NamedTuple):
    """What became worse: ham lost, spam lost, pairs mixed (0..1 each)."""

    ham: float = 0.0
    spam: float = 0.0
    mixed: float = 0.0

    def after(self, old: Harm, new: Harm) -> Harm:
        """This harm and what the step from `old` to `new` adds or takes away, never below none."""
        return Harm(*(max(0.0, each + b - a) for each, a, b in zip(self, old, new, strict=True)))


@dataclass(frozen=True, slots=True)
class _Witness:
    is_spam: bool
    found: Features
    above: tuple[tuple[float, ...], ...]


class Jury:
    """The lessons that a scope keeps aside. `opened` remembers their features from one run of the learner to the next."""

    def __init__(self, aside: Sequence[HeldOut], above: Above, opened: dict[str, Features]) -> None:
        self._room = {label: MOST_OF_A_LABEL - sum(each.label is label for each in aside) for label in Label}
        self._above = above
        self._witnesses: list[_Witness] = []
        for gone in opened.keys() - {each.id for each in aside}:
            del opened[gone]
        for each in aside:
            with contextlib.suppress(InvalidInput):
                found = opened.get(each.id) or features(each.sample)
                opened[each.id] = found
                self._witnesses.append(_Witness(each.label is Label.SPAM, found, _sums(above(found))))
        self._spams = sum(each.is_spam for each in self._witnesses)
        self._hams = len(self._witnesses) - self._spams

    @property
    def can_say(self) -> bool:
        """Whether enough is kept aside."""
        return min(self._hams, self._spams) >= LEAST_OF_A_LABEL

    @property
    def size(self) -> int:
        """How many messages it measures by."""
        return len(self._witnesses)

    def choose(self, waiting: Sequence[Waiting], model: Model) -> list[Waiting]:
        """Those that are to be kept aside for the next run."""
        chosen = []
        for each in waiting:
            if self._wants(each.lesson, model):
                self._room[each.lesson.label] -= 1
                chosen.append(each)
        return chosen

    def _wants(self, lesson: Lesson, model: Model) -> bool:
        """Whether this lesson is to be kept aside: a domain's or the operator's, trusted, chosen by its id, not too many of its label yet,
        and what the model would have said: whoever lies must not choose the jury, and a wrong label measures nothing.
        """
        fits = (
            lesson.scope.level is not Level.RECIPIENT
            and lesson.standing.trusted
            and not lesson.accepted
            and model.lessons_ham + model.lessons_spam >= WARM
            and self._room[lesson.label] > 0
            and int(lesson.id[:8], 16) % ONE_IN == 0
        )
        if not fits:
            return False
        try:
            found = features(lesson.sample)
        except InvalidInput:
            return False
        said = _total(model, found, _sums(self._above(found)))
        return said > 0 if lesson.label is Label.SPAM else said < 0

    def says(self, model: Model) -> Harm:
        """The expected part of wrong verdicts on ham and on spam, and the part of their pairs in the wrong order (a tie counts half)."""
        scores: dict[bool, list[float]] = {True: [], False: []}
        for each in self._witnesses:
            scores[each.is_spam].append(_total(model, each.found, each.above))
        ham, spam = sorted(scores[False]), scores[True]
        wrong = sum(len(ham) - (bisect_left(ham, s) + bisect_right(ham, s)) / 2 for s in spam)
        return Harm(
            math.fsum(sigmoid(score) for score in ham) / len(ham),
            math.fsum(sigmoid(-score) for score in spam) / len(spam),
            wrong / (len(ham) * len(spam)),
        )

    def contradicts(self, lesson: Lesson, found: Features, model: Model) -> bool:
        """Whether the model is sure of the other label."""
        said = _total(model, found, _sums(self._above(found)))
        return said < -SURE if lesson.label is Label.SPAM else said > SURE

    def forbids(self, harm: Harm, old: Harm, new: Harm, *, contrary: float) -> bool:
        """Whether this harm is too much, and the step from `old` to `new` makes it worse. `contrary` is the part of the lessons that
        contradict what the model was sure of. Of few witnesses one or two may change sides, of those against doubted lessons half a one.
        """
        mixes = harm.mixed > max(MIXED, 3 / (self._hams * self._spams))
        doubted = mixes or contrary > CONTRARY
        ham_lost, spam_lost = (HAM_DOUBTED, SPAM_DOUBTED) if doubted else (HAM_LOST, SPAM_LOST)
        few = 0.5 if doubted else 1.5
        return (new.ham > old.ham and harm.ham > max(ham_lost, few / self._hams)) or (
            new.spam > old.spam and harm.spam > max(spam_lost, few / self._spams)
        )


def _sums(layers: Sequence[tuple[float, ...]]) -> tuple[tuple[float, ...], ...]:
    """The layers above as one: () where there are none."""
    total = tuple(math.fsum(view) for view in zip(*layers, strict=True))
    return (total,) if total else ()


def _total(model: Model, found: Features, above: Sequence[tuple[float, ...]]) -> float:
    """What all layers together say, as evidence in log-odds."""
    return math.fsum(combine(*above, model.log_odds(found)))


def copy_of(model: Model) -> Model:
    """A model to try lessons on."""
    return copy.deepcopy(model)
