"""Configurations as a person names them, and scores of other runs."""

from __future__ import annotations

import argparse
import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from pratique.domain.errors import PermanentFailure
from pratique.filtering.classifier.onlooker import Trial
from pratique.filtering.classifier.seed import Seed

from cli.evaluate.run import Configuration, Outcome
from cli.failure import Failure

Others = dict[str, list[tuple[float, bool]]]
"""Name of another run or filter -> its scores, on any scale."""


@dataclass
class Given:
    """A configuration's options."""

    no_seed: bool = False
    seed: Path | None = None
    no_calibration: bool = False
    weight: Sequence[str] = field(default_factory=list)
    wrong_labels: str = "0"

    def name(self) -> str:
        """What differs from the product as it is installed."""
        words = ["no seed"] if self.no_seed else []
        words += [f"seed {self.seed.name}"] if self.seed else []
        words += ["no calibration"] if self.no_calibration else []
        words += list(self.weight)
        words += [f"{self.wrong_labels} wrong labels"] if self.wrong_labels not in ("0", "0%") else []
        return ", ".join(words) or "as installed"


def configurations(given: Given, against: str | None) -> list[Configuration]:
    """The given configuration, and the one it is held against. Raises Failure."""
    made = [_configuration(given)]
    if against is not None:
        made.append(_configuration(_read(against)))
    return made


def _configuration(given: Given) -> Configuration:
    factors = {}
    for text in given.weight:
        signal, equals, factor = text.partition("=")
        factors[signal.strip()] = _number(factor, f"{text!r}: a weight is SIGNAL=FACTOR")
        if not equals or not signal.strip():
            raise Failure(f"{text!r}: a weight is SIGNAL=FACTOR")
    wrong = given.wrong_labels.removesuffix("%")
    share = _number(wrong, f"{given.wrong_labels!r} is no share (5%)") / (
        100 if given.wrong_labels.endswith("%") else 1
    )
    if not 0 <= share <= 1:
        raise Failure(f"{given.wrong_labels!r} is no share (5%)")
    return Configuration(given.name(), _start(given), factors, share)


def _start(given: Given) -> Callable[[], Trial]:
    if given.seed is not None and given.no_seed:
        raise Failure("--seed and --no-seed exclude each other")
    calibrate = not given.no_calibration
    if given.seed is None:
        return lambda: Trial(seed=not given.no_seed, calibrate=calibrate)
    chosen = _read_seed(given.seed)

    def start() -> Trial:
        trial = Trial(seed=False, calibrate=calibrate)
        trial.seed = chosen
        return trial

    return start


def _read_seed(path: Path) -> Seed:
    try:
        return Seed.loads(path.read_bytes())
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    except PermanentFailure as error:
        raise Failure(f"{path}: {error}") from None


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Failure(f"--against: {message}")


def _read(text: str) -> Given:
    """The options of --against."""
    options = _Options(add_help=False, allow_abbrev=False)
    options.add_argument("--no-seed", action="store_true")
    options.add_argument("--seed", type=Path)
    options.add_argument("--no-calibration", action="store_true")
    options.add_argument("--weight", action="append", default=[])
    options.add_argument("--wrong-labels", default="0")
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Failure(f"--against: {error}") from None
    return options.parse_args(words, namespace=Given())


def _number(text: str, complaint: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise Failure(complaint) from None
    if not math.isfinite(found):
        raise Failure(complaint)
    return found


def write_scores(path: Path, outcome: Outcome) -> None:
    """number (place in the collection), label, log-odds of all evidence; tab separated."""
    rows = zip(outcome.numbers, outcome.scores.scored(), strict=True)
    lines = [f"{number}\t{'spam' if is_spam else 'ham'}\t{odds!r}\n" for number, (odds, is_spam) in rows]
    path.write_text("".join(lines), encoding="ascii")


def read_scores(named: Sequence[str]) -> Others:
    """`NAME=FILE` of files that `write_scores` wrote, or anything in that form: higher is spammier. Raises Failure."""
    found: Others = {}
    for text in named:
        name, equals, file = text.partition("=")
        if not equals or not name:
            raise Failure(f"{text!r}: --beside takes NAME=FILE")
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{file} cannot be read ({type(error).__name__})") from None
        found[name] = [_score(line, f"{file}, line {number}") for number, line in enumerate(lines, 1)]
    return found


def _score(line: str, place: str) -> tuple[float, bool]:
    fields = line.split("\t")
    if len(fields) < 3 or fields[1] not in ("ham", "spam"):  # noqa: PLR2004 - number, label, score
        raise Failure(f"{place}: a line is number, label, score; tab separated")
    return _number(fields[2], f"{place}: no score"), fields[1] == "spam"
