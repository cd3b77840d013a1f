"""One mailbox in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
from functools import lru_cache

from pratique.filtering.mime import read_structure

from ..index import SEEN, SYSTEM_FLAGS, Arrival, Index, TooManyKeywords
from ..storage import (
    Change,
    Code,
    Copied,
    Facts,
    FlagChange,
    Mailbox,
    Message,
    Need,
    Origin,
    Refused,
    Status,
    StatusItem,
)

PERMANENT = (*SYSTEM_FLAGS, "\\*")
MOST_GONE = 1_000
"""Expunged messages that connections which have not heard of it can still read (RFC 2180, 4.1.1)."""
_structure = lru_cache(4_096)(read_structure)

Find = Callable[[str], "MemoryMailbox"]


class MemoryMailbox(Mailbox):
    """`find` gives the mailbox of a name; it raises Refused."""

    def __init__(self, name: str, uidvalidity: int, find: Find, now: Callable[[], float]) -> None:
        self._name, self._uidvalidity, self._find, self._now = name, uidvalidity, find, now
        self._index = Index()
        self._messages: dict[int, bytes] = {}
        self._gone: dict[int, bytes] = {}

    @property
    def name(self) -> str:
        """As in the protocol."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def uidvalidity(self) -> int:
        """As in the protocol."""
        return self._uidvalidity

    @property
    def index(self) -> Index:
        """As in the protocol."""
        return self._index

    @property
    def read_only(self) -> bool:
        """Never."""
        return False

    @property
    def permanent_flags(self) -> tuple[str, ...]:
        """All flags, and any keyword."""
        return PERMANENT

    def add(self, messages: Iterable[Message]) -> list[int]:
        """Put messages in; returns their UIDs. Raises Refused."""
        index, arrivals = self._index, []
        for uid, message in enumerate(messages, index.uidnext):
            try:
                mask = index.mask(message.flags)
            except TooManyKeywords:
                raise Refused(Code.LIMIT, "Too many keywords in the mailbox") from None
            seconds = int(self._now()) if message.seconds is None else message.seconds
            arrivals.append(Arrival(uid, mask, seconds, message.zone, len(message.data)))
            self._messages[uid] = message.data
        index.arrive(arrivals)
        return [new.uid for new in arrivals]

    def take(self, uids: Iterable[int]) -> tuple[list[int], list[Message]]:
        """Those that are there, and copies of them."""
        found, messages, index = [], [], self._index
        for uid in uids:
            at = index.position(uid)
            if at >= 0:
                flags = index.names(index.flags[at])
                messages.append(Message(self._messages[uid], flags, index.seconds[at], index.zones[at]))
                found.append(uid)
        return found, messages

    def drop(self, uids: Sequence[int], *, by: object | None = None) -> None:
        """Remove for good."""
        self._index.vanish(uids, by=by)
        for uid in uids:
            raw = self._messages.pop(uid, None)
            if raw is not None:
                self._gone[uid] = raw
        while len(self._gone) > MOST_GONE:
            del self._gone[next(iter(self._gone))]

    def status(self, items: StatusItem) -> Status:
        """RFC 3501, 6.3.10."""
        index = self._index
        return Status(
            messages=len(index),
            uidnext=index.uidnext,
            uidvalidity=self._uidvalidity,
            unseen=sum(1 for mask in index.flags if not mask & SEEN) if StatusItem.UNSEEN in items else 0,
            recent=index.recent,
            highestmodseq=index.highestmodseq,
            size=sum(index.sizes) if StatusItem.SIZE in items else 0,
        )

    async def refresh(self) -> None:
        """Nothing changes elsewhere."""

    async def facts(self, uids: Sequence[int], need: Need) -> Sequence[Facts | None]:
        """As in the protocol."""
        return [self._facts(uid, need) for uid in uids]

    def _facts(self, uid: int, need: Need) -> Facts | None:
        raw, structure, header = self._raw(uid), None, None
        if raw is None:
            return None
        if Need.STRUCTURE in need:
            structure = _structure(raw)
        elif Need.HEADER in need:
            header = _header(raw)
        at, index = self._index.position(uid), self._index
        seconds, zone = (index.seconds[at], index.zones[at]) if at >= 0 else (0, 0)
        return Facts(len(raw), seconds, zone, structure, header)

    def _raw(self, uid: int) -> bytes | None:
        return self._messages.get(uid) or self._gone.get(uid)

    async def opened(self, uids: Sequence[int]) -> None:
        """See Mailbox."""

    async def bodies(self, uids: Sequence[int]) -> AsyncGenerator[tuple[int, bytes | None], None]:
        """As in the protocol."""
        for uid in uids:
            yield uid, self._raw(uid)

    async def store(
        self, uids: Sequence[int], change: FlagChange, *, unchanged_since: int | None = None, by: Origin
    ) -> Sequence[int]:
        """As in the protocol."""
        index, failed, changed, masks = self._index, [], [], []
        named = index.mask(change.flags, create=change.kind is not Change.REMOVE)
        for uid in uids:
            at = index.position(uid)
            if at < 0:
                continue
            if unchanged_since is not None and index.modseqs[at] > unchanged_since:
                failed.append(uid)
                continue
            changed.append(uid)
            masks.append(_apply(change.kind, index.flags[at], named))
        index.set_flags(changed, masks, by=by)
        return failed

    async def expunge(self, uids: Sequence[int], *, by: Origin) -> None:
        """As in the protocol."""
        self.drop(uids, by=by)

    async def copy(self, uids: Sequence[int], destination: str) -> Copied:
        """As in the protocol."""
        into = self._find(destination)
        found, messages = self.take(uids)
        return Copied(into.uidvalidity, found, into.add(messages))

    async def move(self, uids: Sequence[int], destination: str, *, by: Origin) -> Copied:
        """As in the protocol; into the mailbox itself too: messages get new UIDs."""
        done = await self.copy(uids, destination)
        self.drop(done.sources, by=by)
        return done

    async def search(self, field: str, needle: str, uids: Sequence[int]) -> Collection[int] | None:
        """The engine looks."""
        del field, needle, uids
        return None

    async def close(self) -> None:
        """Nothing to do."""


def _apply(kind: Change, mask: int, named: int) -> int:
    if kind is Change.ADD:
        return mask | named
    return mask & ~named if kind is Change.REMOVE else named


def _header(raw: bytes) -> bytes:
    if raw.startswith((b"\r\n", b"\n")):
        return raw[: raw.find(b"\n") + 1]
    ends = [at + len(end) for end in (b"\n\r\n", b"\n\n") if (at := raw.find(end)) >= 0]
    return raw[: min(ends)] if ends else raw
