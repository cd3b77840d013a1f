"""How a partition is read: for the type checker alone, no process loads this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from pynamodb.expressions.condition import Condition


class How(TypedDict, total=False):
    """What Table.query and Table.query_all have in common."""

    index: str | None
    newest_first: bool
    keep: Condition | None
    consistent: bool
    only: Sequence[str] | None
