"""How a mailbox is stored: a snapshot of its contents, and the operations since (docs/decisions/0003-imap-registers.md)."""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pratique.domain.errors import PermanentFailure
from pratique.domain.ids import copy_id_of
from pratique.domain.mailbox import Placed

from .contents import COLUMNS, Came, Contents, Flagged, Operation, Went

_MARK = b"PRQ1"


@dataclass(frozen=True, slots=True)
class Tail:
    """The operations since a snapshot of version `base`."""

    base: int
    operations: tuple[Operation, ...] = ()

    def pack(self) -> bytes:
        """As it is stored."""
        rows = [_packed(operation) for operation in self.operations]
        text = json.dumps([self.base, rows], separators=(",", ":"), ensure_ascii=False)
        return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def unpack_tail(data: bytes) -> Tail:
    """What Tail.pack gave. Raises PermanentFailure for what we cannot have written."""
    try:
        base, rows = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
        return Tail(int(base), tuple(_unpacked(row) for row in rows))
    except (zlib.error, ValueError, TypeError, KeyError, IndexError) as error:
        raise PermanentFailure("a mailbox's register cannot be read") from error


def pack_snapshot(contents: Contents) -> bytes:
    """Everything that is not gone, as it is stored."""
    whole = contents.clone()
    people = json.dumps(whole.people, ensure_ascii=False).encode("utf-8", "surrogatepass")
    head = struct.pack("<IQII", whole.uidvalidity, whole.version, whole.uidnext, len(whole.uids))
    columns = [_little(getattr(whole, name)) for name in COLUMNS]
    return _MARK + zlib.compress(b"".join([head, *columns, bytes(whole.messages), people]), 1)


def unpack_snapshot(data: bytes) -> Contents:
    """What pack_snapshot gave. Raises PermanentFailure for what we cannot have written."""
    try:
        if data[:4] != _MARK:
            raise PermanentFailure("no snapshot of this version")
        text = memoryview(zlib.decompress(data[4:], bufsize=1 << 20))
        start = struct.calcsize("<IQII")
        uidvalidity, version, uidnext, many = struct.unpack("<IQII", text[:start])
        contents = Contents(uidvalidity, version, uidnext)
        for name in COLUMNS:
            column = getattr(contents, name)
            end = start + many * column.itemsize
            column.frombytes(text[start:end])
            if _BIG_ENDIAN:
                column.byteswap()
            start = end
        contents.messages += text[start : start + many * 16]
        contents.gone = bytearray(many)
        contents.people = json.loads(bytes(text[start + many * 16 :]).decode("utf-8", "surrogatepass"))
        contents.numbers = {person: number for number, person in enumerate(contents.people)}
    except (zlib.error, ValueError, struct.error) as error:
        raise PermanentFailure("a mailbox's snapshot cannot be read") from error
    return contents


_BIG_ENDIAN = struct.pack("=H", 1) == b"\0\1"


def _little(column: array[int]) -> bytes:
    if not _BIG_ENDIAN:
        return column.tobytes()
    swapped = column[:]
    swapped.byteswap()
    return swapped.tobytes()


def as_ranges(uids: Sequence[int]) -> str:
    """`1:5,9` for ascending numbers."""
    parts: list[str] = []
    start = 0
    for at in range(1, len(uids) + 1):
        if at == len(uids) or uids[at] != uids[at - 1] + 1:
            first, last = uids[start], uids[at - 1]
            parts.append(str(first) if first == last else f"{first}:{last}")
            start = at
    return ",".join(parts)


def from_ranges(text: str) -> tuple[int, ...]:
    """The numbers again."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition(":")
        found.extend(range(int(first), int(last or first) + 1))
    return tuple(found)


def _packed(operation: Operation) -> list[Any]:
    if isinstance(operation, Came):
        entries = [[e.id.message, e.id.people, e.ends, e.size] for e in operation.entries]
        return ["c", operation.version, operation.first, entries, operation.flags]
    if isinstance(operation, Flagged):
        return ["f", operation.version, as_ranges(operation.uids), operation.flags]
    return ["w", operation.version, as_ranges(operation.uids)]


def _unpacked(row: list[Any]) -> Operation:
    kind, version, *rest = row
    if kind == "c":
        first, entries, flags = rest
        placed = tuple(Placed(copy_id_of(m, r), ends, size) for m, r, ends, size in entries)
        return Came(version, first, placed, flags)
    if kind == "f":
        return Flagged(version, from_ranges(rest[0]), rest[1])
    return Went(version, from_ranges(rest[0]))
