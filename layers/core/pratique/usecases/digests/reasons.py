"""Why a message was held, in a few words that anybody understands: the kind of evidence that weighs most."""

from __future__ import annotations

from collections.abc import Iterable

from pratique.domain.triage import ANSWER, KNOWN, NEAR_REASON, PROVEN, REASONS, VOUCHED, Mistake
from pratique.domain.verdict import Contribution

_KINDS = {
    "list:block": "blocked",
    "provider:virus": "dangerous",
    "loop": "other",
    "classifier:domain": "learned",
    "classifier:recipient": "learned",
}
_FAMILIES = {
    "file": "attachment",
    "spoof": "spoof",
    "brand": "spoof",
    "relation": "spoof",
    "dmarc": "unproven",
    "spf": "unproven",
    "dkim": "unproven",
    "auth": "unproven",
    "url": "links",
    "link": "links",
    "hidden": "hidden",
    "charset": "hidden",
    "text": "wording",
    "phrase": "wording",
    "subject": "wording",
    "classifier": "wording",
    "provider": "wording",
    "header": "form",
    "relay": "form",
    "mailer": "form",
    "id": "form",
    "mime": "form",
    "html": "form",
    "sender": "form",
    "bulk": "advertising",
    "listed": "listed",
    "dns": "listed",
}
_WANTED = {
    REASONS[ANSWER]: "answer",
    REASONS[VOUCHED]: "vouched",
    REASONS[KNOWN]: "known",
    REASONS[PROVEN]: "proven",
    NEAR_REASON: "near",
}
DECISIVE = 5.0
"""Log-odds from which one sign alone is the reason, however much others add up to."""


def held_because(contributions: Iterable[Contribution]) -> str:
    """The key of the reason's text, without `reason_`."""
    weights: dict[str, float] = {}
    for item in contributions:
        kind = _KINDS.get(item.signal) or _FAMILIES.get(item.signal.partition(":")[0], "other")
        if item.weight > 0:
            weights[kind] = weights.get(kind, 0.0) + item.weight
    for decisive in ("blocked", "dangerous"):
        if weights.get(decisive, 0.0) >= DECISIVE:
            return decisive
    named = {kind: weight for kind, weight in weights.items() if kind != "other"}
    return max(named, key=lambda kind: named[kind]) if named else "other"


def maybe_wanted(mistake: Mistake) -> str:
    """The key of what speaks for the message, without `wanted_`; '' for nothing."""
    return next((_WANTED[reason] for reason in mistake.reasons if reason in _WANTED), "")
