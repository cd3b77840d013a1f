"""Names that are borrowed most: mail that calls itself after a well-known company and comes from somewhere else."""

from __future__ import annotations

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution, found
from ..firms import firm_copied, firm_named
from ..parsed import ParsedMessage

MEANINGS = {
    "brand:name": "calls itself a well-known firm, writes from elsewhere",
    "brand:domain": "a sender's domain that looks like a well-known firm's",
    "brand:subject": "the subject names a well-known firm, the sender is elsewhere",
}
PROVEN_SHARE = 0.55
"""Of the weight of a name where DMARC vouches for the other domain: resellers and fan clubs name firms too."""


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """A company's name above another's domain, or a domain made to be taken for the company's."""
    sender = parsed.from_address
    if sender is None:
        return []
    result = []
    domain = sender.domain
    named = firm_named(parsed.from_name, domain)
    if named:
        known = found("brand:name", f"calls itself {named}, writes from {domain}")
        share = PROVEN_SHARE if receipt.auth.dmarc is Outcome.PASS else 1.0
        result.append(contribution(known.signal, known.weight * share, known.detail))
    elif not parsed.is_list and (subject := firm_named(parsed.subject, domain)):
        result.append(found("brand:subject", f"speaks of {subject}, writes from {domain}"))
    copied = firm_copied(domain)
    if copied:
        result.append(found("brand:domain", f"{domain} looks like {copied}"))
    return result
