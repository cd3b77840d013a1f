"""Journal on the table: a record for each lesson, and rows with samples for what waits, is kept, is held out or parked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from pratique.adapters.cursors import LESSON_PLACE, decode_cursor, encode_cursor
from pratique.domain.lesson import LIVE_LESSONS, Label, Lesson, LessonRecord, LessonState
from pratique.domain.scope import Scope, scope_from_key
from pratique.ports.journal import HeldOut, Keeping, Kept, Outcome, RecordPage, Undo, Waiting

from .journal_rows import (
    DUE,
    STATE_KEY,
    aside_key,
    author_partition,
    kept_from_row,
    kept_key,
    partition,
    place_at,
    record_from_row,
    record_key,
    record_row,
    sample_row,
    waiting_from_row,
    waiting_row,
)
from .rows import unpack
from .table import ABSENT, PRESENT, SK, TTL_ATTRIBUTE, Key, Row, Table, number, text, whole, words

CHUNK = 20
"""Lessons added or settled in one transaction: up to three rows each, of DynamoDB's 100, and far below its 4 MB."""
ROUNDS = 8
"""Reads for one page of a filtered list: a page may be short rather than slow."""
QUOTA_SECONDS = 3 * 86_400
_state = Path("state")
_spent = Path("spent")


class DynamoJournal:
    """See Journal."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, lessons: Sequence[Lesson]) -> int:
        """See Journal. A transaction adds record and sample of all that are new; where one of a chunk is known, they go one by one."""
        distinct = list({(lesson.scope, lesson.id): lesson for lesson in lessons}.values())
        new = 0
        for start in range(0, len(distinct), CHUNK):
            chunk = distinct[start : start + CHUNK]
            if self._add(chunk):
                new += len(chunk)
            elif len(chunk) > 1:
                new += sum(self._add([lesson]) for lesson in chunk)
        return new

    def get(self, scope: Scope, lesson_ids: Collection[str]) -> dict[str, LessonRecord]:
        """See Journal."""
        rows = self._open().get_many([record_key(scope, each) for each in lesson_ids], consistent=True)
        records = map(record_from_row, rows.values())
        return {record.lesson.id: record for record in records}

    def list_lessons(
        self,
        scope: Scope,
        *,
        state: LessonState | None = None,
        author: str | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> RecordPage:
        """See Journal. By author, the author's own partition is read: a scope may have many more lessons."""
        here = partition("J", scope)
        if author is not None:
            keep = Path("pk") == text(here)
            if state is not None:
                keep &= _state == text(state)
            return self._page("by_global", author_partition(scope.domain, author), keep, limit, cursor)
        if state is not None:
            return self._page("by_domain", f"{here}#{state}", None, limit, cursor)
        return self._page("by_recipient", here, None, limit, cursor)

    def list_by_author(
        self, author: str, domain: str | None, *, limit: int, cursor: str | None = None
    ) -> RecordPage:
        """See Journal."""
        keep = _state.is_in(*(text(state) for state in sorted(LIVE_LESSONS)))
        return self._page("by_global", author_partition(domain, author), keep, limit, cursor)

    def pending(self, scope: Scope, *, limit: int) -> list[Waiting]:
        """See Journal."""
        rows = self._open().query_all(partition("JP", scope), limit=limit, consistent=True)
        return [waiting_from_row(scope, row) for row in rows]

    def waiting(self, scope: Scope, places: Sequence[str]) -> list[Waiting]:
        """See Journal."""
        rows = self._open().get_many([(partition("JP", scope), place) for place in places], consistent=True)
        return [waiting_from_row(scope, row) for row in rows.values()]

    def settle(self, scope: Scope, outcomes: Sequence[Outcome], *, now_ms: int, until: int) -> None:
        """See Journal. A transaction for some, and where one of them does not wait any more, they go one by one."""
        for start in range(0, len(outcomes), CHUNK):
            chunk = outcomes[start : start + CHUNK]
            if not self._settle(scope, chunk, now_ms, until) and len(chunk) > 1:
                for outcome in chunk:
                    self._settle(scope, [outcome], now_ms, until)

    def undo(self, record: LessonRecord, *, state: LessonState, by: str, at_ms: int) -> bool:
        """See Journal."""
        scope, lesson_id = record.lesson.scope, record.lesson.id
        row = self._open().get(record_key(scope, lesson_id))
        if row is None or words(row, "state") != record.state:
            return False
        changed = replace(record_from_row(row), state=state, changed_ms=at_ms, changed_by=by)
        work: Row = {
            "pk": text(partition("JU", scope)),
            "sk": text(lesson_id),
            "by": text(by),
            "at": number(at_ms),
        }
        return self._open().write_together(
            put=[
                (record_row(changed, words(row, "place")), _state == text(record.state)),
                (work, None),
            ]
        )

    def undos(self, scope: Scope) -> list[Undo]:
        """See Journal."""
        rows = self._open().query_all(partition("JU", scope), consistent=True)
        return [Undo(words(row, "sk"), words(row, "by"), whole(row, "at")) for row in rows]

    def finish_undos(self, scope: Scope, undos: Sequence[Undo]) -> None:
        """See Journal. The note that something was taken back goes last."""
        named = {record_key(scope, undo.lesson_id): undo for undo in undos}
        put: list[Row] = []
        gone: list[Key] = []
        for key, row in self._open().get_many(named, consistent=True).items():
            undo, record = named[key], record_from_row(row)
            state = record.state if record.state is LessonState.DROPPED else LessonState.UNDONE
            settled = replace(record, state=state, changed_ms=undo.at_ms, changed_by=undo.by)
            put.append(record_row(settled, words(row, "place")))
            gone.append((partition("JP", scope), words(row, "place")))
            gone += [aside_key(scope, undo.lesson_id, s) for s in (LessonState.HELD_OUT, LessonState.PARKED)]
            if record.seq:
                gone.append(kept_key(scope, record.seq))
        self._open().write_many(put=put, delete=gone)
        self._open().write_many(delete=[(partition("JU", scope), undo.lesson_id) for undo in undos])

    def accept(self, record: LessonRecord, *, by: str, at_ms: int) -> bool:
        """See Journal. It waits in a new place, so that a learner that still settles it as parked cannot take it away."""
        scope, lesson_id = record.lesson.scope, record.lesson.id
        aside = aside_key(scope, lesson_id, record.state)
        row = self._open().get(aside)
        if row is None:
            return False
        lesson = replace(record.lesson, sample=unpack(row["sample"]["B"]), accepted=True)
        place = place_at(at_ms, lesson_id)
        changed = replace(
            record, lesson=lesson, state=LessonState.PENDING, changed_ms=at_ms, changed_by=by, note=""
        )
        return self._open().write_together(
            put=[
                (record_row(changed, place), _state == text(record.state)),
                (waiting_row(lesson, place), ABSENT),
            ],
            delete=[(aside, PRESENT)],
        )

    def held_out(self, scope: Scope, *, now: int) -> list[HeldOut]:
        """See Journal."""
        rows = self._open().query_all(partition("JH", scope), consistent=True)
        return [
            HeldOut(words(row, "sk"), Label(words(row, "label")), unpack(row["sample"]["B"]))
            for row in rows
            if whole(row, TTL_ATTRIBUTE) > now
        ]

    def kept(self, scope: Scope, *, after: int, limit: int) -> list[Kept]:
        """See Journal."""
        place = SK > text(kept_key(scope, after)[1])  # noqa: SIM300 - a pynamodb condition, not a constant
        rows = self._open().query_all(partition("JK", scope), place, limit=limit, consistent=True)
        return [kept_from_row(row) for row in rows]

    def fold(self, scope: Scope, lesson_ids: Sequence[str]) -> set[str]:
        """See Journal. One conditional write for each: it decides against an undo of the same moment."""
        folded = set()
        able = _state.is_in(text(LessonState.APPLIED), text(LessonState.FOLDED))
        listed = Path("gd").set(text(f"{partition('J', scope)}#{LessonState.FOLDED}"))
        for lesson_id in lesson_ids:
            key = record_key(scope, lesson_id)
            if self._open().update(key, [_state.set(text(LessonState.FOLDED)), listed], able) is not None:
                folded.add(lesson_id)
        return folded

    def forget(self, scope: Scope, seqs: Sequence[int]) -> None:
        """See Journal."""
        self._open().write_many(delete=[kept_key(scope, seq) for seq in seqs])

    def keeping(self, scope: Scope) -> Keeping | None:
        """See Journal."""
        row = self._open().get((partition("J", scope), STATE_KEY))
        return None if row is None else Keeping(whole(row, "folded"), whole(row, "due"))

    def set_keeping(self, scope: Scope, keeping: Keeping | None) -> None:
        """See Journal. The row is in the expiry index, where whoever looks for old lessons finds it."""
        key = (partition("J", scope), STATE_KEY)
        if keeping is None:
            self._open().delete(key)
            return
        self._open().put(
            {
                "pk": text(key[0]),
                "sk": text(key[1]),
                "folded": number(keeping.folded),
                "due": number(keeping.due_ms),
                "ge": text(DUE),
                "gx": text(f"{keeping.due_ms:015d}#{scope.key}"),
            }
        )

    def due(self, *, now_ms: int, limit: int) -> list[Scope]:
        """See Journal."""
        place = Path("gx") < text(f"{now_ms + 1:015d}")
        part = self._open().query(DUE, place, index="by_expiry", limit=limit)
        return [scope_from_key(words(row, "gx").partition("#")[2]) for row in part.rows]

    def spend(self, giver: Scope, day: int, count: int, *, most: int) -> bool:
        """See Journal."""
        ends = number((day + 1) * 86_400 + QUOTA_SECONDS)
        fits = _spent.does_not_exist() | (_spent <= number(most - count))
        if count > most:
            return False
        actions = [_spent.add(number(count)), Path(TTL_ATTRIBUTE).set(ends)]
        return self._open().update((f"JS#{giver.key}", f"{day:07d}"), actions, fits) is not None

    def counts(self, scope: Scope) -> tuple[int, int]:
        """See Journal."""
        waiting = self._open().count(partition("JP", scope))
        return waiting, max(0, self._open().count(partition("J", scope), "L#") - waiting)

    def parked(self, scope: Scope) -> int:
        """See Journal."""
        return self._open().count(f"{partition('J', scope)}#{LessonState.PARKED}", index="by_domain")

    def _add(self, lessons: list[Lesson]) -> bool:
        rows: list[Row] = []
        for lesson in lessons:
            place = place_at(lesson.created_ms, lesson.id)
            blank = replace(lesson, sample=b"")
            rows += [record_row(LessonRecord(blank, LessonState.PENDING), place), waiting_row(lesson, place)]
        return self._open().put_together(rows)

    def _settle(self, scope: Scope, outcomes: Sequence[Outcome], now_ms: int, until: int) -> bool:
        put: list[Row] = []
        for outcome in outcomes:
            blank = replace(outcome.waiting.lesson, sample=b"")
            record = LessonRecord(blank, outcome.state, seq=outcome.seq, note=outcome.note)
            sample = sample_row(outcome, now_ms=now_ms, until=until)
            put += [record_row(record, outcome.waiting.place), *([sample] if sample else [])]
        return self._open().write_together(
            put=[(row, None) for row in put],
            delete=[((partition("JP", scope), outcome.waiting.place), PRESENT) for outcome in outcomes],
        )

    def _page(
        self, index: str, name: str, keep: Condition | None, limit: int, cursor: str | None
    ) -> RecordPage:
        place = None if cursor is None else Path("gs") < text(decode_cursor(cursor, LESSON_PLACE))
        rows: list[Row] = []
        after: Row | None = None
        for _ in range(ROUNDS):
            part = self._open().query(
                name, place, index=index, limit=limit + 1, newest_first=True, keep=keep, after=after
            )
            rows += part.rows
            after = part.last
            if after is None or len(rows) > limit:
                break
        page = tuple(record_from_row(row) for row in rows[:limit])
        if len(rows) > limit:
            return RecordPage(page, encode_cursor(words(rows[limit - 1], "gs")))
        return RecordPage(page, encode_cursor(words(after, "gs")) if after else None)
