"""What-if and why: CPU time and reads for 1,000 copies. `python -m bench.what_if`

5,000 copies of 50 recipients in a domain, judged by ingest from messages of the SpamAssassin corpus (each used several times), with a global
model that has learnt 2,000 others. Rows are encoded and decoded as the table's adapter does, so that only the network is missing: DynamoDB
answers a query or a batch of 100 rows in some 5 to 20 ms, so what counts there is the number of round trips, which is given.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pratique.adapters.aws.rows import copy_from_row, copy_row, facts_from_row, facts_row
from pratique.adapters.aws.table import BATCH_GET, Row
from pratique.domain.direction import Direction
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.message import Copy, Facts
from pratique.domain.policy import Policy
from pratique.domain.scope import GLOBAL, Scope, domain_scope
from pratique.filtering.examine import examine
from pratique.observability import logger
from pratique.ports.mail_index import Page
from pratique.usecases.explain_message import explain_message
from pratique.usecases.learn_lessons import learn_lessons
from pratique.usecases.preview_change import preview_change
from pratique.usecases.replay import Change

from bench.measures import on_one_core
from tests import builders, fakes
from tests.corpora import Labelled, find_corpus, labelled
from tests.path import arrive

COPIES, PEOPLE, LESSONS, MESSAGES = 5_000, 50, 2_000, 500
ORG = domain_scope("example.org")


class RowIndex(fakes.FakeIndex):
    """The index in memory, through rows: what the adapter's decoding costs is in, and round trips are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        self.copies: dict[CopyId, Row] = {}
        self.round_trips = 0

    def get_many_facts(self, messages: Sequence[str]) -> dict[str, Facts]:
        self.round_trips += math.ceil(len(messages) / BATCH_GET)
        return {name: facts_from_row(self.rows[name]) for name in messages}

    def list_copies(
        self,
        scope: Scope,
        *,
        states: Sequence[State],
        limit: int,
        now: int,
        cursor: str | None = None,
        before_ms: int = 0,
        direction: Direction = Direction.INCOMING,
    ) -> Page:
        page = super().list_copies(
            scope,
            states=states,
            limit=limit,
            now=now,
            cursor=cursor,
            before_ms=before_ms,
            direction=direction,
        )
        self.round_trips += len(states)
        return replace(page, copies=tuple(copy_from_row(self.copies[copy.id]) for copy in page.copies))


def _learn(world: fakes.World, lessons: list[Labelled]) -> None:
    taught = []
    for number, entry in enumerate(lessons):
        raw = entry.read()
        label = Label.SPAM if entry.is_spam else Label.HAM
        taught.append(
            builders.lesson(number, GLOBAL, label=label, sample=examine(raw, builders.receipt()).sample)
        )
    world.journal.add(taught)
    while learn_lessons(world.services, GLOBAL).more:
        pass


def stocked(lessons: list[Labelled], mail: list[Labelled]) -> tuple[fakes.World, RowIndex]:
    """A domain's mail of a week."""
    index = RowIndex()
    world = fakes.World(index=index)
    world.directory.put_route(builders.route("*"))
    _learn(world, lessons)
    raws = [entry.read() for entry in mail]
    for number in range(COPIES):
        people = (f"user{number % PEOPLE}@example.org",)
        receipt = builders.receipt(
            f"m{number}", people, received_ms=world.clock.now_ms(), mail_from=f"a@d{number % 200}.example"
        )
        taken = arrive(world, receipt, raws[number % len(raws)])
        facts = index.get_facts(taken.message)
        assert facts is not None
        index.rows[taken.message] = facts_row(facts, builders.NOW)
        for copy in taken.copies:
            index.copies[copy.id] = copy_row(copy, 4)
        world.clock.advance(seconds=100)
    return world, index


def _measured(title: str, index: RowIndex, work: Callable[[], int]) -> None:
    before, started = index.round_trips, time.process_time()
    done = work()
    seconds = time.process_time() - started
    trips = index.round_trips - before
    print(
        f"{title:46s} {1000 * seconds / done * 1000:7.0f} ms CPU and {trips / done * 1000:5.0f} round trips for 1,000 copies ({done} measured)"
    )


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The functions' own log and metrics go to standard output."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        handler = logger().registered_handler
        assert isinstance(handler, logging.StreamHandler)
        shown, handler.stream = handler.stream, nowhere
        try:
            yield
        finally:
            handler.stream = shown


def _previewed(world: fakes.World, change: Change) -> int:
    return preview_change(world.services, builders.actor(), ORG, change).looked_at


def main() -> None:
    folder = find_corpus("spamassassin")
    if folder is None:
        raise SystemExit("the SpamAssassin corpus is not here (PRATIQUE_CORPORA)")
    on_one_core()
    entries = labelled(folder)
    with _silence():
        world, index = stocked(entries[:LESSONS], entries[LESSONS : LESSONS + MESSAGES])
    operator = builders.actor()
    changes = {
        "a threshold": Change(policy=Policy(spam_at=0.95)),
        "weights": Change(factors={"classifier": 0.5, "url": 2.0}),
        "a block entry that 25 messages match": Change(
            entries=(ListEntry(ORG, ListKind.BLOCK, "d7.example"),)
        ),
        "today's models": Change(rejudge=True),
    }
    for title, change in changes.items():
        _measured(f"what-if: {title}", index, partial(_previewed, world, change))
    copies: list[Copy] = index.all_copies()[:: COPIES // 100]

    def explained() -> int:
        return len([explain_message(world.services, operator, copy.id) for copy in copies])

    _measured("why, each one of 100", index, explained)


if __name__ == "__main__":
    main()
