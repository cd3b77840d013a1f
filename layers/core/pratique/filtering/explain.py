"""Why a score is what it is, and what would have made it another one: arithmetic over contributions, in sentences a person can read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pratique.domain.verdict import Contribution, sigmoid

FIXED = frozenset({"bias", "calibration"})
"""Contributions that are there for every message of a scope: no evidence that could have been absent."""
MAX_ABSENT = 5
"""A change of more contributions than these is no small change any more, and is not told."""


def total(contributions: Sequence[Contribution]) -> float:
    """Their exact sum, in log-odds: sigmoid of it is the score."""
    return math.fsum(item.weight for item in contributions)


def threshold_odds(score: float) -> float:
    """A threshold (0..1) on the scale of sums: -inf for 0, inf for 1."""
    if score <= 0:
        return -math.inf
    return math.inf if score >= 1 else math.log(score / (1 - score))


def reweighed(
    contributions: Sequence[Contribution], factors: Mapping[str, float]
) -> tuple[Contribution, ...]:
    """Contributions with the weights of some signals multiplied. A factor is found under the signal's name (`url:ip`), else under the part
    before the colon (`url`).
    """
    if not factors:
        return tuple(contributions)
    return tuple(replace(item, weight=item.weight * _factor(item.signal, factors)) for item in contributions)


def _factor(signal: str, factors: Mapping[str, float]) -> float:
    return factors.get(signal, factors.get(signal.partition(":")[0], 1.0))


@dataclass(frozen=True, slots=True)
class Flip:
    """A change after which the message would have been held, or would not. `absent` names the contributions that would have to be gone;
    `score` is what it would have scored then, None where the change is of another kind. `text` says it in a sentence.
    """

    kind: str
    """`evidence`, `threshold` or `entry`."""
    text: str
    absent: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`log_odds` is the sum of the contributions, `held_at` the quarantine threshold on the same scale, `held` whether the sum reaches it."""

    log_odds: float
    held_at: float
    held: bool
    summary: str
    flips: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """What list entries could name, and whether DMARC vouches for it. `pattern` is '' where the message names no sender."""

    pattern: str
    proven: bool


def explain(
    contributions: Sequence[Contribution],
    *,
    spam_at: float,
    sender: Sender,
    quarantine: bool = True,
    dangerous: bool = False,
) -> Explanation:
    """What the evidence comes to at this threshold, and the smallest changes that would have flipped it.

    `dangerous` says that the message is held whatever it scores (a virus, a loop); then nothing flips it.
    """
    odds, held_at = total(contributions), threshold_odds(spam_at)
    spam = sigmoid(odds) >= spam_at
    summary = _summary(contributions, odds, spam_at, spam=spam, quarantine=quarantine)
    if dangerous:
        text = f"{summary} It is held whatever it scores: it is dangerous."
        return Explanation(odds, held_at, held=True, summary=text, flips=())
    flips = [
        *_by_evidence(contributions, spam_at, spam=spam),
        *_by_threshold(odds, spam=spam),
        *_by_entry(contributions, sender, spam=spam),
    ]
    return Explanation(odds, held_at, held=spam and quarantine, summary=summary, flips=tuple(flips))


def shown_score(odds: float) -> str:
    """A score with as many digits as it takes to tell it from 0 and 1: 0.97, 0.99998."""
    score = sigmoid(odds)
    for digits in (2, 3, 4, 5, 6):
        text = f"{score:.{digits}f}"
        if 0 < float(text) < 1:
            return text
    return "above 0.999999" if score > 0.5 else "below 0.000001"  # noqa: PLR2004 - either end


def _summary(
    contributions: Sequence[Contribution], odds: float, spam_at: float, *, spam: bool, quarantine: bool
) -> str:
    strongest = sorted((c for c in contributions if c.signal not in FIXED), key=lambda c: -abs(c.weight))
    most = [item for item in strongest if (item.weight > 0) == spam and item.weight][:3]
    side = "at or above" if spam else "below"
    text = f"It scores {shown_score(odds)}, {side} the quarantine threshold of {spam_at:g}"
    if spam and not quarantine:
        text += " (this quarantine is off: it is marked and delivered)"
    if not most:
        return text + "; nothing special speaks for that."
    return f"{text}, mostly because of {_listed(most)}."


def _by_evidence(contributions: Sequence[Contribution], spam_at: float, *, spam: bool) -> list[Flip]:
    """The fewest contributions without which the verdict would be another one; among single ones, each that would do alone."""
    speaking = [
        c for c in contributions if c.signal not in FIXED and (c.weight > 0 if spam else c.weight < 0)
    ]
    speaking.sort(key=lambda c: (-abs(c.weight), c.signal))
    everything = list(contributions)

    def without(gone: Sequence[Contribution]) -> float:
        left = list(everything)
        for item in gone:
            left.remove(item)
        return total(left)

    def flipped(odds: float) -> bool:
        return (sigmoid(odds) >= spam_at) != spam

    alone = [(item,) for item in speaking if flipped(without((item,)))][:3]
    sets: list[tuple[Contribution, ...]] = list(alone)
    if not sets:
        for many in range(2, min(len(speaking), MAX_ABSENT) + 1):
            if flipped(without(speaking[:many])):
                sets = [tuple(speaking[:many])]
                break
    becomes = "it would not have been spam" if spam else "it would have been spam"
    return [
        Flip(
            "evidence",
            f"Without {_listed(gone)} {becomes}: it would score {shown_score(without(gone))}.",
            tuple(item.signal for item in gone),
            sigmoid(without(gone)),
        )
        for gone in sets
    ]


def _by_threshold(odds: float, *, spam: bool) -> list[Flip]:
    bound = _bound(sigmoid(odds), above=spam)
    if bound is None:
        return []
    done = "let it pass" if spam else "held it"
    return [Flip("threshold", f"A quarantine threshold of {bound} would have {done}.")]


def _bound(score: float, *, above: bool) -> str | None:
    """The roundest threshold that lies above the score, or not above it; None where none of six digits does."""
    for digits in (2, 3, 4, 5, 6):
        scale = 10**digits
        found = math.floor(score * scale) + 1 if above else math.floor(score * scale)
        if 0 < found < scale and (found / scale > score) == above:
            return f"{found / scale:.{digits}f}"
    return None


def _by_entry(contributions: Sequence[Contribution], sender: Sender, *, spam: bool) -> list[Flip]:
    listed = [c.signal for c in contributions if c.signal.startswith("list:")]
    if not sender.pattern or listed:
        return []
    if not spam:
        return [Flip("entry", f"A block entry for {sender.pattern} would have held it.")]
    if sender.proven:
        return [Flip("entry", f"An allow entry for {sender.pattern} would have let it pass.")]
    return [
        Flip(
            "entry",
            f"An allow entry for {sender.pattern} would not have helped: DMARC does not vouch for the sender, so it may be forged "
            "(an entry that does without DMARC would have let it pass).",
        )
    ]


def _listed(items: Sequence[Contribution]) -> str:
    words = [f"{item.signal} ({item.weight:+.2f})" for item in items]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
