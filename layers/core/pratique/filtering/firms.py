"""Firms whose names are often borrowed: firms and services that people have accounts with, and the domains that write for them.

A short list, to be read: each name as it stands in a display name or host, then the first labels of the registered domains that may bear it.
Words that are also ordinary words or family names (apple, chase, target) stand only in longer forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from .confusables import latin_look, skeleton
from .organisation import organisation

_LIST = """
paypal=paypal paypal-communications paypal-exchanges | ebay=ebay | amazon=amazon amazonses amazonaws amzn primevideo | netflix=netflix
microsoft=microsoft microsoftonline outlook office office365 live windows azure sharepointonline
office 365=microsoft microsoftonline office office365 outlook | office365=microsoft microsoftonline office office365 outlook
onedrive=microsoft live | sharepoint=microsoft sharepoint | outlook=microsoft outlook live hotmail | hotmail=microsoft outlook hotmail live
microsoft 365=microsoft | apple id=apple icloud | icloud=apple icloud | itunes=apple itunes | google=google gmail youtube googlemail
gmail=google gmail | facebook=facebook facebookmail fb meta | instagram=instagram facebook facebookmail
whatsapp=whatsapp facebook facebookmail meta | linkedin=linkedin | twitter=twitter x | dropbox=dropbox dropboxmail dropbox-sign hellosign
docusign=docusign docusigncdn | adobe=adobe adobesign echosign | wetransfer=wetransfer | spotify=spotify | disney=disney disneyplus
steam=steampowered valvesoftware | coinbase=coinbase | binance=binance bnbchain | metamask=metamask consensys | blockchain.com=blockchain
trust wallet=trustwallet | kraken=kraken | ledger=ledger | bitcoin=bitcoin | crypto.com=crypto | wells fargo=wellsfargo
bank of america=bankofamerica bofa | citibank=citi citibank citigroup | capital one=capitalone | american express=americanexpress aexp
mastercard=mastercard | hsbc=hsbc | barclays=barclays barclaycard | lloyds=lloyds lloydsbank | natwest=natwest
santander=santander gruposantander | halifax=halifax | nationwide=nationwide | chase bank=chase | us bank=usbank | regions bank=regions
suntrust=suntrust | washington mutual=wamu | deutsche bank=deutsche-bank db | commerzbank=commerzbank | sparkasse=sparkasse
volksbank=volksbank vr | postbank=postbank | comdirect=comdirect | ing-diba=ing | n26=n26 | dhl=dhl deutschepost dhl-news dhlparcel
fedex=fedex | ups=ups | usps=usps | royal mail=royalmail | dpd=dpd dpdgroup | hermes=hermes myhermes | la poste=laposte | correos=correos
poste italiane=poste posteitaliane | an post=anpost | canada post=canadapost | auspost=auspost | australia post=auspost
credit agricole=credit-agricole ca | societe generale=societegenerale socgen | bnp paribas=bnpparibas bnp | caixabank=caixabank | bbva=bbva
intesa sanpaolo=intesasanpaolo | unicredit=unicredit | bradesco=bradesco | itau=itau | banco do brasil=bb | nubank=nubank | caixa=caixa
rabobank=rabobank | abn amro=abnamro | swisscom=swisscom | postfinance=postfinance | telekom=telekom t-online | vodafone=vodafone
verizon=verizon | xfinity=xfinity comcast | comcast=comcast | at&t=att | t-mobile=t-mobile telekom | norton=norton symantec nortonlifelock
mcafee=mcafee | geek squad=geeksquad bestbuy | omaha steaks=omahasteaks | state farm=statefarm | walmart=walmart | costco=costco
home depot=homedepot | lowe's=lowes | best buy=bestbuy | internal revenue=irs | irs=irs | hmrc=hmrc gov service | gov.uk=gov service
credit karma=creditkarma intuit | quickbooks=intuit quickbooks | intuit=intuit | venmo=venmo paypal | zelle=zelle zellepay
western union=westernunion | moneygram=moneygram | zimbra=zimbra | cpanel=cpanel | godaddy=godaddy secureserver | ionos=ionos 1and1 1und1
strato=strato | ovh=ovh ovhcloud | aruba=aruba | booking.com=booking | airbnb=airbnb
"""
MAX_NAME = 200
"""Characters of a display name or subject that are read."""
_ALSO_WORDS = frozenset(
    {"outlook", "google", "bitcoin", "ledger", "kraken", "steam", "hermes", "caixa", "strato", "aruba", "comcast", "intuit", "disney", "twitter"}
)  # fmt: skip
_INSIDE = 6
"""Letters a name must have before it counts inside a longer run of letters, or in a domain."""
_START = 5
_BLANKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Firms:
    """The list, by what is looked for: name -> labels that may bear it; first word -> (name, its words); first letters of the joined name
    -> (name, joined); skeleton -> name; and all genuine labels.
    """

    labels: dict[str, frozenset[str]]
    by_word: dict[str, list[tuple[str, str]]]
    by_start: dict[str, list[tuple[str, str]]]
    by_look: dict[str, str]
    genuine: frozenset[str]


@cache
def _firms() -> _Firms:
    """Made once, with the first message."""
    entries = (entry.partition("=") for line in _LIST.strip().splitlines() for entry in line.split("|"))
    labels = {name.strip(): frozenset(genuine.split()) for name, _, genuine in entries}
    by_word: dict[str, list[tuple[str, str]]] = {}
    by_start: dict[str, list[tuple[str, str]]] = {}
    by_look: dict[str, str] = {}
    for name in labels:
        plain = _BLANKS.sub(" ", name)
        joined = plain.replace(" ", "")
        by_word.setdefault(plain.partition(" ")[0], []).append((name, f" {plain} "))
        if len(joined) >= _INSIDE and name not in _ALSO_WORDS:
            by_start.setdefault(joined[:_START], []).append((name, joined))
            if joined == plain:
                by_look[skeleton(plain)] = name
    return _Firms(labels, by_word, by_start, by_look, frozenset().union(*labels.values()))


def firm_named(text: str, domain: str) -> str:
    """The firm that a display name or subject names, '' where there is none or the domain is one of its own."""
    if not text:
        return ""
    firms = _firms()
    words = _BLANKS.sub(" ", latin_look(text[:MAX_NAME])).strip()
    label = organisation(domain).partition(".")[0]
    spaced = f" {words} "
    for word in words.split():
        for name, plain in firms.by_word.get(word, ()):
            if plain in spaced and label not in firms.labels[name]:
                return name
    joined = words.replace(" ", "")
    for at in range(len(joined) - _START):
        for name, letters in firms.by_start.get(joined[at : at + _START], ()):
            if joined.startswith(letters, at) and label not in firms.labels[name]:
                return name
    return ""


@lru_cache(maxsize=2_048)
def firm_copied(domain: str) -> str:
    """The firm whose name a registered domain wears without being the firm's, as it is or in look-alike letters; '' for none."""
    firms = _firms()
    label = organisation(domain).partition(".")[0]
    if label in firms.genuine:
        return ""
    for part in label.split("-"):
        name = firms.by_look.get(skeleton(part), "")
        if name:
            return name
        for name, letters in firms.by_start.get(part[:_START], ()):
            if part.startswith(letters):
                return name
    return ""


@lru_cache(maxsize=2_048)
def firm_in_host(host: str) -> str:
    """The firm whose name stands in a host name that is not the firm's: in its domain, or in a label before it; '' for none."""
    own = organisation(host)
    copied = firm_copied(host)
    firms = _firms()
    if copied or own.partition(".")[0] in firms.genuine:
        return copied
    for part in host[: -len(own)].replace("-", ".").split("."):
        for name, letters in firms.by_start.get(part[:_START], ()):
            if part.startswith(letters):
                return name
    return ""
