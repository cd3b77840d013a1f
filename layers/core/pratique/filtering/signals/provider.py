"""What the provider's own scanners said: SES spamVerdict and virusVerdict."""

from __future__ import annotations

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..parsed import ParsedMessage

_SPAM = {Outcome.PASS: -0.3, Outcome.FAIL: 3.0, Outcome.GRAY: 0.5}
VIRUS = 10.0


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """A verdict that is DISABLED, absent or failed says nothing."""
    found = []
    if receipt.auth.spam in _SPAM:
        found.append(
            contribution(
                "provider:spam",
                _SPAM[receipt.auth.spam],
                f"provider's spam verdict: {receipt.auth.spam.value}",
            )
        )
    if is_dangerous(receipt):
        found.append(contribution("provider:virus", VIRUS, "provider found a virus"))
    return found


def is_dangerous(receipt: Receipt) -> bool:
    """Whether the message must be held whatever the score: the provider found a virus."""
    return receipt.auth.virus is Outcome.FAIL
