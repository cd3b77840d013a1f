r"""What one connection has been told of its mailbox, and what it has not been told yet.

Message sequence numbers are places in `uids[:exists]`. As long as nothing has vanished that the client has not heard of, `uids` is the
index's own array. EXPUNGE may be told only where RFC 3501, 7.4.1 allows it, so until then the view keeps the array as it was.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from .index import Arrays, Event, Index
from .storage import Mailbox, Origin


class News:
    """What a client is to be told, in this order."""

    def __init__(self) -> None:
        self.expunged: Sequence[int] = ()
        """Sequence numbers, each counted after the ones before it are gone (RFC 3501, 7.4.1)."""
        self.exists: int | None = None
        self.recent: int | None = None
        self.changed: list[range] = []
        """Positions whose flags changed."""


class View:
    """See the module."""

    def __init__(self, mailbox: Mailbox, *, read_only: bool) -> None:
        self.mailbox, self.read_only = mailbox, read_only
        self.origin = Origin()
        self.index: Index = mailbox.index
        self.uids = self.index.uids
        self.exists = len(self.uids)
        self._noted = self.index.noted
        self._modseq = self.index.highestmodseq
        self._gone: dict[int, tuple[Arrays, int] | None] = {}
        """What is known of messages that vanished, by UID; None where it is not."""
        self._changed: set[int] = set()
        self._recent: list[range] = []
        self._told_recent = 0
        self._claim()

    # What the client knows

    @property
    def shared(self) -> bool:
        """Whether positions here are positions in the index."""
        return self.uids is self.index.uids

    @property
    def recent(self) -> int:
        r"""Messages that are \Recent here (RFC 3501, 2.3.2)."""
        return sum(self._at(span.stop) - self._at(span.start) for span in self._recent)

    def is_recent(self, uid: int) -> bool:
        r"""Whether this message is \Recent here."""
        return any(uid in span for span in self._recent)

    def recent_positions(self) -> list[range]:
        r"""Positions of the messages that are \Recent here, ascending."""
        spans = (range(self._at(span.start), self._at(span.stop)) for span in self._recent)
        return [span for span in spans if span]

    def position(self, uid: int) -> int:
        """Where this UID is here; -1 where it is not."""
        place = self._at(uid)
        return place if place < self.exists and self.uids[place] == uid else -1

    def _at(self, uid: int) -> int:
        return bisect_left(self.uids, min(uid, 0xFFFFFFFF), 0, self.exists)

    def places(self, positions: range) -> Iterator[tuple[int, int]]:
        """(sequence number, position in the index) of those that are still there."""
        if self.shared:
            yield from zip(range(positions.start + 1, positions.stop + 1), positions, strict=True)
            return
        for place in positions:
            found = self.index.position(self.uids[place])
            if found >= 0:
                yield place + 1, found

    def sources(self, positions: range) -> Iterator[tuple[int, Arrays, int]]:
        """(sequence number, arrays, position in them) of each message that anything is known of, also of one that has vanished while the
        client has not heard of it (RFC 2180, 4.1.1).
        """
        for place in positions:
            found = self.source(self.uids[place])
            if found is not None:
                yield found

    def source(self, uid: int) -> tuple[int, Arrays, int] | None:
        """The same for one message; None where nothing is known."""
        number = self.position(uid) + 1
        if self.shared:
            return (number, self.index.arrays(), number - 1) if number else None
        self._catch_up()
        at = self.index.position(uid)
        if at >= 0:
            return number, self.index.arrays(), at
        gone = self._gone.get(uid)
        return (number, *gone) if gone is not None else None

    def uids_at(self, spans: Iterable[range]) -> array[int]:
        """UIDs at these positions."""
        found = array("I")
        for span in spans:
            found.extend(self.uids[span.start : span.stop])
        return found

    # News

    def has_news(self) -> bool:
        """Whether anything may have to be told: looks at three numbers."""
        index = self.index
        return (
            bool(self._gone or self._changed)
            or self._noted != index.noted
            or not self.shared
            or self.exists != len(index)
        )

    def take_news(self, *, expunges: bool) -> News:
        """What to tell, and count it as told; without EXPUNGE unless `expunges`."""
        news = News()
        if not self.has_news():
            return news
        self._catch_up()
        if expunges:
            news.expunged = self._expunge()
        self._extend(news)
        news.changed = _as_ranges(sorted(place for place in map(self.position, self._changed) if place >= 0))
        self._changed = set()
        return news

    def _catch_up(self) -> None:
        """Read what happened; it is told later."""
        index = self.index
        if self._noted == index.noted:
            return
        events = index.since(self._noted)
        if events is None:
            self._compare()
        else:
            self._follow(events)
        self._noted, self._modseq = index.noted, index.highestmodseq

    def _follow(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.gone is not None:
                self._gone.update((uid, (event.gone, at)) for at, uid in enumerate(event.uids))
                self._changed.difference_update(event.uids)
            elif event.by is not self.origin:
                self._changed.update(event.uids)

    def _compare(self) -> None:
        """Too much has happened: look at everything."""
        index, seen = self.index, self._modseq
        gone = set(self.uids[: self.exists]).difference(index.uids, self._gone)
        self._gone.update(dict.fromkeys(gone))
        pairs = zip(index.uids, index.modseqs, strict=True)
        self._changed = {uid for uid, modseq in pairs if modseq > seen}

    def _expunge(self) -> Sequence[int]:
        places = sorted(place for place in map(self.position, self._gone) if place >= 0)
        self._gone = {}
        if not self.shared:
            self.exists -= len(places)
            self.uids = self.index.uids
        return [place + 1 - before for before, place in enumerate(places)]

    def _extend(self, news: News) -> None:
        index, before = self.index, self.exists
        if self.shared:
            self.exists = len(self.uids)
        else:
            last = self.uids[before - 1] if before else 0
            start = bisect_left(index.uids, last + 1)
            if start < len(index.uids):
                self.uids = self.uids[:before] + index.uids[start:]
                self.exists = len(self.uids)
        if self.exists != before:
            self._claim()
            news.exists = self.exists
        recent = self.recent
        if recent != self._told_recent or news.exists is not None:
            self._told_recent = news.recent = recent

    def _claim(self) -> None:
        r"""\Recent is for the first session that hears of a message; one that only looks takes it from nobody."""
        index = self.index
        span = range(index.unclaimed, index.uidnext) if self.read_only else index.claim_recent()
        if span:
            if self._recent and self._recent[-1].stop >= span.start:
                span = range(min(self._recent.pop().start, span.start), span.stop)
            self._recent.append(span)
        first = self.uids[0] if self.exists else index.uidnext
        self._recent = [span for span in self._recent if span.stop > first]
        self._told_recent = self.recent


def _as_ranges(places: Sequence[int]) -> list[range]:
    found: list[range] = []
    for place in places:
        if found and found[-1].stop == place:
            found[-1] = range(found[-1].start, place + 1)
        else:
            found.append(range(place, place + 1))
    return found
