"""Signals of mail that is sent: what is left of the others, and what only a submission can tell."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from pratique.domain.address import Address
from pratique.domain.verdict import Contribution

from .contributions import contribution
from .parsed import ParsedMessage

MEANINGS = {
    "sent:user": "a login of ours sent it",
    "sent:known": "the sender wrote to all of these before, or knows them",
    "sent:strangers": "many of the recipients never had mail from this sender",
    "sent:foreign-from": "From names another address than the sender's own",
    "sent:undisclosed": "none of many recipients is named in To or Cc",
}
USER, KNOWN, FOREIGN, UNDISCLOSED = -1.0, -1.0, 1.3, 0.9
PER_DOUBLING, MOST_STRANGERS = 0.45, 2.7
"""Of `sent:strangers`: 4 of them weigh 0.9, 64 and more 2.7."""
FEW = 4
"""Fewer strangers than this are everyday mail."""

_ABOUT_THE_WAY = frozenset(
    {
        "dmarc", "spf", "dkim", "sender:own-domain", "sender:itself", "sender:null", "sender:envelope", "sender:not-addressed",
        "id:receiver", "id:foreign", "header:undisclosed",
    }
)  # fmt: skip
_FAMILIES = frozenset({"auth", "provider", "relay"})


def tells_of_sending(item: Contribution) -> bool:
    """Whether a signal of incoming mail means the same of mail that we send: not those about who vouches for it, the way it came by, and what
    its sender is to the recipient.
    """
    return item.signal not in _ABOUT_THE_WAY and item.signal.partition(":")[0] not in _FAMILIES


def submission_evidence(
    parsed: ParsedMessage, recipients: Sequence[Address], *, known: Collection[Address], own_from: bool
) -> tuple[Contribution, ...]:
    """`known`: those recipients that the sender wrote to before, or is known to."""
    found = [contribution("sent:user", USER, MEANINGS["sent:user"])]
    strangers = len(set(recipients) - set(known))
    if recipients and not strangers:
        found.append(contribution("sent:known", KNOWN, MEANINGS["sent:known"]))
    elif strangers >= FEW:
        weight = min(MOST_STRANGERS, PER_DOUBLING * math.log2(strangers))
        found.append(contribution("sent:strangers", weight, f"{strangers} recipients that it never wrote to"))
    if not own_from:
        found.append(contribution("sent:foreign-from", FOREIGN, str(parsed.from_address or "no address")))
    named = {*parsed.to, *parsed.cc}
    if len(recipients) >= FEW and not named & set(recipients):
        found.append(
            contribution("sent:undisclosed", UNDISCLOSED, f"{len(recipients)} recipients, none of them named")
        )
    return tuple(found)
