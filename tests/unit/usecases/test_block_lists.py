"""Block lists on the way of a message: off by default, bounded, remembered, and never in the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from pratique.domain.blocklist import read_block_lists
from pratique.domain.envelope import Envelope, Receipt
from pratique.domain.message import Copy
from pratique.ports.resolver import RecordKind
from pratique.ports.services import Options
from pratique.usecases import ask_block_lists

from tests import builders, fakes
from tests.path import arrive, opened

LISTS = read_block_lists("zen=ip:zen.lists.example:2.5,dbl=domain:dbl.lists.example:3")
IP_NAME, DOMAIN_NAME = "4.4.8.8.zen.lists.example", "spam.example.dbl.lists.example"


def world(**changes: Any) -> fakes.World:
    return opened(options=Options(block_lists=LISTS, **changes))


def mail(made: fakes.World, number: int = 1) -> tuple[Copy, dict[str, float]]:
    """A message by an edge, and what lists say of it."""
    envelope = Envelope("eve@spam.example", (builders.copy_id().recipient,), "8.8.4.4", "h.spam.example")
    told = Receipt(f"m{number}", made.clock.now_ms(), envelope, source="edge")
    (copy,) = arrive(made, told).copies
    facts = made.index.get_facts(copy.id.message)
    assert facts is not None
    return copy, {c.signal: c.weight for c in facts.contributions if c.signal.startswith("blocklist:")}


def test_nothing_is_asked_unless_somebody_chose_lists() -> None:
    made = opened()
    assert mail(made)[1] == {}
    assert made.resolver.asked == []


def test_what_is_listed_weighs_and_is_stored_with_the_message() -> None:
    made = world()
    made.resolver.put(IP_NAME, "A", "127.0.0.2")
    made.resolver.put(DOMAIN_NAME, "A", "127.0.1.2")
    assert mail(made)[1] == {"blocklist:ip": 2.5, "blocklist:domain": 3.0}
    assert sorted(made.resolver.asked) == [(IP_NAME, RecordKind.A), (DOMAIN_NAME, RecordKind.A)]


def test_what_is_not_listed_says_nothing() -> None:
    assert mail(world())[1] == {}


def test_answers_are_remembered_for_their_time() -> None:
    made = world()
    mail(made)
    mail(made, 2)
    assert len(made.resolver.asked) == 2
    made.clock.advance(seconds=301)
    mail(made, 3)
    assert len(made.resolver.asked) == 4


def test_a_refusal_is_no_listing_and_is_said_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    made = world()
    made.resolver.put(IP_NAME, "A", "127.255.255.254")
    assert mail(made)[1] == {}
    made.clock.advance(seconds=400)
    assert mail(made, 2)[1] == {}
    assert [r.levelname for r in caplog.records if r.message == "block_list_refused"] == ["WARNING"]
    made.clock.advance(seconds=3_600)
    mail(made, 3)
    assert sum(r.message == "block_list_refused" for r in caplog.records) == 2


def test_a_list_that_does_not_answer_leaves_the_others() -> None:
    made = world()
    made.resolver.failing.add(IP_NAME)
    made.resolver.put(DOMAIN_NAME, "A", "127.0.1.2")
    assert mail(made)[1] == {"blocklist:domain": 3.0}


def test_without_any_answer_nobody_is_asked_for_a_while() -> None:
    made = world()
    made.resolver.down = True
    mail(made)
    mail(made, 2)
    assert len(made.resolver.asked) == 2
    made.clock.advance(seconds=61)
    made.resolver.down = False
    made.resolver.put(IP_NAME, "A", "127.0.0.2")
    assert mail(made, 3)[1] == {"blocklist:ip": 2.5}


def test_what_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail goes on without it."""
    monkeypatch.setattr(ask_block_lists, "SECONDS", 0.05)
    made, ended = world(), threading.Event()
    answer = made.resolver.resolve

    def slow(name: str, kind: RecordKind, *, seconds: float) -> Any:
        if name == IP_NAME:
            ended.wait(20)
        return answer(name, kind, seconds=seconds)

    monkeypatch.setattr(made.resolver, "resolve", slow)
    made.resolver.put(DOMAIN_NAME, "A", "127.0.1.2")
    try:
        assert mail(made)[1] == {"blocklist:domain": 3.0}
    finally:
        ended.set()


def test_a_broken_resolver_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("bug")

    monkeypatch.setattr(made.resolver, "resolve", broken)
    assert mail(made)[1] == {}
