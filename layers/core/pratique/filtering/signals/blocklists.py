"""What is asked of block lists about a message, and what their answers say. Pure: the asking is a use case's.

Not among evidence.SIGNALS: only where lists are configured is any of this loaded.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pratique.domain.address import try_address
from pratique.domain.blocklist import BlockList, Subject
from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..client import client_address
from ..contributions import contribution
from ..organisation import FREE_MAIL, organisation
from ..parsed import ParsedMessage
from ..wordlist import words

MOST_DOMAINS = 8
MOST_QUESTIONS = 30
"""For one message, all lists together."""
MOST_WEIGHT = 6.0
"""Log-odds of all lists together: they copy from one another, and each may be wrong."""
_URL_HOST = re.compile(r"(?i)^[a-z][a-z0-9+.-]{0,10}://(?:[^/@?#]{0,300}@)?([a-z0-9._-]{1,253})(?=[:/?#]|$)")
_REGISTERED = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,3}")
_EVERYBODYS = words(
    "google.com googleusercontent.com youtube.com apple.com microsoft.com facebook.com twitter.com x.com instagram.com linkedin.com amazon.com "
    "w3.org schemas.microsoft.com github.com wikipedia.org amazonaws.com cloudfront.net googleapis.com gstatic.com adobe.com paypal.com"
)
"""Domains that no list may list and much mail names: not worth a question."""


class Reading(enum.Enum):
    """What an answer means. REFUSED: the list does not answer us (volume, open resolver, no key), which says nothing of the message."""

    LISTED = "listed"
    CLEAN = "clean"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asking:
    """One question: to which list, about what, and the name that asks it."""

    list: BlockList
    what: str
    name: str


def questions(lists: Sequence[BlockList], parsed: ParsedMessage, receipt: Receipt) -> list[Asking]:
    """What to ask about a message, at most MOST_QUESTIONS."""
    address = sending_address(parsed, receipt)
    domains = named_domains(parsed, receipt)
    found = []
    for each in lists:
        if each.subject is Subject.IP and address:
            found.append(Asking(each, address, f"{_reversed(address)}.{each.zone}"))
        elif each.subject is Subject.DOMAIN:
            found += [Asking(each, domain, f"{domain}.{each.zone}") for domain in domains]
    return found[:MOST_QUESTIONS]


def sending_address(parsed: ParsedMessage, receipt: Receipt) -> str:
    """The address of the host that handed the message in (client_address). '' for none, and for one that is not of the open Internet."""
    try:
        address = ipaddress.ip_address(client_address(parsed, receipt))
    except ValueError:
        return ""
    return str(address) if address.is_global else ""


def named_domains(parsed: ParsedMessage, receipt: Receipt) -> list[str]:
    """The registered domains of sender and links, at most MOST_DOMAINS, without the recipients' own and those that are everybody's."""
    sender = try_address(receipt.envelope.mail_from) if receipt.envelope.mail_from else None
    hosts = [each.domain for each in (parsed.from_address, sender) if each is not None]
    hosts += [match[1] for match in map(_URL_HOST.match, parsed.urls) if match]
    own = {organisation(recipient.domain) for recipient in receipt.envelope.recipients}
    found: dict[str, None] = {}
    for host in hosts:
        domain = organisation(host.lower().rstrip("."))
        if _REGISTERED.fullmatch(domain) and not domain.rpartition(".")[2].isdecimal() and domain not in own:
            found.setdefault(domain)
    return [each for each in found if each not in FREE_MAIL and each not in _EVERYBODYS][:MOST_DOMAINS]


def read_answer(asked: BlockList, values: Iterable[str]) -> Reading:
    """What the addresses of an answer mean. 127.255.255.x is an error at Spamhaus, 127.0.0.1 a refusal at URIBL and SURBL, 127.0.1.255 a
    wrong question to DBL; what is not in 127.0.0.0/8 comes from a resolver that makes up answers, or a zone that was given up.
    """
    reading = Reading.CLEAN
    for value in values:
        numbers = value.split(".")
        if (
            numbers[0] != "127"
            or value.startswith("127.255.255.")
            or value in ("127.0.0.1", "127.0.1.255")
            or not numbers[-1].isdecimal()
        ):
            return Reading.REFUSED
        if not asked.codes or int(numbers[-1]) in asked.codes:
            reading = Reading.LISTED
    return reading


def evidence(listed: Sequence[Asking]) -> list[Contribution]:
    """One contribution for each list that lists anything, all of them bounded together."""
    by_list: dict[str, Asking] = {}
    for asked in listed:
        by_list.setdefault(asked.list.name, asked)
    total = sum(asked.list.weight for asked in by_list.values())
    share = min(1.0, MOST_WEIGHT / total) if total else 1.0
    return [
        contribution(
            f"blocklist:{asked.list.subject.value}",
            asked.list.weight * share,
            f"{asked.what}, listed by {name}",
        )
        for name, asked in by_list.items()
    ]


def _reversed(address: str) -> str:
    """RFC 5782, 2.1 and 2.4: octets, or nibbles, from the last to the first."""
    parsed = ipaddress.ip_address(address)
    return parsed.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
