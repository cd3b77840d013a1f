"""Several writers of one policy at once. On the fakes and the emulator; moto loses concurrent updates."""

from __future__ import annotations

from functools import partial

from pratique.domain.errors import ConcurrentChange, Outdated
from pratique.domain.policy import Policy
from pratique.domain.policy_history import By, PolicyVersion
from pratique.domain.scope import domain_scope
from pratique.ports.directory import Directory

from tests.contract.backends import Backend, concurrent
from tests.contract.test_concurrent import ROUNDS, WRITERS, together

ORG = domain_scope("example.org")


def _put(directory: Directory, days: int, expected: int | None) -> PolicyVersion | str:
    try:
        return directory.put_policy(ORG, Policy(retention_days=days), By(f"writer {days}"), expected=expected)
    except (Outdated, ConcurrentChange) as error:
        return error.code


@concurrent
def test_of_writers_who_saw_the_same_version_one_wins(backend: Backend) -> None:
    """The others are told, and write nothing."""
    directory = backend.services.directory
    for seen in range(ROUNDS):
        answers = together([partial(_put, directory, days, seen) for days in range(1, WRITERS + 1)])
        made = [each for each in answers if isinstance(each, PolicyVersion)]
        assert [each.version for each in made] == [seen + 1]
        assert answers.count("outdated") == WRITERS - 1
        assert directory.policy_version(ORG) == made[0]
    assert [each.version for each in directory.policy_versions(ORG, limit=99)] == list(range(ROUNDS, 0, -1))


@concurrent
def test_what_writers_who_saw_nothing_wrote_is_all_kept(backend: Backend) -> None:
    """One version each; whoever was too busy is told so."""
    directory = backend.services.directory
    answers = together([partial(_put, directory, days, None) for days in range(1, WRITERS + 1)])
    made = [each for each in answers if isinstance(each, PolicyVersion)]
    kept = directory.policy_versions(ORG, limit=99)
    assert sorted(each.version for each in made) == list(range(1, len(made) + 1))
    assert sorted(kept, key=lambda each: each.version) == sorted(made, key=lambda each: each.version)
    assert len(made) + answers.count("concurrent_change") == WRITERS
