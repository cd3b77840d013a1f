"""Who writes to whom, as rows: their keys, and what they say. What a look-up needs, apart from what writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from pratique.domain.address import Address, parse_address
from pratique.domain.correspondent import Correspondent, Question, Relations, Sent

from .table import Key, Row, whole, words


def relation_keys(recipients: Sequence[Address], asked: Question) -> Iterator[Key]:
    """The rows that hold the answers: one per recipient, up to six per recipient domain."""
    if asked.author is not None:
        for recipient in recipients:
            yield sender_key(recipient, asked.author)
    for domain in dict.fromkeys(recipient.domain for recipient in recipients):
        if asked.name:
            yield name_row_key(domain, asked.name)
        if asked.look:
            yield look_row_key(domain, asked.look)
        for reference in asked.references:
            yield sent_key(domain, reference)


def read_relations(rows: Mapping[Key, Row], recipients: Sequence[Address], asked: Question) -> Relations:
    """The answers out of the rows that were found."""
    known: dict[Address, Correspondent] = {}
    namesakes: dict[str, tuple[Address, ...]] = {}
    alike: dict[str, tuple[str, ...]] = {}
    answered: dict[str, tuple[Sent, ...]] = {}
    for recipient in recipients if asked.author is not None else ():
        row = rows.get(sender_key(recipient, asked.author)) if asked.author else None
        if row is not None:
            known[recipient] = correspondent(row)
    for domain in dict.fromkeys(recipient.domain for recipient in recipients):
        names = rows.get(name_row_key(domain, asked.name), {})
        if asked.name and "who" in names:
            namesakes[domain] = tuple(parse_address(each) for each in sorted(names["who"]["SS"]))
        looks = rows.get(look_row_key(domain, asked.look), {})
        if asked.look and "who" in looks:
            alike[domain] = tuple(sorted(looks["who"]["SS"]))
        sent = [rows[key] for each in asked.references if (key := sent_key(domain, each)) in rows]
        if sent:
            answered[domain] = tuple(_sent(row) for row in sent)
    return Relations(known, namesakes, alike, answered)


def sender_key(recipient: Address, sender: Address) -> Key:
    """What a recipient knows of a sender."""
    return f"C#{recipient}", f"A#{sender}"


def name_row_key(domain: str, name: str) -> Key:
    """Who bears a display name."""
    return f"C#{domain}", f"N#{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:32]}"


def look_row_key(domain: str, look: str) -> Key:
    """Which domains look so."""
    return f"C#{domain}", f"S#{look}"


def sent_key(domain: str, reference: str) -> Key:
    """A message that was sent. A partition for each: a domain's outgoing mail is not to meet on one key."""
    return f"W#{domain}#{reference}", "SENT"


def correspondent(row: Row) -> Correspondent:
    """What a sender's row says."""
    vouched = bool(row.get("vouched", {}).get("BOOL", False))
    return Correspondent(whole(row, "days"), whole(row, "first"), whole(row, "last"), vouched)


def _sent(row: Row) -> Sent:
    recipients = tuple(parse_address(each) for each in sorted(row.get("who", {}).get("SS", ())))
    return Sent(parse_address(words(row, "sender")), recipients, whole(row, "at"))
