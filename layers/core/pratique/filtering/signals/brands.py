"""Names that are borrowed most: mail that calls itself after a well-known company and comes from somewhere else."""

from __future__ import annotations

import re
from functools import cache

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..confusables import latin_look, skeleton
from ..contributions import contribution
from ..organisation import organisation
from ..parsed import ParsedMessage

# The name as it is shown (its letters, without blanks), and the first labels of the registered domains that may bear it. Names that are also
# everyday words, surnames or places are left out.
_BRANDS = """
paypal: paypal paypal-communications paypal-exchanges | microsoft: microsoft microsoftonline office office365 live outlook azure sharepointonline
office365: microsoft microsoftonline office office365 | netflix: netflix | docusign: docusign docusigncdn | dhl: dhl dhl-news dhlparcel
fedex: fedex | usps: usps | coinbase: coinbase | binance: binance bnbchain | metamask: metamask consensys
amazon: amazon amazonaws amazonses primevideo | facebook: facebook facebookmail meta metamail | instagram: instagram facebookmail
whatsapp: whatsapp facebookmail | linkedin: linkedin | ebay: ebay | wellsfargo: wellsfargo | bankofamerica: bankofamerica bofa
americanexpress: americanexpress aexp | hsbc: hsbc | barclays: barclays barclaycard | citibank: citi citibank citigroup | mcafee: mcafee
geeksquad: bestbuy geeksquad | spotify: spotify | adobe: adobe adobesign echosign | dropbox: dropbox dropboxmail dropbox-sign hellosign
icloud: apple icloud | appleid: apple icloud | itunes: apple itunes | trustwallet: trustwallet | mastercard: mastercard
ionos: ionos 1and1 1und1 | godaddy: godaddy | costco: costco | walmart: walmart | homedepot: homedepot | omahasteaks: omahasteaks
statefarm: statefarm | santander: santander | sparkasse: sparkasse | volksbank: volksbank vr
"""
MAX_NAME = 200
"""Characters of a display name that are read."""
_INSIDE = 6
"""Letters a name must have before it counts inside a longer word, or in a domain."""
_BLANKS = re.compile(r"[\W_]+")
_NAME, _NAME_PROVEN, _DOMAIN = 1.6, 0.9, 1.3


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """A company's name above another's domain, or a domain made to be taken for the company's. DMARC of the other domain makes it milder:
    resellers and fan clubs name companies too.
    """
    sender = parsed.from_address
    if sender is None:
        return []
    found = []
    label = organisation(sender.domain).partition(".")[0]
    named = _named(parsed.from_name, label)
    if named:
        weight = _NAME_PROVEN if receipt.auth.dmarc is Outcome.PASS else _NAME
        found.append(contribution("brand:name", weight, f"calls itself {named}, writes from {sender.domain}"))
    copied = _copied(label)
    if copied:
        found.append(contribution("brand:domain", _DOMAIN, f"{sender.domain} looks like {copied}"))
    return found


def _named(shown: str, label: str) -> str:
    """The company that a display name names, '' where there is none or it is the sender's own."""
    if not shown:
        return ""
    words = _BLANKS.sub(" ", latin_look(shown[:MAX_NAME]))
    spaced, joined = f" {words} ", words.replace(" ", "")
    for name, own in _companies().items():
        if (f" {name} " in spaced or (len(name) >= _INSIDE and name in joined)) and label not in own:
            return name
    return ""


def _copied(label: str) -> str:
    """The company whose name a domain's label wears, as it is or in look-alike letters."""
    parts = {skeleton(part) for part in label.split("-")}
    for look, (name, own) in _looks().items():
        if look in parts and label not in own:
            return name
    return ""


@cache
def _companies() -> dict[str, frozenset[str]]:
    """Name -> labels that may bear it, the longest name first."""
    entries = (entry.partition(":") for entry in re.split(r"[|\n]", _BRANDS.strip()))
    found = {name.strip(): frozenset(labels.split()) for name, _, labels in entries}
    return {name: found[name] for name in sorted(found, key=len, reverse=True)}


@cache
def _looks() -> dict[str, tuple[str, frozenset[str]]]:
    """Skeleton -> (name, labels), of names long enough to be recognised in a domain."""
    return {skeleton(name): (name, labels) for name, labels in _companies().items() if len(name) >= _INSIDE}
