"""Signs that say more together than each by itself: advertisements that no mail server hands over.

Honest mail comes from hosts without a proper name now and then (a machine at home, a small firm), and honest newsletters are pages full of
links that lead elsewhere. Both at once is what hired machines send: over all mail that we may learn from, a page whose links lead elsewhere,
handed over by a host that is no mail server by its name, is a quarter of the spam and none of the ham (`python -m bench.signals`).
"""

from __future__ import annotations

from collections.abc import Iterable

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..parsed import ParsedMessage
from ..phrase_lists import FAMILIES

MEANINGS = {
    "direct:links": "links that lead elsewhere, and the handing-over host is no mail server by its name",
    "direct:page": "nothing but a page with such links, from such a host",
    "direct:short": "a few words and a link, from such a host",
    "direct:money": "a subject with money or per cent in it, from such a host",
    "direct:phrase": "words that spam is made of, from such a host",
    "direct:picture": "a page that is a picture, from such a host",
    "direct:encoded": "plain text wrapped up in base64, from such a host",
    "direct:itself": "From is the recipient's own address, from such a host",
    "direct:single": "no server between such a host and us",
    "direct:twice": "the handing-over host is no mail server by two signs",
}
NO_SERVER = frozenset({"relay:dynamic", "relay:no-name", "relay:helo-ip", "relay:helo-bare"})
"""Signs of a host that is no mail server by its name, or by what it calls itself."""
TWICE = 2
SPAM_WORDS = frozenset(
    f"phrase:{family}" for family in FAMILIES.keys() - {"marketing", "removal", "software"}
)
"""Words of one trade of spam: not those of any advertisement."""
_WITH = {
    "direct:short": frozenset({"text:short-link"}),
    "direct:money": frozenset({"subject:money"}),
    "direct:phrase": SPAM_WORDS,
    "direct:picture": frozenset({"html:image-only", "html:image-link", "mime:inline-picture"}),
    "direct:encoded": frozenset({"mime:base64-text", "mime:base64-page"}),
    "direct:single": frozenset({"relay:single"}),
}
"""What each says beside the host: any of these."""


def joined(seen: Iterable[Contribution], parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """What follows from the signals `seen` together. Nothing where DMARC proves the author; of lists, whose servers pass on others' mail, only
    what their host is.
    """
    names = {item.signal for item in seen}
    signs = len(names & NO_SERVER)
    if not signs or receipt.auth.dmarc is Outcome.PASS:
        return []
    result = [found("direct:twice")] if signs >= TWICE else []
    if parsed.is_list:
        return result
    if "url:elsewhere" in names:
        result.append(found("direct:links"))
        if "mime:single-page" in names:
            result.append(found("direct:page"))
    result += [found(name) for name, others in _WITH.items() if not others.isdisjoint(names)]
    recipients = receipt.envelope.recipients or (parsed.to if len(parsed.to) == 1 else ())
    if parsed.from_address is not None and parsed.from_address in recipients:
        result.append(found("direct:itself"))
    return result
