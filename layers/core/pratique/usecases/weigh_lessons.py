"""Whether lessons would do harm: what they do to the loss on trusted lessons that were kept aside and never learnt."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pratique.domain.errors import InvalidInput
from pratique.domain.lesson import Label, Lesson
from pratique.domain.scope import Level
from pratique.domain.verdict import sigmoid
from pratique.filtering.classifier.features import Features, features
from pratique.filtering.classifier.model import Model, combine
from pratique.ports.journal import HeldOut

ONE_IN = 10
"""Of so many trusted lessons one is kept aside, chosen by its id."""
MOST_OF_A_LABEL = 100
"""Lessons of one label kept aside at most, so that ham and spam are balanced and the rest is learnt."""
WARM = 40
"""Lessons that a layer learns before any is kept aside: a young one needs them all."""
LEAST_OF_A_LABEL = 10
"""Lessons of each label that must be aside before anything is measured by them."""
HARM = 0.02
"""Loss (expected part of wrong verdicts, ham and spam weighing the same) that one giver's lessons together may add."""

Above = Callable[[Features], Sequence[tuple[float, ...]]]
"""What each layer above says of a message, the broadest first."""


def is_set_aside(lesson: Lesson, *, learned: int, aside: int) -> bool:
    """Whether this lesson is kept aside: a domain's or the operator's, trusted, chosen by its id, and not too many of its label yet."""
    return (
        lesson.scope.level is not Level.RECIPIENT
        and lesson.standing.trusted
        and not lesson.accepted
        and learned >= WARM
        and aside < MOST_OF_A_LABEL
        and int(lesson.id[:8], 16) % ONE_IN == 0
    )


@dataclass(frozen=True, slots=True)
class _Witness:
    is_spam: bool
    found: Features
    above: Sequence[tuple[float, ...]]


class Jury:
    """The lessons that a scope keeps aside, opened once for a run of the learner."""

    def __init__(self, aside: Sequence[HeldOut], above: Above) -> None:
        self.count = {label: sum(each.label is label for each in aside) for label in Label}
        self._witnesses: list[_Witness] = []
        if min(self.count.values()) < LEAST_OF_A_LABEL:
            return
        for each in aside:
            try:
                found = features(each.sample)
            except InvalidInput:
                continue
            self._witnesses.append(_Witness(each.label is Label.SPAM, found, above(found)))

    @property
    def can_say(self) -> bool:
        """Whether enough is kept aside."""
        return bool(self._witnesses)

    def loss(self, model: Model) -> float:
        """The expected part of wrong verdicts, 0..1."""
        wrong: dict[bool, list[float]] = {True: [], False: []}
        for each in self._witnesses:
            total = math.fsum(combine(*each.above, model.log_odds(each.found)))
            wrong[each.is_spam].append(sigmoid(-total if each.is_spam else total))
        return sum(math.fsum(part) / len(part) for part in wrong.values()) / len(wrong)


def copy_of(model: Model) -> Model:
    """A model to try lessons on."""
    return copy.deepcopy(model)
