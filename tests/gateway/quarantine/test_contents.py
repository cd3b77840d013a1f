"""Columns read all at once say what is said one by one."""

from __future__ import annotations

import pytest
from pratique.domain.ids import CopyId, ulid
from pratique.domain.mailbox import Placed

from gateway.imap.index import Index
from gateway.quarantine.contents import Came, Contents, Flagged, Went
from gateway.quarantine.shared import make_index
from tests import builders

PEOPLE = [builders.copy_id(1, name).recipient for name in ("bob@example.org", "amy@example.org")]


def filled(many: int) -> Contents:
    """Messages of two people, received a minute apart, that end a day apart."""
    entries = tuple(
        Placed(
            CopyId(ulid(1_700_000_000_000 + 60_123 * number, bytes([number]) * 10), PEOPLE[number % 2]),
            1_800_000_000 + 86_400 * number,
            1_000 + number,
        )
        for number in range(many)
    )
    contents = Contents(7)
    contents.apply([Came(1, 1, entries), Flagged(2, (2, 3), 8)])
    return contents


def rows(index: Index) -> list[tuple[int, ...]]:
    """The index, message by message."""
    columns = (index.uids, index.flags, index.modseqs, index.seconds, index.zones, index.sizes)
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("gone", [(), (1,), (2, 5)])
def test_an_index_is_made_of_what_is_not_gone(gone: tuple[int, ...]) -> None:
    contents = filled(6)
    contents.apply([Went(3, gone)])
    expected = [
        (
            contents.uids[at],
            contents.flags[at],
            contents.modseqs[at],
            contents.received_ms(at) // 1000,
            0,
            contents.sizes[at],
        )
        for at in contents.live()
    ]
    index = make_index(contents)
    assert rows(index) == expected
    assert len(expected) == 6 - len(gone)
    index.set_flags([3], [1])  # its columns are its own
    assert contents.flags[2] == 8


def test_ulids_are_the_same_after_they_were_packed() -> None:
    contents = filled(40)
    assert [contents.message(at) for at in range(40)] == [
        ulid(1_700_000_000_000 + 60_123 * number, bytes([number]) * 10) for number in range(40)
    ]
    assert contents.message(0) == "01HF7YAT00" + "0" * 16


@pytest.mark.parametrize("gone", [(), (1,)])
def test_what_ends_is_told_once_and_the_next_end_is_known(gone: tuple[int, ...]) -> None:
    contents = filled(4)
    contents.apply([Went(3, gone)])
    contents.soonest = 0
    assert contents.ended(1_799_999_999) == []
    assert contents.soonest == 1_800_000_000 + 86_400 * len(gone)
    over = contents.ended(1_800_000_000 + 86_400)
    assert over == [uid for uid in (1, 2) if uid not in gone]
    contents.forget(over)
    assert contents.ended(1_800_000_000 + 86_400) == []
