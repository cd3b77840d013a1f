"""What a search costs among many messages: `python -m bench.search [--messages 100000]`

On the fakes, through the adapter's rows (what reading a row costs is in): words that occur in the newest messages, in one of a thousand, and nowhere. The
time of DynamoDB itself is not in it: 100,000 rows of some 700 octets are about 70 queries of 1 MB.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from pratique.adapters.aws.rows import copy_from_row, copy_row
from pratique.domain.actor import Actor, Channel
from pratique.domain.direction import Direction
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, Scope
from pratique.domain.search import Search, read_terms
from pratique.ports.mail_index import Page
from pratique.usecases.search_messages import search_messages

from tests import fakes
from tests.builders import a_copy

ACTOR = Actor("bench", GLOBAL, Channel.API)
WORDS = [
    "cheap",
    "watches",
    "invoice",
    "order",
    "meeting",
    "report",
    "pills",
    "prize",
    "account",
    "update",
    "news",
    "travel",
]


class RowIndex(fakes.FakeIndex):
    """The index in memory; every copy of a page is made from its row, as the adapter does."""

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
        return replace(page, copies=tuple(copy_from_row(copy_row(copy, 1)) for copy in page.copies))


def main() -> None:
    """Print calls, copies read and CPU for each search, until its first page is full or the end is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=100_000)
    many = parser.parse_args().messages
    world, chance = fakes.World(index=RowIndex()), random.Random(1)
    for number in range(1, many + 1):
        rare = "needle " if number % 1_000 == 500 else ""
        subject = rare + " ".join(chance.choices(WORDS, k=6))
        world.index.add_copy(a_copy(number, f"user{number % 500}@example.org", subject=subject))
    world = fakes.World(index=world.index)
    for text in ("invoice", "needle", "absent"):
        cursor, calls, looked_at, found, started = None, 0, 0, 0, time.process_time()
        first = 0.0
        while found < 50:
            page = search_messages(
                world.services, ACTOR, GLOBAL, Search(terms=read_terms(text)), cursor=cursor
            )
            calls, looked_at, found = calls + 1, looked_at + page.looked_at, found + len(page.copies)
            first = first or time.process_time() - started
            cursor = page.cursor
            if cursor is None:
                break
        spent = time.process_time() - started
        print(
            f"{text:8} {found:3} found in {looked_at:7,} of {many:,} messages, {calls} calls: {spent:.3f} s of CPU, first answer after {first:.3f} s"
        )


if __name__ == "__main__":
    main()
