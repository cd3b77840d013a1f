"""Where a copy is: the key of its row, and its place in every list (docs/decisions/0001-index-keys.md)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from pratique.domain.direction import Direction
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.scope import Level, Scope

from .table import Key

ASKED = "asked"
"""Stands for the state in the lists of held copies whose release was asked for."""
REQUESTED = "requested"
"""Stands for the state in the lists of copies that were delivered and ask for training, so that they are found among all the others."""
_OUT = "out-"
"""Put before the state in the lists of outgoing mail: lists of incoming mail never read a row of it."""


def shard_of(message: str, shards: int) -> int:
    """The shard of a message's copies: the same for ever, as long as the number of shards stays."""
    return zlib.crc32(message.encode()) % shards


def copy_key(copy_id: CopyId) -> Key:
    """The primary key of a copy."""
    if copy_id.is_outgoing:
        return f"R#{copy_id.owner}", f"O#{copy_id.message}#{copy_id.recipient}"
    tail = f"#{copy_id.recipient}" if copy_id.of else ""
    return f"R#{copy_id.owner}", f"M#{copy_id.message}{tail}"


def list_keys(
    copy_id: CopyId, state: State, shards: int, *, requested: bool = False, asked: bool = False
) -> dict[str, str]:
    """The partitions of the three lists that a copy in this state is in. What asks for training has lists of its own."""
    shard, listed = shard_of(copy_id.message, shards), REQUESTED if requested else state.value
    if asked:
        listed = ASKED
    if copy_id.is_outgoing:
        listed = _OUT + listed
    return {
        "gr": f"R#{copy_id.owner}#{listed}",
        "gd": f"D#{copy_id.owner.domain}#{listed}#{shard}",
        "gg": f"G#{listed}#{shard}",
    }


def partitions(
    scope: Scope, states: Iterable[str], shards: int, *, direction: Direction = Direction.INCOMING
) -> tuple[str, list[str]]:
    """The index that lists `scope`, and its partitions for these states; REQUESTED may stand among them (nobody asks about outgoing mail)."""
    distinct = list(dict.fromkeys(states))
    if State.HELD in distinct:
        distinct.append(ASKED)
    if direction is Direction.OUTGOING:
        distinct = [_OUT + state for state in distinct]
    elif State.DELIVERED in distinct:
        distinct.append(REQUESTED)
    if scope.level is Level.RECIPIENT:
        return "by_recipient", [f"R#{scope.name}#{state}" for state in distinct]
    head, index = ("G", "by_global") if scope.level is Level.GLOBAL else (f"D#{scope.name}", "by_domain")
    return index, [f"{head}#{state}#{shard}" for state in distinct for shard in range(shards)]


def due_keys(
    copy_id: CopyId, state: State, *, expires_at: int, watch_at: int, shards: int
) -> tuple[str, str] | None:
    """(ge, gx): where the sweep finds this copy. By its end, or, on its way, by when to look after it; None for never."""
    shard, place = shard_of(copy_id.message, shards), copy_id.place
    if state not in LIVE:
        return f"E#{shard}", f"{expires_at:012d}#{place}"
    return (f"W#{shard}", f"{watch_at:012d}#{place}") if watch_at else None
