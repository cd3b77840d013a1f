"""What a mailbox holds, in compact arrays: some 45 octets a message, so that 100,000 fit into a few megabytes.

Changes are operations, each under the version of the register that brought it. They are stored (`Tail`) and applied in their order by
every gateway alike; a snapshot is the state after all operations up to its version.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from pratique.domain.ids import CopyId, copy_id_of
from pratique.domain.mailbox import Placed

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
"""What ten bits are in a ULID: a mailbox of 100,000 is written and read as often."""
_DIGITS = str.maketrans(_CROCKFORD, "0123456789abcdefghijklmnopqrstuv")
COLUMNS = ("uids", "ends", "sizes", "who", "flags", "modseqs")


@dataclass(frozen=True, slots=True)
class Came:
    """New messages; the UIDs go up from `first`. A message that was known before (and is numbered anew) keeps its flags."""

    version: int
    first: int
    entries: tuple[Placed, ...]
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Flagged:
    """These messages have exactly these flags now."""

    version: int
    uids: tuple[int, ...]
    flags: int


@dataclass(frozen=True, slots=True)
class Went:
    """These messages are gone."""

    version: int
    uids: tuple[int, ...]


Operation = Came | Flagged | Went


@dataclass(slots=True)
class Contents:
    """The state of a mailbox at one version of its register. Rows are only ever added: what went is marked in `gone`."""

    uidvalidity: int
    version: int = 0
    uidnext: int = 1
    uids: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("I"))
    sizes: array[int] = field(default_factory=lambda: array("I"))
    who: array[int] = field(default_factory=lambda: array("I"))
    flags: array[int] = field(default_factory=lambda: array("H"))
    modseqs: array[int] = field(default_factory=lambda: array("Q"))
    messages: bytearray = field(default_factory=bytearray)
    """The ULIDs, 16 octets each."""
    gone: bytearray = field(default_factory=bytearray)
    people: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """Of people."""
    soonest: int = 0
    """Nothing ends before that (Unix seconds)."""

    def position(self, uid: int) -> int:
        """Where this UID is; -1 where it never was."""
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else -1

    def copy_id(self, position: int) -> CopyId:
        """Whose copy of which message is there."""
        return copy_id_of(self.message(position), self.people[self.who[position]])

    def message(self, position: int) -> str:
        """Its message."""
        return _text(self.octets(position))

    def octets(self, position: int) -> bytes:
        """Its message's ULID."""
        return bytes(self.messages[position * 16 : position * 16 + 16])

    def received_ms(self, position: int) -> int:
        """When it was received (Unix ms): the first six octets of a ULID."""
        return int.from_bytes(self.messages[position * 16 : position * 16 + 6], "big")

    def all_seconds(self) -> array[int]:
        """When each was received (Unix seconds), gone or not: of the first eight octets of a ULID, six are milliseconds."""
        words = array("Q", bytes(self.messages))
        if sys.byteorder == "little":
            words.byteswap()
        return array("q", [word // 65_536_000 for word in words[::2]])

    def find(self, copy_id: CopyId) -> int:
        """Where a copy is that is not gone; -1 where there is none."""
        number = self.numbers.get(copy_id.people)
        if number is None:
            return -1
        wanted, at = _octets(copy_id.message), len(self.messages)
        while (at := self.messages.rfind(wanted, 0, at)) >= 0:
            place, inside = divmod(at, 16)
            if not inside and self.who[place] == number and not self.gone[place]:
                return place
            at += 15  # the next match may begin one octet before this one
        return -1

    def find_many(self, ids: Iterable[CopyId]) -> dict[CopyId, int]:
        """Where these are, of those that are here: one pass over all, whatever their number."""
        wanted = {_octets(copy_id.message) for copy_id in ids}
        messages = self.messages
        places = (at for at in self.live() if bytes(messages[at * 16 : at * 16 + 16]) in wanted)
        return {self.copy_id(at): at for at in places}

    def live(self) -> Iterable[int]:
        """Positions of what is not gone."""
        return (at for at, gone in enumerate(self.gone) if not gone)

    def apply(self, operations: Iterable[Operation]) -> None:
        """Carry out operations above this version, in their order."""
        for operation in operations:
            if isinstance(operation, Came):
                self._add(operation)
            else:
                for uid in operation.uids:
                    at = self.position(uid)
                    if at < 0 or self.gone[at]:
                        continue
                    if isinstance(operation, Went):
                        self.gone[at] = 1
                    else:
                        self.flags[at], self.modseqs[at] = operation.flags, operation.version
            self.version = max(self.version, operation.version)

    def ended(self, now: int) -> list[int]:
        """UIDs of what is over its time, and not marked as gone yet (Unix seconds)."""
        if now < self.soonest:
            return []
        if self.ends and not any(self.gone) and min(self.ends) > now:  # as after loading: no look at each
            self.soonest = min(self.ends)
            return []
        over: list[int] = []
        self.soonest = 0xFFFFFFFF
        for at in self.live():
            if self.ends[at] <= now:
                over.append(self.uids[at])
            else:
                self.soonest = min(self.soonest, self.ends[at])
        return over

    def forget(self, uids: Iterable[int]) -> None:
        """Mark as gone, without an operation: everybody's clock tells them so."""
        for uid in uids:
            at = self.position(uid)
            if at >= 0:
                self.gone[at] = 1

    def clone(self) -> Contents:
        """Another one like this, without what is gone."""
        fresh = Contents(self.uidvalidity, self.version, self.uidnext)
        live = list(self.live())
        for name in COLUMNS:
            column = getattr(self, name)
            setattr(fresh, name, array(column.typecode, map(column.__getitem__, live)))
        fresh.messages = bytearray(b"".join(self.messages[at * 16 : at * 16 + 16] for at in live))
        fresh.gone = bytearray(len(live))
        used = {old: new for new, old in enumerate(dict.fromkeys(fresh.who))}
        fresh.people = [self.people[old] for old in used]
        fresh.numbers = {person: number for number, person in enumerate(fresh.people)}
        fresh.who = array("I", map(used.__getitem__, fresh.who))
        return fresh

    def _add(self, operation: Came) -> None:
        for uid, entry in enumerate(operation.entries, operation.first):
            self.uids.append(uid)
            self.ends.append(min(entry.ends, 0xFFFFFFFF))
            self.soonest = min(self.soonest, entry.ends)
            self.sizes.append(min(entry.size, 0xFFFFFFFF))
            self.who.append(self._number(entry.id.people))
            self.flags.append(operation.flags)
            self.modseqs.append(operation.version)
            self.messages += _octets(entry.id.message)
            self.gone.append(0)
        self.uidnext = max(self.uidnext, operation.first + len(operation.entries))

    def _number(self, person: str) -> int:
        number = self.numbers.setdefault(person, len(self.people))
        if number == len(self.people):
            self.people.append(person)
        return number


def _octets(message: str) -> bytes:
    return int(message.translate(_DIGITS), 32).to_bytes(16, "big")


def _text(octets: bytes) -> str:
    number = int.from_bytes(octets, "big")
    return "".join([_PAIRS[number >> shift & 0x3FF] for shift in range(120, -1, -10)])
