"""Make the seed model from the public corpora whose terms allow it. `python -m tools.train_seed_model [--check]`

It learns from `spamassassin`, `modern-spam-2023-2025` and `linux-raid-ham` and from nothing else, in an order that is drawn from the
messages' numbers, in whole numbers: the same corpora give the same octets on every machine. With --check nothing is written; it ends with an
error where the shipped file is another one.

The learner is the views' logistic regression with a constant step, taken over all messages twice; the weights are the mean over the way,
which transfers better than where it ends (averaging: Freund and Schapire 1999; Collins 2002).
"""

from __future__ import annotations

import argparse
import hashlib
import math
import operator
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pratique.domain.verdict import sigmoid
from pratique.filtering.classifier.features import BUCKETS, VIEWS, features
from pratique.filtering.classifier.model import STEP
from pratique.filtering.classifier.sample import make_sample
from pratique.filtering.classifier.seed import ARTEFACT, READS, Seed
from pratique.filtering.parse import parse

from tests.corpora import find_corpus, labelled

CORPORA = ("spamassassin", "modern-spam-2023-2025", "linux-raid-ham")
PASSES = 2
RATE = 2.0
MARGIN = 0.1
LOUDNESS = 0.92
"""What the seed's log-odds are multiplied by. Louder it catches more spam on the first day, and holds more ham of a kind it has not seen."""
EVERY = 50
"""Lessons between two readings of the weights for their mean."""
FINE = 65_536
"""Whole numbers of 1/65,536 log-odds while training."""
ERRORS = 4_096
"""Errors are rounded to so many parts, so that the last bit of a machine's exp() does not matter."""

Lesson = tuple[tuple[tuple[int, ...], ...], bool]
"""The rows of the views in READS, and whether the message is spam."""


def read_lessons(folders: Iterable[Path]) -> Iterator[Lesson]:
    """The lessons of labelled corpora, in their order."""
    places = [VIEWS.index(view) for view in READS]
    for folder in folders:
        for entry in labelled(folder):
            rows = features(make_sample(parse(entry.read()))).rows
            yield tuple(tuple(sorted(rows[place])) for place in places), entry.is_spam


def train(lessons: Sequence[Lesson], passes: int = PASSES) -> Seed:
    """The seed of these lessons."""
    weights = [[0] * BUCKETS for _ in READS]
    sums = [[0] * BUCKETS for _ in READS]
    taken = readings = 0
    for each in range(passes):
        for place in _order(len(lessons), each):
            rows, is_spam = lessons[place]
            for view, row in enumerate(rows):
                _learn(weights[view], row, is_spam=is_spam)
            taken += 1
            if taken % EVERY == 0 or taken == passes * len(lessons):
                sums = [list(map(operator.add, total, now)) for total, now in zip(sums, weights, strict=True)]
                readings += 1
    fine = FINE * STEP * max(1, readings)
    return Seed(
        tuple(
            array("h", [max(-32_767, min(32_767, round(LOUDNESS * total / fine))) for total in each])
            for each in sums
        )
    )


def _order(number: int, turn: int) -> list[int]:
    """A shuffle that is the same everywhere."""
    return sorted(range(number), key=lambda place: hashlib.sha256(f"{turn} {place}".encode()).digest())


def _learn(weights: list[int], row: tuple[int, ...], *, is_spam: bool) -> None:
    if not row:
        return
    norm = math.sqrt(len(row))
    odds = sum(map(weights.__getitem__, row)) / (FINE * norm)
    error = round(ERRORS * ((1.0 if is_spam else 0.0) - sigmoid(odds)))
    if abs(error) <= MARGIN * ERRORS:
        return
    step = round(RATE * FINE / ERRORS * error / norm)
    for bucket in row:
        weights[bucket] += step


def main() -> None:
    """Train, and write the artefact or compare it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--check", action="store_true", help="compare with the shipped file, write nothing")
    given = options.parse_args()
    folders = []
    for name in CORPORA:
        folder = find_corpus(name)
        if folder is None:
            raise SystemExit(f"the corpus {name} is not here (PRATIQUE_CORPORA)")
        folders.append(folder)
    data = train(list(read_lessons(folders))).dumps()
    digest = hashlib.sha256(data).hexdigest()
    if given.check:
        if data != ARTEFACT.read_bytes():
            raise SystemExit(f"{ARTEFACT.name} is not what these corpora and this program make ({digest})")
        print(f"{ARTEFACT.name} is what these corpora and this program make: sha256 {digest}")
        return
    ARTEFACT.write_bytes(data)
    print(f"{len(data)} octets, sha256 {digest}", file=sys.stderr)


if __name__ == "__main__":
    main()
