"""Journal: every lesson once, what became of it, and what a model is made from again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from pratique.domain.actor import Channel
from pratique.domain.errors import InvalidInput
from pratique.domain.lesson import Label, Lesson, LessonRecord, LessonState, Standing
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.journal import HeldOut, Journal, Keeping, Kept, Outcome, Undo

from tests.builders import NOW, NOW_MS, lesson
from tests.contract.backends import Backend, stored

ORG = domain_scope("example.org")
UNTIL = NOW + 1_000


@pytest.fixture
def journal(backend: Backend) -> Journal:
    return backend.services.journal


def _waiting(journal: Journal, scope: Scope = GLOBAL, limit: int = 1_000) -> list[Lesson]:
    return [each.lesson for each in journal.pending(scope, limit=limit)]


def _settle(journal: Journal, state: LessonState, numbers: Sequence[int], scope: Scope = GLOBAL) -> None:
    """Give these lessons and let them end so; the number is the seq of an applied one."""
    journal.add([lesson(number, scope) for number in numbers])
    known = {each.lesson.id: each for each in journal.pending(scope, limit=1_000)}
    applied = state is LessonState.APPLIED
    outcomes = [
        Outcome(known[lesson(n, scope).id], state, n if applied else 0, (n / 64, -1.5) if applied else ())
        for n in numbers
    ]
    journal.settle(scope, outcomes, now_ms=NOW_MS, until=UNTIL)


def _record(journal: Journal, number: int, scope: Scope = GLOBAL) -> LessonRecord:
    found = lesson(number, scope).id
    return journal.get(scope, [found])[found]


def _blank(number: int, scope: Scope = GLOBAL) -> Lesson:
    return replace(lesson(number, scope), sample=b"")


def test_a_lesson_comes_back_as_it_was(journal: Journal) -> None:
    """Every field, with any octets in the sample."""
    full = lesson(
        1,
        ORG,
        label=Label.HAM,
        sample=bytes(range(256)) * 40,
        origin="",
        author="grüße@example.org",
        channel=Channel.IMAP,
        standing=Standing.RECIPIENT,
        giver=recipient_scope("bob@example.org"),
        rate=0.1 + 0.2,
        fingerprint="0123456789abcdef",
        accepted=True,
    )
    empty = lesson(2, ORG, sample=b"")
    assert journal.add([full, empty]) == 2
    assert _waiting(journal, ORG) == [full, empty]
    assert _waiting(journal) == []
    assert journal.get(ORG, [full.id, "no such lesson"]) == {
        full.id: LessonRecord(replace(full, sample=b""), LessonState.PENDING)
    }


def test_only_new_ones_count(journal: Journal) -> None:
    """Seen before, waiting or settled, or twice in one call: not again."""
    lessons = [lesson(n) for n in range(1, 51)]
    assert journal.add(lessons[:30]) == 30
    assert journal.add(lessons[20:40] + lessons[35:45]) == 15
    _settle(journal, LessonState.APPLIED, range(1, 26))
    assert journal.add(lessons) == 5
    assert journal.counts(GLOBAL) == (25, 25)
    assert _waiting(journal) == lessons[25:]
    assert journal.add([]) == 0


def test_a_later_report_of_the_same_id_changes_nothing(journal: Journal) -> None:
    """The first one stands."""
    journal.add([lesson(1)])
    assert journal.add([replace(lesson(1), label=Label.HAM)]) == 0
    assert _waiting(journal) == [lesson(1)]


def test_the_same_id_in_two_scopes_is_two_lessons(journal: Journal) -> None:
    """One report may teach two layers."""
    assert journal.add([lesson(1), lesson(1, ORG)]) == 2
    _settle(journal, LessonState.APPLIED, [1], ORG)
    assert journal.counts(GLOBAL) == (1, 0)
    assert journal.counts(ORG) == (0, 1)


def test_what_waits_is_bounded_and_in_order(journal: Journal) -> None:
    """The first given first, whatever the ids; a place finds the lesson again."""
    lessons = [lesson(n) for n in range(1, 31)]
    journal.add(list(reversed(lessons)))
    waiting = journal.pending(GLOBAL, limit=7)
    assert [each.lesson for each in waiting] == lessons[:7]
    assert journal.waiting(GLOBAL, [waiting[2].place, "000000000000000#nothing"]) == [waiting[2]]


def test_an_applied_lesson_is_kept_for_replay(journal: Journal) -> None:
    """In the order of the model, with the layers' word and the rate; page by page."""
    _settle(journal, LessonState.APPLIED, [3, 1, 2])
    first = Kept(1, lesson(1).id, Label.SPAM, 1.0, (1 / 64, -1.5), b"sample 1", NOW_MS)
    kept = journal.kept(GLOBAL, after=0, limit=10)
    assert kept[0] == first
    assert [each.seq for each in kept] == [1, 2, 3]
    assert [each.seq for each in journal.kept(GLOBAL, after=1, limit=1)] == [2]
    assert _record(journal, 2) == LessonRecord(_blank(2), LessonState.APPLIED, seq=2)
    assert _waiting(journal) == []


def test_settling_is_repeatable_and_brings_nothing_back(journal: Journal) -> None:
    """A learner that was run twice does no harm, nor does one that wakes up after the lesson was taken back."""
    journal.add([lesson(1), lesson(2)])
    waiting = journal.pending(GLOBAL, limit=2)
    outcomes = [Outcome(each, LessonState.APPLIED, n) for n, each in enumerate(waiting, 1)]
    journal.settle(GLOBAL, outcomes[:1], now_ms=NOW_MS, until=UNTIL)
    assert journal.undo(_record(journal, 1), state=LessonState.UNDONE, by="x", at_ms=NOW_MS)
    journal.finish_undos(GLOBAL, journal.undos(GLOBAL))
    journal.settle(GLOBAL, outcomes, now_ms=NOW_MS, until=UNTIL)
    assert _record(journal, 1).state is LessonState.UNDONE
    assert [each.seq for each in journal.kept(GLOBAL, after=0, limit=10)] == [2]
    journal.settle(GLOBAL, [], now_ms=NOW_MS, until=UNTIL)
    assert journal.counts(GLOBAL) == (0, 2)


def test_what_was_taken_back_waits_for_the_learner_and_is_then_forgotten(journal: Journal) -> None:
    """Its record tells who did it; what the model is made from has it no more."""
    _settle(journal, LessonState.APPLIED, [1, 2])
    assert journal.undo(_record(journal, 1), state=LessonState.UNDONE, by="desk", at_ms=NOW_MS + 9)
    assert journal.undos(GLOBAL) == [Undo(lesson(1).id, "desk", NOW_MS + 9)]
    assert len(journal.kept(GLOBAL, after=0, limit=10)) == 2
    for _ in range(2):
        journal.finish_undos(GLOBAL, [Undo(lesson(1).id, "desk", NOW_MS + 9)])
    assert journal.undos(GLOBAL) == []
    assert [each.seq for each in journal.kept(GLOBAL, after=0, limit=10)] == [2]
    assert _record(journal, 1) == LessonRecord(_blank(1), LessonState.UNDONE, 1, NOW_MS + 9, "desk")
    journal.finish_undos(GLOBAL, [])


def test_an_undo_of_what_changed_meanwhile_is_refused(journal: Journal) -> None:
    """Whoever read it pending and finds it applied reads again."""
    journal.add([lesson(1)])
    old = _record(journal, 1)
    _settle(journal, LessonState.APPLIED, [1])
    assert not journal.undo(old, state=LessonState.UNDONE, by="x", at_ms=NOW_MS)
    assert _record(journal, 1).state is LessonState.APPLIED
    assert journal.undos(GLOBAL) == []


def test_a_lesson_that_waits_can_be_taken_back(journal: Journal) -> None:
    """It waits no more."""
    journal.add([lesson(1), lesson(2)])
    assert journal.undo(_record(journal, 1), state=LessonState.UNDONE, by="x", at_ms=NOW_MS)
    journal.finish_undos(GLOBAL, journal.undos(GLOBAL))
    assert _waiting(journal) == [lesson(2)]


@pytest.mark.parametrize("state", [LessonState.PARKED, LessonState.HELD_OUT])
def test_what_is_aside_can_be_accepted_once(journal: Journal, state: LessonState) -> None:
    """It waits again, with its sample, and says that somebody looked at it."""
    _settle(journal, state, [1])
    record = _record(journal, 1)
    assert record.state is state
    assert journal.accept(record, by="desk", at_ms=NOW_MS + 5)
    assert _waiting(journal) == [replace(lesson(1), accepted=True)]
    again = _record(journal, 1)
    assert (again.state, again.changed_ms, again.changed_by) == (LessonState.PENDING, NOW_MS + 5, "desk")
    assert not journal.accept(record, by="desk", at_ms=NOW_MS + 6)
    assert journal.held_out(GLOBAL, now=NOW) == []
    _settle(journal, LessonState.APPLIED, [1])
    assert _record(journal, 1).lesson.accepted


def test_a_dropped_lesson_stays_dropped(journal: Journal) -> None:
    """Its sample is gone, so it cannot be accepted."""
    _settle(journal, LessonState.PARKED, [1])
    record = _record(journal, 1)
    assert journal.undo(record, state=LessonState.DROPPED, by="desk", at_ms=NOW_MS)
    journal.finish_undos(GLOBAL, journal.undos(GLOBAL))
    assert _record(journal, 1).state is LessonState.DROPPED
    assert not journal.accept(record, by="desk", at_ms=NOW_MS)


def test_what_is_held_out_has_its_time(journal: Journal) -> None:
    """The samples of one scope, until they are over."""
    _settle(journal, LessonState.HELD_OUT, [1, 2], ORG)
    _settle(journal, LessonState.PARKED, [3], ORG)
    found = journal.held_out(ORG, now=UNTIL - 1)
    assert sorted(found, key=lambda each: each.sample) == [
        HeldOut(lesson(n, ORG).id, Label.SPAM, f"sample {n}".encode()) for n in (1, 2)
    ]
    assert journal.held_out(ORG, now=UNTIL) == []
    assert journal.held_out(GLOBAL, now=NOW) == []


def test_folding_marks_what_is_applied_and_nothing_that_was_taken_back(journal: Journal) -> None:
    """The mark decides between the two."""
    _settle(journal, LessonState.APPLIED, [1, 2, 3])
    assert journal.undo(_record(journal, 2), state=LessonState.UNDONE, by="x", at_ms=NOW_MS)
    ids = [lesson(n).id for n in (1, 2)]
    assert journal.fold(GLOBAL, ids) == journal.fold(GLOBAL, ids) == {lesson(1).id}
    folded = _record(journal, 1)
    assert (folded.state, folded.seq) == (LessonState.FOLDED, 1)
    journal.forget(GLOBAL, [1, 7])
    journal.forget(GLOBAL, [])
    assert [each.seq for each in journal.kept(GLOBAL, after=0, limit=10)] == [2, 3]
    page = journal.list_lessons(GLOBAL, state=LessonState.FOLDED, limit=5)
    assert [record.lesson.id for record in page.records] == [lesson(1).id]


def test_scopes_with_old_lessons_are_found(journal: Journal) -> None:
    """The longest due first, and none before its time."""
    journal.set_keeping(ORG, Keeping(0, NOW_MS + 2))
    journal.set_keeping(GLOBAL, Keeping(7, NOW_MS + 1))
    assert journal.keeping(GLOBAL) == Keeping(7, NOW_MS + 1)
    assert journal.due(now_ms=NOW_MS, limit=5) == []
    assert journal.due(now_ms=NOW_MS + 2, limit=5) == [GLOBAL, ORG]
    assert journal.due(now_ms=NOW_MS + 2, limit=1) == [GLOBAL]
    journal.set_keeping(GLOBAL, Keeping(9, NOW_MS + 99))
    journal.set_keeping(ORG, None)
    journal.set_keeping(ORG, None)
    assert journal.keeping(ORG) is None
    assert journal.due(now_ms=NOW_MS + 98, limit=5) == []


def test_a_days_lessons_are_counted(journal: Journal) -> None:
    """Each giver and day on its own; what would be too much is not counted at all."""
    bob = recipient_scope("bob@example.org")
    assert journal.spend(bob, 20_000, 3, most=5)
    assert not journal.spend(bob, 20_000, 3, most=5)
    assert journal.spend(bob, 20_000, 2, most=5)
    assert not journal.spend(bob, 20_000, 1, most=5)
    assert journal.spend(bob, 20_000, -1, most=5)
    assert journal.spend(bob, 20_000, 1, most=5)
    assert journal.spend(bob, 20_001, 5, most=5)
    assert not journal.spend(ORG, 20_000, 6, most=5)


def _pages(journal: Journal, scope: Scope, **asked: object) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = journal.list_lessons(scope, limit=2, cursor=cursor, **asked)  # type: ignore[arg-type]  # as the test says
        found += [record.lesson.id for record in page.records]
        cursor = page.cursor
        if cursor is None:
            return found


def test_lessons_are_listed_newest_first(journal: Journal) -> None:
    """By scope; of a state, of an author, of both; page by page."""
    bob = "bob@example.org"
    journal.add([lesson(n, author=bob if n % 2 else "tester") for n in range(1, 7)])
    journal.add([lesson(7, ORG), lesson(8, ORG, author=bob)])
    _settle(journal, LessonState.PARKED, [3, 4])
    ids = {n: lesson(n).id for n in range(1, 9)}
    assert _pages(journal, GLOBAL) == [ids[n] for n in (6, 5, 4, 3, 2, 1)]
    assert _pages(journal, ORG) == [ids[8], ids[7]]
    assert _pages(journal, GLOBAL, state=LessonState.PARKED) == [ids[4], ids[3]]
    assert journal.parked(GLOBAL) == 2
    assert _pages(journal, GLOBAL, author="bob@example.org") == [ids[n] for n in (5, 3, 1)]
    assert _pages(journal, GLOBAL, author="bob@example.org", state=LessonState.PARKED) == [ids[3]]
    assert _pages(journal, GLOBAL, author="nobody") == []
    with pytest.raises(InvalidInput):
        journal.list_lessons(GLOBAL, limit=2, cursor="Zm9v")


def test_an_authors_lessons_are_found_in_a_domain_and_its_people(journal: Journal) -> None:
    """Those that can still be taken back; the global layer is apart."""
    bob = recipient_scope("bob@example.org")
    journal.add([lesson(1, bob, author="a"), lesson(2, ORG, author="a"), lesson(3, ORG, author="b")])
    journal.add(
        [
            lesson(4, ORG, author="a"),
            lesson(5, author="a"),
            lesson(6, domain_scope("example.net"), author="a"),
        ]
    )
    _settle(journal, LessonState.UNDONE, [4], ORG)
    first = journal.list_by_author("a", "example.org", limit=1)
    assert [record.lesson.id for record in first.records] == [lesson(2).id]
    second = journal.list_by_author("a", "example.org", limit=5, cursor=first.cursor)
    assert [(record.lesson.id, record.lesson.scope) for record in second.records] == [(lesson(1).id, bob)]
    (above,) = journal.list_by_author("a", None, limit=5).records
    assert above.lesson.id == lesson(5).id


@stored
def test_a_settled_lesson_leaves_no_sample_unless_it_is_kept(backend: Backend) -> None:
    """Who taught what and when stays for 400 days; what was in the mail stays only where it is needed, and says until when."""
    assert backend.settings is not None
    _settle(backend.services.journal, LessonState.UNDONE, [1])
    _settle(backend.services.journal, LessonState.PARKED, [2])
    rows = backend.client("dynamodb").scan(TableName=backend.settings.table)["Items"]
    records = [row for row in rows if row["pk"]["S"] == "J#*"]
    assert len(records) == 2
    assert all("sample" not in row for row in records)
    assert {int(row["expires_at"]["N"]) for row in records} == {NOW + 400 * 86_400}
    (aside,) = [row for row in rows if "sample" in row]
    assert int(aside["expires_at"]["N"]) == UNTIL
