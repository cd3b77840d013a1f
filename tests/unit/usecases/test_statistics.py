"""Figures about mail: counted once, bounded, and what people said of the filter's verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.cost import CHUNK, Prices, message_cost
from pratique.domain.direction import Direction
from pratique.domain.errors import InvalidInput, NotFound
from pratique.domain.lifecycle import State
from pratique.domain.log_status import LogStatus
from pratique.domain.message import Copy, Event
from pratique.domain.policy import DAY
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.verdict import Verdict
from pratique.usecases import show_statistics as module
from pratique.usecases.show_statistics import show_statistics

from tests import fakes
from tests.builders import NOW_MS, a_copy

ACTOR = Actor("tester", GLOBAL, Channel.API)


def delivered(number: int, seconds: float, **changes: object) -> Copy:
    """Clean mail that took so long to deliver."""
    copy = a_copy(number, state=State.DELIVERED, verdict=Verdict.HAM, score=0.02, sender="ann@good.example")
    first = Event(copy.received_ms, State.QUEUED, "filter", Channel.SMTP)
    last = Event(copy.received_ms + round(seconds * 1000), State.DELIVERED, "courier", Channel.CLOCK)
    return replace(copy, events=(first, last), **changes)  # type: ignore[arg-type]  # fields of Copy


def released(number: int) -> Copy:
    """Held, then let go."""
    copy = a_copy(number, state=State.RELEASED)
    return copy.with_event(Event(copy.received_ms + 60_000, State.RELEASING, "bob", Channel.API))


def stocked(*copies: Copy) -> fakes.World:
    world = fakes.world()
    for copy in copies:
        assert world.index.add_copy(copy)
    return world


def test_mail_is_counted_by_day_status_verdict_and_score() -> None:
    copies = [delivered(n, n) for n in range(1, 101)]
    copies += [a_copy(200), a_copy(201, lesson="ham"), released(202), a_copy(203, state=State.REMOVED)]
    copies += [delivered(204, 1.0, lesson="spam"), a_copy(205, at_ms=NOW_MS - 2 * DAY * 1000)]
    found = show_statistics(stocked(*copies).services, ACTOR, GLOBAL, days=7)
    assert (found.looked_at, found.complete) == (106, True)
    assert found.statuses == {
        LogStatus.DELIVERED: 101,
        LogStatus.QUARANTINED: 3,
        LogStatus.RELEASED: 1,
        LogStatus.QUARANTINE_REMOVED: 1,
    }
    assert {day: sum(counted.values()) for day, counted in found.days.items()} == {
        "2026-09-19": 1,
        "2026-09-21": 105,
    }
    assert found.verdicts == {Verdict.HAM: 101, Verdict.SPAM: 5}
    assert (found.scores[0], found.scores[19], sum(found.scores)) == (101, 5, 106)
    assert found.senders[0] == ("ann@good.example", 101)
    assert found.blocked_senders == [("Eve <eve@spam.example>", 5)]
    assert found.recipients == [("bob@example.org", 5)]
    assert (found.held, found.held_wrongly, found.passed, found.missed) == (5, 2, 101, 1)
    assert found.seconds == (50.0, 90.0, 99.0)
    assert found.octets == 106 * 2_048
    assert found.cost > found.cost_ses > 0


def test_nothing_is_no_error() -> None:
    found = show_statistics(stocked().services, ACTOR, GLOBAL)
    assert (found.looked_at, found.seconds, found.complete, found.cost) == (0, None, True, 0.0)


def test_older_mail_than_asked_for_is_left_out_and_much_mail_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest count; since when is said."""
    copies = [a_copy(n, at_ms=NOW_MS - n * 3_600_000) for n in range(60)]
    world = stocked(*copies)
    assert show_statistics(world.services, ACTOR, GLOBAL, days=1).looked_at == 25
    monkeypatch.setattr(module, "PAGE", 10)
    monkeypatch.setattr(module, "MOST", 30)
    found = show_statistics(world.services, ACTOR, GLOBAL, days=14)
    assert (found.looked_at, found.complete) == (30, False)
    assert found.since_ms == copies[29].received_ms


def test_scopes_and_directions_are_kept_apart() -> None:
    world = stocked(a_copy(1), a_copy(2, recipient="ann@other.example"))
    assert show_statistics(world.services, ACTOR, parse_scope("example.org")).looked_at == 1
    assert show_statistics(world.services, ACTOR, GLOBAL, direction=Direction.OUTGOING).looked_at == 0
    bob = Actor("bob", parse_scope("bob@example.org"), Channel.API)
    with pytest.raises(NotFound):
        show_statistics(world.services, bob, parse_scope("example.org"))
    for days in (0, 366):
        with pytest.raises(InvalidInput):
            show_statistics(world.services, ACTOR, GLOBAL, days=days)


def test_cost_grows_with_what_is_done() -> None:
    """SES counts chunks that are full; a laptop's mail pays no SES; every price matters."""
    base = message_cost(size=10_000, delivered=False, held_days=0, by_ses=True)
    assert message_cost(size=10_000, delivered=True, held_days=0, by_ses=True).total > base.total
    assert message_cost(size=10_000, delivered=False, held_days=28, by_ses=True).total > base.total
    big = message_cost(size=3 * CHUNK, delivered=False, held_days=0, by_ses=True)
    assert big.ses == pytest.approx(base.ses + 3 * Prices().ses_chunk)
    assert message_cost(size=10_000, delivered=False, held_days=0, by_ses=False).ses == 0.0
    assert base.total * 1_000 < 0.2, "a thousand messages cost cents"
