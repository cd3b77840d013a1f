"""Reading the indexes: pages of copies out of several partitions, and copies whose time has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from pratique.domain.ids import CopyId, copy_id_at
from pratique.domain.lifecycle import LIVE, State

from .table import Row, Table, number, text, whole, words

_state = Path("state")
_until = Path("until")

_ROUNDS = 8
"""Reads of one partition for one page: expired rows are read and dropped, and a page may be short rather than slow."""


def in_states(states: Iterable[State]) -> Condition:
    """A row in one of these states."""
    return _state.is_in(*(text(state) for state in sorted(states)))


def not_gone(now: int) -> Condition:
    """A row that is not expired (invariant 10)."""
    there: Condition = in_states(LIVE) | (_until > number(now))
    return there


def may_move(expected: frozenset[State], now: int) -> Condition:
    """A row in one of these states, and not expired."""
    on_the_way, resting = expected & LIVE, expected - LIVE
    if not resting:
        return in_states(on_the_way)
    rest: Condition = in_states(resting) & (_until > number(now))
    return in_states(on_the_way) | rest if on_the_way else rest


def is_gone(row: Row, now: int) -> bool:
    """The same of a row that was read."""
    return State(words(row, "state")) not in LIVE and whole(row, "until") <= now


@dataclass(frozen=True, slots=True)
class _Part:
    """What one partition gave: rows, newest first, and the place down to which it was read (None: to its end)."""

    rows: list[Row]
    floor: str | None


def newest(
    table: Table, index: str, names: Sequence[str], *, before: str | None, limit: int, now: int
) -> tuple[list[Row], str | None]:
    """Up to `limit` rows below the place `before`, newest first, out of all partitions `names`; and the place to go on from."""
    parts = [_part(table, index, name, before, limit + 1, now) for name in names]
    floor = max((part.floor for part in parts if part.floor is not None), default=None)
    rows = merge(*(part.rows for part in parts), key=lambda row: words(row, "gs"), reverse=True)
    # Below the highest floor another partition may hold rows that were not read yet.
    known = [row for row in rows if floor is None or words(row, "gs") >= floor]
    page = known[:limit]
    return page, words(page[-1], "gs") if len(known) > limit else floor


def walk(table: Table, index: str, names: Sequence[str], *, below: str, now: int) -> Iterator[Row]:
    """All rows below a place, newest first, out of all partitions `names`: these are read side by side, a megabyte at a time each, in this order."""
    place = Path("gs") < text(below)
    parts = [
        table.query_all(name, place, index=index, newest_first=True, keep=not_gone(now)) for name in names
    ]
    return merge(*parts, key=lambda row: words(row, "gs"), reverse=True)


def due(table: Table, kind: str, shards: int, *, now: int, limit: int) -> list[CopyId]:
    """Copies of a kind (`E`: ended, `W`: watched) whose time has come, the longest ago first, from every shard."""
    place = Path("gx") < text(f"{now + 1:012d}")
    parts = [table.query(f"{kind}#{shard}", place, index="by_expiry", limit=limit) for shard in range(shards)]
    found = sorted(words(row, "gx") for part in parts for row in part.rows)
    return [copy_id_at(place.partition("#")[2]) for place in found[:limit]]


def _part(table: Table, index: str, partition: str, before: str | None, wanted: int, now: int) -> _Part:
    """The newest rows of a partition below `before`, at least `wanted` if there are as many, in a few reads."""
    place = None if before is None else Path("gs") < text(before)
    rows: list[Row] = []
    after: Row | None = None
    for _ in range(_ROUNDS):
        part = table.query(
            partition, place, index=index, limit=wanted, newest_first=True, keep=not_gone(now), after=after
        )
        rows += part.rows
        after = part.last
        if after is None:
            return _Part(rows, None)
        if len(rows) >= wanted:
            break
    return _Part(rows, after["gs"]["S"] if after else None)
