"""Journal: every lesson once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.lesson import Label
from pratique.domain.scope import GLOBAL, domain_scope
from pratique.ports.journal import Journal

from tests.builders import lesson
from tests.contract.backends import Backend, stored

ORG = domain_scope("example.org")


@pytest.fixture
def journal(backend: Backend) -> Journal:
    return backend.services.journal


def test_a_lesson_comes_back_as_it_was(journal: Journal) -> None:
    """Every field, with any octets in the sample."""
    full = lesson(
        1, ORG, label=Label.HAM, sample=bytes(range(256)) * 40, origin="", author="grüße@example.org"
    )
    empty = lesson(2, ORG, sample=b"")
    assert journal.add([full, empty]) == 2
    assert journal.pending(ORG, limit=10) == sorted([full, empty], key=lambda each: each.id)
    assert journal.pending(GLOBAL, limit=10) == []


def test_only_new_ones_count(journal: Journal) -> None:
    """Seen before, pending or applied, or twice in one call: not again."""
    lessons = [lesson(n) for n in range(50)]
    assert journal.add(lessons[:30]) == 30
    assert journal.add(lessons[20:40] + lessons[35:45]) == 15
    journal.complete(GLOBAL, [each.id for each in lessons[:25]])
    assert journal.add(lessons) == 5
    assert journal.counts(GLOBAL) == (25, 25)
    assert journal.pending(GLOBAL, limit=100) == sorted(lessons[25:], key=lambda each: each.id)
    assert journal.add([]) == 0


def test_a_later_report_of_the_same_id_changes_nothing(journal: Journal) -> None:
    """The first one stands."""
    journal.add([lesson(1)])
    assert journal.add([replace(lesson(1), label=Label.HAM)]) == 0
    assert journal.pending(GLOBAL, limit=5) == [lesson(1)]


def test_the_same_id_in_two_scopes_is_two_lessons(journal: Journal) -> None:
    """One report may teach two layers."""
    assert journal.add([lesson(1), lesson(1, ORG)]) == 2
    journal.complete(ORG, [lesson(1).id])
    assert journal.counts(GLOBAL) == (1, 0)
    assert journal.counts(ORG) == (0, 1)


def test_pending_is_bounded_and_in_order(journal: Journal) -> None:
    """Oldest id first."""
    lessons = sorted((lesson(n) for n in range(30)), key=lambda each: each.id)
    journal.add(lessons)
    assert journal.pending(GLOBAL, limit=7) == lessons[:7]


def test_completing_is_repeatable(journal: Journal) -> None:
    """A learner that was run twice, or that names a lesson nobody knows, does no harm."""
    journal.add([lesson(1), lesson(2)])
    ids = [lesson(1).id, "no such lesson"]
    journal.complete(GLOBAL, ids)
    journal.complete(GLOBAL, ids)
    journal.complete(GLOBAL, [])
    assert journal.counts(GLOBAL) == (1, 1)
    assert journal.pending(GLOBAL, limit=5) == [lesson(2)]


@stored
def test_a_completed_lesson_keeps_its_record_without_the_sample(backend: Backend) -> None:
    """Who taught what and when stays for 400 days, what was in the mail does not."""
    assert backend.settings is not None
    backend.services.journal.add([lesson(1)])
    backend.services.journal.complete(GLOBAL, [lesson(1).id])
    rows = backend.client("dynamodb").scan(TableName=backend.settings.table)["Items"]
    assert [set(row) for row in rows] == [{"pk", "sk", "label", "author", "created", "origin", "expires_at"}]
    assert int(rows[0]["expires_at"]["N"]) == lesson(1).created_ms // 1000 + 400 * 86_400
