"""The measures of the TREC spam track, and how far they can be trusted. Standard library only.

A list of (score, is spam) is all they need; the scale of the scores does not matter, but for calibration, where they are probabilities.
Where a kind of mail is absent, what needs it is None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

Scored = Sequence[tuple[float, bool]]
"""(score, is spam) of each message."""
EDGES = (0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Bins of the calibration table: finer at the ends, where nearly all mail is."""
CURVE = 400
"""Points kept of a ROC curve."""
NORMAL = 1.959964
"""95 % of a normal distribution lie within so many standard deviations."""


def roca(scored: Scored) -> float | None:
    """1-ROCA %: the chance that a random ham scores above a random spam (ties count half), in per cent."""
    found = _wrong_order(scored)
    return None if found is None else 100 * found[0]


def roca_interval(scored: Scored) -> tuple[float, float] | None:
    """The 95 % confidence interval of 1-ROCA %, by DeLong's variance (DeLong et al., Biometrics 44, 1988) on the logistic scale.

    None where a kind is absent or has one message only, and where the order is perfect (or perfectly wrong): nothing varies there.
    """
    found = _wrong_order(scored)
    if found is None:
        return None
    wrong, of_spam, of_ham = found
    if min(len(of_spam), len(of_ham)) <= 1 or not 0 < wrong < 1:
        return None
    error = math.sqrt(sum(_variance(part) / len(part) for part in (of_spam, of_ham)))
    reach = NORMAL * error / (wrong * (1 - wrong))
    odds = math.log(wrong / (1 - wrong))
    return 100 * _sigmoid(odds - reach), 100 * _sigmoid(odds + reach)


def misses(scored: Scored, threshold: float = 0.0) -> tuple[float | None, float | None, float | None]:
    """(LAM %, hm %, sm %) at a threshold: logistic average, ham misclassified, spam missed."""
    ham, spam = _apart(scored)
    ham_wrong = sum(score >= threshold for score in ham)
    spam_wrong = sum(score < threshold for score in spam)
    lam = None
    if ham and spam:
        odds = [
            math.log((wrong + 0.5) / (total - wrong + 0.5))
            for wrong, total in ((ham_wrong, len(ham)), (spam_wrong, len(spam)))
        ]
        lam = 100 * _sigmoid(sum(odds) / 2)
    return lam, _share(ham_wrong, len(ham)), _share(spam_wrong, len(spam))


def ham_at_spam_missed(scored: Scored, percent: float) -> float | None:
    """Ham misclassified, in per cent, at the highest threshold that misses at most `percent` of the spam."""
    ham, spam = _apart(scored)
    if not ham or not spam:
        return None
    threshold = sorted(spam)[min(int(len(spam) * percent / 100 + 1e-9), len(spam) - 1)]
    return _share(sum(score >= threshold for score in ham), len(ham))


def spam_at_ham_misclassified(scored: Scored, percent: float) -> float | None:
    """Spam missed, in per cent, at the lowest threshold that misclassifies at most `percent` of the ham."""
    ham, spam = _apart(scored)
    if not ham or not spam:
        return None
    last = sorted(ham, reverse=True)[min(int(len(ham) * percent / 100 + 1e-9), len(ham) - 1)]
    return _share(sum(score <= last for score in spam), len(spam))


def share_interval(part: int, total: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, in per cent (Wilson 1927)."""
    if not total:
        return None
    square, share = NORMAL**2, part / total
    middle = share + square / (2 * total)
    reach = NORMAL * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    low, high = ((middle + sign * reach) / (1 + square / total) for sign in (-1, 1))
    return 100 * max(0.0, low), 100 * min(1.0, high)


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages whose score lay in [low, high): how many, their mean score, and which share of them was spam."""

    low: float
    high: float
    messages: int
    mean_score: float
    spam_share: float


def calibration(scored: Scored) -> list[Bin]:
    """The calibration table of probabilities (0..1); bins without messages are left out."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in EDGES[1:]]
    for score, is_spam in scored:
        place = sum(score >= edge for edge in EDGES[1:-1])
        bins[place].append((score, is_spam))
    return [
        Bin(
            EDGES[at],
            EDGES[at + 1],
            len(found),
            math.fsum(score for score, _ in found) / len(found),
            sum(is_spam for _, is_spam in found) / len(found),
        )
        for at, found in enumerate(bins)
        if found
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The expected calibration error: the mean distance between score and share of spam, by messages."""
    total = sum(found.messages for found in bins)
    if not total:
        return None
    return math.fsum(b.messages * abs(b.mean_score - b.spam_share) for b in bins) / total


def roc_curve(scored: Scored, most: int = CURVE) -> list[tuple[float, float]]:
    """(ham misclassified %, spam missed %) at every threshold, from the highest to the lowest; at most about `most` points, chosen so that
    a curve on logarithmic axes loses nothing one can see. Empty where a kind is absent.
    """
    hams, spams = map(len, _apart(scored))
    if not hams or not spams:
        return []
    points = [(0.0, 100.0)]
    ham_wrong, spam_missed = 0, spams
    for _, group in groupby(sorted(scored, key=lambda item: -item[0]), key=lambda item: item[0]):
        for _, is_spam in group:
            if is_spam:
                spam_missed -= 1
            else:
                ham_wrong += 1
        points.append((100 * ham_wrong / hams, 100 * spam_missed / spams))
    return _thinned(points, most)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value of an ascending, non-empty sequence that at least `percent` of it do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _wrong_order(scored: Scored) -> tuple[float, list[float], list[float]] | None:
    """The chance of a wrong order, and each message's own share in it: for each spam the ham above it, for each ham the spam below."""
    hams, spams = map(len, _apart(scored))
    if not hams or not spams:
        return None
    of_spam: list[float] = []
    of_ham: list[float] = []
    ham_below = spam_below = 0
    for _, group in groupby(sorted(scored, key=lambda item: item[0]), key=lambda item: item[0]):
        kinds = [is_spam for _, is_spam in group]
        spam = sum(kinds)
        ham = len(kinds) - spam
        of_spam += [1 - (ham_below + ham / 2) / hams] * spam
        of_ham += [(spam_below + spam / 2) / spams] * ham
        ham_below += ham
        spam_below += spam
    return math.fsum(of_ham) / hams, of_spam, of_ham


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _thinned(points: list[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """The first and last point, and of the others those that are far enough from the last one kept, on a logistic scale."""
    step = 2 * (_odds(100.0) - _odds(0.0)) / most
    kept = [points[0]]
    for point in points[1:-1]:
        if sum(abs(_odds(new) - _odds(old)) for new, old in zip(point, kept[-1], strict=True)) >= step:
            kept.append(point)
    return [*kept, points[-1]]


def _odds(percent: float) -> float:
    share = min(max(percent / 100, 1e-5), 1 - 1e-5)
    return math.log(share / (1 - share))


def _apart(scored: Scored) -> tuple[list[float], list[float]]:
    ham = [score for score, is_spam in scored if not is_spam]
    return ham, [score for score, is_spam in scored if is_spam]


def _share(part: int, total: int) -> float | None:
    return 100 * part / total if total else None


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds > 0 else math.exp(odds) / (1 + math.exp(odds))
