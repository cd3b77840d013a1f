"""Journal on the table: `P#<id>` waits, `A#<id>` was applied. At any moment a lesson that was added has one of the two rows."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

from pratique.domain.lesson import Label, Lesson
from pratique.domain.scope import Scope

from .rows import unpack
from .table import SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

KEPT_SECONDS = 400 * 86_400
"""How long the record of an applied lesson stays: the same report is no new lesson for that long."""
CHUNK = 20
"""Lessons added in one transaction: a third of DynamoDB's 100 rows, and far below its 4 MB."""


class DynamoJournal:
    """See Journal."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, lessons: Sequence[Lesson]) -> int:
        """See Journal. A transaction checks that a lesson is in neither place; where one of a chunk is, they go one by one."""
        distinct = list({(lesson.scope, lesson.id): lesson for lesson in lessons}.values())
        new = 0
        for start in range(0, len(distinct), CHUNK):
            chunk = distinct[start : start + CHUNK]
            if self._add(chunk):
                new += len(chunk)
            elif len(chunk) > 1:
                new += sum(self._add([lesson]) for lesson in chunk)
        return new

    def pending(self, scope: Scope, *, limit: int) -> list[Lesson]:
        """See Journal."""
        rows = self._open().query_all(_pk(scope), SK.startswith("P#"), limit=limit, consistent=True)
        return [_lesson(scope, row) for row in rows]

    def complete(self, scope: Scope, lesson_ids: Sequence[str]) -> None:
        """See Journal. The record is written before the lesson goes, so that an end in between leaves both, never neither."""
        waiting = self._open().get_many(
            [_pending_key(scope, lesson_id) for lesson_id in lesson_ids], consistent=True
        )
        self._open().write_many(put=[_applied(row) for row in waiting.values()], delete=list(waiting))

    def counts(self, scope: Scope) -> tuple[int, int]:
        """See Journal."""
        return self._open().count(_pk(scope), "P#"), self._open().count(_pk(scope), "A#")

    def _add(self, lessons: list[Lesson]) -> bool:
        return self._open().put_together(
            [_row(lesson) for lesson in lessons],
            absent=[_applied_key(lesson.scope, lesson.id) for lesson in lessons],
        )


def _pk(scope: Scope) -> str:
    return f"J#{scope.key}"


def _pending_key(scope: Scope, lesson_id: str) -> Key:
    return _pk(scope), f"P#{lesson_id}"


def _applied_key(scope: Scope, lesson_id: str) -> Key:
    return _pk(scope), f"A#{lesson_id}"


def _row(lesson: Lesson) -> Row:
    pk, sk = _pending_key(lesson.scope, lesson.id)
    return {
        "pk": text(pk),
        "sk": text(sk),
        "label": text(lesson.label),
        "author": text(lesson.author),
        "created": number(lesson.created_ms),
        "origin": text(lesson.origin),
        "sample": {"B": zlib.compress(lesson.sample)},
    }


def _applied(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name != "sample"}
    kept["sk"] = text("A#" + words(row, "sk")[2:])
    kept[TTL_ATTRIBUTE] = number(whole(row, "created") // 1000 + KEPT_SECONDS)
    return kept


def _lesson(scope: Scope, row: Row) -> Lesson:
    return Lesson(
        id=words(row, "sk")[2:],
        scope=scope,
        label=Label(words(row, "label")),
        author=words(row, "author"),
        created_ms=whole(row, "created"),
        sample=unpack(row["sample"]["B"]),
        origin=words(row, "origin"),
    )
