"""Whether a sender may be told that its message was refused: only one that is proven, a person's, and not of a machine (RFC 3834, 2; RFC 5321, 6.1).

A notice goes to the envelope's sender, and DMARC speaks of the author in From. So that nobody hears of mail it never sent, the two must be one
address, or SPF must have passed for an envelope sender in the author's own domain: a signature alone can be replayed in any envelope.
"""

from __future__ import annotations

import re

from pratique.domain.address import Address, try_address
from pratique.domain.envelope import Outcome, Receipt

from .organisation import related
from .parsed import ParsedMessage
from .signals.authentication import proven_author

_AUTOMATIC = frozenset(
    {
        "x-auto-response-suppress",
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply-from",
        "x-loop",
        "x-failed-recipients",
        "feedback-id",
        "x-csa-complaints",
        "x-mailing-list",
        "list-id",
        "list-help",
        "list-post",
        "list-subscribe",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-owner",
        "list-archive",
    }
)
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_ROLES = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|daemon|no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply|donotreply|bounces?|returns?|listserv|"
    r"majordomo|sympa|mailman|owner|nobody|root|notifications?|newsletter|news)"
    r"(?:[-+_.=].*)?|.*[-_.](?:bounces?|request|owner|noreply|no-reply|daemon)|owner-.*|.*=.*"
)
"""Local parts of machines, lists and envelopes made for one message (VERP)."""
_OWN = "x-pratique-"


def answerable_sender(parsed: ParsedMessage, receipt: Receipt) -> Address | None:
    """The envelope's sender, if it may be told; None where it must not hear of it."""
    if receipt.auth.dmarc is not Outcome.PASS or not receipt.envelope.mail_from:
        return None
    sender, author = try_address(receipt.envelope.mail_from), proven_author(parsed, receipt)
    if sender is None or author is None or not str(sender).isascii():
        return None
    by_spf = receipt.auth.spf is Outcome.PASS and related(sender.domain, author.domain)
    if sender != author and not by_spf:
        return None
    if sender in receipt.envelope.recipients or _ROLES.fullmatch(sender.local) or _is_automatic(parsed):
        return None
    return sender


def _is_automatic(parsed: ParsedMessage) -> bool:
    names = parsed.by_name
    submitted = parsed.header("auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or not _AUTOMATIC.isdisjoint(names)
        or any(name.startswith(_OWN) for name in names)
        or parsed.header("precedence").strip().lower() in _BULK
        or parsed.header("return-path").strip() == "<>"
        or parsed.header("content-type").strip().lower().startswith("multipart/report")
        or parsed.is_list
    )
