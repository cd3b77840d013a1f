"""Digests: who is due, slots that are served once, links that are used once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from pratique.domain.digest import SHARDS, Progress, Sheet, SheetItem, shard_of_scope
from pratique.domain.scope import Scope, parse_scope
from pratique.ports.digests import Digests, Used

from tests.builders import DAY, NOW, NOW_MS, copy_id
from tests.contract.backends import Backend, concurrent
from tests.contract.test_concurrent import together

BOB, ORG = parse_scope("bob@example.org"), parse_scope("example.org")
SLOT, LEASE = NOW - 60, NOW + 300


@pytest.fixture
def digests(backend: Backend) -> Digests:
    return backend.services.digests


def due(digests: Digests, scope: Scope, now: int = NOW) -> bool:
    return scope in digests.due(shard_of_scope(scope), now=now, limit=10)


def progress(digests: Digests, scope: Scope = BOB) -> Progress:
    found = digests.progress(scope)
    assert found is not None
    return found


def test_a_scope_with_news_is_due_at_its_time(digests: Digests) -> None:
    """And no other."""
    assert digests.progress(BOB) is None
    assert digests.arm(BOB, due=NOW, now_ms=NOW_MS - 5_000) == NOW
    assert not due(digests, BOB, NOW - 1)
    assert due(digests, BOB)
    assert not any(
        digests.due(shard, now=NOW, limit=5) for shard in range(SHARDS) if shard != shard_of_scope(BOB)
    )
    assert progress(digests) == Progress(BOB, due=NOW, armed=NOW - 5, news_ms=NOW_MS - 5_000)


def test_more_news_never_puts_off_and_may_bring_nearer(digests: Digests) -> None:
    digests.arm(BOB, due=NOW + 50, now_ms=NOW_MS)
    assert digests.arm(BOB, due=NOW + 90, now_ms=NOW_MS + 7) == NOW + 50
    assert progress(digests).news_ms == NOW_MS + 7
    assert digests.arm(BOB, due=NOW + 10, now_ms=NOW_MS + 8) == NOW + 10
    assert due(digests, BOB, NOW + 10)


def test_the_longest_overdue_comes_first(digests: Digests) -> None:
    scopes = [parse_scope(f"user{number}@example.org") for number in range(200)]
    same = [scope for scope in scopes if shard_of_scope(scope) == 3][:4]
    for number, scope in enumerate(same):
        digests.arm(scope, due=NOW - number, now_ms=NOW_MS)
    assert digests.due(3, now=NOW, limit=3) == same[::-1][:3]


def test_when_somebody_looks_is_changed_by_who_knows_when_it_was(digests: Digests) -> None:
    digests.arm(BOB, due=NOW, now_ms=NOW_MS)
    assert not digests.due_again(BOB, due=NOW + 9, was=NOW - 1)
    assert digests.due_again(BOB, due=NOW + 9, was=NOW)
    assert not due(digests, BOB, NOW + 8)
    assert digests.due_again(BOB, due=0, was=NOW + 9)
    assert not due(digests, BOB, NOW + 90)
    assert (progress(digests).due, progress(digests).armed) == (0, 0)


def test_a_slot_is_taken_once(digests: Digests) -> None:
    """By one worker; an older slot not at all; the next one again."""
    assert digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE) is None
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS)
    taken = digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE)
    assert taken is not None
    assert (taken.slot, taken.lease) == (SLOT, LEASE)
    assert digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE + 1) is None
    assert digests.sending(BOB, slot=SLOT, lease=LEASE)
    digests.finish(BOB, lease=LEASE, seen_ms=NOW_MS, sent=NOW, failed=False, next_due=NOW + DAY)
    assert digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE) is None
    assert digests.claim(BOB, slot=SLOT - DAY, now=NOW, lease=LEASE) is None
    assert digests.claim(BOB, slot=SLOT + DAY, now=NOW + DAY, lease=LEASE + DAY) is not None


def test_a_worker_that_died_before_it_sent_is_replaced(digests: Digests) -> None:
    """When its lease is up; one that died later is not, for who knows what went out."""
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS)
    assert digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE)
    assert digests.claim(BOB, slot=SLOT, now=LEASE - 1, lease=LEASE + 300) is None
    assert digests.claim(BOB, slot=SLOT, now=LEASE, lease=LEASE + 300)
    assert not digests.sending(BOB, slot=SLOT, lease=LEASE)
    assert digests.sending(BOB, slot=SLOT, lease=LEASE + 300)
    assert digests.claim(BOB, slot=SLOT, now=LEASE + 900, lease=LEASE + 1200) is None


def test_a_slot_that_could_not_be_served_is_taken_again_later(digests: Digests) -> None:
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS)
    assert digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE)
    assert digests.sending(BOB, slot=SLOT, lease=LEASE)
    digests.give_back(BOB, slot=SLOT, lease=LEASE - 1, due=NOW + 1)
    digests.give_back(BOB, slot=SLOT, lease=LEASE, due=NOW + 600)
    assert not due(digests, BOB, NOW + 599)
    assert due(digests, BOB, NOW + 600)
    assert digests.claim(BOB, slot=SLOT, now=NOW + 600, lease=LEASE + 600)


def test_after_a_slot_nobody_looks_until_there_is_news(digests: Digests) -> None:
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS - 60_000)
    digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE)
    digests.finish(BOB, lease=LEASE, seen_ms=NOW_MS, sent=NOW, failed=False, next_due=NOW + DAY)
    assert not due(digests, BOB, NOW + 9 * DAY)
    after = progress(digests)
    assert (after.seen_ms, after.sent, after.lease, after.due) == (NOW_MS, NOW, 0, 0)
    assert digests.arm(BOB, due=NOW + DAY, now_ms=NOW_MS + 5) == NOW + DAY


def test_news_that_came_meanwhile_is_not_forgotten(digests: Digests) -> None:
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS - 60_000)
    digests.claim(BOB, slot=SLOT, now=NOW, lease=LEASE)
    digests.arm(BOB, due=NOW + DAY, now_ms=NOW_MS + 1)
    digests.finish(BOB, lease=LEASE, seen_ms=NOW_MS, sent=NOW, failed=False, next_due=NOW + DAY)
    assert due(digests, BOB, NOW + DAY)


def test_refusals_are_counted_and_report_nothing(digests: Digests) -> None:
    for number in (1, 2):
        digests.arm(BOB, due=SLOT, now_ms=NOW_MS)
        assert digests.claim(BOB, slot=SLOT + number * DAY, now=NOW, lease=LEASE)
        digests.finish(BOB, lease=LEASE, seen_ms=NOW_MS, sent=0, failed=True, next_due=NOW + DAY)
        assert (progress(digests).failures, progress(digests).seen_ms) == (number, 0)
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS)
    digests.claim(BOB, slot=SLOT + 9 * DAY, now=NOW, lease=LEASE)
    digests.finish(BOB, lease=LEASE, seen_ms=NOW_MS, sent=NOW, failed=False, next_due=0)
    assert progress(digests).failures == 0


def test_a_digest_beside_the_slots_counts_as_reported(digests: Digests) -> None:
    digests.note_seen(BOB, seen_ms=NOW_MS, now=NOW)
    digests.note_seen(BOB, seen_ms=NOW_MS - 9, now=NOW - 9)
    assert (progress(digests).seen_ms, progress(digests).sent, progress(digests).due) == (NOW_MS, NOW, 0)


def a_sheet(name: str = "a" * 16) -> Sheet:
    alias = replace(copy_id(2, "b.o+b@example.org"), of=copy_id().recipient)
    items = (SheetItem((copy_id(1), alias), NOW + 9), SheetItem((copy_id(3, "grüße@example.org"),), NOW + 10))
    return Sheet(name, ORG, copy_id(1, "ann@example.org").recipient, "ja", "Asia/Tokyo", NOW_MS, items)


def test_a_sheet_comes_back_as_it_was(digests: Digests) -> None:
    assert digests.get_sheet("a" * 16) is None
    digests.put_sheet(a_sheet(), ends=NOW + DAY)
    assert digests.get_sheet("a" * 16) == a_sheet()
    assert digests.get_sheet("b" * 16) is None


def test_a_link_is_used_once(digests: Digests) -> None:
    """Who comes later learns what came of it."""
    first, second = Used("post-1", NOW_MS), Used("post-2", NOW_MS + 5)
    assert digests.use("a" * 16, "1.r", first, ends=NOW + DAY) == first
    digests.note_outcome("a" * 16, "1.r", Used("post-2", 0, "wrong"))
    digests.note_outcome("a" * 16, "1.r", Used("post-1", NOW_MS, "released"))
    assert digests.use("a" * 16, "1.r", second, ends=NOW + DAY) == Used("post-1", NOW_MS, "released")
    assert digests.use("a" * 16, "2.r", second, ends=NOW + DAY) == second
    assert digests.use("b" * 16, "1.r", second, ends=NOW + DAY) == second


def test_a_link_that_came_to_nothing_is_free_again(digests: Digests) -> None:
    first, second = Used("post-1", NOW_MS), Used("post-2", NOW_MS + 5)
    digests.use("a" * 16, "1.r", first, ends=NOW + DAY)
    digests.free("a" * 16, "1.r", by="post-2")
    assert digests.use("a" * 16, "1.r", second, ends=NOW + DAY) == first
    digests.free("a" * 16, "1.r", by="post-1")
    assert digests.used("a" * 16, "1.r") is None
    assert digests.use("a" * 16, "1.r", second, ends=NOW + DAY) == second
    digests.free("a" * 16, "1.r")
    digests.free("a" * 16, "1.r")
    assert digests.used("a" * 16, "1.r") is None


@concurrent
def test_many_at_once_use_a_link_once(digests: Digests) -> None:
    found = together(
        [
            partial(digests.use, "a" * 16, "1.r", Used(f"post-{n}", NOW_MS + n), ends=NOW + DAY)
            for n in range(8)
        ]
    )
    assert len({used.by for used in found if isinstance(used, Used)}) == 1


@concurrent
def test_many_at_once_take_a_slot_once(digests: Digests) -> None:
    digests.arm(BOB, due=SLOT, now_ms=NOW_MS)
    found = together([partial(digests.claim, BOB, slot=SLOT, now=NOW, lease=LEASE + n) for n in range(8)])
    assert sum(isinstance(each, Progress) for each in found) == 1


def test_counts_are_by_window(digests: Digests) -> None:
    counted = [digests.count("ask#bob@example.org", window=7, ends=NOW + DAY) for _ in range(3)]
    assert counted == [1, 2, 3]
    assert digests.count("ask#bob@example.org", window=8, ends=NOW + DAY) == 1


def test_last_calls_are_due_once_and_forgotten(digests: Digests) -> None:
    shard = shard_of_scope(BOB)
    for number in (1, 2, 3):
        digests.add_call(BOB, copy_id(number), due=NOW + number)
    digests.add_call(BOB, copy_id(1), due=NOW + 99)
    assert digests.due_calls(shard, now=NOW, limit=9) == []
    assert digests.due_calls(shard, now=NOW + 2, limit=9) == [(BOB, copy_id(1)), (BOB, copy_id(2))]
    assert digests.due_calls(shard, now=NOW + 9, limit=1) == [(BOB, copy_id(1))]
    assert set(digests.calls(BOB, until=NOW + 2)) == {copy_id(1), copy_id(2)}
    digests.drop_calls(BOB, [copy_id(1), copy_id(3), copy_id(9)])
    assert digests.calls(BOB, until=NOW + 99) == [copy_id(2)]


def test_what_somebody_looked_at_is_known(digests: Digests) -> None:
    digests.look([copy_id(1), copy_id(2)], ends=NOW + DAY)
    assert digests.looked_at([copy_id(2), copy_id(3)]) == {copy_id(2)}
    assert digests.looked_at([]) == set()
