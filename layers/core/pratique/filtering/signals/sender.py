"""Whether the sender's names agree: From, display name, Reply-To, envelope, recipient."""

from __future__ import annotations

import re

from pratique.domain.address import Address, try_address
from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..organisation import FREE_MAIL, related
from ..parsed import ParsedMessage

_ADDRESS_IN_NAME = re.compile(r"[^\s<>\"'()]{1,64}@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})", re.I)
_NUMBERS = re.compile(r"\d{5,}|^[a-z]+\d{3,}[a-z]+\d*$")


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """A list may well write one name in From and another in the envelope, so lists are left out of the comparisons."""
    sender = parsed.from_address
    if sender is None:
        return []
    found = []
    shown = _ADDRESS_IN_NAME.search(parsed.from_name)
    if shown and not related(shown[1], sender.domain):
        found.append(
            contribution("sender:name", 1.5, f"calls itself {shown[0]}, writes from {sender.domain}")
        )
    if _NUMBERS.search(sender.local):
        found.append(contribution("sender:numbers", 0.4))
    is_list = bool(parsed.header("list-id") or parsed.header("list-post"))
    if not is_list:
        found += _reply_to(parsed.reply_to, sender)
        found += _envelope(receipt, sender)
    if receipt.auth.dmarc is not Outcome.PASS and sender in receipt.envelope.recipients:
        found.append(contribution("sender:recipient", 0.8, "From is the recipient's own address"))
    return found


def _reply_to(reply_to: Address | None, sender: Address) -> list[Contribution]:
    if reply_to is None or related(reply_to.domain, sender.domain):
        return []
    if reply_to.domain in FREE_MAIL:
        weight = 0.8 if sender.domain in FREE_MAIL else 1.2
        return [
            contribution("sender:reply-to", weight, f"answers go to {reply_to.domain}, not {sender.domain}")
        ]
    return [contribution("sender:reply-to", 0.4, f"answers go to {reply_to.domain}, not {sender.domain}")]


def _envelope(receipt: Receipt, sender: Address) -> list[Contribution]:
    origin = try_address(receipt.envelope.mail_from) if receipt.envelope.mail_from else None
    if origin is None or related(origin.domain, sender.domain) or receipt.auth.dmarc is Outcome.PASS:
        return []
    return [contribution("sender:envelope", 0.3, f"envelope from {origin.domain}, From {sender.domain}")]
