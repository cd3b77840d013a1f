"""The tokenizer and what is built on it: sequence sets, names, dates, patterns; nothing of a stranger's raises anything but Bad."""

from __future__ import annotations

import asyncio
from array import array
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.imap.dates import read_date_time, write_date_time
from gateway.imap.fetch_items import read_plan
from gateway.imap.limits import Limits
from gateway.imap.listing import read_request
from gateway.imap.names import BadName, decode_name, decode_utf7, encode_name, encode_utf7
from gateway.imap.patterns import Pattern
from gateway.imap.reading import TooBig, read_command
from gateway.imap.search_keys import BadCharset, read_search
from gateway.imap.sequences import (
    STAR,
    parse_sequence,
    positions_of_numbers,
    positions_of_uids,
    write_pairs,
    write_sequence,
)
from gateway.imap.syntax import Bad, Cursor, Literal
from gateway.imap.wire import Hung, TooLong, Wire

WORDS = [
    b"(", b")", b" ", b'"', b"\\", b"*", b"%", b"1", b"0", b":", b",", b"BODY", b"[", b"]", b"<", b">", b".", b"HEADER.FIELDS", b"NOT", b"OR",
    b"SUBJECT", b"x", b"NIL", b"UID", b"SINCE", b"1-Jan-2020", b"MODSEQ", b"RETURN", b"CHARSET", b"UTF-8", b"FLAGS", b"\xff", b"\0", b"{3}",
    b"STATUS", b"RECURSIVEMATCH", b"SUBSCRIBED", b"ALL", b"PEEK", b"99999999999", b"(CHANGEDSINCE 1)",
]  # fmt: skip
LINES = st.lists(st.sampled_from(WORDS), max_size=25).map(b"".join) | st.binary(max_size=60)
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff"), max_size=40
)


def cursors() -> st.SearchStrategy[Cursor]:
    """Commands with up to two literals."""
    return st.tuples(st.lists(LINES, min_size=1, max_size=3), st.binary(max_size=20), st.booleans()).map(
        lambda drawn: Cursor(drawn[0], [Literal(drawn[1], drawn[2])] * (len(drawn[0]) - 1))
    )


@given(cursors())
def test_fetch_items_are_read_or_refused(cursor: Cursor) -> None:
    try:
        plan = read_plan(cursor)
    except Bad:
        return
    assert plan.items


@given(cursors(), st.booleans())
def test_search_programs_are_read_or_refused(cursor: Cursor, utf8: bool) -> None:
    try:
        search = read_search(cursor, utf8=utf8)
    except (Bad, BadCharset):
        return
    assert search.key is not None


@given(cursors())
def test_list_requests_are_read_or_refused(cursor: Cursor) -> None:
    cursor.lines[0] = b" " + cursor.lines[0]
    try:
        request = read_request(cursor)
    except Bad:
        return
    assert request.patterns


@given(st.binary(max_size=30).filter(lambda octets: b"\0" not in octets))
def test_a_string_is_the_same_quoted_and_as_a_literal(octets: bytes) -> None:
    literal = Cursor([b"", b" rest"], [Literal(octets)])
    assert literal.astring() == octets
    assert literal.take(b" rest")
    if not {b"\r"[0], b"\n"[0]} & set(octets):
        escaped = octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        quoted = Cursor([b'"' + escaped + b'"'])
        assert quoted.astring() == octets
        assert quoted.at_end


@pytest.mark.parametrize("line", [b'"open', b'"a\\b"', b'"a\rb"', b'"\0"', b"", b"(", b"a\x7fb("])
def test_what_is_no_string_is_refused(line: bytes) -> None:
    cursor = Cursor([line])

    def read() -> None:
        cursor.astring()
        cursor.end()

    with pytest.raises(Bad):
        read()


RANGES = st.lists(
    st.tuples(st.integers(1, 40) | st.just(STAR), st.integers(1, 40) | st.just(STAR)), min_size=1, max_size=6
)


def _text(ranges: list[tuple[int, int]]) -> bytes:
    def one(number: int) -> str:
        return "*" if number == STAR else str(number)

    return ",".join(one(low) if low == high else f"{one(low)}:{one(high)}" for low, high in ranges).encode()


@given(RANGES, st.sets(st.integers(1, 45), max_size=20))
def test_uid_sets_name_the_uids_between_their_ends(ranges: list[tuple[int, int]], present: set[int]) -> None:
    uids = array("I", sorted(present))
    found = positions_of_uids(parse_sequence(_text(ranges)), uids, len(uids))
    named = {uids[at] for span in found for at in span}
    largest = max(present, default=0)
    ends = [((largest if low == STAR else low), (largest if high == STAR else high)) for low, high in ranges]
    assert named == {uid for uid in present if any(min(pair) <= uid <= max(pair) for pair in ends)}
    assert all(before.stop < after.start for before, after in pairwise(found))


@given(RANGES, st.integers(0, 45))
def test_message_numbers_exist_or_the_command_is_bad(ranges: list[tuple[int, int]], exists: int) -> None:
    ends = [((exists if low == STAR else low), (exists if high == STAR else high)) for low, high in ranges]
    if not exists or any(max(pair) > exists for pair in ends):
        with pytest.raises(Bad):
            positions_of_numbers(parse_sequence(_text(ranges)), exists)
        return
    found = positions_of_numbers(parse_sequence(_text(ranges)), exists)
    assert {at + 1 for span in found for at in span} == {
        n for n in range(1, exists + 1) if any(min(p) <= n <= max(p) for p in ends)
    }


@pytest.mark.parametrize(
    "text", [b"0", b"1:0", b"1,", b",1", b"1::2", b"1:2:3", b"01", b"4294967296", b"*:*:1", b"99999999999999"]
)
def test_what_is_no_sequence_set_is_refused(text: bytes) -> None:
    with pytest.raises(Bad):
        parse_sequence(text)


@given(st.sets(st.integers(1, 60)))
def test_written_sets_are_read_back(numbers: set[int]) -> None:
    written = write_sequence(sorted(numbers))
    read = (
        {n for low, high in parse_sequence(written.encode()) for n in range(low, high + 1)}
        if written
        else set()
    )
    assert read == numbers


@given(st.sets(st.integers(1, 60), min_size=1), st.integers(1, 1000), st.data())
def test_copyuid_pairs_stay_in_step(sources: set[int], first: int, data: st.DataObject) -> None:
    """RFC 4315, 3: the n-th number of one set belongs to the n-th of the other."""
    left = sorted(sources)
    right = [first]
    for _ in left[1:]:
        right.append(right[-1] + data.draw(st.integers(1, 3)))

    def expand(text: str) -> list[int]:
        return [n for low, high in parse_sequence(text.encode()) for n in range(low, high + 1)]

    one, other = write_pairs(left, right)
    assert (expand(one), expand(other)) == (left, right)
    assert one.count(",") == other.count(",")


@given(NAMES)
def test_names_go_out_and_come_back(name: str) -> None:
    assert decode_utf7(encode_utf7(name).encode("ascii")) == name
    for utf8 in (False, True):
        cursor = Cursor([encode_name(name, utf8=utf8)])
        assert decode_name(cursor.astring(), utf8=utf8) == ("INBOX" if name.upper() == "INBOX" else name)


@given(st.binary(max_size=40))
def test_modified_utf7_has_one_spelling(octets: bytes) -> None:
    """Whatever is accepted is what we would write ourselves, so two spellings never mean one mailbox."""
    try:
        name = decode_utf7(octets)
    except BadName:
        return
    assert encode_utf7(name).encode("ascii") == octets or not all(0x20 <= octet < 0x7F for octet in octets)


@pytest.mark.parametrize(
    "octets", [b"&", b"&x", b"&AGE-", b"&AOQ-&AOQ-", b"&AOR-", b"\xc3\xa4", b"&2D0-", b"&AOQ=-", b"&AO-"]
)
def test_other_spellings_are_refused(octets: bytes) -> None:
    with pytest.raises(BadName):
        decode_utf7(octets)


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("Release & Train", b"Release &- Train"),
        ("Entwürfe", b"Entw&APw-rfe"),
    ],
)
def test_the_rfcs_examples(name: str, octets: bytes) -> None:
    """RFC 3501, 5.1.3, and folders of ours."""
    assert encode_utf7(name).encode() == octets
    assert decode_utf7(octets) == name


@given(st.integers(-60_000_000_000, 250_000_000_000), st.integers(-23 * 60, 23 * 60))
def test_dates_go_out_and_come_back(seconds: int, zone: int) -> None:
    assert read_date_time(write_date_time(seconds, zone).strip('"').encode()) == (seconds, zone)


@pytest.mark.parametrize(
    "text", [b"1-Jan-2020 00:00:00 +0000", b"01-Foo-2020 00:00:00 +0000", b"30-Feb-2020 00:00:00 +0000", b"01-Jan-2020 25:00:00 +0000",
             b"01-Jan-2020 00:00:00 +2400", b"01-Jan-2020 00:00:00 +0060", b"01-Jan-2020 00:00:00", b""],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: bytes) -> None:
    with pytest.raises(Bad):
        read_date_time(text)


def _slowly(pattern: str, name: str) -> bool:
    """LIST's wildcards by their definition."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(_slowly(pattern[1:], name[at:]) for at in range(len(name) + 1))
    if pattern[0] == "%":
        ends = name.find("/") if "/" in name else len(name)
        return any(_slowly(pattern[1:], name[at:]) for at in range(ends + 1))
    return name[:1] == pattern[0] and _slowly(pattern[1:], name[1:])


@given(st.text("ab/%*", max_size=7), st.text("ab/", max_size=7))
def test_patterns_match_as_defined(pattern: str, name: str) -> None:
    assert Pattern(pattern, "/").matches(name) == _slowly(pattern, name)


@pytest.mark.parametrize(
    "line", [b' "" ' + b"*a" * 31, b' "" ' + b"a" * 1_001, b' "" (' + b" ".join([b"a"] * 51) + b")"]
)
def test_patterns_are_bounded(line: bytes) -> None:
    with pytest.raises(Bad):
        read_request(Cursor([line]))


COMMANDS = st.lists(
    st.tuples(
        st.sampled_from([b"a NOOP", b"b APPEND x", b"", b"c "]), st.lists(st.binary(max_size=30), max_size=2)
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(COMMANDS, st.lists(st.integers(1, 12), max_size=40), st.sampled_from([b"\r\n", b"\n"]))
def test_commands_are_the_same_however_they_are_cut(
    commands: list[tuple[bytes, list[bytes]]], cuts: list[int], end: bytes
) -> None:
    """Octets arrive in any pieces; lines and literals come out as they were sent."""
    sent, wanted = b"", []
    for line, literals in commands:
        for place, literal in enumerate(literals):
            sent += (b" " if place else line) + b"{%d+}" % len(literal) + end + literal
        sent += (b" " if literals else line) + end
        wanted.append([line, *[b" "] * len(literals)] if literals else [line])
    pieces, at = [], 0
    for cut in [*cuts, len(sent)]:
        pieces.append(sent[at : at + cut])
        at += cut

    async def read() -> tuple[list[list[bytes]], list[list[bytes]]]:
        wire = Wire(Limits())
        lines, literals = [], []

        async def feed() -> None:
            for piece in pieces:
                wire.data_received(piece)
                await asyncio.sleep(0)

        feeding = asyncio.ensure_future(feed())
        for _ in commands:
            got = await read_command(wire, lambda line, total: 1_000, lambda: None)
            lines.append(got[0])
            literals.append([literal.data for literal in got[1]])
        await feeding
        return lines, literals

    got_lines, got_literals = asyncio.run(read())
    assert got_lines == wanted
    assert got_literals == [given for _, given in commands]


def _read(data: bytes, limits: Limits, *, allowed: int = 100, end: bool = True) -> object:
    async def read() -> object:
        wire = Wire(limits)
        wire.data_received(data)
        if end:
            wire.eof_received()
        return await read_command(wire, lambda line, total: allowed, lambda: None)

    return asyncio.run(read())


def test_a_line_above_its_limit_is_thrown_away() -> None:
    with pytest.raises(TooLong) as caught:
        _read(b"tag " + b"x" * 2_000 + b"\r\n", Limits(line=1_000))
    assert caught.value.start.startswith(b"tag ")


def test_a_line_far_above_its_limit_ends_the_connection() -> None:
    with pytest.raises(Hung):
        _read(b"x" * 100_000, Limits(line=1_000))


def test_lines_between_literals_count_together() -> None:
    data = b"a" + b"".join(b"x" * 90 + b"{1+}\r\ny" for _ in range(20)) + b"\r\n"
    with pytest.raises(TooLong):
        _read(data, Limits(line=1_000))


@pytest.mark.parametrize("mark", [b"{101}", b"{101+}", b"{99999999999999999999}"])
def test_a_literal_above_its_limit_is_refused(mark: bytes) -> None:
    with pytest.raises(TooBig):
        _read(b"a APPEND x " + mark + b"\r\n" + b"z" * 101 + b"\r\n", Limits())


def test_a_literal_far_above_its_limit_that_is_not_asked_for_ends_the_connection() -> None:
    with pytest.raises(Hung):
        _read(b"a APPEND x {99999999+}\r\n", Limits())
