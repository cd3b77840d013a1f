"""Where lessons have taught what a site's mail looks like, signals with general weights say less: their names are among what was learnt (`marks`),
with the worth they have there.

Measured (docs/filter.md, "What was tried"): after 1,000 lessons a logistic regression of the label on the learners' log-odds and the signals'
gives the signals 0.04 to 0.6 of their weight; before, they are the better half.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from pratique.domain.verdict import Contribution

from ..weights import WEIGHTS

PART = 0.9
"""The part of the signals' weight that goes where everything is known. The rest stays: what a signal means was true before the lessons."""
LASTING = frozenset({"file", "spoof", "brand"})
"""Families that keep their weight: rare, dangerous, and made to look like what was learnt. So do signals whose weight does not stand in the table:
authentication, lists, the provider's word."""
NAME = "classifier:signals"


def general_weight(evidence: Iterable[Contribution]) -> float:
    """The sum of what general weights say of a message, the bias among it, in log-odds."""
    return math.fsum(item.weight for item in evidence if _is_general(item.signal))


def _is_general(signal: str) -> bool:
    return signal == "bias" or (signal in WEIGHTS and signal.partition(":")[0] not in LASTING)


def discount(general: float, known: float) -> Contribution:
    """What is taken off where a layer knows its site so well (`Model.known`)."""
    return Contribution(NAME, -PART * known * general, "lessons have taught what signals are worth here")
