"""The training journal and the votes in memory."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace

from pratique.adapters.cursors import LESSON_PLACE, decode_cursor, encode_cursor
from pratique.domain.campaign import Campaign, Vote
from pratique.domain.lesson import LIVE_LESSONS, Label, Lesson, LessonRecord, LessonState
from pratique.domain.scope import Scope
from pratique.ports.journal import HeldOut, Keeping, Kept, Outcome, RecordPage, Undo, Waiting
from pratique.ports.votes import Pointer


def _place(at_ms: int, lesson_id: str) -> str:
    return f"{at_ms:015d}#{lesson_id}"


class FakeJournal:
    """Journal."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[tuple[Scope, str], LessonRecord] = {}
        self._places: dict[tuple[Scope, str], str] = {}
        self._waiting: dict[Scope, dict[str, Lesson]] = {}
        self._undos: dict[Scope, dict[str, Undo]] = {}
        self._kept: dict[Scope, dict[int, Kept]] = {}
        self._aside: dict[tuple[Scope, str, LessonState], tuple[bytes, int]] = {}
        self._keeping: dict[Scope, Keeping] = {}
        self._spent: dict[tuple[Scope, int], int] = {}

    def add(self, lessons: Sequence[Lesson]) -> int:
        with self._lock:
            new = 0
            for lesson in lessons:
                key = (lesson.scope, lesson.id)
                if key not in self._records:
                    self._wait(
                        LessonRecord(replace(lesson, sample=b""), LessonState.PENDING),
                        lesson,
                        lesson.created_ms,
                    )
                    new += 1
            return new

    def get(self, scope: Scope, lesson_ids: Collection[str]) -> dict[str, LessonRecord]:
        with self._lock:
            return {each: self._records[scope, each] for each in lesson_ids if (scope, each) in self._records}

    def list_lessons(
        self,
        scope: Scope,
        *,
        state: LessonState | None = None,
        author: str | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> RecordPage:
        with self._lock:
            found = [
                r
                for (where, _), r in self._records.items()
                if where == scope and state in (None, r.state) and author in (None, r.lesson.author)
            ]
        return self._page(found, limit, cursor)

    def list_by_author(
        self, author: str, domain: str | None, *, limit: int, cursor: str | None = None
    ) -> RecordPage:
        with self._lock:
            found = [
                r
                for r in self._records.values()
                if r.lesson.author == author and r.lesson.scope.domain == domain and r.state in LIVE_LESSONS
            ]
        return self._page(found, limit, cursor)

    def pending(self, scope: Scope, *, limit: int) -> list[Waiting]:
        with self._lock:
            waiting = self._waiting.get(scope, {})
            return [Waiting(place, waiting[place]) for place in sorted(waiting)[:limit]]

    def waiting(self, scope: Scope, places: Sequence[str]) -> list[Waiting]:
        with self._lock:
            waiting = self._waiting.get(scope, {})
            return [Waiting(place, waiting[place]) for place in dict.fromkeys(places) if place in waiting]

    def settle(self, scope: Scope, outcomes: Sequence[Outcome], *, now_ms: int, until: int) -> None:
        with self._lock:
            for each in outcomes:
                lesson = each.waiting.lesson
                if self._waiting.get(scope, {}).pop(each.waiting.place, None) is None:
                    continue
                blank = replace(lesson, sample=b"")
                self._records[scope, lesson.id] = LessonRecord(
                    blank, each.state, seq=each.seq, note=each.note
                )
                if each.state is LessonState.APPLIED:
                    self._kept.setdefault(scope, {})[each.seq] = Kept(
                        each.seq, lesson.id, lesson.label, lesson.rate, each.base, lesson.sample, now_ms
                    )
                elif each.state in (LessonState.HELD_OUT, LessonState.PARKED):
                    self._aside[scope, lesson.id, each.state] = (lesson.sample, until)

    def undo(self, record: LessonRecord, *, state: LessonState, by: str, at_ms: int) -> bool:
        scope, lesson_id = record.lesson.scope, record.lesson.id
        with self._lock:
            known = self._records.get((scope, lesson_id))
            if known is None or known.state is not record.state:
                return False
            self._records[scope, lesson_id] = replace(known, state=state, changed_ms=at_ms, changed_by=by)
            self._undos.setdefault(scope, {})[lesson_id] = Undo(lesson_id, by, at_ms)
            return True

    def undos(self, scope: Scope) -> list[Undo]:
        with self._lock:
            return [undo for _, undo in sorted(self._undos.get(scope, {}).items())]

    def finish_undos(self, scope: Scope, undos: Sequence[Undo]) -> None:
        with self._lock:
            for undo in undos:
                key = (scope, undo.lesson_id)
                record = self._records.get(key)
                if record is not None:
                    state = record.state if record.state is LessonState.DROPPED else LessonState.UNDONE
                    self._records[key] = replace(
                        record, state=state, changed_ms=undo.at_ms, changed_by=undo.by
                    )
                    self._waiting.get(scope, {}).pop(self._places[key], None)
                    self._kept.get(scope, {}).pop(record.seq, None)
                    for aside in (LessonState.HELD_OUT, LessonState.PARKED):
                        self._aside.pop((*key, aside), None)
                self._undos.get(scope, {}).pop(undo.lesson_id, None)

    def accept(self, record: LessonRecord, *, by: str, at_ms: int) -> bool:
        key = (record.lesson.scope, record.lesson.id)
        with self._lock:
            known = self._records.get(key)
            if known is None or known.state is not record.state or (*key, record.state) not in self._aside:
                return False
            sample, _ = self._aside.pop((*key, record.state))
            lesson = replace(known.lesson, sample=sample, accepted=True)
            blank = replace(lesson, sample=b"")
            self._wait(LessonRecord(blank, LessonState.PENDING, 0, at_ms, by), lesson, at_ms)
            return True

    def held_out(self, scope: Scope, *, now: int) -> list[HeldOut]:
        with self._lock:
            return [
                HeldOut(lesson_id, self._records[where, lesson_id].lesson.label, sample)
                for (where, lesson_id, state), (sample, until) in sorted(
                    self._aside.items(), key=lambda item: item[0][1]
                )
                if where == scope and state is LessonState.HELD_OUT and until > now
            ]

    def kept(self, scope: Scope, *, after: int, limit: int) -> list[Kept]:
        with self._lock:
            return [kept for seq, kept in sorted(self._kept.get(scope, {}).items()) if seq > after][:limit]

    def fold(self, scope: Scope, lesson_ids: Sequence[str]) -> set[str]:
        with self._lock:
            able = (LessonState.APPLIED, LessonState.FOLDED)
            found = {
                e for e in lesson_ids if (scope, e) in self._records and self._records[scope, e].state in able
            }
            for each in found:
                self._records[scope, each] = replace(self._records[scope, each], state=LessonState.FOLDED)
            return found

    def forget(self, scope: Scope, seqs: Sequence[int]) -> None:
        with self._lock:
            for seq in seqs:
                self._kept.get(scope, {}).pop(seq, None)

    def keeping(self, scope: Scope) -> Keeping | None:
        with self._lock:
            return self._keeping.get(scope)

    def set_keeping(self, scope: Scope, keeping: Keeping | None) -> None:
        with self._lock:
            if keeping is None:
                self._keeping.pop(scope, None)
            else:
                self._keeping[scope] = keeping

    def due(self, *, now_ms: int, limit: int) -> list[Scope]:
        with self._lock:
            found = sorted((k.due_ms, s.key, s) for s, k in self._keeping.items() if k.due_ms <= now_ms)
            return [scope for _, _, scope in found[:limit]]

    def spend(self, giver: Scope, day: int, count: int, *, most: int) -> bool:
        with self._lock:
            spent = self._spent.get((giver, day), 0) + count
            if spent > most:
                return False
            self._spent[giver, day] = spent
            return True

    def counts(self, scope: Scope) -> tuple[int, int]:
        with self._lock:
            waiting = len(self._waiting.get(scope, ()))
            return waiting, sum(where == scope for where, _ in self._records) - waiting

    def parked(self, scope: Scope) -> int:
        with self._lock:
            return sum(
                where == scope and record.state is LessonState.PARKED
                for (where, _), record in self._records.items()
            )

    # What tests look at, beyond the port.

    def samples(self, scope: Scope) -> int:
        """How many samples of the scope's lessons there are, wherever."""
        with self._lock:
            aside = sum(where == scope for where, _, _ in self._aside)
            return len(self._waiting.get(scope, ())) + len(self._kept.get(scope, ())) + aside

    def _wait(self, record: LessonRecord, lesson: Lesson, at_ms: int) -> None:
        key = (lesson.scope, lesson.id)
        self._records[key] = record
        self._places[key] = _place(at_ms, lesson.id)
        self._waiting.setdefault(lesson.scope, {})[self._places[key]] = lesson

    def _page(self, found: list[LessonRecord], limit: int, cursor: str | None) -> RecordPage:
        before = None if cursor is None else decode_cursor(cursor, LESSON_PLACE)
        placed = sorted(
            ((_place(r.lesson.created_ms, r.lesson.id), r.lesson.scope.key, r) for r in found),
            key=lambda item: item[:2],
            reverse=True,
        )
        fitting = [(place, record) for place, _, record in placed if before is None or place < before]
        page = fitting[:limit]
        more = len(fitting) > limit
        return RecordPage(tuple(record for _, record in page), encode_cursor(page[-1][0]) if more else None)


class FakeVotes:
    """Votes."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._marks: dict[tuple[str, Label, str], Pointer] = {}
        self._campaigns: dict[tuple[str, Label, str], Campaign] = {}

    def find(self, domain: str, label: Label, marks: Sequence[str]) -> dict[str, Pointer]:
        with self._lock:
            return {
                mark: self._marks[domain, label, mark]
                for mark in marks
                if (domain, label, mark) in self._marks
            }

    def cast(
        self, domain: str, label: Label, pointer: Pointer, vote: Vote, *, marks: Sequence[str], until: int
    ) -> Campaign:
        with self._lock:
            key = (domain, label, pointer.campaign)
            known = self._campaigns.get(key) or Campaign(domain, label, pointer.campaign, pointer.fingerprint)
            if vote.voter not in known.voters():
                votes = sorted((*known.votes, vote), key=lambda each: (each.at_ms, each.voter))
                known = replace(known, votes=tuple(votes))
            self._campaigns[key] = known
            for mark in marks:
                self._marks[domain, label, mark] = pointer
            return known

    def withdraw(
        self, domain: str, label: Label, campaign: str, *, voter: str, lesson: str
    ) -> Campaign | None:
        with self._lock:
            known = self._campaigns.get((domain, label, campaign))
            if known is None:
                return None
            left = tuple(v for v in known.votes if (v.voter, v.lesson) != (voter, lesson))
            self._campaigns[domain, label, campaign] = replace(known, votes=left)
            return self._campaigns[domain, label, campaign]

    def get(self, domain: str, label: Label, campaign: str) -> Campaign | None:
        with self._lock:
            return self._campaigns.get((domain, label, campaign))

    # What tests look at, beyond the port.

    def campaigns(self) -> list[Campaign]:
        """All of them, by domain, label and id."""
        with self._lock:
            return [self._campaigns[key] for key in sorted(self._campaigns)]

    def next_round(self, campaign: Campaign) -> Campaign | None:
        with self._lock:
            key = (campaign.domain, campaign.label, campaign.id)
            known = self._campaigns.get(key)
            if known is not None and known.round == campaign.round:
                self._campaigns[key] = known = replace(known, round=known.round + 1)
            return known
