"""FETCH: RFC 3501, 6.4.5; CHANGEDSINCE: RFC 7162, 3.1.4.1.

What the index knows is written thousands of lines at a time; envelopes, structures and texts go message by message, asked of the
backend in batches, a large text in pieces. Messages that vanished meanwhile are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from pratique.filtering.mime import WHOLE, Place, Section, read_structure
from pratique.filtering.mime.parts import read_parts
from pratique.filtering.mime.sections import find_place
from pratique.filtering.mime.structure import Structure

from . import index, lines
from .fetch_items import LIGHT, STRUCTURAL, Item, Plan
from .index import UNKNOWN
from .session import Session
from .storage import Change, Facts, FlagChange, Need
from .view import View

BATCH = 200
"""Messages whose facts are asked for at once."""
BODIES = 32
"""Messages whose texts are asked for at once."""
_LONG = 256 * 1024
"""Octets of a message from which it is parsed in a thread."""
_SLICE = 2_000
"""Messages looked through between two looks at the connection."""


class Fetching:
    """One FETCH."""

    def __init__(self, session: Session, plan: Plan) -> None:
        self._session, self._view = session, session.open
        self._mailbox = self._view.mailbox
        items = list(plan.items)
        if session.by_uid:
            items = [Item("UID"), *(item for item in items if item.label != "UID")]
        if session.condstore and plan.asks("FLAGS") and not plan.asks("MODSEQ"):
            items.append(Item("MODSEQ"))  # RFC 7162, 3.1: in every FETCH that tells of flags
        self._plan = replace(plan, items=tuple(items))
        self.missing = 0
        """Messages that are there no more."""

    async def run(self, spans: list[range]) -> None:
        """Answer for these positions."""
        session, plan = self._session, self._plan
        if plan.changed_since is not None:
            spans = _changed(self._view, spans, plan.changed_since)
        if plan.asks("FLAGS") or plan.seen:
            session.tell_keywords()
        labels = [item.label for item in plan.items]
        step = lines.CHUNK if plan.light else BODIES if plan.bodies else BATCH
        for span in spans:
            for start in range(span.start, span.stop, step):
                piece = range(start, min(start + step, span.stop))
                if "RFC822.SIZE" in labels or "INTERNALDATE" in labels:
                    await self._learn(piece)
                if plan.light:
                    text = lines.write_lines(self._view, labels, piece)
                    self.missing += 0 if self._view.shared else self._count_missing(piece)
                    await session.wire.send(text.encode("ascii"))
                else:
                    await self._heavy(piece)
                await session.pause()

    def _count_missing(self, piece: range) -> int:
        return len(piece) - sum(1 for _ in self._view.sources(piece))

    async def _learn(self, piece: range) -> None:
        """Ask for sizes and dates that the index has not."""
        unknown = [
            arrays.uids[at]
            for _, arrays, at in self._view.sources(piece)
            if arrays.sizes[at] == UNKNOWN or arrays.seconds[at] == UNKNOWN
        ]
        await learn(self._view, unknown)

    # Message by message

    async def _heavy(self, piece: range) -> None:
        plan, view = self._plan, self._view
        uids = view.uids[piece.start : piece.stop]
        newly_seen = await self._mark_seen(uids) if plan.seen and not view.read_only else frozenset()
        facts: Mapping[int, Facts | None] = {}
        if plan.need:
            facts = dict(zip(uids, await self._mailbox.facts(uids, plan.need), strict=True))
        async with aclosing(self._bodies(uids, facts)) as found:
            async for uid, raw in found:
                await self._write(uid, facts.get(uid), raw, flags=uid in newly_seen)
                await self._session.wire.drain()

    async def _bodies(
        self, uids: Sequence[int], facts: Mapping[int, Facts | None]
    ) -> AsyncGenerator[tuple[int, bytes | None], None]:
        """Each message in order, with its octets where they are needed."""
        needed = [uid for uid in uids if self._needs_octets(facts.get(uid))]
        if not needed:
            for uid in uids:
                yield uid, None
            return
        async with aclosing(self._mailbox.bodies(needed)) as bodies:
            waiting = iter(uids)
            async for uid, raw in bodies:
                for other in waiting:
                    if other == uid:
                        break
                    yield other, None
                if raw is None:
                    self.missing += 1
                else:
                    yield uid, raw
            for other in waiting:
                yield other, None

    def _needs_octets(self, facts: Facts | None) -> bool:
        if self._plan.bodies:
            return True
        structure = facts.structure if facts is not None else None
        for item in self._plan.items:
            if item.label in STRUCTURAL and (structure is None or structure.is_cut):
                return facts is not None
            if item.section is not None and (facts is None or _held(facts, item) is None):
                return facts is not None
        return False

    async def _mark_seen(self, uids: Sequence[int]) -> frozenset[int]:
        r"""Set \Seen on those that lack it, and say which."""
        known = self._view.index
        unseen = [
            uid for uid in uids if (at := known.position(uid)) >= 0 and not known.flags[at] & index.SEEN
        ]
        if not unseen or not {"\\seen", "\\*"} & {
            flag.lower() for flag in self._view.mailbox.permanent_flags
        }:
            return frozenset()
        await self._mailbox.store(unseen, FlagChange(Change.ADD, ("\\Seen",)), by=self._view.origin)
        return frozenset(unseen)

    async def _write(self, uid: int, facts: Facts | None, raw: bytes | None, *, flags: bool) -> None:
        view = self._view
        place = view.position(uid)
        source = next(iter(view.sources(range(place, place + 1))), None)
        if source is None or (facts is None and raw is None):
            self.missing += 1
            return
        number, arrays, at = source
        wire, structure = self._session.wire, await self._structure(facts, raw)
        sections = (
            await _Sections.of(facts, structure, raw) if any(i.section for i in self._plan.items) else None
        )
        wire.write(b"* %d FETCH (" % number)
        separator = b""
        for item in self._plan.items:
            wire.write(separator)
            separator = b" "
            if item.label in LIGHT:
                wire.write(lines.value(view, item.label, arrays, at).encode("ascii"))
            elif item.section is not None and sections is not None:
                await self._write_text(item, sections.serve(item))
            elif structure is not None:
                wire.write(item.label.encode("ascii") + b" " + self._structural(item.label, structure))
        if flags and not self._plan.asks("FLAGS"):
            for label in ("FLAGS", "MODSEQ") if self._session.condstore else ("FLAGS",):
                if not (label == "MODSEQ" and self._plan.asks("MODSEQ")):
                    wire.write(b" " + lines.value(view, label, arrays, at).encode("ascii"))
        wire.write(b")\r\n")

    async def _structure(self, facts: Facts | None, raw: bytes | None) -> Structure | None:
        """The whole structure, if an item asks for it."""
        structure = facts.structure if facts is not None else None
        if not any(item.label in STRUCTURAL for item in self._plan.items):
            return structure if structure is not None and not structure.is_cut else None
        if raw is not None and (structure is None or structure.is_cut):
            return await asyncio.to_thread(read_structure, raw) if len(raw) > _LONG else read_structure(raw)
        return structure

    def _structural(self, label: str, structure: Structure) -> bytes:
        if self._session.utf8:
            return structure.for_utf8()[STRUCTURAL.index(label)]
        return (structure.envelope, structure.body, structure.bodystructure)[STRUCTURAL.index(label)]

    async def _write_text(self, item: Item, octets: bytes | None) -> None:
        wire = self._session.wire
        if octets is None:
            wire.write(item.label.encode("ascii") + b" NIL")
            return
        wire.write(b"%s {%d}\r\n" % (item.label.encode("ascii"), len(octets)))
        await wire.send(octets)


class _Sections:
    """The sections of one message."""

    def __init__(self, facts: Facts | None, structure: Structure | None, raw: bytes | None) -> None:
        self._facts, self._structure, self._raw = facts, structure, raw
        self._root = structure.root if structure is not None and raw is not None else None

    @classmethod
    async def of(cls, facts: Facts | None, structure: Structure | None, raw: bytes | None) -> _Sections:
        """With the message's tree, read in a thread where the message is long."""
        one = cls(facts, structure, raw)
        if raw is not None and one._root is None:
            one._root = await asyncio.to_thread(read_parts, raw) if len(raw) > _LONG else read_parts(raw)
        return one

    def serve(self, item: Item) -> bytes | None:
        """The octets of a section; None where the message has no such part."""
        section = item.section or WHOLE
        if self._raw is None or self._root is None:
            return _held(self._facts, item) if self._facts is not None else None
        place = find_place(self._root, section, item.partial)
        return None if place is None else place.served(self._raw[place.start : place.end])


def _held(facts: Facts, item: Item) -> bytes | None:
    """A section of the header, from what the backend told of the message; None where that is not enough."""
    section: Section = item.section or WHOLE
    if facts.structure is not None:
        held = facts.structure.held(section, item.partial)
        if held is not None:
            return held
    if facts.header is None or section.path or section.kind != b"HEADER":
        return None
    octets = facts.header
    if section.names is None and item.partial is not None:
        octets = octets[item.partial[0] : item.partial[0] + item.partial[1]]
    return Place(0, len(octets), section, item.partial).served(octets)


async def learn(view: View, uids: Sequence[int]) -> None:
    """Have the index know size and date of these messages."""
    for start in range(0, len(uids), BATCH):
        some = uids[start : start + BATCH]
        for uid, facts in zip(some, await view.mailbox.facts(some, Need.ARRIVAL), strict=True):
            if facts is not None:
                view.index.learn(uid, seconds=facts.seconds, zone=facts.zone, size=facts.size)


def _changed(view: View, spans: list[range], since: int) -> list[range]:
    """Positions of messages whose modification sequence is above `since`."""
    known = view.index
    found: list[range] = []
    for span in spans:
        for number, at in view.places(span):
            if known.modseqs[at] > since:
                if found and found[-1].stop == number - 1:
                    found[-1] = range(found[-1].start, number)
                else:
                    found.append(range(number - 1, number))
    return found
