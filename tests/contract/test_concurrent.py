"""Two writers at once: exactly one wins, and nothing is lost. On the fakes and the emulator; moto loses concurrent updates."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from pratique.domain.actor import Channel
from pratique.domain.campaign import Vote
from pratique.domain.errors import ConcurrentChange, Conflict
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label, LessonState
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event
from pratique.domain.scope import GLOBAL
from pratique.domain.token import Token
from pratique.ports.journal import Outcome
from pratique.ports.votes import Pointer

from tests.builders import DAY, NOW, NOW_MS, a_copy, facts, lesson
from tests.contract.backends import Backend, concurrent

T = TypeVar("T")
WRITERS = 6
ROUNDS = 5


def together(calls: list[Callable[[], T]]) -> list[T | Exception]:
    """The answers, or errors, of calls that start at the same moment."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        barrier.wait()
        try:
            return call()
        except (Conflict, ConcurrentChange) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@concurrent
def test_one_move_wins(backend: Backend) -> None:
    """With the very same event in everybody's hand; the losers see the winner's copy."""
    index = backend.services.index
    for number in range(ROUNDS):
        copy = a_copy(number)
        index.add_copy(copy)

        def move(named: CopyId = copy.id) -> Copy:
            return index.move(
                named,
                expected=[State.HELD],
                state=State.RELEASING,
                expires_at=NOW + DAY,
                event=Event(NOW_MS, State.RELEASING, "tester", Channel.API),
                now=NOW,
            )

        answers = together([move] * WRITERS)
        winners = [answer for answer in answers if isinstance(answer, Copy)]
        losers = [answer for answer in answers if isinstance(answer, Conflict)]
        assert (len(winners), len(losers)) == (1, WRITERS - 1)
        assert all(loser.args[1] == winners[0] for loser in losers)
        assert index.get_copy(copy.id, now=NOW) == winners[0]


@concurrent
def test_one_claim_wins(backend: Backend) -> None:
    """Two workers for one queue message that came twice, even with the same lease."""
    index = backend.services.index
    for number in range(ROUNDS):
        copy = a_copy(number, state=State.QUEUED)
        index.add_copy(copy)

        def claim(named: CopyId = copy.id) -> Copy | None:
            return index.claim(
                named, expected=State.QUEUED, lease_until_ms=NOW_MS + 1_000, now_ms=NOW_MS, watch_at=NOW + 60
            )

        answers = together([claim] * WRITERS)
        assert sum(answer is not None for answer in answers) == 1
        found = index.get_copy(copy.id, now=NOW)
        assert found is not None
        assert found.attempts == 1


@concurrent
def test_one_add_is_new(backend: Backend) -> None:
    """Two ingests of one event: one row, one set of facts, and one of the two knows that they were new."""
    index = backend.services.index
    for number in range(ROUNDS):
        copy, stored = a_copy(number), facts(number)
        rows = together([partial(index.add_copy, copy)] * WRITERS)
        both = together([partial(index.add_facts, stored, expires_at=NOW + DAY)] * WRITERS)
        for answers in (rows, both):
            assert sorted(map(bool, answers)) == [False] * (WRITERS - 1) + [True]
        assert index.get_copy(copy.id, now=NOW) == copy


@concurrent
def test_one_lesson_counts(backend: Backend) -> None:
    """Two people train one copy at once."""
    index = backend.services.index
    index.add_copy(a_copy(1))
    labels = ["spam", "ham"] * 3
    answers = together(
        [partial(index.set_lesson, a_copy(1).id, lessons=1, label=label, now=NOW) for label in labels]
    )
    assert sum(map(bool, answers)) == 1
    found = index.get_copy(a_copy(1).id, now=NOW)
    assert found is not None
    assert (found.lessons, found.lesson) == (1, labels[answers.index(True)])


@concurrent
def test_the_last_recipient_gets_the_key(backend: Backend) -> None:
    """Sweep and stream drop the recipients of one message, each twice, in any order: somebody is told to delete the bytes."""
    index = backend.services.index
    for number in range(ROUNDS):
        stored = facts(number, tuple(f"user{n}@example.org" for n in range(4)))
        index.add_facts(stored, expires_at=NOW + DAY)
        names = [CopyId(stored.message, address) for address in stored.recipients] * 2
        answers = together([partial(index.drop_recipient, name) for name in names])
        assert stored.raw_key in answers
        index.delete_facts(stored.message)
        assert index.get_facts(stored.message) is None


@concurrent
def test_two_learners_cannot_lose_lessons(backend: Backend) -> None:
    """Each reads, adds its own, and writes if nobody was first; in the end all are there."""
    models = backend.services.models

    def learn(mark: str) -> int:
        for tries in range(200):
            old = models.load(GLOBAL)
            data = (old.data if old else b"") + mark.encode()
            try:
                models.save(GLOBAL, data, expected_tag=old.tag if old else None)
            except ConcurrentChange:
                continue
            return tries
        raise AssertionError("never came through")

    together([partial(learn, mark) for mark in "abcdef"])
    found = models.load(GLOBAL)
    assert found is not None
    assert sorted(found.data.decode()) == list("abcdef")


@concurrent
def test_a_report_made_twice_at_once_is_one_lesson(backend: Backend) -> None:
    """The same lessons from several processes, while two learners settle them."""
    journal = backend.services.journal
    lessons = [lesson(n) for n in range(1, 6)]

    def settle() -> int:
        waiting = journal.pending(GLOBAL, limit=10)
        outcomes = [Outcome(each, LessonState.APPLIED, n) for n, each in enumerate(waiting, 1)]
        journal.settle(GLOBAL, outcomes, now_ms=NOW_MS, until=0)
        return 0

    calls: list[Callable[[], int]] = [partial(journal.add, lessons)] * 3
    added = together([*calls, settle, settle])
    assert sum(answer for answer in added if isinstance(answer, int)) == 5
    settle()
    assert journal.counts(GLOBAL) == (0, 5)


@concurrent
def test_votes_of_one_moment_are_all_counted(backend: Backend) -> None:
    """Whoever is last sees all of them."""
    votes = backend.services.votes
    pointer = Pointer("one", "")

    def cast(name: str) -> int:
        vote = Vote(f"{name}@example.org", name, NOW_MS)
        return len(
            votes.cast("example.org", Label.SPAM, pointer, vote, marks=["M#one"], until=NOW + 9).voters()
        )

    counted = together([partial(cast, name) for name in "abcdef"])
    assert sorted(answer for answer in counted if isinstance(answer, int)) == [1, 2, 3, 4, 5, 6]


@concurrent
def test_an_undo_and_a_fold_of_one_moment_exclude_each_other(backend: Backend) -> None:
    """Either the lesson is taken back, or it is in the base for good."""
    journal = backend.services.journal
    journal.add([lesson(n) for n in range(1, 9)])
    waiting = journal.pending(GLOBAL, limit=10)
    outcomes = [Outcome(each, LessonState.APPLIED, n) for n, each in enumerate(waiting, 1)]
    journal.settle(GLOBAL, outcomes, now_ms=NOW_MS, until=0)
    ids = [each.lesson.id for each in waiting]

    def undo() -> set[str]:
        records = [r for r in journal.get(GLOBAL, ids).values() if r.state is LessonState.APPLIED]
        return {
            r.lesson.id for r in records if journal.undo(r, state=LessonState.UNDONE, by="x", at_ms=NOW_MS)
        }

    undone, folded = together([undo, lambda: journal.fold(GLOBAL, ids)])
    assert isinstance(undone, set)
    assert isinstance(folded, set)
    assert not undone & folded
    assert undone | folded == set(ids)
    assert {undo.lesson_id for undo in journal.undos(GLOBAL)} == undone


@concurrent
def test_a_token_id_is_given_once(backend: Backend) -> None:
    """Two tokens with one id: one is refused, and the list has the other."""
    accounts = backend.services.accounts

    def add(name: str) -> str:
        accounts.add_token(
            Token("01ARZ3NDEKTSV4RRFFQ69G5FAV", name, GLOBAL, "digest", True, NOW_MS, "tester")
        )
        return name

    answers = together([partial(add, name) for name in "abc"])
    winners = [answer for answer in answers if isinstance(answer, str)]
    assert len(winners) == 1
    assert [token.name for token in accounts.list_tokens(GLOBAL)] == winners
