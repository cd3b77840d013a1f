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

MEANINGS = {
    "direct:links": "links that lead elsewhere, and the handing-over host is no mail server by its name",
    "direct:page": "nothing but a page with such links, from such a host",
    "direct:short": "a few words and a link, from such a host",
    "direct:money": "a subject with money or per cent in it, from such a host",
    "direct:twice": "the handing-over host is no mail server by two signs",
    "direct:itself": "From is the recipient's own address, from such a host",
}
NO_SERVER = frozenset({"relay:dynamic", "relay:no-name", "relay:helo-ip", "relay:helo-bare"})
"""Signs of a host that is no mail server by its name, or by what it calls itself."""
TWICE = 2


def joined(seen: Iterable[Contribution], parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """What follows from the signals `seen` together. Nothing for lists, whose servers pass on others' mail, and where DMARC proves the author."""
    names = {item.signal for item in seen}
    signs = len(names & NO_SERVER)
    if not signs or parsed.is_list or receipt.auth.dmarc is Outcome.PASS:
        return []
    result = []
    if "url:elsewhere" in names:
        result.append(found("direct:links"))
        if "mime:single-page" in names:
            result.append(found("direct:page"))
    if "text:short-link" in names:
        result.append(found("direct:short"))
    if "subject:money" in names:
        result.append(found("direct:money"))
    if signs >= TWICE:
        result.append(found("direct:twice"))
    recipients = receipt.envelope.recipients or (parsed.to if len(parsed.to) == 1 else ())
    if parsed.from_address is not None and parsed.from_address in recipients:
        result.append(found("direct:itself"))
    return result
