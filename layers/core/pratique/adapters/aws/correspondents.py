"""Correspondents on the table: rows that one batched read finds by their keys, and single conditional writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path

from pratique.domain.address import Address, parse_address
from pratique.domain.correspondent import (
    KEEP_DAYS,
    MOST_BEARERS,
    SENT_KEEP_DAYS,
    Correspondent,
    Question,
    Relations,
    Sent,
)
from pratique.domain.policy import DAY

from .table import PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

_DAY_MS = DAY * 1000
_days, _first, _last, _day = Path("days"), Path("first"), Path("last"), Path("day")
_vouched, _who, _ends = Path("vouched"), Path("who"), Path(TTL_ATTRIBUTE)


class DynamoCorrespondents:
    """See Correspondents."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def note_day(self, recipient: Address, sender: Address, *, at_ms: int) -> Correspondent | None:
        """See Correspondents."""
        today = at_ms // _DAY_MS
        actions = [
            _days.add(number(1)),
            _day.set(number(today)),
            _first.set(_first | number(at_ms)),
            _last.set(number(at_ms)),
            _ends.set(_end(at_ms, KEEP_DAYS)),
        ]
        another = _day.does_not_exist() | (_day < number(today))
        row = self._open().update(_sender_key(recipient, sender), actions, another)
        return None if row is None else _correspondent(row)

    def vouch(self, recipient: Address, sender: Address, *, at_ms: int) -> None:
        """See Correspondents."""
        actions = [
            _vouched.set({"BOOL": True}),
            _days.set(_days | number(0)),
            _first.set(_first | number(at_ms)),
            _last.set(number(at_ms)),
            _ends.set(_end(at_ms, KEEP_DAYS)),
        ]
        older = _last.does_not_exist() | (_last <= number(at_ms))
        self._open().update(_sender_key(recipient, sender), actions, older)

    def forget(self, recipient: Address, sender: Address) -> bool:
        """See Correspondents."""
        return self._open().delete(_sender_key(recipient, sender), PRESENT)

    def get(self, recipient: Address, sender: Address) -> Correspondent | None:
        """See Correspondents."""
        row = self._open().get(_sender_key(recipient, sender))
        return None if row is None else _correspondent(row)

    def note_name(self, domain: str, name: str, address: Address, *, at_ms: int) -> None:
        """See Correspondents."""
        self._bear(_name_key(domain, name), str(address), at_ms)

    def forget_name(self, domain: str, name: str, address: Address) -> None:
        """See Correspondents."""
        self._open().update(_name_key(domain, name), [_who.delete({"SS": [str(address)]})], PRESENT)

    def note_look(self, domain: str, look: str, genuine: str, *, at_ms: int) -> None:
        """See Correspondents."""
        self._bear(_look_key(domain, look), genuine, at_ms)

    def note_sent(self, domain: str, reference: str, sent: Sent) -> None:
        """See Correspondents."""
        pk, sk = _sent_key(domain, reference)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "sender": text(str(sent.sender)),
            "at": number(sent.at_ms),
            TTL_ATTRIBUTE: _end(sent.at_ms, SENT_KEEP_DAYS),
        }
        if sent.recipients:
            row["who"] = {"SS": sorted({str(each) for each in sent.recipients})}
        self._open().put(row)

    def _bear(self, key: Key, bearer: str, at_ms: int) -> None:
        room = _who.does_not_exist() | _who.contains(bearer) | (size(_who) < number(MOST_BEARERS))  # type: ignore[no-untyped-call]  # of pynamodb
        actions = [_who.add({"SS": [bearer]}), _last.set(number(at_ms)), _ends.set(_end(at_ms, KEEP_DAYS))]
        self._open().update(key, actions, room)


def relation_keys(recipients: Sequence[Address], asked: Question) -> Iterator[Key]:
    """The rows that hold the answers: one per recipient, up to six per recipient domain."""
    if asked.author is not None:
        for recipient in recipients:
            yield _sender_key(recipient, asked.author)
    for domain in dict.fromkeys(recipient.domain for recipient in recipients):
        if asked.name:
            yield _name_key(domain, asked.name)
        if asked.look:
            yield _look_key(domain, asked.look)
        for reference in asked.references:
            yield _sent_key(domain, reference)


def read_relations(rows: Mapping[Key, Row], recipients: Sequence[Address], asked: Question) -> Relations:
    """The answers out of the rows that were found."""
    known: dict[Address, Correspondent] = {}
    namesakes: dict[str, tuple[Address, ...]] = {}
    alike: dict[str, tuple[str, ...]] = {}
    answered: dict[str, tuple[Sent, ...]] = {}
    for recipient in recipients if asked.author is not None else ():
        row = rows.get(_sender_key(recipient, asked.author)) if asked.author else None
        if row is not None:
            known[recipient] = _correspondent(row)
    for domain in dict.fromkeys(recipient.domain for recipient in recipients):
        names = rows.get(_name_key(domain, asked.name), {})
        if asked.name and "who" in names:
            namesakes[domain] = tuple(parse_address(each) for each in sorted(names["who"]["SS"]))
        looks = rows.get(_look_key(domain, asked.look), {})
        if asked.look and "who" in looks:
            alike[domain] = tuple(sorted(looks["who"]["SS"]))
        sent = [rows[key] for each in asked.references if (key := _sent_key(domain, each)) in rows]
        if sent:
            answered[domain] = tuple(_sent(row) for row in sent)
    return Relations(known, namesakes, alike, answered)


def _sender_key(recipient: Address, sender: Address) -> Key:
    return f"C#{recipient}", f"A#{sender}"


def _name_key(domain: str, name: str) -> Key:
    return f"C#{domain}", f"N#{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _look_key(domain: str, look: str) -> Key:
    return f"C#{domain}", f"S#{look}"


def _sent_key(domain: str, reference: str) -> Key:
    """A partition for each: a domain's outgoing mail is not to meet on one key."""
    return f"W#{domain}#{reference}", "SENT"


def _end(at_ms: int, days: int) -> dict[str, Any]:
    return number(at_ms // 1000 + days * DAY)


def _correspondent(row: Row) -> Correspondent:
    vouched = bool(row.get("vouched", {}).get("BOOL", False))
    return Correspondent(whole(row, "days"), whole(row, "first"), whole(row, "last"), vouched)


def _sent(row: Row) -> Sent:
    recipients = tuple(parse_address(each) for each in sorted(row.get("who", {}).get("SS", ())))
    return Sent(parse_address(words(row, "sender")), recipients, whole(row, "at"))
