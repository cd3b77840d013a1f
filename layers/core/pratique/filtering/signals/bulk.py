"""Marks of mail to many: discussion lists and newsletters that can be left, and bulk that hides that it is."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..parsed import MAX_ADDRESSES, ParsedMessage

_LEAVE = (
    "to be removed",
    "remove me",
    "opt out",
    "opt-out",
    "optout",
    "removed from our",
    "removed from this",
    "removed from future",
    "unsubscribe",
)
_BULK = frozenset({"bulk", "junk"})
MANY = 25
_TAIL = 3_000


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """List-* fields are cheap to forge, so they weigh little."""
    found = []
    unsubscribe = bool(parsed.header("list-unsubscribe"))
    is_list = bool(parsed.header("list-id") or parsed.header("list-post"))
    if is_list:
        found.append(contribution("bulk:list", -0.6, "a mailing list's message"))
    elif unsubscribe:
        found.append(contribution("bulk:unsubscribe", -0.1, "can be unsubscribed"))
    elif parsed.header("precedence").strip().lower() in _BULK:
        found.append(contribution("bulk:precedence", 0.3, "bulk that cannot be unsubscribed"))
    end = "" if is_list or unsubscribe else (parsed.text[-_TAIL:] + parsed.html[-_TAIL:]).lower()
    if any(words in end for words in _LEAVE):
        found.append(contribution("bulk:removal", 1.0, "promises removal, names no list"))
    addressed = len(parsed.to) + len(parsed.cc)
    if addressed >= MANY:
        found.append(
            contribution("bulk:addresses", 0.5, f"{min(addressed, MAX_ADDRESSES)} addresses in To and Cc")
        )
    return found
