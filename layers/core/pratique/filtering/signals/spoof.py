"""Senders who want to be taken for somebody else: borrowed names, look-alike domains, and the recipient's own house."""

from __future__ import annotations

import re

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..confusables import imitation, latin_look, shown_domain
from ..contributions import found
from ..organisation import FREE_MAIL, organisation, related
from ..parsed import ParsedMessage
from ..patterns import pattern

MEANINGS = {
    "spoof:name-address": "the display name is an address of another domain than the real one",
    "spoof:own-name": "calls itself the recipient's domain or its staff, writes from elsewhere",
    "spoof:own-looks": "a sender's domain that looks like the recipient's",
    "spoof:own-link": "a link to a domain that looks like the recipient's",
    "spoof:punycode": "the sender's domain has letters that are not Latin",
    "spoof:mixed-domain": "the sender's domain mixes alphabets",
}
ROLES = frozenset(
    {
        "helpdesk", "it helpdesk", "help desk", "it support", "it department", "mail admin", "mail administrator", "email admin",
        "webmail", "mail team",
        "system administrator", "mailbox", "mail server", "email server", "postmaster", "admin", "administrator", "server admin",
        "account team", "security team", "mail delivery", "voicemail", "voice mail", "human resources", "payroll", "hr department",
        "mail support", "email support", "it-support", "it service", "quarantine", "email security", "mail service", "cpanel webmail",
    }
)  # fmt: skip
"""What somebody calls himself who wants to be taken for the recipient's own house."""
_ADDRESS_IN_NAME = pattern(r"[^\s<>\"'()]{1,64}@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})", re.IGNORECASE)
_NOT_WORD = pattern(r"[^a-z0-9&.'+-]+")
_MOST_LINKS = 20
_MOST_DOMAINS = 20


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Mail that passes DMARC is from the domain it names, but that may be a look-alike, so only the names are compared then."""
    sender = parsed.from_address
    if sender is None:
        return []
    domain = sender.domain
    result = _house(parsed, receipt, domain)
    shown = _ADDRESS_IN_NAME.search(parsed.from_name) if "@" in parsed.from_name else None
    if shown and not parsed.is_list and not related(shown[1], domain):
        result.append(found("spoof:name-address", f"calls itself {shown[0]}, writes from {domain}"))
    if "xn--" in domain:
        letters = shown_domain(domain)
        scripts = {c.isascii() for c in letters if c.isalpha()}
        result.append(found("spoof:mixed-domain" if len(scripts) > 1 else "spoof:punycode", letters))
    return result


def _house(parsed: ParsedMessage, receipt: Receipt, domain: str) -> list[Contribution]:
    """Against the protected domains: those of the envelope's recipients."""
    result: dict[str, Contribution] = {}
    own = dict.fromkeys(recipient.domain for recipient in receipt.envelope.recipients[:_MOST_DOMAINS])
    name = latin_look(parsed.from_name)
    for house in own:
        if related(domain, house):
            continue
        how = imitation(domain, house)
        if how:
            result.setdefault("looks", found("spoof:own-looks", f"{domain} looks like {house} ({how})"))
        label = organisation(house).partition(".")[0]
        words = _words(name)
        house_named = house in name or (label in words and len(label) > 3 and house not in FREE_MAIL)  # noqa: PLR2004 - short names are words
        if house_named or (receipt.auth.dmarc is not Outcome.PASS and _is_role(name)):
            result.setdefault("name", found("spoof:own-name", f"{parsed.from_name} from {domain}"))
        for host in dict.fromkeys(host for _, host, _ in parsed.targets[:_MOST_LINKS]):
            if (
                "link" not in result
                and not related(host, house)
                and imitation(host, house) in ("letters", "typing")
            ):
                result["link"] = found("spoof:own-link", f"{host} looks like {house}")
    return list(result.values())


def _is_role(name: str) -> bool:
    return " ".join(_words(name)) in ROLES


def _words(name: str) -> list[str]:
    return _NOT_WORD.sub(" ", name).split()
