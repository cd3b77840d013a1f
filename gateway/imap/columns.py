"""Header fields of a whole mailbox, decoded and folded, for SEARCH: one run of octets for each field, shared by all connections.

A column is filled from the backend's facts when it is first searched, and grows with the mailbox. Looking through it is one substring
search over all of it. It knows messages up to some UID; those above are read when they are next asked for.
"""

from __future__ import annotations

import asyncio
import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

from pratique.filtering.mime.addresses import read_addresses
from pratique.filtering.mime.fields import split_fields, value_of
from pratique.filtering.mime.search import field_texts, fold, sent_date

from .index import Index
from .storage import Facts, Mailbox, Need
from .texts import named_fields

FIELDS = ("from", "to", "cc", "bcc", "subject")
"""Fields that have a column (RFC 3501, 6.4.4: the keys of the envelope)."""
MOST = 48 * 1024 * 1024
"""Octets of the columns of one mailbox; messages beyond are read at each search."""
BATCH = 800
"""Messages whose headers are asked for at once."""
_PAUSE = 100
"""Messages worked in until others get their turn."""
_NAMES = frozenset(name.encode("ascii") for name in (*FIELDS, "date"))
_EPOCH = date(1970, 1, 1).toordinal()
NO_DAY = -(1 << 31)
_KEY = "columns"
_END, _BETWEEN = b"\n", b"\x1f"
"""No folded text on one line has either."""


class Columns:
    """The columns of one mailbox."""

    def __init__(self) -> None:
        self.uids = array("I")
        self.days = array("i")
        """Of the Date field, NO_DAY where there is none."""
        self._texts = {name: bytearray() for name in FIELDS}
        self._starts = {name: array("Q") for name in FIELDS}
        self.size = 0

    def add(self, uid: int, header: bytes) -> None:
        """A message above all that are there."""
        block = named_fields(header, _NAMES)
        texts: dict[bytes, list[str]] = {}
        for name, value in split_fields(block):
            texts.setdefault(name, []).extend(_texts(name, value))
        self.uids.append(uid)
        self.days.append(day_sent(block) if b"date" in texts else NO_DAY)
        for field in FIELDS:
            column = self._texts[field]
            self._starts[field].append(len(column))
            found = texts.get(field.encode("ascii"))
            if found:
                column += _BETWEEN + _BETWEEN.join([_one_line(text) for text in found])
            column += _END
            self.size += len(column) - self._starts[field][-1]

    def find(self, name: str, needle: str) -> set[int]:
        """UIDs of messages one of whose fields holds the needle; an empty needle: that have the field."""
        text, starts, found = self._texts[name], self._starts[name], set()
        wanted = _one_line(needle) or _BETWEEN
        at = text.find(wanted)
        while at >= 0:
            place = bisect_right(starts, at) - 1
            found.add(self.uids[place])
            after = starts[place + 1] if place + 1 < len(starts) else len(text)
            at = text.find(wanted, after)
        return found


def key_texts(header: bytes, name: str) -> list[str]:
    """What FROM, TO, CC, BCC, SUBJECT look through: the decoded field, and its addresses as the envelope has them (RFC 3501, 6.4.4) where
    they are written otherwise. Empty without such a field.
    """
    octets = name.encode("ascii")
    return [
        text for found, value in split_fields(header) if found == octets for text in _texts(octets, value)
    ]


_USUAL = re.compile(rb"[^@(]*(?:[\w.+=-]@[\w-][^@(]*)*\Z")
"""A field whose addresses stand in it as the envelope has them."""


def _texts(name: bytes, value: bytes) -> list[str]:
    texts = field_texts(name + b":" + value, name)
    if name in (b"subject", b"date") or _USUAL.match(value):
        return texts
    for address in read_addresses(value_of(value)):
        plain = fold(f"{_text(address.mailbox)}@{_text(address.domain)}")
        if not any(plain in text for text in texts):
            texts.append(plain)
    return texts


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("utf-8", "replace")


def day_sent(header: bytes) -> int:
    """The day of the Date field, NO_DAY where there is none."""
    day = sent_date(header)
    return NO_DAY if day is None else day.toordinal() - _EPOCH


def _one_line(text: str) -> bytes:
    return text.replace("\n", " ").replace("\x1f", " ").encode("utf-8", "replace")


async def columns_of(mailbox: Mailbox) -> Columns:
    """The columns, up to date as far as MOST allows."""
    index: Index = mailbox.index
    kept = index.columns.get(_KEY)
    columns = kept if isinstance(kept, Columns) else Columns()
    if len(columns.uids) > 1_000 + 2 * len(index.uids):  # most of it has vanished
        columns = Columns()
    index.columns[_KEY] = columns
    while columns.size < MOST:
        last = columns.uids[-1] if columns.uids else 0
        uids = index.uids[bisect_right(index.uids, last) :][:BATCH]
        if not uids:
            break
        headers = await read_headers(mailbox, uids)
        for at, (uid, header) in enumerate(zip(uids, headers, strict=True), 1):
            if not columns.uids or uid > columns.uids[-1]:  # another connection may have been faster
                columns.add(uid, header)
            if at % _PAUSE == 0:
                await asyncio.sleep(0)
    return columns


async def read_headers(mailbox: Mailbox, uids: Sequence[int], *, listed: bool = True) -> list[bytes]:
    """Header blocks; b"" of messages that are gone. Where `listed`, those fields that clients list by are enough."""
    found = [_header(facts, listed=listed) for facts in await mailbox.facts(uids, Need.HEADER)]
    missing = [uid for uid, header in zip(uids, found, strict=True) if header is None]
    if missing:
        places = {uid: at for at, uid in enumerate(uids)}
        async for uid, raw in mailbox.bodies(missing):
            found[places[uid]] = _block(raw or b"")
    return [header or b"" for header in found]


def _header(facts: Facts | None, *, listed: bool) -> bytes | None:
    """None where the message itself has to be read."""
    if facts is None:
        return b""
    if facts.header is not None:
        return facts.header
    structure = facts.structure
    if structure is not None and structure.header is not None and (listed or structure.header_is_whole):
        return structure.header
    return None


def _block(raw: bytes) -> bytes:
    """The header block of a message."""
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return raw[: min(ends) + 2] if ends else raw
