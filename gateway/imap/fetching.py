"""FETCH: RFC 3501, 6.4.5; CHANGEDSINCE: RFC 7162, 3.1.4.1.

What the index knows is written thousands of lines at a time; envelopes, structures and texts go message by message, asked of the
backend in batches, a large text in pieces. Messages that vanished meanwhile are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from pratique.domain.errors import TemporaryFailure
from pratique.filtering.mime import read_structure
from pratique.filtering.mime.parts import Part, read_parts
from pratique.filtering.mime.structure import Structure

from . import index, lines
from .fetch_items import LIGHT, STRUCTURAL, Item, Plan
from .index import UNKNOWN, Arrays
from .session import Session
from .storage import Change, Facts, FlagChange, Need
from .texts import held, serve
from .view import View
from .wire import PIECE

BATCH = 200
"""Messages whose facts are asked for at once."""
BODIES = 100
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
        self._asked = [item for item in items if item.label not in LIGHT]
        self._shown = [item.label for item in items if item.label in LIGHT]
        self._heads = [(item, _head(item, at)) for at, item in enumerate(items)]
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
        if plan.bodies:
            await self._mailbox.opened(uids)
        known = [None if plan.bodies else self._known(facts.get(uid)) for uid in uids]
        if None in known:
            needed = [uid for uid, values in zip(uids, known, strict=True) if values is None]
            async with aclosing(self._bodies(uids, needed)) as found:
                async for uid, raw in found:
                    await self._write(uid, facts.get(uid), raw, flags=uid in newly_seen)
                    await self._session.wire.ease()
            return
        written = 0
        for uid, values in zip(uids, known, strict=True):
            written += self._put(uid, values or (), flags=uid in newly_seen)
            if written > PIECE:
                await self._session.wire.drain()
                written = 0

    async def _bodies(
        self, uids: Sequence[int], needed: Sequence[int]
    ) -> AsyncGenerator[tuple[int, bytes | None], None]:
        """Each message in order, with its octets where they are needed."""
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

    def _known(self, facts: Facts | None) -> Sequence[bytes] | None:
        """What goes behind the items that the index has no answer for, in their order; None where it takes the message's octets to tell. Empty
        for a message that is gone.
        """
        if facts is None:
            return ()
        found: list[bytes] = []
        for item in self._asked:
            if item.section is None:
                if facts.structure is None or facts.structure.is_cut:
                    return None
                found.append(self._structural(item.label, facts.structure))
            elif (octets := held(facts, item)) is None:
                return None
            else:
                found.append(octets)
        return found

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
        structure = facts.structure if facts is not None and not _is_cut(facts) else None
        if structure is None and self._plan.structural:
            structure = await self._structure(raw)
        root = await self._root(structure, raw) if self._plan.parted else None
        light = self._light(arrays, at, flags=flags)
        values = (
            self._structural(item.label, structure) if item.section is None else serve(item, facts, root, raw)
            for item in self._asked
        )
        wire, out = self._session.wire, list[bytes]()
        for part in self._line(number, light, values):
            if len(part) > PIECE:
                wire.write(b"".join(out))
                out.clear()
                await wire.send(part)
            else:
                out.append(part)
        wire.write(b"".join(out))

    def _put(self, uid: int, values: Sequence[bytes], *, flags: bool) -> int:
        """The same of a message whose facts say it all; returns the octets."""
        source = self._view.source(uid)
        if source is None or not values:
            self.missing += 1
            return 0
        number, arrays, at = source
        line = b"".join(self._line(number, self._light(arrays, at, flags=flags), values))
        self._session.wire.write(line)
        return len(line)

    def _light(self, arrays: Arrays, at: int, *, flags: bool) -> list[bytes]:
        r"""What the index answers, in the order of the items; then what tells of \Seen that this FETCH has set, if no item does. From here to the
        first octet nothing waits: keywords that others make meanwhile are told before they are shown.
        """
        session = self._session
        session.tell_keywords()
        wanted = self._shown
        if flags:
            more = ("FLAGS", "MODSEQ") if session.condstore else ("FLAGS",)
            wanted = [*wanted, *(label for label in more if not self._plan.asks(label))]
        return [lines.value(self._view, label, arrays, at).encode("ascii") for label in wanted]

    def _line(self, number: int, light: list[bytes], values: Iterable[bytes | None]) -> Iterator[bytes]:
        """One untagged line, in pieces."""
        yield b"* %d FETCH (" % number
        told, texts = iter(light), iter(values)
        for item, head in self._heads:
            if item.label in LIGHT:
                yield head + next(told)
            elif (octets := next(texts)) is None:
                yield head + b"NIL"
            elif item.section is None:
                yield head
                yield octets
            else:
                yield b"%s{%d}\r\n" % (head, len(octets))
                yield octets
        for text in told:
            yield b" " + text
        yield b")\r\n"

    async def _structure(self, raw: bytes | None) -> Structure | None:
        """The whole structure, read from the message."""
        if raw is None:
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


def _head(item: Item, at: int) -> bytes:
    """What stands before the value of the item at this place."""
    return (b" " if at else b"") + (b"" if item.label in LIGHT else item.label.encode("ascii") + b" ")


def _is_cut(facts: Facts) -> bool:
    return facts.structure is not None and facts.structure.is_cut


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
