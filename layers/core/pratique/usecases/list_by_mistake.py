"""Held copies, the likeliest mistakes first: exact within a window of the newest, window after window (docs/decisions/0010-triage-order.md)."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.ids import parse_copy_id
from pratique.domain.lifecycle import State
from pratique.domain.scope import Scope
from pratique.ports.services import Services
from pratique.usecases.fold_campaigns import Line, fold_campaigns, single_lines
from pratique.usecases.list_messages import MAX_PAGE

WINDOW = 1_000
"""Copies that are put into order together: about 90 read units and, folded, some 20 ms, whatever is held."""


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines in order, and the cursor of the next page (None at the end)."""

    lines: tuple[Line, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: the index's cursor of the window ('' for the newest), and the line after which to go on (None: its start)."""

    window: str
    after: tuple[float, str] | None


def list_by_mistake(
    services: Services,
    actor: Actor,
    scope: Scope,
    *,
    limit: int = 50,
    cursor: str | None = None,
    fold: bool = False,
    window: int = WINDOW,
) -> LinePage:
    """A page of a scope's held copies by chance of a mistake times its cost; with `fold` a campaign is one line. Reads one window at most,
    however much is held. Raises NotFound, InvalidInput.
    """
    actor.must_see(scope)
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"limit is a number from 1 to {MAX_PAGE}")
    place = _read(cursor) if cursor is not None else _Place("", None)
    now = services.clock.now_ms() // 1000
    page = services.index.list_copies(
        scope, states=(State.HELD,), limit=window, now=now, cursor=place.window or None
    )
    lines = (fold_campaigns if fold else single_lines)(page.copies)
    ordered = sorted(lines, key=_rank)
    if place.after is not None:
        ordered = [line for line in ordered if _rank(line) > place.after]
    shown = ordered[:limit]
    if len(ordered) > limit:
        value, name = _rank(shown[-1])
        return LinePage(tuple(shown), f"{place.window}:{value!r}:{name}")
    return LinePage(tuple(shown), f"{page.cursor}::" if page.cursor else None)


def _rank(line: Line) -> tuple[float, str]:
    """The likeliest and costliest first; of equals in an order that stays from page to page."""
    return -round(line.mistake.value, 9), str(line.copy.id)


def _read(cursor: str) -> _Place:
    """The window's own part is the index's cursor, and checked there."""
    parts = cursor.split(":")
    if len(parts) != 3:  # noqa: PLR2004 - as written above
        raise InvalidInput("not a cursor")
    window, value, name = parts
    if not value and not name and window:
        return _Place(window, None)
    try:
        return _Place(window, (float(value), str(parse_copy_id(name))))
    except (ValueError, NotFound):
        raise InvalidInput("not a cursor") from None
