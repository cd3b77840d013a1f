"""What one message's look-up reads, and what it costs beside the reads: `python -m bench.look_up`.

Rows and round trips are exact; they are what DynamoDB is asked for. The time is CPU of this machine for making the keys and reading the answers,
without the network: the table is a dictionary.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, cast

from pratique.adapters.aws.alias_rows import DOMAIN
from pratique.adapters.aws.directory import DynamoDirectory
from pratique.adapters.aws.entry_rows import entry_row
from pratique.adapters.aws.table import Key, Row, Table, key_of
from pratique.domain.address import Address, parse_address
from pratique.domain.correspondent import Question
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.scope import GLOBAL
from pratique.filtering.senders import sender_of

from bench.measures import on_one_core

ROUNDS = 2_000
AUTHOR = parse_address("anna@mail.news.sender.example")
SENDER = sender_of("bounce@lists.sender.example", AUTHOR, host="192.0.2.77")
QUESTION = Question(AUTHOR, "anna", "sender", ("r1", "r2"))


class Memory:
    """A table in memory that counts what it is asked."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = {key_of(row): row for row in rows}
        self.asked: list[int] = []

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Row]:
        wanted = list(keys)
        self.asked.append(len(wanted))
        return {key: self.rows[key] for key in wanted if key in self.rows}


def row(pk: str, sk: str, **values: dict[str, Any]) -> Row:
    return {"pk": {"S": pk}, "sk": {"S": sk}, **values}


def alias(address: str, owner: str) -> Row:
    local, _, domain = address.partition("@")
    return row(f"AL#{domain}", f"A#{local}", owner={"S": owner})


NETWORKS = [
    row("P#*", "MODEL", nets={"SS": ["4/32", "4/24", "4/16", "6/32"]}),
    entry_row(ListEntry(GLOBAL, ListKind.BLOCK, "192.0.2.0/24")),
]
SAME = row(
    "AL#alias.example",
    DOMAIN,
    separators={"S": "+"},
    same_as={"S": "example.org"},
    catch_all={"S": ""},
)
CASES: list[tuple[str, list[str], list[Row]]] = [
    ("one mailbox", ["bob@example.org"], []),
    ("a plus-address", ["bob+news@example.org"], []),
    ("an alias", ["info@example.org"], [alias("info@example.org", "bob@example.org")]),
    ("an alias in an alias domain", ["info@alias.example"], [SAME, alias("info@example.org", "bob@example.org")]),
    ("networks on a list", ["bob@example.org"], NETWORKS),
    ("20 mailboxes of a domain", [f"user{n}@example.org" for n in range(20)], []),
]  # fmt: skip


def main() -> None:
    on_one_core()
    print(f"{'':30s} rows read  round trips  entries   CPU ms")
    for name, recipients, rows in CASES:
        people: list[Address] = [parse_address(each) for each in recipients]
        memory = Memory(rows)
        directory = DynamoDirectory(lambda memory=memory: cast("Table", memory))  # type: ignore[misc]  # this case's
        view = directory.look_up(people, SENDER.patterns, QUESTION, host=SENDER.host, aliases=True)
        read, trips = sum(memory.asked), len(memory.asked)
        started = time.process_time()
        for _ in range(ROUNDS // len(people)):
            directory.look_up(people, SENDER.patterns, QUESTION, host=SENDER.host, aliases=True)
        spent = 1000 * (time.process_time() - started) / (ROUNDS // len(people))
        print(f"{name:30s} {read:9d}  {trips:11d}  {len(view.entries):7d}  {spent:7.3f}")


if __name__ == "__main__":
    main()
