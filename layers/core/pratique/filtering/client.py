"""The host that handed a message in, as far as our own side knows it."""

from __future__ import annotations

from pratique.domain.envelope import Receipt

from .parsed import ParsedMessage
from .patterns import pattern

_IN_BRACKETS = pattern(r"\[(?:ipv6:)?([0-9a-f:.]{2,45})\]")


def client_address(parsed: ParsedMessage, receipt: Receipt) -> str:
    """The edge's client; for SES the address in the Received field that SES itself wrote, known by the message's id in it. '' where nobody of
    ours said: what a sender wrote is never taken.
    """
    if receipt.envelope.client_ip or receipt.source != "ses":
        return receipt.envelope.client_ip
    top = next(iter(parsed.by_name.get("received", ())), "")
    if ".amazonaws.com" not in top or not receipt.source_id or f" id {receipt.source_id}" not in top:
        return ""
    match = _IN_BRACKETS.search(top.partition(" by ")[0].lower())
    return match[1] if match else ""
