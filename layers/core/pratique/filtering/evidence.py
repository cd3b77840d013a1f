"""All evidence that holds for every recipient, without the classifier: bias and signals."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from .parsed import ParsedMessage
from .signals import (
    attachments,
    authentication,
    brands,
    bulk,
    charset,
    headers,
    html,
    provider,
    sender,
    subject,
    urls,
)

BIAS = -1.5
"""Log-odds of spam before anything is known of a message. Most mail that reaches a filter is spam, but a lost letter costs more than a
read advertisement: a message nobody knows anything of scores 0.18, and is delivered.
"""
MAX_SIGNALS = 40
SIGNALS = (
    authentication.evidence,
    provider.evidence,
    headers.evidence,
    subject.evidence,
    sender.evidence,
    brands.evidence,
    urls.evidence,
    html.evidence,
    attachments.evidence,
    charset.evidence,
    bulk.evidence,
)


def message_evidence(parsed: ParsedMessage, receipt: Receipt) -> tuple[Contribution, ...]:
    """Bias and what the signals found: at most MAX_SIGNALS contributions, the weightiest where there are more."""
    found = [item for signal in SIGNALS for item in signal(parsed, receipt)]
    if len(found) >= MAX_SIGNALS:
        found = sorted(found, key=lambda item: -abs(item.weight))[: MAX_SIGNALS - 1]
    return (Contribution("bias", BIAS, "before anything is known"), *found)
