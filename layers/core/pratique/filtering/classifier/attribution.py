"""Which words of a message moved the classifier, and how far: what an explanation shows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from pratique.domain.errors import InvalidInput

from .features import (
    FOLDED,
    PLACES,
    VIEWS,
    Features,
    Reading,
    Tables,
    buckets,
    features,
    folded,
    mark_bucket,
    plain,
    reading,
)
from .model import SCALE, SHARES, STEP, Model, mean
from .seed import Seed

LONGEST = 60
"""Characters of a fragment."""

_WORD = re.compile(rb"[^\s<>\"'()\[\]{},;=&?|]+")
_UNSHOWN = re.compile(r"[^\w!-~\u00a1-\uffdc]+")

Layer = Model | Seed


def fragments(sample: bytes, layers: Sequence[Layer], limit: int = 12) -> list[tuple[str, float]]:
    """(text, weight in log-odds) of what moved the sum of the layers most: at most `limit` that speak for spam, and as many for ham, the
    weightiest first.

    All fragments of a message together weigh what the layers' contributions are (before their bound, MOST). A text is a word of the
    message or its header, or a mark such as `field X-Mailer`; the same word in several places is one fragment. A few milliseconds.
    Never raises; a sample that is none gives [].
    """
    try:
        found = weigh_fragments(sample, layers)
    except InvalidInput:
        return []
    ranked = sorted(found.items(), key=lambda item: (-abs(item[1]), item[0]))
    spam = [item for item in ranked if item[1] > 0][:limit]
    ham = [item for item in ranked if item[1] < 0][:limit]
    return sorted([*spam, *ham], key=lambda item: (-abs(item[1]), item[0]))


def weigh_fragments(sample: bytes, layers: Sequence[Layer]) -> dict[str, float]:
    """Every fragment and its weight. Raises InvalidInput for a sample that is none."""
    read, seen = reading(sample), features(sample)
    total: dict[str, float] = {}
    for view, weights in enumerate(_weights(seen, layers)):
        for text, weight in _of_view(VIEWS[view], read, weights):
            total[text] = total.get(text, 0.0) + weight
    return total


def _weights(seen: Features, layers: Sequence[Layer]) -> list[dict[int, float]]:
    """For each view, what each bucket adds to the layers' sum."""
    found: list[dict[int, float]] = [dict.fromkeys(row, 0.0) for row in seen.rows]
    for layer in layers:
        for view, weights in enumerate(layer.by_view()):
            row = seen.rows[view]
            if weights is None or not row:
                continue
            unit = (
                _belief(layer, seen) * SCALE * SHARES[view] / math.fsum(SHARES) * STEP / math.sqrt(len(row))
            )
            own = found[view]
            for bucket in row:
                own[bucket] += unit * weights[bucket]
    return found


def _belief(layer: Layer, seen: Features) -> float:
    return 1.0 if isinstance(layer, Seed) else layer.trust(spam=mean(layer.plain_log_odds(seen)) > 0)


def _of_view(view: str, read: Reading, weights: Mapping[int, float]) -> Iterator[tuple[str, float]]:
    if not weights:
        return
    if view == "marks":
        marks = read.marks.split(b"\n")
        yield from zip(
            map(_shown, marks), _shared([mark_bucket(mark) for mark in marks], weights), strict=True
        )
        return
    octets = {
        "heading": read.heading,
        "portable": read.portable,
        "text": read.text,
        "subject": read.subject,
    }[view]
    yield from _words(octets, folded() if view in FOLDED else plain(), PLACES[view], weights)


def _shared(places: Sequence[int], weights: Mapping[int, float]) -> list[float]:
    """What each place adds, where places with the same bucket share its weight."""
    often = Counter(places)
    return [weights[bucket] / often[bucket] for bucket in places]


def _words(
    octets: bytes, tables: Tables, places: tuple[int, ...], weights: Mapping[int, float]
) -> Iterator[tuple[str, float]]:
    """Each word with the weight of its octets; a group's weight is spread over its four. What lies between words goes with the word
    before it.
    """
    adds = [weight / len(places) for weight in _shared(buckets(octets, tables, places).tolist(), weights)]
    spread = [0.0] * len(octets)
    for shift in places:
        for place, add in enumerate(adds, shift):
            spread[place] += add
    spans = [found.span() for found in _WORD.finditer(octets)]
    if not spans:
        yield _shown(octets), math.fsum(spread)
        return
    starts = [0, *(start for start, _ in spans[1:]), len(octets)]
    for (start, end), (first, last) in zip(spans, pairwise(starts), strict=True):
        yield _shown(octets[start:end]), math.fsum(spread[first:last])


def _shown(octets: bytes) -> str:
    """A fragment as text that is safe to show."""
    text = _UNSHOWN.sub(" ", octets[: 4 * LONGEST].decode("utf-8", "replace")).strip()
    text = "".join(character for character in text if character.isprintable())[:LONGEST]
    return text.casefold().strip(".:") or "(no words)"
