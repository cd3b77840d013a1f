"""How many rows a look-up reads, and in how many round trips: the figures of docs/lists.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pytest
from pratique.adapters.aws.directory import DynamoDirectory
from pratique.adapters.aws.table import Key, Row, Table
from pratique.domain.address import parse_address
from pratique.domain.correspondent import NOTHING, Question
from pratique.filtering.senders import MAX_PATTERNS

PATTERNS = [f"p{n}.example" for n in range(MAX_PATTERNS)]
WHOLE = Question(parse_address("eve@spam.example"), "name", "look", ("r1", "r2", "r3", "r4"))
HOST = "192.0.2.77"


class Counting:
    """A table that answers get_many from `rows` and counts."""

    def __init__(self, rows: Mapping[Key, Row] | None = None) -> None:
        self.rows = rows or {}
        self.trips: list[int] = []
        self.seen: set[Key] = set()

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Row]:
        asked = list(keys)
        assert len(set(asked)) == len(asked)
        assert not self.seen & set(asked), "a row is read twice"
        self.seen.update(asked)
        self.trips.append(len(asked))
        return {key: self.rows[key] for key in asked if key in self.rows}


def looked_up(table: Counting, *recipients: str, asked: Question = NOTHING, host: str = HOST) -> list[int]:
    """Rows read by each round trip."""
    directory = DynamoDirectory(lambda: cast("Table", table))
    people = [parse_address(each) for each in recipients]
    directory.look_up(people, PATTERNS, asked, host=host, aliases=True)
    return table.trips


def listed(domain: str, sort_key: str, **values: str) -> dict[Key, Row]:
    row: Row = {"pk": {"S": f"AL#{domain}"}, "sk": {"S": sort_key}}
    row |= {name: {"S": value} for name, value in values.items()}
    return {(f"AL#{domain}", sort_key): row}


SCOPES = 3 * 2
"""Policy and model of recipient, domain, and the whole installation."""
ENTRIES = 3 * MAX_PATTERNS


def test_most_mail_costs_one_round_trip() -> None:
    """Six rows of settings, up to 36 of lists, two or three about whose mail it is, and what is known of the sender."""
    assert looked_up(Counting(), "bob@example.org") == [SCOPES + ENTRIES + 2]
    assert looked_up(Counting(), "bob+tag@example.org") == [SCOPES + ENTRIES + 3]
    assert looked_up(Counting(), "bob@example.org", asked=WHOLE) == [SCOPES + ENTRIES + 2 + 7]


def test_another_recipient_of_the_domain_costs_its_own_rows_only() -> None:
    """Two of settings, up to twelve of lists, one about whose mail it is."""
    (one,) = looked_up(Counting(), "bob@example.org")
    (two,) = looked_up(Counting(), "bob@example.org", "ann@example.org")
    assert two - one == 2 + MAX_PATTERNS + 1
    (same,) = looked_up(Counting(), "bob@example.org", "bob+a@example.org", "bob+b@example.org")
    assert same - one == 2


def test_an_alias_costs_a_second_round_trip() -> None:
    """For the owner's settings and lists."""
    rows = listed("example.org", "A#info", owner="bob@example.org")
    assert looked_up(Counting(rows), "info@example.org") == [SCOPES + ENTRIES + 2, 2 + MAX_PATTERNS]


def test_an_alias_in_an_alias_domain_costs_a_third_one_and_nothing_costs_more() -> None:
    """The domain's row, then the same in the other domain, then the owner there; also where rows lead in a circle."""
    other = listed("b.example", "A#info", owner="bob@b.example")
    rows = listed("a.example", "DOMAIN", separators="+", same_as="b.example") | other
    assert [n > 0 for n in looked_up(Counting(rows), "info@a.example")] == [True] * 3
    circle = listed("a.example", "DOMAIN", separators="+", same_as="b.example") | listed(
        "b.example", "DOMAIN", separators="-", same_as="a.example"
    )
    assert len(looked_up(Counting(circle), "x+y-z@a.example")) <= 3


@pytest.mark.parametrize(("host", "more"), [(HOST, 4), ("2001:db8::1", 2), ("", 0), ("none", 0)])
def test_networks_cost_a_row_for_each_length_in_use(host: str, more: int) -> None:
    """In a second round trip, and nothing where a scope lists none of the family."""
    kinds: dict[str, Any] = {"SS": ["4/32", "4/24", "4/8", "6/32", "6/128"]}
    model: Row = {"pk": {"S": "P#*"}, "sk": {"S": "MODEL"}, "nets": kinds}
    own: Row = {"pk": {"S": "P#bob@example.org"}, "sk": {"S": "MODEL"}, "nets": {"SS": ["4/24"]}}
    rows = {("P#*", "MODEL"): model, ("P#bob@example.org", "MODEL"): own}
    trips = looked_up(Counting(rows), "bob@example.org", host=host)
    assert trips == [SCOPES + ENTRIES + 2, *([more] if more else [])]
