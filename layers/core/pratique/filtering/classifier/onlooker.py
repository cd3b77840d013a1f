"""The product's own judging and learning over a stream of labelled mail, without stores: what evaluations and benchmarks measure."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from pratique.domain.verdict import Contribution

from ..examine import Examined
from .calibration import relief, shift_for
from .experience import discount, general_weight
from .model import Model, classifier_contribution, combine
from .seed import seed_model

HELD_AT = math.log(0.9 / 0.1)
"""The default quarantine threshold as log-odds."""
REMEMBERED = 4_000
"""Latest messages of each kind that a shift is chosen from."""
EVERY = 200
"""Lessons between two choices of the shift."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is thought of a message: the exact sum of the contributions, in log-odds."""

    log_odds: float
    contributions: tuple[Contribution, ...]


class Trial:
    """A site of one scope whose operator confirms mail: judge a message, then learn it, or do not.

    `seed` False starts from nothing instead of the shipped seed model; `calibrate` adds the shift that keeps the site's ham below the
    threshold, chosen from what was judged before. The same stream gives the same opinions.
    """

    def __init__(self, *, seed: bool = True, calibrate: bool = True) -> None:
        self.seed = seed_model() if seed else None
        self.calibrate = calibrate
        self.model = Model.empty()
        self.shift = 0.0
        self._judged: tuple[deque[float], deque[float]] = (
            deque(maxlen=REMEMBERED),
            deque(maxlen=REMEMBERED),
        )
        self._lessons = 0

    def judge(self, examined: Examined) -> Opinion:
        """All evidence about a message: signals, classifier, shift."""
        contributions = (*examined.evidence, *self._classifier(examined))
        if self.calibrate and self.shift:
            plain = math.fsum(item.weight for item in contributions)
            less = relief(plain, self.shift, held_at=HELD_AT)
            if less:
                contributions += (
                    Contribution("calibration", less, "keeps this scope's ham below the threshold"),
                )
        return Opinion(math.fsum(item.weight for item in contributions), contributions)

    def learn(self, examined: Examined, *, is_spam: bool, rate: float = 1.0) -> bool:
        """Take a lesson as the learner does. True if a weight changed."""
        plain = math.fsum(item.weight for item in (*examined.evidence, *self._classifier(examined)))
        self._judged[is_spam].append(plain)
        self._lessons += 1
        if self.calibrate and self._lessons % EVERY == 0:
            ham, spam = self._judged
            self.shift = shift_for(ham, spam, held_at=HELD_AT)
        found = examined.features
        if self.seed is None:
            return self.model.learn(found, is_spam=is_spam, rate=rate)
        return self.model.learn(found, is_spam=is_spam, base=self.seed.log_odds(found), rate=rate)

    def _classifier(self, examined: Examined) -> tuple[Contribution, ...]:
        found = examined.features
        layers = [self.model.log_odds(found)]
        names = ["classifier"]
        if self.seed is not None:
            layers.insert(0, self.seed.log_odds(found))
            names.insert(0, "classifier:seed")
        known = self.model.known
        less = (discount(general_weight(examined.evidence), known),) if known > 0 else ()
        return (*map(classifier_contribution, names, combine(*layers)), *less)
