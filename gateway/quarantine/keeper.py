"""Keeps one mailbox's register: gives UIDs, works in what came and went, writes changes down. Blocking: runs in a thread, one call at a time.

Two gateways agree because every change is one conditional write of the register (docs/decisions/0003-imap-registers.md): the loser
reads what the winner wrote, and decides again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from urllib.parse import quote

from pratique.domain.errors import NotFound, PermanentFailure, PratiqueError, TemporaryFailure
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import HINT_DAYS, LATE_MS
from pratique.domain.mailbox import Listing, MailboxKey, Placed, Register, placed
from pratique.domain.policy import DAY
from pratique.ports.services import Services

from .codec import Tail, pack_snapshot, unpack_snapshot, unpack_tail
from .contents import Came, Contents, Flagged, Operation, Went

OVERLAP_MS = 2 * LATE_MS
"""How far back is looked again, and a hint is looked at again: longer than a copy may come without a hint, and than a change may
follow its hint. Clocks may differ by what is left.
"""
CHECK_MS = (HINT_DAYS - 1) * DAY * 1000
"""After so long the whole listing is compared: hints are about to be forgotten."""
MAX_TAIL = 16 * 1024
"""Octets of packed operations that a register carries along; more make a new snapshot."""
MAX_CAME = 400
"""New messages that are written as operations; more make a new snapshot at once."""
TRIES = 8
FEW = 64
"""So many copies are looked up one by one; more are looked up together."""

Make = Callable[[Contents], list[Operation]]


class Keeper:
    """See the module. `contents` is what was worked in so far."""

    def __init__(self, services: Services, key: MailboxKey, listing: Listing) -> None:
        self.services, self.key, self.listing = services, key, listing
        self.contents = Contents(1)
        self._row = Register(0, 1, 1, "", 0, b"")
        self._tail = Tail(0)
        self._position = 0

    def open(self) -> None:
        """Load the mailbox, or make it."""
        for _ in range(TRIES):
            row = self.services.mailboxes.read(self.key)
            if row is not None:
                try:
                    self._load(row)
                except NotFound:  # its snapshot: replaced a moment ago, or lost
                    if self.services.mailboxes.read(self.key) == row:
                        self._renumber(row)
                    continue
                return
            now_ms = self.services.clock.now_ms()
            self._begin(Contents(max(1, now_ms // 1000 & 0xFFFFFFFF)), version=0)
        raise TemporaryFailure("the mailbox is busy")

    def look(self, spare: Collection[int] = ()) -> list[Operation]:
        """Work in what others wrote, came or went; the operations that were new to this keeper. What went stays for now if its UID
        is in `spare`: it is looked at again.
        """
        news = self.catch_up()
        start, came, went = self._discover()
        known = self.contents.version

        def make(contents: Contents) -> list[Operation]:
            version, fresh = contents.version + 1, came
            if contents.version != known:  # another gateway was first, perhaps with the same messages
                fresh = [each for each in came if contents.find(each.id) < 0]
            gone = tuple(
                uid for uid in went if uid not in spare and not contents.gone[contents.position(uid)]
            )
            operations: list[Operation] = [Went(version, gone)] if gone else []
            return [*operations, Came(version, contents.uidnext, tuple(fresh))] if fresh else operations

        before, self._position = self._position, start
        try:
            others, own = self.change(make)
        except PratiqueError:
            self._position = before
            raise
        return news + others + own

    def catch_up(self) -> list[Operation]:
        """Work in what other gateways wrote; the operations that were new to this keeper."""
        row = self.services.mailboxes.read(self.key)
        if row is None or row.uidvalidity != self.contents.uidvalidity:
            raise PermanentFailure("the mailbox was numbered anew: open it again")
        if row.version == self.contents.version:
            return []
        tail = unpack_tail(row.tail)
        if tail.base <= self.contents.version:
            news = [each for each in tail.operations if each.version > self.contents.version]
            self.contents.apply(news)
            self._row, self._tail = row, tail
            return news
        old = self.contents
        self._load(row)
        return difference(old, self.contents)

    def change(self, make: Make) -> tuple[list[Operation], list[Operation]]:
        """Write down what `make` says, which is asked again where another gateway was first. (others' operations, own ones)."""
        others: list[Operation] = []
        for _ in range(TRIES):
            own = make(self.contents)
            if not own or self._write(own):
                self.contents.apply(own)
                return others, own
            others += self.catch_up()
        raise TemporaryFailure("the mailbox is busy")

    def ended(self) -> list[int]:
        """UIDs of what is over its time since the last call: no operation, for everybody's clock tells them so."""
        over = self.contents.ended(self.services.clock.now_ms() // 1000)
        self.contents.forget(over)
        return over

    def _load(self, row: Register) -> None:
        tail = unpack_tail(row.tail)
        contents = Contents(row.uidvalidity)
        if row.base:
            contents = unpack_snapshot(self.services.mailboxes.get_snapshot(row.base))
        contents.apply(tail.operations)
        contents.uidnext = max(contents.uidnext, row.uidnext)
        contents.version = row.version
        self.contents, self._row, self._tail = contents, row, tail
        self._position = self._position or row.seen_ms

    def _renumber(self, row: Register) -> None:
        """The snapshot is lost: the same copies get new UIDs under a new UIDVALIDITY (RFC 3501, 2.3.1.1)."""
        now = self.services.clock.now_ms() // 1000
        self._begin(Contents(max(row.uidvalidity + 1, now & 0xFFFFFFFF)), version=row.version)

    def _begin(self, contents: Contents, *, version: int) -> None:
        """Number everything that there is. The caller reads what came of it."""
        contents.version = version
        self.contents, self._tail, self._position = contents, Tail(version), 0
        self._row = Register(version, contents.uidvalidity, 1, "", 0, b"")
        start, came, _ = self._discover()
        self._position = start
        self._write([Came(version + 1, 1, tuple(came))] if came else [])
        self._position = 0

    def _discover(self) -> tuple[int, list[Placed], list[int]]:
        """When this was (Unix ms), copies that are in the listing and not here, and UIDs that are here and not in the listing."""
        services, scope = self.services, self.key.scope
        start = services.clock.now_ms()
        if start - self._position > CHECK_MS:
            return (start, *self._compare(start))
        since = self._position - OVERLAP_MS
        recent = [] if self.listing is Listing.REQUESTED else self._listed(start, since)
        hinted = dict.fromkeys(hint.id for hint in services.mailboxes.changes(scope, since_ms=since))
        return (start, *self._sort_out(recent, list(hinted), start // 1000))

    def _listed(self, now_ms: int, since_ms: int) -> list[Placed]:
        found = self.services.mailboxes.listed(
            self.key.scope, self.listing, now=now_ms // 1000, since_ms=since_ms
        )
        return list(found)

    def _compare(self, now_ms: int) -> tuple[list[Placed], list[int]]:
        """The whole listing against what is here."""
        contents = self.contents
        places = {contents.copy_id(at): at for at in contents.live()}
        came = [each for each in self._listed(now_ms, 0) if places.pop(each.id, -1) < 0]
        # A listing may lag behind the table: what is missing there is looked up.
        _, went = self._sort_out([], list(places), now_ms // 1000)
        return came, went

    def _sort_out(
        self, recent: list[Placed], hinted: list[CopyId], now: int
    ) -> tuple[list[Placed], list[int]]:
        contents = self.contents
        find: Callable[[CopyId], int] = contents.find
        if len(recent) + len(hinted) > FEW:
            places = contents.find_many([*(each.id for each in recent), *hinted])
            find = lambda copy_id: places.get(copy_id, -1)  # noqa: E731 - the same question, answered another way
        standing = self.services.index.get_copies(hinted, now=now) if hinted else {}
        known = {each.id: each for each in recent if find(each.id) < 0}
        went: list[int] = []
        for copy_id in hinted:
            copy = standing.get(copy_id)
            shown = None if copy is None else placed(copy, self.listing, now=now)
            at = find(copy_id)
            if shown is None:
                known.pop(copy_id, None)
                if at >= 0:
                    went.append(contents.uids[at])
            elif at < 0:
                known[copy_id] = shown
        return list(known.values()), sorted(went)

    def _write(self, operations: list[Operation]) -> bool:
        """One conditional write; False where another gateway was first."""
        version = self.contents.version + 1
        came = [each for each in operations if isinstance(each, Came)]
        uidnext = max([self.contents.uidnext, *(each.first + len(each.entries) for each in came)])
        tail = Tail(self._tail.base, (*self._tail.operations, *operations))
        many = sum(len(each.entries) for each in came)
        packed = tail.pack() if many <= MAX_CAME else b""
        base = self._row.base
        if not packed or len(packed) > MAX_TAIL:
            base, tail = self._snapshot(operations, version), Tail(version)
            packed = tail.pack()
        row = Register(version, self.contents.uidvalidity, uidnext, base, self._position, packed)
        written = self.services.mailboxes.write(self.key, row)
        stale = self._row.base if written else base
        if base != self._row.base and stale:
            self.services.mailboxes.delete_snapshot(stale)
        if written:
            self._row, self._tail = row, tail
        return written

    def _snapshot(self, operations: list[Operation], version: int) -> str:
        """Everything as it will be, under a new name."""
        fresh = self.contents.clone()
        fresh.apply(operations)
        fresh.version = version
        scope = quote(self.key.scope.key, safe="@")
        name = f"{scope}/{self.key.folder}/{fresh.uidvalidity}-{version}-{secrets.token_hex(4)}"
        self.services.mailboxes.put_snapshot(name, pack_snapshot(fresh))
        return name


def difference(old: Contents, new: Contents) -> list[Operation]:
    """What makes `new` of `old`, where the operations between are no longer known."""
    operations: list[Operation] = []
    went = []
    for at in old.live():
        there = new.position(old.uids[at])
        if there < 0 or new.gone[there]:
            went.append(old.uids[at])
        elif new.flags[there] != old.flags[at]:
            operations.append(Flagged(new.modseqs[there], (new.uids[there],), new.flags[there]))
    if went:
        operations.append(Went(new.version, tuple(went)))
    for at in new.live():
        if new.uids[at] >= old.uidnext:
            entry = Placed(new.copy_id(at), new.ends[at], new.sizes[at])
            operations.append(Came(new.modseqs[at], new.uids[at], (entry,), new.flags[at]))
    return operations
