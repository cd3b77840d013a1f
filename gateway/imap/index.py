r"""A mailbox's index: UIDs, flags and modification sequences in compact arrays, shared by all connections that have it open.

About 40 octets a message and nothing for a connection that is up to date: a view (view.py) holds a reference to `uids`. Arrivals
extend the arrays in place (a view knows how many it has told its client of); what vanishes makes new arrays, and the views that have
not told their client yet keep the old one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
ANSWERED, FLAGGED, DELETED, SEEN, DRAFT = (1 << bit for bit in range(5))
MOST_FLAGS = 64
"""System flags and keywords of one mailbox: a flag is a bit of array('Q')."""
UNKNOWN = -1
"""Size or time that the backend has not read yet: the engine asks for it when a client does."""
KEPT_EVENTS = 2_000
"""Changes remembered; a view that is further behind compares the arrays."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message for `Index.arrive`. `modseq` None takes the next one."""

    uid: int
    flags: int = 0
    seconds: int = UNKNOWN
    zone: int = 0
    size: int = UNKNOWN
    modseq: int | None = None


class Arrays(NamedTuple):
    """The columns of an index, or of some of its messages."""

    uids: array[int]
    flags: array[int]
    modseqs: array[int]
    seconds: array[int]
    zones: array[int]
    sizes: array[int]


@dataclass(frozen=True, slots=True)
class Event:
    """What changed at one modification sequence: messages whose flags changed, or that vanished, with what was known of those."""

    modseq: int
    uids: Sequence[int]
    gone: Arrays | None
    by: object | None


class TooManyKeywords(Exception):
    """The mailbox has as many keywords as it can have."""


class Index:
    """See the module. For one event loop; positions are from 0 in ascending order of UID."""

    def __init__(self, *, uidnext: int = 1, highestmodseq: int = 1) -> None:
        self.uids = array("I")
        self.flags = array("Q")
        self.modseqs = array("Q")
        self.seconds = array("q")
        self.zones = array("h")
        self.sizes = array("q")
        self.uidnext = uidnext
        self.highestmodseq = highestmodseq
        self.events: list[Event] = []
        self._forgotten = 0
        self.unclaimed = uidnext
        """Messages from this UID on are recent to nobody yet (RFC 3501, 2.3.2)."""
        self.columns: dict[str, object] = {}
        """Kept here for `columns.py`: what SEARCH has read of headers."""
        self._names: list[str] = list(SYSTEM_FLAGS)
        self._bits = {name.lower(): 1 << bit for bit, name in enumerate(SYSTEM_FLAGS)}
        self._rendered: dict[int, str] = {}
        self._unseen = (0, 0, -1)
        self._listeners: set[Callable[[], None]] = set()

    def __len__(self) -> int:
        return len(self.uids)

    # Flags

    @property
    def keywords(self) -> tuple[str, ...]:
        """Keywords known in this mailbox, in the order they came."""
        return tuple(self._names[len(SYSTEM_FLAGS) :])

    @property
    def flag_count(self) -> int:
        """System flags and keywords; it only grows."""
        return len(self._names)

    @property
    def full(self) -> bool:
        """Whether no keyword can be added."""
        return len(self._names) >= MOST_FLAGS

    def mask(self, names: Iterable[str], *, create: bool = True) -> int:
        """The bits of flags. Unknown keywords are made, or left out where not `create`. Raises TooManyKeywords."""
        bits = 0
        for name in names:
            bit = self._bits.get(name.lower())
            if bit is None:
                if not create:
                    continue
                if self.full:
                    raise TooManyKeywords
                bit = 1 << len(self._names)
                self._names.append(name)
                self._bits[name.lower()] = bit
            bits |= bit
        return bits

    def names(self, mask: int) -> tuple[str, ...]:
        """The flags of a mask."""
        return tuple(name for bit, name in enumerate(self._names) if mask >> bit & 1)

    def rendered(self, mask: int) -> str:
        r"""The flags of a mask as FETCH shows them between its parentheses, without \Recent. Remembered."""
        text = self._rendered.get(mask)
        if text is None:
            if len(self._rendered) > KEPT_EVENTS:
                self._rendered.clear()
            text = self._rendered[mask] = " ".join(self.names(mask))
        return text

    # Reading

    def arrays(self) -> Arrays:
        """The columns as they are now, not copied."""
        return Arrays(self.uids, self.flags, self.modseqs, self.seconds, self.zones, self.sizes)

    def position(self, uid: int) -> int:
        """Where this UID is; -1 where it is not."""
        found = bisect_left(self.uids, uid)
        return found if found < len(self.uids) and self.uids[found] == uid else -1

    @property
    def noted(self) -> int:
        """Events so far."""
        return self._forgotten + len(self.events)

    def since(self, noted: int) -> list[Event] | None:
        """What happened since there were `noted` events, oldest first; None where that is no longer known."""
        return None if noted < self._forgotten else self.events[noted - self._forgotten :]

    @property
    def recent(self) -> int:
        r"""Messages that are \Recent to nobody yet."""
        return len(self.uids) - bisect_left(self.uids, min(self.unclaimed, 0xFFFFFFFF))

    def first_unseen(self) -> int:
        r"""Position of the first message without \Seen; -1 if all have it. Looks through the flags once after each change."""
        noted, length, found = self._unseen
        if noted != self.noted:
            length, found = 0, -1
        if found < 0:
            rest = self.flags[length:]
            found = next((at for at, mask in enumerate(rest, length) if not mask & SEEN), -1)
        self._unseen = self.noted, len(self.flags), found
        return found

    def claim_recent(self) -> range:
        r"""UIDs that become \Recent for whoever asks first."""
        claimed = range(self.unclaimed, self.uidnext)
        self.unclaimed = max(self.unclaimed, self.uidnext)
        return claimed

    # Changing

    def arrive(self, arrivals: Iterable[Arrival]) -> None:
        """New messages, in ascending order of UID, above all that are there. UIDs that are there already are skipped."""
        last = self.uids[-1] if self.uids else 0
        for new in arrivals:
            if new.uid <= last:
                continue
            last = new.uid
            modseq = self._next(new.modseq)
            self.highestmodseq = max(self.highestmodseq, modseq)
            self.uids.append(new.uid)
            self.flags.append(new.flags)
            self.modseqs.append(modseq)
            self.seconds.append(new.seconds)
            self.zones.append(new.zone)
            self.sizes.append(new.size)
        self.uidnext = max(self.uidnext, last + 1)
        self._tell()

    def learn(self, uid: int, *, seconds: int, zone: int, size: int) -> None:
        """What was UNKNOWN of a message."""
        place = self.position(uid)
        if place >= 0:
            self.seconds[place], self.zones[place], self.sizes[place] = seconds, zone, size

    def set_flags(
        self,
        uids: Sequence[int],
        masks: Sequence[int],
        *,
        modseq: int | None = None,
        by: object | None = None,
    ) -> None:
        """Flags are now these, under one modification sequence. UIDs ascend; those that are gone or have these flags are skipped."""
        changed = array("I")
        now = self._next(modseq)
        for uid, mask in zip(uids, masks, strict=True):
            place = self.position(uid)
            if place >= 0 and self.flags[place] != mask:
                self.flags[place], self.modseqs[place] = mask, now
                changed.append(uid)
        if changed:
            self._note(Event(now, changed, None, by))

    def vanish(self, uids: Iterable[int], *, modseq: int | None = None, by: object | None = None) -> None:
        """These messages are gone."""
        places = sorted({place for place in map(self.position, uids) if place >= 0})
        if not places:
            return
        gone = Arrays(*(array(column.typecode, [column[at] for at in places]) for column in self.arrays()))
        self.uids, self.flags = _without(self.uids, places), _without(self.flags, places)
        self.modseqs, self.seconds = _without(self.modseqs, places), _without(self.seconds, places)
        self.zones, self.sizes = _without(self.zones, places), _without(self.sizes, places)
        self._note(Event(self._next(modseq), gone.uids, gone, by))

    # Watching

    @property
    def watched(self) -> bool:
        """Whether some connection waits for news (IDLE): then the backend looks for some by itself."""
        return bool(self._listeners)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each change, until the function that is returned is called."""
        self._listeners.add(callback)
        return lambda: self._listeners.discard(callback)

    def _next(self, modseq: int | None) -> int:
        return self.highestmodseq + 1 if modseq is None else modseq

    def _note(self, event: Event) -> None:
        self.highestmodseq = max(self.highestmodseq, event.modseq)
        self.events.append(event)
        if len(self.events) > KEPT_EVENTS:
            half = KEPT_EVENTS // 2
            self._forgotten += half
            del self.events[:half]
        self._tell()

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            callback()


def _without(column: array[int], places: Sequence[int]) -> array[int]:
    """A new array that lacks these positions (ascending)."""
    kept = array(column.typecode)
    start = 0
    for place in places:
        kept.extend(column[start:place])
        start = place + 1
    kept.extend(column[start:])
    return kept
