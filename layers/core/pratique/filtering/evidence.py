"""All evidence that holds for every recipient, without the classifier: bias and signals."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from .parsed import ParsedMessage
from .signals import (
    attachments,
    authentication,
    brands,
    bulk,
    charset,
    direct,
    headers,
    hidden,
    html,
    links,
    mailer,
    message_id,
    phrases,
    provider,
    received,
    sender,
    spoof,
    structure,
    subject,
    text,
    urls,
)
from .weights import BIAS, CAP, FACTORS, LOOK, LOOK_CAP, WEIGHTS

MAX_SIGNALS = 40
SIGNALS = (
    authentication.evidence,
    provider.evidence,
    headers.evidence,
    received.evidence,
    mailer.evidence,
    message_id.evidence,
    sender.evidence,
    spoof.evidence,
    brands.evidence,
    subject.evidence,
    structure.evidence,
    urls.evidence,
    links.evidence,
    html.evidence,
    hidden.evidence,
    text.evidence,
    phrases.evidence,
    attachments.evidence,
    charset.evidence,
    bulk.evidence,
)


def message_evidence(parsed: ParsedMessage, receipt: Receipt) -> tuple[Contribution, ...]:
    """Bias and what the signals found, each family held within its cap: at most MAX_SIGNALS contributions, the weightiest where there are
    more.
    """
    found = [item for signal in SIGNALS for item in signal(parsed, receipt)]
    found += direct.joined(found, parsed, receipt)
    found = reckoned(capped(found))
    if len(found) >= MAX_SIGNALS:
        found = sorted(found, key=lambda item: -abs(item.weight))[: MAX_SIGNALS - 1]
    return (Contribution("bias", BIAS, "before anything is known"), *found)


def capped(found: list[Contribution]) -> list[Contribution]:
    """The same contributions, those that belong together made smaller in equal measure where they weigh more than they may (see `weights`).
    Signals that have their weight elsewhere belong to nothing.
    """
    sums: dict[tuple[str, bool], float] = {}
    kinds = [_kind(item) for item in found]
    for item, kind in zip(found, kinds, strict=True):
        sums[kind] = sums.get(kind, 0.0) + abs(item.weight)
    shares = {
        kind: cap / total
        for kind, total in sums.items()
        if kind[0] and total > (cap := LOOK_CAP if kind[0] == "look" else CAP)
    }
    if not shares:
        return found
    return [
        replace(item, weight=round(item.weight * shares[kind], 4)) if kind in shares else item
        for item, kind in zip(found, kinds, strict=True)
    ]


def reckoned(found: list[Contribution]) -> list[Contribution]:
    """The same contributions, each multiplied by its family's factor. Signals that have their weight elsewhere keep it."""
    return [
        replace(item, weight=round(item.weight * factor, 4))
        if (factor := FACTORS.get(item.signal.partition(":")[0])) and item.signal in WEIGHTS
        else item
        for item in found
    ]


def _kind(item: Contribution) -> tuple[str, bool]:
    family, dot, _ = item.signal.partition(":")
    if not dot or item.signal not in WEIGHTS:
        return "", True
    return "look" if family in LOOK or item.signal in LOOK else family, item.weight > 0
