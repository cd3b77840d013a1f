"""What the receiving server found out about the sender: SPF, DKIM, DMARC. From the event, never from the mail (invariant 4)."""

from __future__ import annotations

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..parsed import ParsedMessage

_DMARC_FAIL = {"reject": 2.5, "quarantine": 1.8, "none": 0.6, "": 1.0}
_SPF = {Outcome.PASS: -0.2, Outcome.FAIL: 0.7, Outcome.GRAY: 0.2}
_DKIM = {Outcome.PASS: -0.3, Outcome.FAIL: 0.3}


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """DMARC speaks first: where it passes, a failed SPF or DKIM only means a forwarder. An unknown outcome says nothing."""
    auth = receipt.auth
    if auth.dmarc is Outcome.PASS:
        return [contribution("dmarc", -0.8, "DMARC passes")]
    found = []
    if auth.dmarc is Outcome.FAIL:
        policy = auth.dmarc_policy if auth.dmarc_policy in _DMARC_FAIL else ""
        found.append(contribution("dmarc", _DMARC_FAIL[policy], f"DMARC fails, policy {policy or 'unknown'}"))
    for name, outcome, weights in (("spf", auth.spf, _SPF), ("dkim", auth.dkim, _DKIM)):
        if outcome in weights:
            found.append(contribution(name, weights[outcome], f"{name.upper()} {outcome.value}"))
    return found
