"""The way a message came: who handed it over, and whether what stands below that can be true."""

from __future__ import annotations

import re

from pratique.domain.envelope import Outcome, Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..organisation import FREE_MAIL, organisation, related
from ..parsed import ParsedMessage
from ..patterns import pattern
from ..trace import Hop, handover, hops, is_public, stamped_s

MEANINGS = {
    "relay:of-sender": "handed over by a host of the organisation in From",
    "relay:none": "no Received field",
    "relay:no-name": "the handing-over host has no name in the DNS",
    "relay:dynamic": "handed over by a line of the kind that homes have",
    "relay:dynamic-claim": "a claimed earlier hop is a line of the kind that homes have",
    "relay:helo-ip": "the client calls itself by an IP address",
    "relay:helo-bare": "the client calls itself by a word that is no host name",
    "relay:helo-other": "the client calls itself by another organisation's name than the DNS does",
    "relay:helo-receiver": "the client calls itself by the receiver's own name",
    "relay:helo-webmail": "the client calls itself a webmail provider, which the DNS denies",
    "relay:bad-address": "a Received field with an address that cannot be",
    "relay:ip-by-ip": "a Received field from a bare address by a bare address",
    "relay:broken-chain": "a hop below the hand-over has nothing to do with the one above",
    "relay:no-by": "a Received field that names no receiving host",
    "relay:late-stamp": "a lower Received field is dated after the one above it",
    "relay:single": "only one Received field",
    "relay:claimed-webmail": "From is a webmail address, but no host of that provider had it",
    "relay:auth-failed": "a server on the way noted that SPF, DKIM or DMARC failed",
    "relay:unsigned": "a server on the way noted that nothing vouches for the sender",
}
_HOME = pattern(
    r"(?:^|[.-])(?:[axv]?dsl|dial(?:up|in)?|dyn(?:amic)?|d?hcp|ppp(?:oe)?|pool|cable|cust(?:omer)?s?|client|user|modem|pptp|res(?:idential)?"
    r"|catv|hsd|fbx|rev|broadband|ip|host|static)\d*[.-]|\d+[.-]\d+[.-]\d+[.-]\d+|(?:\d{1,3}[.-]){2,}|[a-f0-9]{8}\.|[a-z]\d{6,}[.-]"
)
_SERVER = pattern(
    r"smtp|mail|(?:^|[.-])(?:mx|mta|relay|out(?:bound|going)?|send(?:er|grid)?)[a-z0-9]{0,6}[.-]"
)
"""What mail servers are called: those of large houses have numbers in their names, too (a8-51.smtp-out.example)."""
_BAD_OCTET = pattern(r"\b(?:25[6-9]|2[6-9]\d|[3-9]\d\d|\d{4,})\b")
_ADDRESS = pattern(r"\[?\d{1,3}(?:\.\d{1,3}){3}\]?")
_WEBMAIL = {
    "yahoo.com": "yahoo", "yahoo.co.uk": "yahoo", "yahoo.fr": "yahoo", "ymail.com": "yahoo", "rocketmail.com": "yahoo",
    "hotmail.com": "hotmail outlook microsoft live msn", "msn.com": "hotmail outlook microsoft live msn",
    "live.com": "hotmail outlook microsoft live msn", "outlook.com": "hotmail outlook microsoft live msn",
    "hotmail.co.uk": "hotmail outlook microsoft live msn", "gmail.com": "google gmail", "googlemail.com": "google gmail",
    "aol.com": "aol aim yahoo", "netscape.net": "aol netscape", "excite.com": "excite", "lycos.com": "lycos", "mail.ru": "mail.ru",
    "icloud.com": "icloud apple me.com", "gmx.de": "gmx", "gmx.net": "gmx", "web.de": "web.de",
}  # fmt: skip
_FAILED = pattern(r"\b(?:dmarc|dkim|spf)\s?=\s?(?:fail|permerror)|^fail\b", re.IGNORECASE)
_NOTHING = pattern(r"(?=.*\bspf\s?=\s?(?:none|neutral|softfail|temperror))(?=.*\bdkim\s?=\s?none)", re.IGNORECASE | re.DOTALL)  # fmt: skip
_SKEW_S = 6 * 3_600


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Reads the event's client address and HELO where there are some, and the Received fields."""
    way = hops(parsed)
    if not way:
        return [found("relay:none"), *_noted(parsed, receipt)]
    names: dict[str, str] = {}
    at = handover(way, receipt.envelope.client_ip)
    if at is not None:
        hop = way[at]
        if receipt.envelope.helo and receipt.envelope.client_ip == hop.ip:
            hop = hop._replace(helo=receipt.envelope.helo.lower())
        _client(hop, parsed, receipt, names)
        _below(parsed, way, at, names)
    if len(way) == 1:
        names["relay:single"] = ""
    for hop in way:
        if _ADDRESS.fullmatch(hop.helo) and _ADDRESS.fullmatch(hop.by):
            names["relay:ip-by-ip"] = f"{hop.helo} by {hop.by}"
        if not hop.is_whole:
            names.setdefault("relay:no-by", hop.helo)
        if _ADDRESS.fullmatch(hop.ip) and _BAD_OCTET.search(hop.ip):
            names["relay:bad-address"] = hop.ip
    _webmail(parsed, names)
    return [*(found(name, detail) for name, detail in names.items()), *_noted(parsed, receipt)]


def _client(hop: Hop, parsed: ParsedMessage, receipt: Receipt, names: dict[str, str]) -> None:
    helo, rdns, sender = hop.helo.strip("[]"), hop.rdns, parsed.from_address
    if _ADDRESS.fullmatch(helo):
        names["relay:helo-ip"] = helo
    elif helo and "." not in helo and ":" not in helo:
        names["relay:helo-bare"] = helo
    if not rdns and (hop.ip or helo == "unknown") and not _unasked(hop, receipt):
        names["relay:no-name"] = hop.ip
    if rdns and _HOME.search(rdns) and not _SERVER.search(rdns):
        names["relay:dynamic"] = rdns
    if sender is not None and related(rdns, sender.domain) and "relay:dynamic" not in names:
        names["relay:of-sender"] = rdns
    if "." in helo and not _ADDRESS.fullmatch(helo):
        own = {recipient.domain for recipient in receipt.envelope.recipients}
        if helo in own or (hop.by and helo == hop.by):
            names["relay:helo-receiver"] = helo
        elif rdns and not related(helo, rdns):
            names["relay:helo-other"] = f"{helo} is {rdns}"
        if rdns and organisation(helo) in FREE_MAIL and not _same_provider(organisation(helo), rdns):
            names["relay:helo-webmail"] = f"{helo} is {rdns}"


def _unasked(hop: Hop, receipt: Receipt) -> bool:
    """Whether the hop is our own edge's, and it did not find out what the DNS calls the client."""
    client = receipt.envelope.client_ip
    return bool(client) and hop.ip == client and receipt.envelope.client_name is None


def _same_provider(claimed: str, rdns: str) -> bool:
    """Whether a host belongs to a webmail provider, which may have several domains."""
    return related(claimed, rdns) or any(
        word in rdns for word in _WEBMAIL.get(claimed, claimed.partition(".")[0]).split()
    )


def _below(parsed: ParsedMessage, way: list[Hop], at: int, names: dict[str, str]) -> None:
    if at + 1 >= len(way):
        return
    hop, lower = way[at], way[at + 1]
    if lower.by and "." in lower.by and not _ADDRESS.fullmatch(lower.by) and not parsed.is_list:
        known = [
            name for name in (hop.helo, hop.rdns) if "." in name and not _ADDRESS.fullmatch(name.strip("[]"))
        ]
        if known and not any(related(lower.by, name) for name in known):
            names["relay:broken-chain"] = f"{lower.by} above {known[-1]}"
    if any(other.rdns and _HOME.search(other.rdns) and is_public(other.ip) for other in way[at + 1 : at + 3]):
        names["relay:dynamic-claim"] = ""
    upper_s, lower_s = stamped_s(parsed, at), stamped_s(parsed, at + 1)
    if upper_s is not None and lower_s is not None and abs(lower_s - upper_s) > _SKEW_S and lower_s > upper_s:
        names["relay:late-stamp"] = f"{(lower_s - upper_s) // 3600} hours"


def _webmail(parsed: ParsedMessage, names: dict[str, str]) -> None:
    sender = parsed.from_address
    hosts = _WEBMAIL.get(sender.domain) if sender is not None else None
    if sender is None or hosts is None or parsed.is_list:
        return
    way = " ".join(parsed.by_name.get("received", ())[:20]).lower()
    signed = any(sender.domain in value for value in parsed.by_name.get("dkim-signature", ()))
    if not signed and not any(word in way for word in hosts.split()):
        names["relay:claimed-webmail"] = sender.domain


def _noted(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """What servers noted about the sender counts against it only, and only where the event brings no verdict: no forger writes himself a
    failure, but anybody can write himself a pass (invariant 4).
    """
    if receipt.auth.dmarc is not Outcome.UNKNOWN or receipt.auth.spf is not Outcome.UNKNOWN or parsed.is_list:
        return []
    notes = [
        *parsed.by_name.get("authentication-results", ())[:3],
        *parsed.by_name.get("received-spf", ())[:2],
    ]
    for note in notes:
        failed = _FAILED.search(note)
        if failed is not None:
            return [found("relay:auth-failed", failed[0])]
    if any(_NOTHING.search(note) for note in notes):
        return [found("relay:unsigned")]
    return []
