"""Correspondents on the table: rows that one batched read finds by their keys, and single conditional writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path

from pratique.domain.address import Address
from pratique.domain.correspondent import KEEP_DAYS, MOST_BEARERS, SENT_KEEP_DAYS, Correspondent, Sent
from pratique.domain.policy import DAY

from .relation_rows import correspondent, look_row_key, name_row_key, sender_key, sent_key
from .table import PRESENT, TTL_ATTRIBUTE, Key, Row, Table, number, text

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
        row = self._open().update(sender_key(recipient, sender), actions, another)
        return None if row is None else correspondent(row)

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
        self._open().update(sender_key(recipient, sender), actions, older)

    def forget(self, recipient: Address, sender: Address) -> bool:
        """See Correspondents."""
        return self._open().delete(sender_key(recipient, sender), PRESENT)

    def get(self, recipient: Address, sender: Address) -> Correspondent | None:
        """See Correspondents."""
        row = self._open().get(sender_key(recipient, sender))
        return None if row is None else correspondent(row)

    def known(self, recipient: Address, senders: Sequence[Address]) -> frozenset[Address]:
        """See Correspondents."""
        rows = self._open().get_many([sender_key(recipient, sender) for sender in senders])
        return frozenset(sender for sender in senders if sender_key(recipient, sender) in rows)

    def note_name(self, domain: str, name: str, address: Address, *, at_ms: int) -> None:
        """See Correspondents."""
        self._bear(name_row_key(domain, name), str(address), at_ms)

    def forget_name(self, domain: str, name: str, address: Address) -> None:
        """See Correspondents."""
        self._open().update(name_row_key(domain, name), [_who.delete({"SS": [str(address)]})], PRESENT)

    def note_look(self, domain: str, look: str, genuine: str, *, at_ms: int) -> None:
        """See Correspondents."""
        self._bear(look_row_key(domain, look), genuine, at_ms)

    def note_sent(self, domain: str, reference: str, sent: Sent) -> None:
        """See Correspondents."""
        pk, sk = sent_key(domain, reference)
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


def _end(at_ms: int, days: int) -> dict[str, Any]:
    return number(at_ms // 1000 + days * DAY)
