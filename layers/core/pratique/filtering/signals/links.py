"""Links whose text promises one place and whose target is another."""

from __future__ import annotations

import re

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..organisation import organisation, related
from ..parsed import ParsedMessage
from ..patterns import pattern
from ..wordlist import words

MEANINGS = {
    "link:mismatch": "shows one address, leads to another",
    "link:address-mismatch": "shows a mail address, leads to a page",
    "link:picture-only": "every link is a picture",
    "link:call": "a link that says: click here, log in, confirm",
    "link:one-target": "many links, all to one place",
    "link:empty-target": "links that lead nowhere",
}
_SHOWN = pattern(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,18})(?:[/:?#]\S*)?$", re.IGNORECASE)
_SHOWN_ADDRESS = pattern(r"[^\s@]{1,64}@[a-z0-9.-]{3,100}$", re.IGNORECASE)
_HOST = pattern(r"https?://(?:[^/@?#]{0,300}@)?([^/:?#]{1,255})", re.IGNORECASE)
# A newsletter's click counter leads elsewhere first; its host says so.
_TRACKED = words("click clicks link links track tracking email mail go url e t r ct clk em")
_CALL = pattern(
    r"click (?:here|below|to)|log ?in|sign ?in|verify|confirm|update (?:your|now|my)|unlock|view (?:message|document|file|invoice)"
    r"|keep (?:my|same|current)|review|release|retrieve|claim|get started|klicken|anmelden|best.tigen|cliquez|confirmer|clique|acessar"
    r"|haga clic|verificar|clicca|accedi|conferma"
)
_MANY = 3
_LABEL = 60
"""Characters of a link that is a label and no paragraph."""


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """Of the first hundred links of the page."""
    links = parsed.links
    if not links:
        return []
    result = []
    for target, shown in links:
        if "." in shown and (promised := _SHOWN.match(shown)) and (real := _HOST.match(target)):
            host = real[1].lower()
            if not related(promised[1], host) and host.partition(".")[0] not in _TRACKED:
                result.append(found("link:mismatch", f"shows {promised[1]}, leads to {host}"))
                break
    if any(
        "@" in shown and target[:4].lower() == "http" and _SHOWN_ADDRESS.match(shown)
        for target, shown in links
    ):
        result.append(found("link:address-mismatch"))
    if all(not shown for _, shown in links) and "<img" in parsed.low_html:
        result.append(found("link:picture-only"))
    calls = [
        shown
        for target, shown in links
        if target[:4].lower() == "http" and len(shown) < _LABEL and _CALL.search(shown.lower())
    ]
    if calls:
        result.append(found("link:call", calls[0]))
    if any(target in ("", "#") for target, _ in links):
        result.append(found("link:empty-target"))
    hosts = [found_host[1].lower() for target, _ in links if (found_host := _HOST.match(target))]
    sender = parsed.from_address
    one_target = len(hosts) > _MANY and len({organisation(host) for host in hosts}) == 1
    if one_target and sender is not None and not related(hosts[0], sender.domain):
        result.append(found("link:one-target", hosts[0]))
    return result
