"""SEARCH: RFC 3501, 6.4.4; ESEARCH: RFC 4731; MODSEQ: RFC 7162, 3.1.5 and 3.1.10.

A search narrows a list of positions key by key, the cheap keys first: flags, numbers, sizes and dates from the index, header fields from
columns, texts message by message and only for what is left.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence

from pratique.filtering.mime.parts import read_parts
from pratique.filtering.mime.search import body_contains, field_contains, text_contains

from .columns import FIELDS, NO_DAY, columns_of, day_sent, key_texts, read_headers
from .dates import DAY, HOUR
from .fetching import learn
from .index import UNKNOWN
from .search_program import (
    All,
    Everything,
    HasFlags,
    HasKeyword,
    InDays,
    InHeader,
    InSet,
    InText,
    IsRecent,
    Key,
    ModSeq,
    Not,
    OfSize,
    Or,
)
from .sequences import in_set
from .view import View

_HEADERS = 500
_TEXTS = 64
_MANY = 1_000
"""Messages from which a key is worth a pause: there may be many keys."""
_LONG = 256 * 1024

Places = Sequence[int]
"""Ascending positions in the arrays that a run holds on to; a range where a search begins."""


class Run:
    """One run. `pause` lets others run, and ends the run where nobody waits for it any more.

    Arrays are the index's as they were when it began: positions stay valid whatever vanishes meanwhile.
    """

    def __init__(self, view: View, pause: Callable[[], Awaitable[None]]) -> None:
        self._view, self._mailbox, self._pause = view, view.mailbox, pause
        index = view.index
        self.uids, self._flags, self.modseqs = index.uids, index.flags, index.modseqs
        self._seconds, self._zones, self._sizes = index.seconds, index.zones, index.sizes
        self.numbers: Sequence[int] = ()
        """Message sequence numbers by position."""
        if view.shared:
            self.places: Places = range(view.exists)
            self.numbers = range(1, view.exists + 1)
        else:
            pairs = list(view.places(range(view.exists)))
            self.places = [at for _, at in pairs]
            numbers = array("I", bytes(4 * len(self.uids)))
            for number, at in pairs:
                numbers[at] = number
            self.numbers = numbers

    async def narrow(self, key: Key, places: Places) -> Places:
        """Those of `places` that the key is true of."""
        if not places:
            found: Places = []
        elif isinstance(key, All):
            found = places
            for each in sorted(key.keys, key=_cost):
                found = await self.narrow(each, found)
        elif isinstance(key, Not):
            out = set(await self.narrow(key.key, places))
            found = [at for at in places if at not in out]
        elif isinstance(key, Or):
            left = set(await self.narrow(key.left, places))
            right = await self.narrow(key.right, [at for at in places if at not in left])
            found = sorted(left.union(right))
        else:
            found = await self._one(key, places)
        return found

    async def _one(self, key: Key, places: Places) -> Places:
        if len(places) > _MANY:
            await self._pause()
        if isinstance(key, InHeader):
            return await self._in_header(key, places)
        if isinstance(key, InText):
            return await self._in_text(key, places)
        if isinstance(key, InDays) and key.sent:
            return await self._sent(key, places)
        if isinstance(key, InDays | OfSize):
            await self._learn(places)
        return self._by_index(key, places)

    def _by_index(self, key: Key, places: Places) -> Places:
        """What the arrays answer."""
        match key:
            case HasFlags():
                found = self._flagged(key.mask, places, wanted=key.wanted)
            case HasKeyword():
                mask = self._view.index.mask((key.name,), create=False)
                found = self._flagged(mask, places, wanted=key.wanted)
            case IsRecent():
                found = [at for at in places if self._view.is_recent(self.uids[at])]
            case InSet():
                found = self._in_set(key, places)
            case InDays():
                first, last, seconds, zones = key.first * DAY, key.last * DAY, self._seconds, self._zones
                if isinstance(places, range):
                    pairs = enumerate(zip(seconds[: len(places)], zones, strict=False))
                    found = [at for at, (second, zone) in pairs if first <= second + zone * HOUR < last]
                else:
                    found = [at for at in places if first <= seconds[at] + zones[at] * HOUR < last]
            case OfSize():
                sizes, octets = self._sizes, key.octets
                found = [
                    at for at in places if (sizes[at] > octets if key.above else 0 <= sizes[at] < octets)
                ]
            case ModSeq():
                found = [at for at in places if self.modseqs[at] >= key.least]
            case _:
                found = places
        return found

    def _flagged(self, mask: int, places: Places, *, wanted: bool) -> Places:
        flags = self._flags
        if isinstance(places, range):
            pairs = enumerate(flags[: len(places)])
            return (
                [at for at, each in pairs if each & mask]
                if wanted
                else [at for at, each in pairs if not each & mask]
            )
        if wanted:
            return [at for at in places if flags[at] & mask]
        return [at for at in places if not flags[at] & mask]

    def _in_set(self, key: InSet, places: Places) -> Places:
        """Numbers that no message has are passed over, as in UIDs (Dovecot does the same)."""
        values = self.uids if key.uid else self.numbers
        spans = in_set(key.ranges, values[self.places[-1]])
        if len(spans) == 1:
            ((low, high),) = spans
            return [at for at in places if low <= values[at] <= high]
        spans.sort()
        merged: list[list[int]] = []
        for low, high in spans:
            if merged and low <= merged[-1][1] + 1:
                merged[-1][1] = max(merged[-1][1], high)
            else:
                merged.append([low, high])
        walk = iter(merged)
        found: list[int] = []
        low, high = next(walk)
        for at in places:
            while values[at] > high:
                following = next(walk, None)
                if following is None:
                    return found
                low, high = following
            if values[at] >= low:
                found.append(at)
        return found

    async def _learn(self, places: Places) -> None:
        unknown = [
            self.uids[at] for at in places if self._sizes[at] == UNKNOWN or self._seconds[at] == UNKNOWN
        ]
        if unknown:
            await learn(self._view, unknown)
            if self._view.index.uids is not self.uids:  # something vanished: take over what was learned
                for at in places:
                    new = self._view.index.position(self.uids[at])
                    if new >= 0:
                        known = self._view.index
                        self._seconds[at], self._zones[at] = known.seconds[new], known.zones[new]
                        self._sizes[at] = known.sizes[new]

    async def _in_header(self, key: InHeader, places: Places) -> Places:
        if key.name in FIELDS:
            uids = array("I", [self.uids[at] for at in places])
            known = await self._mailbox.search(key.name, key.text, uids)
            if known is not None:
                return [at for at in places if self.uids[at] in known]
            columns = await columns_of(self._mailbox)
            hits, top = columns.find(key.name, key.text), columns.uids[-1] if columns.uids else 0
            near = [at for at in places if self.uids[at] in hits]
            return [*near, *await self._by_header(key, [at for at in places if self.uids[at] > top])]
        return await self._by_header(key, places)

    async def _by_header(self, key: InHeader, places: Places) -> Places:
        found: list[int] = []
        name = key.name.encode("latin-1", "replace")

        def look(block: bytes) -> bool:
            if key.name in FIELDS:
                return any(key.text in text for text in key_texts(block, key.name))
            return field_contains(block, name, key.text)

        for start in range(0, len(places), _HEADERS):
            some = places[start : start + _HEADERS]
            headers = await read_headers(self._mailbox, [self.uids[at] for at in some], listed=False)
            found += [
                at for at, block in zip(some, headers, strict=True) if field_contains(block, name, key.text)
            ]
            await self._pause()
        return found

    async def _sent(self, key: InDays, places: Places) -> Places:
        columns = await columns_of(self._mailbox)
        known = zip(columns.uids, columns.days, strict=True)
        hits = {uid for uid, day in known if day != NO_DAY and key.first <= day < key.last}
        top = columns.uids[-1] if columns.uids else 0
        found = [at for at in places if self.uids[at] in hits]
        rest = [at for at in places if self.uids[at] > top]
        for start in range(0, len(rest), _HEADERS):
            some = rest[start : start + _HEADERS]
            headers = await read_headers(self._mailbox, [self.uids[at] for at in some])
            days = [day_sent(block) for block in headers]
            found += [
                at
                for at, day in zip(some, days, strict=True)
                if day != NO_DAY and key.first <= day < key.last
            ]
        return found

    async def _in_text(self, key: InText, places: Places) -> Places:
        wanted = {self.uids[at]: at for at in places}
        found: list[int] = []
        uids = list(wanted)
        for start in range(0, len(uids), _TEXTS):
            async for uid, raw in self._mailbox.bodies(uids[start : start + _TEXTS]):
                if raw is None:
                    continue
                look = text_contains if key.header else body_contains
                hit = (
                    await asyncio.to_thread(_look, look, raw, key.text)
                    if len(raw) > _LONG
                    else _look(look, raw, key.text)
                )
                if hit:
                    found.append(wanted[uid])
                await self._pause()
        return found


def _look(look: object, raw: bytes, text: str) -> bool:
    return bool(callable(look) and look(raw, read_parts(raw), text))


_COSTS: dict[type, int] = {InHeader: 5, InText: 9}


def _cost(key: Key) -> int:
    if isinstance(key, All):
        return max((_cost(each) for each in key.keys), default=0)
    if isinstance(key, Not):
        return _cost(key.key)
    if isinstance(key, Or):
        return max(_cost(key.left), _cost(key.right))
    if isinstance(key, InDays) and key.sent:
        return _COSTS[InHeader]
    return 0 if isinstance(key, Everything) else _COSTS.get(type(key), 1)
