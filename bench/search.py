"""What a search costs among many messages: `python -m bench.search [--messages 100 100000]`

On the fakes, through the adapter's rows (what reading a row costs is in): words that occur in the newest messages, in one of a thousand, in the oldest one
alone, and nowhere; without a catalogue and with one. The time of DynamoDB and S3 is not in it: 100,000 rows of some 700 octets are about 70 queries of
1 MB, 5 chapters as many objects.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pratique.adapters.aws.rows import copy_from_row, copy_row
from pratique.domain.actor import Actor, Channel
from pratique.domain.direction import Direction
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.scope import GLOBAL, Scope
from pratique.domain.search import Search, read_terms
from pratique.ports.mail_index import Page
from pratique.usecases.search_messages import search_messages
from pratique.usecases.write_catalogue import write_catalogue

from tests import fakes
from tests.builders import NOW_MS, a_copy

DAY_MS = 86_400_000
WANTED = ("invoice", "needle", "oldest", "absent")
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
    """The index in memory; every copy that is read is made from its row, as the adapter does."""

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
        return replace(page, copies=tuple(map(_through_row, page.copies)))

    def get_copies(self, copy_ids: Sequence[CopyId], *, now: int) -> dict[CopyId, Copy]:
        found = super().get_copies(copy_ids, now=now)
        return {each: _through_row(copy) for each, copy in found.items()}

    def walk_copies(
        self, scope: Scope, *, below: str, now: int, direction: Direction = Direction.INCOMING
    ) -> Iterator[Copy]:
        return map(_through_row, super().walk_copies(scope, below=below, now=now, direction=direction))


def _through_row(copy: Copy) -> Copy:
    return copy_from_row(copy_row(copy, 1))


def stocked(many: int) -> fakes.World:
    """So many held copies of 500 mailboxes."""
    index, chance = RowIndex(), random.Random(1)
    for number in range(1, many + 1):
        rare = "oldest " if number == 1 else "needle " if number % 1_000 == 500 else ""
        subject = rare + " ".join(chance.choices(WORDS, k=6))
        index.add_copy(a_copy(number, f"user{number % 500}@example.org", subject=subject))
    return fakes.World(index=index, clock=fakes.FakeClock(NOW_MS + DAY_MS))


def searched(world: fakes.World, text: str) -> str:
    """Until its first page is full or the end is reached."""
    cursor, calls, looked_at, found, first = None, 0, 0, 0, 0.0
    rows, started = world.index.rows_read, time.process_time()
    while found < 50:
        page = search_messages(world.services, ACTOR, GLOBAL, Search(terms=read_terms(text)), cursor=cursor)
        calls, looked_at, found = calls + 1, looked_at + page.looked_at, found + len(page.copies)
        first = first or time.process_time() - started
        cursor = page.cursor
        if cursor is None:
            break
    spent = time.process_time() - started
    listed = world.index.rows_read - rows
    return (
        f"  {text:8} {found:3} found, {looked_at:7,} looked at, {listed:7,} listed, {calls:2} calls: "
        f"{spent * 1000:7.1f} ms of CPU, first answer after {first * 1000:.1f} ms"
    )


def main() -> None:
    """Print what each search costs: one by one, by a catalogue that the process has not opened yet, and once it has."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, nargs="+", default=[100, 100_000])
    os.environ |= {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}  # a line for each catalogue is no figure
    for many in parser.parse_args().messages:
        world = stocked(many)
        print(f"{many:,} messages, one by one")
        for text in WANTED:
            print(searched(world, text))
        began = time.process_time()
        write_catalogue(world.services, GLOBAL, Direction.INCOMING, until_ms=1 << 60)
        octets = sum(map(len, world.catalogues.chapters.values()))
        print(
            f"the catalogue, {len(world.catalogues.chapters)} chapters, {octets / 1e6:.1f} MB: {time.process_time() - began:.2f} s of CPU"
        )
        for state in ("opened for the first search", "open"):
            print(f"{many:,} messages, chapters {state}")
            for text in WANTED:
                if state != "open":
                    world.services.memory.clear()
                print(searched(world, text))


if __name__ == "__main__":
    main()
