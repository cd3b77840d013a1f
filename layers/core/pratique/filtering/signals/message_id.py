"""What the Message-ID says of the program and the host that made it (RFC 5322, 3.6.4)."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..organisation import related
from ..parsed import ParsedMessage
from ..patterns import pattern

MEANINGS = {
    "id:malformed": "a Message-ID that is not <something@somewhere>",
    "id:bare-host": "the Message-ID's host is no host name of the internet",
    "id:capitals": "the Message-ID is a run of capital letters",
    "id:digits": "the Message-ID is a bare number",
    "id:address-host": "the Message-ID's host is an IP address",
    "id:receiver": "the Message-ID was made by the receiver's side: the sender gave none",
    "id:foreign": "the Message-ID's host is neither the sender's nor one of those the mail came through",
}
_WHOLE = pattern(r"<([^<>@\s]{1,250})@([^<>@\s]{1,250})>")
_CAPITALS = pattern(r"[A-Z]{10,}$|[A-Z]{16,}")
_DIGITS = pattern(r"\d{1,20}$")
_ADDRESS = pattern(r"\[?\d{1,3}(?:\.\d{1,3}){3}\]?$")


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:
    """Form first; the host is compared with names that stand elsewhere in the message."""
    text = parsed.message_id
    if not text:
        return []
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        return [found("id:malformed", text)]
    local, host = whole[1], whole[2].lower()
    result = []
    if _CAPITALS.match(local):
        result.append(found("id:capitals", text))
    elif _DIGITS.match(local):
        result.append(found("id:digits", text))
    if _ADDRESS.match(host):
        result.append(found("id:address-host", host))
    elif "." not in host:
        result.append(found("id:bare-host", host))
    else:
        result += _host(parsed, receipt, host)
    return result


def _host(parsed: ParsedMessage, receipt: Receipt, host: str) -> list[Contribution]:
    sender = parsed.from_address
    if sender is None or related(host, sender.domain):
        return []
    own = {recipient.domain for recipient in receipt.envelope.recipients} or {a.domain for a in parsed.to[:1]}
    if any(related(host, domain) for domain in own):
        return [] if any(related(sender.domain, domain) for domain in own) else [found("id:receiver", host)]
    if parsed.is_list:
        return []
    way = " ".join(parsed.by_name.get("received", ())[:20]).lower()
    organisation = ".".join(host.split(".")[-2:])
    return [] if organisation in way else [found("id:foreign", host)]
