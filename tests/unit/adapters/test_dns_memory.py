"""What is remembered of the DNS, and for how long."""

from __future__ import annotations

import pytest
from pratique.adapters.dns_memory import (
    FAILED_SECONDS,
    LONGEST,
    MOST,
    MOST_CHARACTERS,
    OUTAGE_SECONDS,
    PROBE,
    SHORTEST,
    RememberingResolver,
)
from pratique.domain.errors import TemporaryFailure
from pratique.ports.resolver import RecordKind

from tests.fake_zone import FakeZone
from tests.fakes import FakeClock

TXT = RecordKind.TXT


class Memory:
    """A remembering resolver, the zone behind it and its clock."""

    def __init__(self, **settings: int) -> None:
        self.zone, self.clock = FakeZone({"example.org": {"TXT": "one"}}, **settings), FakeClock()
        self.zone.put(PROBE, "A", "192.0.2.53")
        self.resolver = RememberingResolver(self.zone, self.clock)

    @property
    def asked(self) -> list[str]:
        """The names that were asked for, but for the probe's."""
        return [name for name, _ in self.zone.asked if name != PROBE]

    def ask(self, name: str = "example.org") -> tuple[str, ...]:
        return self.resolver.resolve(name, TXT, seconds=1).values


def test_an_answer_is_kept_for_its_time() -> None:
    """Whatever the case of the name and with or without a final dot; an absence too."""
    memory = Memory(seconds=300)
    assert [
        memory.ask(name) for name in ("example.org", "Example.ORG.", "absent.example", "absent.example")
    ] == [
        ("one",),
        ("one",),
        (),
        (),
    ]
    assert len(memory.asked) == 2
    memory.clock.advance(seconds=301)
    memory.zone.put("example.org", "TXT", "two")
    assert memory.ask() == ("two",)


@pytest.mark.parametrize(("told", "kept"), [(0, SHORTEST), (10**9, LONGEST)])
def test_times_are_bounded(told: int, kept: int) -> None:
    memory = Memory(seconds=told)
    memory.ask()
    memory.clock.advance(seconds=kept - 1)
    memory.ask()
    assert len(memory.zone.asked) == 1
    memory.clock.advance(seconds=2)
    memory.ask()
    assert len(memory.zone.asked) == 2


def test_kinds_are_kept_apart() -> None:
    memory = Memory()
    memory.ask()
    assert memory.resolver.resolve("example.org", RecordKind.A, seconds=1).values == ()


def test_a_senders_own_failure_is_remembered_for_a_moment_and_touches_nobody_else() -> None:
    memory = Memory()
    memory.zone.failing.add("slow.example")
    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            memory.ask("slow.example")
    assert [name for name, _ in memory.zone.asked] == ["slow.example", PROBE]
    assert memory.ask() == ("one",)
    memory.clock.advance(seconds=FAILED_SECONDS + 1)
    memory.zone.failing.clear()
    assert memory.ask("slow.example") == ()


def test_without_any_dns_only_the_first_question_is_asked() -> None:
    """And what is known already still holds."""
    memory = Memory()
    memory.ask()
    memory.zone.down = True
    for name in ("a.example", "b.example", "c.example"):
        with pytest.raises(TemporaryFailure):
            memory.ask(name)
    assert [name for name, _ in memory.zone.asked[1:]] == ["a.example", PROBE]
    assert memory.ask() == ("one",)
    memory.zone.down = False
    memory.clock.advance(seconds=OUTAGE_SECONDS + 1)
    assert memory.ask("b.example") == ()


def test_a_resolver_that_knows_no_names_is_none() -> None:
    """A closed network's answers that everything is absent: no fail may come of that."""
    memory = Memory()
    memory.zone.put(PROBE, "A")
    for name in ("a.example", "b.example"):
        with pytest.raises(TemporaryFailure):
            memory.ask(name)
    assert memory.asked == ["a.example"]
    memory.zone.put(PROBE, "A", "192.0.2.53")
    memory.clock.advance(seconds=OUTAGE_SECONDS + 1)
    assert memory.ask("a.example") == ()
    for n in range(50):
        memory.ask(f"n{n}.example")
    assert [name for name, _ in memory.zone.asked].count(PROBE) == 2


def test_memory_is_bounded_in_answers_and_in_size() -> None:
    memory = Memory()
    memory.zone.put("big.example", "TXT", "x" * (MOST_CHARACTERS + 1))
    memory.ask("big.example")
    memory.ask("big.example")
    assert len(memory.zone.asked) == 2
    memory.ask()
    for n in range(MOST):
        memory.ask(f"n{n}.example")
    memory.ask()
    assert memory.zone.asked.count(("example.org", TXT)) == 2
