"""Rows: size, keys and the TTL attribute, as the template's indexes need them."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pratique.adapters.aws import table
from pratique.adapters.aws.rows import (
    copy_from_row,
    copy_row,
    facts_from_row,
    facts_row,
    unpack,
)
from pratique.adapters.aws.table_shape import shape
from pratique.adapters.cursors import COPY_PLACE, decode_cursor, encode_cursor
from pratique.domain.address import Address, try_address
from pratique.domain.errors import PermanentFailure
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.message import MAX_SENDER, MAX_SUBJECT
from pratique.domain.scope import GLOBAL, domain_scope, recipient_scope, scope_from_key
from pratique.domain.verdict import Contribution

from tests.builders import NOW, a_copy, facts
from tests.infra.loading import MAIN, load, resources

MAX_KEY = 1_024
"""Octets of a sort key; a partition key may have 2,048."""


def octets(row: table.Row) -> int:
    """The size that DynamoDB charges: names and values in UTF-8."""
    total = 0
    for name, value in row.items():
        ((kind, content),) = value.items()
        total += len(name)
        total += (
            sum(len(each["S"].encode()) for each in content) if kind == "L" else len(str(content).encode())
        )
    return total


def test_the_templates_table_is_the_adapters() -> None:
    """Keys, attributes, indexes, projections and TTL: what the code asks for is what gets deployed."""
    deployed = resources(load(MAIN), "AWS::DynamoDB::Table")["MailTable"]
    wanted = shape("any")
    for name in ("KeySchema", "GlobalSecondaryIndexes"):
        assert deployed[name] == wanted[name]

    def by_name(each: dict[str, str]) -> str:
        return each["AttributeName"]

    assert sorted(deployed["AttributeDefinitions"], key=by_name) == sorted(
        wanted["AttributeDefinitions"], key=by_name
    )
    assert deployed["TimeToLiveSpecification"] == {"AttributeName": table.TTL_ATTRIBUTE, "Enabled": True}
    assert deployed["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("state", list(State))
def test_ttl_never_sees_a_copy_on_its_way(state: State) -> None:
    """The attribute is there in every other state, and equal to the end."""
    row = copy_row(a_copy(state=state, watch_at=NOW + 60 if state in LIVE else 0), 4)
    assert (table.TTL_ATTRIBUTE in row) == (state not in LIVE)
    assert row["ge"]["S"].startswith("W#" if state in LIVE else "E#")
    assert copy_from_row(row).expires_at == a_copy().expires_at


def test_a_copy_on_its_way_that_nobody_watches_is_in_no_sweep() -> None:
    """A sparse index: no key, no entry."""
    row = copy_row(a_copy(state=State.QUEUED), 1)
    assert "ge" not in row
    assert "gx" not in row


def test_a_usual_row_is_small() -> None:
    """About 1 KB, for every copy is written four times (table and three lists)."""
    row = copy_row(
        a_copy(
            subject="An usual subject of about sixty characters, as people write",
            contributions=(Contribution("list.block", 30.0, "eve@spam.example by bob@example.org"),),
            fingerprint="0123456789abcdef",
            triage="31.5 pbl",
        ),
        1,
    )
    assert octets(row) < 1_000


def test_the_longest_row_stays_below_what_a_page_can_carry() -> None:
    """A page of 50 of the longest is within the 1 MB that one Query gives."""
    copy = a_copy(
        recipient=Address("x" * 64, ".".join(["d" * 60] * 4)),
        subject="\U0001f600" * MAX_SUBJECT,
        sender="ü" * MAX_SENDER,
        contributions=tuple(Contribution(f"signal{n}", -1.2345678901234567, "d" * 100) for n in range(20)),
        reply="r" * 200,
        triage="-40.0 pkvabld",
    )
    row = copy_row(copy, 64)
    assert octets(row) < 10_000
    assert max(len(row[name]["S"].encode()) for name in ("sk", "gs", "gx")) <= MAX_KEY
    assert copy_from_row(row) == copy


def test_big_facts_are_packed() -> None:
    """A sample and a long list of recipients fit a row of 400 kB many times over."""
    stored = facts(
        1,
        tuple(f"user{n}@example.org" for n in range(50)),
        sample=b"the same words again and again " * 3_000,
    )
    row = facts_row(stored, NOW)
    assert octets(row) < 10_000
    assert facts_from_row(row) == stored


def test_what_is_packed_is_bounded() -> None:
    """Nobody but us writes rows; still, reading one never takes all memory."""
    with pytest.raises(PermanentFailure):
        unpack(zlib.compress(bytes(5 << 20)))
    for broken in (b"", b"no zlib", zlib.compress(b"x" * 100)[:-3]):
        with pytest.raises(PermanentFailure):
            unpack(broken)


@pytest.mark.parametrize(
    "scope",
    [GLOBAL, domain_scope("global"), domain_scope("example.org"), recipient_scope("*@example.org")],
    ids=str,
)
def test_scopes_are_distinct_as_keys(scope: Any) -> None:
    """Also the domain that is called `global`."""
    assert scope_from_key(scope.key) == scope
    assert (scope.key == "*") == (scope is GLOBAL)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text(min_size=1, max_size=40), st.sampled_from(list(State)), st.floats(0, 1), st.text(max_size=40))
def test_any_address_and_text_survive_a_row(local: str, state: State, score: float, subject: str) -> None:
    """Whatever an envelope and a header may hold; and the cursor to it is one."""
    address = try_address(f"{local}@example.org")
    if address is None:
        return
    copy = a_copy(1, address, state=state, score=score, subject=subject.encode("utf-8", "replace").decode())
    row = copy_row(copy, 4)
    assert copy_from_row(row) == copy
    place = row["gs"]["S"]
    assert decode_cursor(encode_cursor(place), COPY_PLACE) == place
