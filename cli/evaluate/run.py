"""The protocols: what is judged, what is learnt, in which order. One pass over the mail, whatever is measured, and however many configurations.

Each message takes the product's own path: `filtering/examine.py`, the classifier and the calibration of `filtering/classifier/onlooker.py`.
"""

from __future__ import annotations

import copy
import math
import random
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pratique.domain.envelope import Envelope, Receipt
from pratique.filtering.classifier.features import Features, features
from pratique.filtering.classifier.onlooker import Trial
from pratique.filtering.examine import Examined, examine
from pratique.filtering.explain import reweighed
from pratique.filtering.parsed import ParsedMessage

from cli.evaluate.mail import Labelled
from cli.evaluate.protocol import Protocol

WRONG_SEED = 20260921
"""Which lessons are wrong is the same in every run."""
_NO_FEATURES = Features(())


@dataclass(frozen=True, slots=True)
class Configuration:
    """A way the filter is set. `factors` multiply the weights of signals (a name, or the part before its colon); `wrong_labels` is the share
    of lessons that carry the wrong label.
    """

    name: str = "pratique"
    start: Callable[[], Trial] = Trial
    factors: Mapping[str, float] = field(default_factory=dict)
    wrong_labels: float = 0.0


@dataclass(slots=True)
class Scores:
    """Log-odds of all evidence and true labels, in the order of the mail."""

    odds: array[float] = field(default_factory=lambda: array("d"))
    spam: bytearray = field(default_factory=bytearray)

    def add(self, odds: float, *, is_spam: bool) -> None:
        """One message."""
        self.odds.append(odds)
        self.spam.append(is_spam)

    def scored(self) -> list[tuple[float, bool]]:
        """As the measures want it."""
        return [(odds, bool(spam)) for odds, spam in zip(self.odds, self.spam, strict=True)]


@dataclass(slots=True)
class Outcome:
    """What one configuration did. Times are CPU seconds; `judging` holds each judged message's, from bytes to verdict; `numbers` are the
    places of the judged messages in the collection, from 1; `model_bytes` is what was learnt and the seed (`seed_bytes`) together, as stored.
    """

    configuration: Configuration
    scores: Scores = field(default_factory=Scores)
    numbers: array[int] = field(default_factory=lambda: array("L"))
    after: dict[int, Scores] = field(default_factory=dict)
    judging: array[float] = field(default_factory=lambda: array("d"))
    learning_seconds: float = 0.0
    lessons: int = 0
    wrong_lessons: int = 0
    model_bytes: int = 0
    seed_bytes: int = 0


@dataclass(slots=True)
class Run:
    """All of it. `skipped` counts messages that could not be read, by reason."""

    outcomes: list[Outcome]
    skipped: Counter[str]
    seconds: float = 0.0
    stopped: bool = False


@dataclass(slots=True)
class _Contender:
    outcome: Outcome
    trial: Trial
    chance: random.Random
    waiting: deque[tuple[Examined, bool]] = field(default_factory=deque)
    frozen: dict[int, Trial] = field(default_factory=dict)


def run(
    mail: Sequence[Labelled],
    protocol: Protocol,
    configurations: Sequence[Configuration],
    *,
    progress: Callable[[int], None] = lambda _done: None,
) -> Run:
    """Judge and learn. Ctrl-C ends it early with what is known by then."""
    contenders = [_contender(configuration) for configuration in configurations]
    result = Run([each.outcome for each in contenders], Counter())
    started, place = time.thread_time(), 0
    try:
        for done, each in enumerate(mail, 1):
            try:
                raw = each.read()
            except OSError as error:
                result.skipped[_reason(error)] += 1
                continue
            _one(contenders, protocol, place, raw, each, done)
            place += 1
            progress(done)
    except KeyboardInterrupt:
        result.stopped = True
    result.seconds = time.thread_time() - started
    for contender in contenders:
        trial, outcome = contender.trial, contender.outcome
        outcome.seed_bytes = len(trial.seed.dumps()) if trial.seed else 0
        outcome.model_bytes = len(trial.model.dumps()) + outcome.seed_bytes
    return result


def _contender(configuration: Configuration) -> _Contender:
    return _Contender(Outcome(configuration), configuration.start(), random.Random(WRONG_SEED))


def _one(
    contenders: list[_Contender], protocol: Protocol, place: int, raw: bytes, each: Labelled, number: int
) -> None:
    """One message, by every contender."""
    judges = protocol.judges(place)
    before = time.thread_time()
    examined = examine(raw, Receipt("evaluate", each.date * 1000, Envelope("", ())))
    examining = time.thread_time() - before
    for contender in contenders:
        _freeze(contender, protocol)
        outcome = contender.outcome
        if judges:
            before = time.thread_time()
            odds = _log_odds(contender.trial, examined, outcome.configuration.factors)
            outcome.judging.append(examining + time.thread_time() - before)
            outcome.scores.add(odds, is_spam=each.is_spam)
            outcome.numbers.append(number)
        for lessons, trial in contender.frozen.items():
            odds = _log_odds(trial, examined, outcome.configuration.factors)
            outcome.after[lessons].add(odds, is_spam=each.is_spam)
        if protocol.learns(place):
            _learn(contender, protocol, examined, is_spam=each.is_spam)


def _freeze(contender: _Contender, protocol: Protocol) -> None:
    """Keep a copy of the filter as it is, if it is time for one."""
    lessons = contender.outcome.lessons
    if lessons in protocol.after and lessons not in contender.frozen:
        contender.frozen[lessons] = copy.deepcopy(contender.trial)
        contender.outcome.after[lessons] = Scores()


def _learn(contender: _Contender, protocol: Protocol, examined: Examined, *, is_spam: bool) -> None:
    """Take the lesson, or the one that was due `delay` messages ago."""
    outcome = contender.outcome
    if contender.chance.random() < outcome.configuration.wrong_labels:
        is_spam = not is_spam
        outcome.wrong_lessons += 1
    if protocol.delay:
        # What waits is the sample, a few kB, as in the journal: features take a hundred times as much.
        slim = replace(examined, parsed=ParsedMessage(size=examined.parsed.size), features=_NO_FEATURES)
        contender.waiting.append((slim, is_spam))
        if len(contender.waiting) <= protocol.delay:
            return
        examined, is_spam = contender.waiting.popleft()
        examined = replace(examined, features=features(examined.sample))
    before = time.thread_time()
    contender.trial.learn(examined, is_spam=is_spam)
    outcome.learning_seconds += time.thread_time() - before
    outcome.lessons += 1


def _log_odds(trial: Trial, examined: Examined, factors: Mapping[str, float]) -> float:
    opinion = trial.judge(examined)
    if not factors:
        return opinion.log_odds
    return math.fsum(item.weight for item in reweighed(opinion.contributions, factors))


def _reason(error: OSError) -> str:
    if error.errno is not None:
        return (error.strerror or type(error).__name__).lower()
    return str(error)
