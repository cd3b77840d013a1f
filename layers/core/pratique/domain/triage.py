"""Which held copies are likely mistakes, and how much each would hurt: the order in which people should look at them.

What it is worked out from is on the copy's own row (`Copy.triage`, some twenty octets, made when the copy is held), so that a list costs no
further read. Named tuples: ingest loads this module.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from .verdict import Contribution, sigmoid

PROVEN, KNOWN, VOUCHED, ANSWER, BULK, BLOCKED, DANGEROUS = "pkvabld"
"""Marks of a held copy: its author is proven (DMARC, or SPF or DKIM of its own domain); the recipient knows the sender; somebody released,
trained or allowed mail of the sender before; it answers mail of ours; it is mail to many; a block entry holds it; it holds a virus, or goes
round in circles.
"""

REASONS = {
    ANSWER: "answers mail of yours",
    VOUCHED: "mail of this sender was released before",
    KNOWN: "a known correspondent",
    PROVEN: "the sender is proven",
    BULK: "mail to many",
    BLOCKED: "the sender is blocked",
    DANGEROUS: "dangerous",
}
NEAR_REASON = "near the threshold"
NEAR_MARGIN = 2.0
"""Log-odds above the threshold up to which a score counts as near it."""
MOST_MARGIN = 40.0
LIKELY = 0.05
"""From this chance on a held copy counts as a likely mistake."""

_BASE, _SLOPE = -3.2, -0.4
"""Log-odds of a mistake at the threshold, and for each unit above it (measured: docs/notices.md)."""
_WEIGHTS = {PROVEN: 0.7, KNOWN: 2.0, VOUCHED: 1.0, ANSWER: 2.5, BULK: 0.3, BLOCKED: -4.0, DANGEROUS: -3.0}
"""Chosen by reason, not measured: public corpora tell nothing of who knows whom."""
_COSTS = {ANSWER: 4.0, VOUCHED: 3.0, KNOWN: 3.0, BULK: 0.5, BLOCKED: 0.2, DANGEROUS: 0.2}
"""How much worse than a stranger's letter it would be to miss this."""


class Mistake(NamedTuple):
    """`chance` (0..1) that holding the copy is a mistake, `cost` of it (1: a stranger's letter), and the reasons in plain words, the weightiest
    first. Lists are ordered by `value`.
    """

    chance: float
    cost: float
    reasons: tuple[str, ...]

    @property
    def value(self) -> float:
        """What it is worth to look at this one: chance times cost."""
        return self.chance * self.cost

    @property
    def is_likely(self) -> bool:
        """Whether it belongs among those that a person should see first."""
        return self.chance >= LIKELY


def write_triage(evidence: Iterable[Contribution], *, spam_at: float, proven: bool, dangerous: bool) -> str:
    """What a held copy's row keeps: how far its log-odds are above the threshold of its policy, and its marks."""
    items = tuple(evidence)
    total = math.fsum(item.weight for item in items)
    return f"{_margin(total, spam_at):.1f} {''.join(_marks(items, proven=proven, dangerous=dangerous))}"


def judge_mistake(triage: str, *, score: float, contributions: Iterable[Contribution] = ()) -> Mistake:
    """What a copy's row tells. Rows that are older than `triage` ('') tell it by their score and their own contributions, as far as they can."""
    margin, marks = _read(triage)
    if not triage:
        odds = math.log(score / (1 - score)) if 0 < score < 1 else (MOST_MARGIN if score else -MOST_MARGIN)
        margin = _margin(odds, 0.9)
        marks = "".join(_marks(tuple(contributions), proven=False, dangerous=False))
    odds = _BASE + _SLOPE * margin + sum(_WEIGHTS[mark] for mark in marks)
    costs = [_COSTS[mark] for mark in marks if mark in _COSTS]
    cost = max((c for c in costs if c > 1), default=1.0) * min((c for c in costs if c < 1), default=1.0)
    reasons = [text for mark, text in REASONS.items() if mark in marks]
    if margin <= NEAR_MARGIN:
        reasons.append(NEAR_REASON)
    return Mistake(sigmoid(odds), cost, tuple(reasons))


def marks_of(triage: str) -> str:
    """The marks that a copy's row keeps."""
    return _read(triage)[1]


def of_many(mistake: Mistake, *, copies: int, one_proven_sender: bool) -> Mistake:
    """The same for a line that stands for `copies` copies of one campaign. The same text to many is a mark of spam, unless one proven sender
    sent it: then many miss it.
    """
    if copies < 2:  # noqa: PLR2004 - no campaign
        return mistake
    if one_proven_sender:
        return mistake._replace(cost=mistake.cost * min(3.0, 1.0 + math.log2(copies) / 4))
    odds = math.log(mistake.chance / (1 - mistake.chance)) - 0.5 * math.log(copies)
    return mistake._replace(chance=sigmoid(odds))


def _margin(odds: float, spam_at: float) -> float:
    if not 0 < spam_at < 1:
        return 0.0
    return max(-MOST_MARGIN, min(MOST_MARGIN, odds - math.log(spam_at / (1 - spam_at))))


def _marks(evidence: tuple[Contribution, ...], *, proven: bool, dangerous: bool) -> list[str]:
    signals = {item.signal: item for item in evidence}
    known = signals.get("relation:known")
    found = {
        PROVEN: proven,
        KNOWN: known is not None,
        VOUCHED: known is not None and "vouched for" in known.detail,
        ANSWER: "relation:answer" in signals,
        BULK: any(s in ("bulk:list", "bulk:unsubscribe", "bulk:one-click") for s in signals),
        BLOCKED: "list:block" in signals,
        DANGEROUS: dangerous,
    }
    return [mark for mark, there in found.items() if there]


def _read(triage: str) -> tuple[float, str]:
    margin, _, marks = triage.partition(" ")
    try:
        found = float(margin)
    except ValueError:
        return 0.0, ""
    return (found if math.isfinite(found) else 0.0), "".join(mark for mark in marks if mark in _WEIGHTS)
