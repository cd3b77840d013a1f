"""Allow and block entries as lines of a spreadsheet: many at once, in and out."""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import (
    Direction,
    ListEntry,
    ListKind,
    Match,
    check_entry,
    normalise_pattern,
)
from pratique.domain.scope import Scope
from pratique.ports.services import Services
from pratique.usecases.acting import acting_on_many, note_deed
from pratique.usecases.change_lists import EntryChange, entry_deed, list_entries
from pratique.usecases.compare_settings import same_entry
from pratique.usecases.may_let_go import must_list
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change
from pratique.usecases.write_csv import csv_text, safe_cell

COLUMNS = (
    "pattern",
    "kind",
    "direction",
    "match",
    "needs_dmarc",
    "expires_at",
    "idle_days",
    "reason",
    "author",
    "created_at",
    "last_used_at",
    "used_days",
)
"""Of the lines that go out. Coming in, `pattern` and `kind` have to be there, and the last four are not read."""
MOST_LINES = 5_000
MOST_ERRORS = 10
"""Lines that are named in a refusal."""
REMOVE = "remove"
"""A kind of a line that comes in: the pattern is taken off its list."""
_YES = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


Word = TypeVar("Word", bound=enum.StrEnum)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many entries are new, were replaced, were as they are, were taken off, or were not there to be taken off. `changes`
    are those that changed anything, for restore_entry.
    """

    added: int
    replaced: int
    unchanged: int
    removed: int
    missing: int
    changes: tuple[EntryChange, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that was read: the pattern in its stored form, and its entry; None takes it off."""

    pattern: str
    direction: Direction
    entry: ListEntry | None


def export_entries(
    services: Services, actor: Actor, scope: Scope, *, cursor: str | None = None
) -> tuple[str, str | None]:
    """A scope's entries as CSV (RFC 4180), up to MOST_LINES, with a heading in the first part; and the cursor of the next part. Raises
    NotFound, InvalidInput.
    """
    page = list_entries(services, actor, scope, limit=MOST_LINES, cursor=cursor)
    lines = [_written(entry) for entry in page.entries]
    return csv_text([*([COLUMNS] if cursor is None else []), *lines]), page.cursor


def import_entries(
    services: Services, actor: Actor, scope: Scope, text: str, *, dry_run: bool = False
) -> Imported:
    """Put every line's entry on the scope's lists, or take it off: all lines or, where one cannot be read, none. Lines that say what is there
    already change nothing, so an import may be repeated. `dry_run` only says what it would do.

    Raises NotFound, Forbidden, InvalidInput (naming the lines).
    """
    actor.must_change(scope)
    check_owner(services, scope)
    now_ms = services.clock.now_ms()
    lines = _read(text, lambda row: _line(row, scope, actor, now_ms))
    known = {
        (entry.pattern, entry.direction): entry
        for direction in Direction
        for entry in services.directory.get_entries(
            [scope], [line.pattern for line in lines if line.direction is direction], direction
        )
        if not entry.is_over(now_ms // 1000)
    }
    changes = [
        EntryChange(scope, line.pattern, line.direction, line.entry, before)
        for line in lines
        if not _is_same(line.entry, before := known.get((line.pattern, line.direction)))
    ]
    put = [change.now for change in changes if change.now is not None]
    must_list(services, actor, put)
    removed = [change for change in changes if change.now is None]
    added = sum(change.before is None for change in changes)
    done = Imported(
        added=added,
        replaced=len(put) - added,
        unchanged=sum(line.entry is not None for line in lines) - len(put),
        removed=len(removed),
        missing=sum(line.entry is None for line in lines) - len(removed),
        changes=tuple(changes),
    )
    if changes and not dry_run:
        said = f"{done.added} added, {done.replaced} replaced, {done.removed} removed"
        with acting_on_many(services, actor, scope, "entry.import", said, parts=len(changes)) as running:
            services.directory.put_entries(put)
            for change in removed:
                services.directory.delete_entry(scope, change.pattern, change.direction)
            for change in changes:
                note_deed(running, entry_deed(change))
            record_change(services, running, scope, "entry.import", said)
    return done


def _is_same(wanted: ListEntry | None, known: ListEntry | None) -> bool:
    """Whether a line would change nothing."""
    return wanted is known if wanted is None else same_entry(wanted, known)


def _read(text: str, read: Callable[[Mapping[str, str]], _Line]) -> list[_Line]:
    """Every line, or InvalidInput that names those which cannot be read."""
    text = text.lstrip("\ufeff")
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in head and "," not in head else ",")
    found: dict[tuple[str, Direction], tuple[int, _Line]] = {}
    wrong: list[str] = []
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if not {"pattern", "kind"} <= set(names):
            raise InvalidInput("the first line names the columns; `pattern` and `kind` are among them")
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(found) + len(wrong) >= MOST_LINES:
                raise InvalidInput(f"at most {MOST_LINES} lines at once")
            try:
                line = read(dict(zip(names, map(_unguarded, cells), strict=False)))
            except InvalidInput as error:
                wrong.append(f"line {rows.line_num}: {error.args[0]}")
                continue
            first, _ = found.setdefault((line.pattern, line.direction), (rows.line_num, line))
            if first != rows.line_num:
                wrong.append(f"line {rows.line_num}: the same pattern as in line {first}")
    except csv.Error as error:
        raise InvalidInput(f"line {rows.line_num}: this is no CSV ({error})") from None
    if wrong:
        more = f"; and {len(wrong) - MOST_ERRORS} more" if len(wrong) > MOST_ERRORS else ""
        raise InvalidInput("nothing was changed. " + "; ".join(wrong[:MOST_ERRORS]) + more)
    return [line for _, line in found.values()]


def _line(row: Mapping[str, str], scope: Scope, actor: Actor, now_ms: int) -> _Line:
    direction = _one_of(Direction, row.get("direction", ""), Direction.INCOMING, "direction")
    pattern = normalise_pattern(row["pattern"], direction)
    if row.get("kind", "").strip().lower() == REMOVE:
        return _Line(pattern, direction, None)
    idle = row.get("idle_days", "").strip() or "0"
    if not (idle.isascii() and idle.isdecimal() and len(idle) <= 5):  # noqa: PLR2004 - check_entry knows the limit
        raise InvalidInput("idle_days is a number of days")
    needs = row.get("needs_dmarc", "").strip().lower()
    if needs not in _YES:
        raise InvalidInput("needs_dmarc is yes or no")
    entry = ListEntry(
        scope=scope,
        kind=_one_of(ListKind, row.get("kind", ""), None, "kind"),
        pattern=pattern,
        needs_dmarc=_YES[needs],
        author=actor.name,
        reason=row.get("reason", ""),
        created_ms=now_ms,
        direction=direction,
        match=_one_of(Match, row.get("match", ""), Match.BOTH, "match"),
        expires_at=_seconds(row.get("expires_at", "")),
        idle_days=int(idle),
    )
    return _Line(pattern, direction, check_entry(entry, now=now_ms // 1000))


def _one_of(kind: type[Word], text: str, usual: Word | None, name: str) -> Word:
    word = text.strip().lower()
    if not word and usual is not None:
        return usual
    try:
        return kind(word)
    except ValueError:
        raise InvalidInput(f"{name} is one of {', '.join(kind)}") from None


def _seconds(text: str) -> int:
    """Unix seconds of a date or a time in UTC; 0 for none."""
    if not text.strip():
        return 0
    try:
        moment = datetime.fromisoformat(text.strip())
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise InvalidInput("expires_at is a date, or a date and a time") from None


def _written(entry: ListEntry) -> list[str]:
    cells = (
        entry.pattern,
        entry.kind.value,
        entry.direction.value,
        entry.match.value,
        "yes" if entry.needs_dmarc else "no",
        _moment(entry.expires_at),
        str(entry.idle_days or ""),
        entry.reason,
        entry.author,
        _moment(entry.created_ms // 1000),
        _moment(entry.used_ms // 1000),
        str(entry.used_days or ""),
    )
    return [f"'{cell}" if cell.startswith("'") else cell for cell in cells]


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def _unguarded(cell: str) -> str:
    """The text without the apostrophe that guards it, if it has one (see _written and safe_cell)."""
    rest = cell[1:]
    return rest if cell.startswith("'") and (rest.startswith("'") or safe_cell(rest) != rest) else cell
