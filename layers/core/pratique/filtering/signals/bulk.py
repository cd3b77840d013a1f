"""Marks of mail to many: discussion lists and newsletters that can be left, and bulk that hides that it is."""

from __future__ import annotations

from itertools import pairwise

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..organisation import related
from ..parsed import MAX_ADDRESSES, ParsedMessage

MEANINGS = {
    "bulk:list": "a discussion list's message",
    "bulk:list-reply": "an answer within a discussion list",
    "bulk:unsubscribe": "a newsletter that can be left as RFC 2369 says",
    "bulk:one-click": "a newsletter that can be left with one click (RFC 8058)",
    "bulk:precedence": "bulk that cannot be left",
    "bulk:removal": "promises removal in the text, names no list",
    "bulk:addresses": "very many addresses in To and Cc",
    "bulk:alphabet": "neighbours of the alphabet in To and Cc",
    "bulk:conversation": "answers an earlier message",
    "bulk:auto": "an automatic answer or report",
    "bulk:feedback-id": "a large sender's mark for its complaint desk",
}
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
SOME = 5
_TAIL = 3_000


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """List-* fields are cheap to forge, so they weigh little."""
    result = []
    names = parsed.by_name
    unsubscribe = "list-unsubscribe" in names
    answers = bool(parsed.header("in-reply-to") or parsed.header("references"))
    if parsed.is_list:
        result.append(found("bulk:list"))
        if answers:
            result.append(found("bulk:list-reply"))
    elif unsubscribe:
        result.append(found("bulk:unsubscribe"))
    elif parsed.header("precedence").strip().lower() in _BULK:
        result.append(found("bulk:precedence"))
    if answers:
        result.append(found("bulk:conversation"))
    if "list-unsubscribe-post" in names:
        result.append(found("bulk:one-click"))
    if "feedback-id" in names:
        result.append(found("bulk:feedback-id"))
    if parsed.header("auto-submitted").lower().startswith("auto") or "x-autoreply" in names:
        result.append(found("bulk:auto"))
    end = "" if parsed.is_list or unsubscribe else parsed.shown[-_TAIL:].lower()
    if any(words in end for words in _LEAVE):
        result.append(found("bulk:removal"))
    return result + _addressed(parsed)


def _addressed(parsed: ParsedMessage) -> list[Contribution]:
    addressed = parsed.to + parsed.cc
    if len(addressed) >= MANY:
        return [found("bulk:addresses", f"{min(len(addressed), MAX_ADDRESSES)} addresses in To and Cc")]
    if len(addressed) >= SOME:
        locals_ = [address.local for address in addressed]
        one_house = all(related(address.domain, addressed[0].domain) for address in addressed)
        near = sum(one[:2] == other[:2] for one, other in pairwise(locals_))
        if one_house and near >= len(locals_) * 0.6:
            return [found("bulk:alphabet")]
    return []
