"""Catalogues, and the walk through a scope's copies that they are written from."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from pratique.domain.address import Address
from pratique.domain.catalogue import KEPT_SECONDS, Catalogue, Chapter
from pratique.domain.direction import Direction
from pratique.domain.errors import NotFound
from pratique.domain.ids import CopyId, ulid
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.scope import GLOBAL, Scope, domain_scope, recipient_scope
from pratique.ports.services import Services

from tests.builders import NOW, NOW_MS, a_copy
from tests.contract.backends import Backend, concurrent, stored
from tests.contract.test_concurrent import together

BOB, ORG = recipient_scope("bob@example.org"), domain_scope("example.org")
IN, OUT = Direction.INCOMING, Direction.OUTGOING
LOW = "01K5NR0V00ABCDEFGHJKMNPQRS#grüße@example.org"
FIRST = Catalogue(1, NOW_MS, "01K5NR0V00", True, (Chapter("one", LOW, 20_000), Chapter("two", LOW, 7)), 0)


@pytest.fixture
def services(backend: Backend) -> Services:
    return backend.services


def test_a_catalogue_is_replaced_by_the_next_version_only(services: Services) -> None:
    """Each scope and direction has its own."""
    assert services.catalogues.read(ORG, IN) is None
    assert services.catalogues.write(ORG, IN, FIRST)
    assert services.catalogues.read(ORG, IN) == FIRST
    assert not services.catalogues.write(ORG, IN, FIRST)
    second = Catalogue(2, NOW_MS + 1, "", False, (), NOW_MS + 5)
    assert not services.catalogues.write(ORG, OUT, second)
    assert services.catalogues.write(ORG, IN, second)
    assert services.catalogues.read(ORG, IN) == second
    for scope, direction in ((ORG, OUT), (GLOBAL, IN), (BOB, IN)):
        assert services.catalogues.read(scope, direction) is None


@concurrent
def test_of_writers_at_once_one_wins(services: Services) -> None:
    made = [replace(FIRST, began_ms=number) for number in range(1, 9)]
    answers = together([partial(services.catalogues.write, ORG, IN, each) for each in made])
    assert answers.count(True) == 1
    assert services.catalogues.read(ORG, IN) in made


def test_chapters_are_kept_by_name(services: Services) -> None:
    data = bytes(range(256)) * 40
    services.catalogues.put_chapter("0a", data)
    assert services.catalogues.get_chapter("0a") == data
    services.catalogues.delete_chapter("0a")
    services.catalogues.delete_chapter("0a")
    with pytest.raises(NotFound):
        services.catalogues.get_chapter("0a")


@stored
def test_a_catalogue_ends_by_itself_and_a_damaged_one_is_none(backend: Backend) -> None:
    """The row has a TTL; one whose chapters cannot be read names none."""
    assert backend.settings is not None
    services, table = backend.services, backend.settings.table
    assert services.catalogues.write(GLOBAL, IN, FIRST)
    key = {"pk": {"S": "SC#*"}, "sk": {"S": "incoming"}}
    client = backend.client("dynamodb")
    row = client.get_item(TableName=table, Key=key)["Item"]
    assert int(row["expires_at"]["N"]) == NOW + KEPT_SECONDS
    client.put_item(TableName=table, Item={**row, "chapters": {"B": b"rotten"}})
    assert services.catalogues.read(GLOBAL, IN) == replace(FIRST, chapters=())


def walked(services: Services, scope: Scope, below: str = "8", direction: Direction = IN) -> list[CopyId]:
    return [each.id for each in services.index.walk_copies(scope, below=below, now=NOW, direction=direction)]


@pytest.mark.parametrize("shards", [1, 3])
def test_a_walk_meets_every_copy_once(services: Services) -> None:
    """In whatever state, newest first; not what has expired (unless it is on its way), is another's, or goes out."""
    states = [state for state in State if state is not State.EXPIRED]
    copies: list[Copy] = [a_copy(number, state=states[number % len(states)]) for number in range(1, 20)]
    late = [a_copy(30 + n, state=state, expires_at=NOW) for n, state in enumerate(states)]
    far = a_copy(90, "eve@example.net")
    sent = a_copy(95)
    sent = replace(sent, id=CopyId(sent.id.message, Address("x", "far.example"), sent.id.owner, OUT))
    for copy in [*copies, *late, far, sent]:
        assert services.index.add_copy(copy)
    there = [each.id for each in reversed(late) if each.state in LIVE] + [
        each.id for each in reversed(copies)
    ]
    assert walked(services, BOB) == walked(services, ORG) == there
    assert walked(services, GLOBAL) == [far.id, *there]
    assert walked(services, BOB, direction=OUT) == [sent.id]
    middle = copies[9]
    assert walked(services, ORG, middle.id.place) == [each.id for each in reversed(copies[:9])]
    assert walked(services, ORG, ulid(NOW_MS - DAY, bytes(10))) == []


def test_pages_of_what_goes_out_join(services: Services) -> None:
    """A cursor names such a place too."""
    sent = [a_copy(number) for number in range(1, 6)]
    sent = [replace(c, id=CopyId(c.id.message, Address("x", "far.example"), c.id.owner, OUT)) for c in sent]
    for copy in sent:
        services.index.add_copy(copy)
    cursor, seen = None, []
    for _ in range(4):
        page = services.index.list_copies(
            ORG, states=[State.HELD], limit=2, now=NOW, cursor=cursor, direction=OUT
        )
        seen += [copy.id for copy in page.copies]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [copy.id for copy in reversed(sent)]
