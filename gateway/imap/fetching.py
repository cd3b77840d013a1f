"""FETCH: RFC 3501, 6.4.5; CHANGEDSINCE: RFC 7162, 3.1.4.1.

What the index knows is written thousands of lines at a time; envelopes, structures and texts go message by message, asked of the
backend in batches, a large text in pieces. Messages that vanished meanwhile are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from pratique.domain.errors import TemporaryFailure
from pratique.filtering.mime import WHOLE, Place, Section, read_structure
from pratique.filtering.mime.parts import Part, read_parts
from pratique.filtering.mime.sections import find_place
from pratique.filtering.mime.structure import Structure

from . import index, lines
from .fetch_items import LIGHT, STRUCTURAL, Item, Plan
from .index import UNKNOWN
from .session import Session
from .storage import Change, Facts, FlagChange, Need
from .view import View
from .wire import PIECE

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
        labels = [item.label for item in plan.items]
        step = lines.CHUNK if plan.light else BODIES if plan.bodies else BATCH
        for span in spans:
            for start in range(span.start, span.stop, step):
                piece = range(start, min(start + step, span.stop))
                if "RFC822.SIZE" in labels or "INTERNALDATE" in labels:
                    await self._learn(piece)
                if plan.light:
                    session.tell_keywords()
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
        known, start, stop = self._view.index, piece.start, piece.stop
        if (
            self._view.shared
            and UNKNOWN not in known.sizes[start:stop]
            and UNKNOWN not in known.seconds[start:stop]
        ):
            return
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
                if plan.bodies:
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
        source = self._view.source(uid)
        if source is None or (facts is None and raw is None):
            self.missing += 1
            return
        number, arrays, at = source
        structure = await self._structure(facts, raw)
        root = await self._root(structure, raw) if self._plan.parted else None
        # From here to the first octet nothing waits: keywords that others make meanwhile are told before they are shown.
        self._session.tell_keywords()
        wanted = [item.label for item in self._plan.items if item.label in LIGHT]
        told = self._seen_labels() if flags else ()
        light = {
            label: lines.value(self._view, label, arrays, at).encode("ascii") for label in (*wanted, *told)
        }
        wire, out = self._session.wire, [b"* %d FETCH (" % number]
        separator = b""
        for item in self._plan.items:
            label = item.label.encode("ascii")
            if item.label in LIGHT:
                out += (separator, light[item.label])
            elif item.section is None:
                out += (separator, label, b" ", self._structural(item.label, structure))
            elif (octets := _serve(item, facts, root, raw)) is None:
                out += (separator, label, b" NIL")
            else:
                out += (separator, b"%s {%d}\r\n" % (label, len(octets)))
                if len(octets) > PIECE:
                    wire.write(b"".join(out))
                    out.clear()
                    await wire.send(octets)
                else:
                    out.append(octets)
            separator = b" "
        out += (b" " + light[label] for label in told)
        out.append(b")\r\n")
        wire.write(b"".join(out))

    def _seen_labels(self) -> tuple[str, ...]:
        r"""What tells of \Seen that this FETCH has set, if no item does."""
        wanted = ("FLAGS", "MODSEQ") if self._session.condstore else ("FLAGS",)
        return tuple(label for label in wanted if not self._plan.asks(label))

    async def _structure(self, facts: Facts | None, raw: bytes | None) -> Structure | None:
        """The structure: whole, if an item asks for it."""
        structure = facts.structure if facts is not None else None
        if structure is not None and not structure.is_cut:
            return structure
        if raw is None or not self._plan.structural:
            return None
        return await asyncio.to_thread(read_structure, raw) if len(raw) > _LONG else read_structure(raw)

    def _structural(self, label: str, structure: Structure | None) -> bytes:
        if (
            structure is None
        ):  # the backend told neither the structure nor the message: nothing true can be said
            raise TemporaryFailure("no structure")
        if self._session.utf8:
            return structure.for_utf8()[STRUCTURAL.index(label)]
        return (structure.envelope, structure.body, structure.bodystructure)[STRUCTURAL.index(label)]

    async def _root(self, structure: Structure | None, raw: bytes | None) -> Part | None:
        """The tree of parts, read in a thread where the message is long; None without the message."""
        if raw is None:
            return None
        if structure is not None:
            return structure.root
        return await asyncio.to_thread(read_parts, raw) if len(raw) > _LONG else read_parts(raw)


def _serve(item: Item, facts: Facts | None, root: Part | None, raw: bytes | None) -> bytes | None:
    """The octets of a section; None where the message has no such part."""
    section = item.section or WHOLE
    if raw is None:
        return _held(facts, item) if facts is not None else None
    if section == WHOLE:
        first, size = item.partial or (0, len(raw))
        place: Place | None = Place(min(first, len(raw)), min(first + size, len(raw)), section, item.partial)
    else:
        place = find_place(root, section, item.partial) if root is not None else None
    return None if place is None else place.served(raw[place.start : place.end])


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
