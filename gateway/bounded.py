"""Memories that a stranger cannot fill: the newest entries, so many."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep(into: OrderedDict[Key, Value], key: Key, value: Value, *, most: int) -> None:
    """Put an entry in as the newest; above `most` the oldest go."""
    into[key] = value
    into.move_to_end(key)
    while len(into) > most:
        into.popitem(last=False)
