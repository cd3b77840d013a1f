"""Backends that know less than the store in memory: what they leave out is asked for, what they lost is not made up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from dataclasses import replace

import pytest
from pratique.domain.errors import TemporaryFailure
from pratique.filtering.mime import read_structure

from gateway.imap.index import UNKNOWN, Arrival
from gateway.imap.memory import MemoryMailbox
from gateway.imap.storage import Facts, FlagChange, Need, Origin
from tests.gateway.imap.imap_serving import NOW, USER, Serving, Wire, serving
from tests.gateway.imap.mail import ALTERNATIVE, FORWARDED, MESSAGES, PLAIN


class Lazy(MemoryMailbox):
    """Learns sizes and dates when asked, cuts structures, forgets headers, loses messages: as told. Remembers what it was asked for."""

    cut = False
    headless = False
    lost: Collection[int] = ()
    known: Collection[int] | None = None
    failure: Exception | None = None
    flags: tuple[str, ...] | None = None

    def __init__(self, box: MemoryMailbox) -> None:
        super().__init__(box.name, box.uidvalidity, lambda name: box, lambda: NOW)
        self.asked: list[tuple[str, list[int]]] = []

    @property
    def permanent_flags(self) -> tuple[str, ...]:
        return super().permanent_flags if self.flags is None else self.flags

    def put(self, messages: Sequence[bytes]) -> None:
        for raw in messages:
            uid = self.index.uidnext
            self._messages[uid] = raw
            self.index.arrive([Arrival(uid)])

    async def facts(self, uids: Sequence[int], need: Need) -> Sequence[Facts | None]:
        self.asked.append((str(need), list(uids)))
        if self.failure:
            raise self.failure
        found: list[Facts | None] = []
        for uid in uids:
            if uid in self.lost:
                found.append(None)
                continue
            raw = self._messages[uid]
            structure = read_structure(raw)
            if self.cut:
                structure = replace(structure, envelope=b"", body=b"", bodystructure=b"", is_cut=True)
            if self.headless:
                structure = replace(structure, header=None, header_is_whole=False)
            shown = structure if need & (Need.STRUCTURE | Need.HEADER) else None
            found.append(Facts(len(raw), NOW + uid, 0, shown))
        return found

    async def bodies(self, uids: Sequence[int]) -> AsyncGenerator[tuple[int, bytes | None], None]:
        self.asked.append(("bodies", list(uids)))
        for uid in uids:
            yield uid, None if uid in self.lost else self._messages[uid]

    async def search(self, field: str, needle: str, uids: Sequence[int]) -> Collection[int] | None:
        return self.known

    async def store(
        self, uids: Sequence[int], change: FlagChange, *, unchanged_since: int | None = None, by: Origin
    ) -> Sequence[int]:
        self.asked.append((f"store {' '.join(change.flags)}", list(uids)))
        return await super().store(uids, change, unchanged_since=unchanged_since, by=by)


class World:
    """A server, its lazy INBOX, a connection that has it selected."""

    def __init__(self, server: Serving) -> None:
        account = server.backend.account(USER)
        self.box = Lazy(account.find("INBOX"))
        account._mailboxes["INBOX"] = self.box
        self.server = server
        self.wire = Wire(server.listen())

    def select(self, messages: Sequence[bytes] = MESSAGES) -> None:
        self.server.call(self.box.put, messages)
        self.wire.log_in().command(b"SELECT INBOX")
        self.box.asked.clear()

    def say(self, text: str) -> list[bytes]:
        return self.wire.command(text.encode())


@pytest.fixture
def world() -> Iterator[World]:
    with serving() as server:
        one = World(server)
        with one.wire:
            yield one


def test_sizes_and_dates_are_asked_for_once(world: World) -> None:
    world.select()
    assert world.say("FETCH 1:2 RFC822.SIZE")[0] == b"* 1 FETCH (RFC822.SIZE %d)" % len(PLAIN)
    assert world.say("FETCH 1:3 INTERNALDATE")[2] == b'* 3 FETCH (INTERNALDATE " 9-Sep-2001 01:46:43 +0000")'
    assert world.say("SEARCH LARGER 1")[0] == b"* SEARCH 1 2 3"
    assert world.box.asked == [(str(Need.ARRIVAL), [1, 2]), (str(Need.ARRIVAL), [3])]
    assert UNKNOWN not in world.box.index.sizes


def test_flags_need_nothing_of_the_backend(world: World) -> None:
    world.select()
    world.say("FETCH 1:* (FLAGS UID)")
    world.say("SEARCH UNSEEN")
    world.say("NOOP")
    assert world.box.asked == []


def test_a_list_view_needs_no_message(world: World) -> None:
    """What clients ask to show a list comes from what was stored beside the messages, in one call."""
    world.select()
    said = world.say(
        "FETCH 1:3 (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[HEADER])"
    )
    assert said[-1] == b"t OK FETCH completed"
    assert world.box.asked == [(str(Need.STRUCTURE), [1, 2, 3])]


def test_a_cut_structure_is_made_from_the_message(world: World) -> None:
    world.box.cut = True
    world.select()
    said = world.say("FETCH 3 (ENVELOPE)")
    assert said[0] == b"* 3 FETCH (ENVELOPE " + read_structure(FORWARDED).envelope + b")"
    assert [what for what, _ in world.box.asked] == [str(Need.STRUCTURE), "bodies"]


def test_a_header_that_is_not_kept_is_read_from_the_message(world: World) -> None:
    world.box.headless = True
    world.select()
    said = world.say("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]")
    assert said[1] == b"Subject: First words"
    assert world.say("SEARCH SUBJECT words")[0] == b"* SEARCH 1"
    assert world.say("SEARCH HEADER Message-ID 1@")[0] == b"* SEARCH 1"


def test_lost_messages_are_left_out_and_said_so(world: World) -> None:
    world.box.lost = {2}
    world.select()
    for items in ("ENVELOPE", "BODY.PEEK[]", "BODY.PEEK[HEADER]", "(UID BODY.PEEK[1])"):
        said = world.say(f"FETCH 1:3 {items}")
        assert sum(line.startswith(b"* ") for line in said) == 2, items
        assert said[-1] == b"t NO [EXPUNGEISSUED] Some of the messages are no longer there"
        assert world.say(f"UID FETCH 1:3 {items}")[-1] == b"t OK FETCH completed", "RFC 3501, 6.4.8"
    assert world.say("SEARCH TEXT example")[0] == b"* SEARCH 1 3"


def test_a_backend_that_cannot_now_is_no_fault_of_ours(world: World) -> None:
    world.select()
    world.box.failure = TemporaryFailure("the table is away")
    assert world.say("FETCH 1 ENVELOPE") == [b"t NO [UNAVAILABLE] Not now; try again"]
    world.box.failure = ValueError("oops")
    assert world.say("FETCH 1 ENVELOPE") == [b"t NO [SERVERBUG] Internal error"]
    world.box.failure = None
    assert world.say("FETCH 1 ENVELOPE")[-1] == b"t OK FETCH completed"


def test_a_backends_own_index_is_believed(world: World) -> None:
    world.select()
    world.box.known = {2}
    assert world.say("SEARCH FROM alice")[0] == b"* SEARCH 2"
    assert world.say("SEARCH NOT FROM alice")[0] == b"* SEARCH 1 3"


def test_columns_grow_with_the_mailbox(world: World) -> None:
    world.select()
    assert world.say("SEARCH SUBJECT words")[0] == b"* SEARCH 1"
    world.server.call(world.box.put, [PLAIN, ALTERNATIVE])
    world.box.asked.clear()
    assert world.say("SEARCH SUBJECT words")[0] == b"* SEARCH 1"
    assert world.say("SEARCH SUBJECT words")[0] == b"* SEARCH 1 4"
    assert world.say("SEARCH SENTON 2-Jan-2024")[0] == b"* SEARCH 2 5"
    assert world.box.asked == [(str(Need.HEADER), [4, 5])], "what is known is not asked again"
    world.server.call(world.box.drop, [4])
    assert world.say("SEARCH SUBJECT words")[0] == b"* SEARCH 1"


def test_flags_that_the_mailbox_does_not_keep_are_ignored(world: World) -> None:
    """RFC 3501, 7.1, PERMANENTFLAGS."""
    world.box.flags = ("\\Seen", "\\Deleted")
    world.select()
    assert world.say("STORE 1 +FLAGS (\\Seen \\Flagged Word)")[0] == b"* 1 FETCH (FLAGS (\\Recent \\Seen))"
    assert world.box.asked == [("store \\Seen", [1])]


def test_reading_marks_as_seen_only_where_that_is_kept(world: World) -> None:
    world.select()
    world.say("FETCH 1:3 BODY[TEXT]")
    assert world.box.asked[0] == ("store \\Seen", [1, 2, 3])
    world.box.flags = ("\\Deleted",)
    world.say("STORE 1 FLAGS ()")
    world.box.asked.clear()
    assert b"FLAGS" not in b"".join(world.say("FETCH 1 BODY[TEXT]"))
    assert world.box.asked == [("bodies", [1])]


def test_an_address_is_found_as_the_envelope_has_it(world: World) -> None:
    """RFC 3501, 6.4.4: FROM looks into the envelope's field."""
    odd = b'From: <alice (work)@ (home) example.net>\r\nTo: "A, B" <b@example.net>\r\n\r\n'
    world.select([odd])
    for key in ("FROM alice@example.net", 'TO "a, b"', "TO b@example.net", "FROM work"):
        assert world.say(f"SEARCH {key}")[0] == b"* SEARCH 1", key


def test_nul_never_goes_out(world: World) -> None:
    """RFC 3501, 4.3.1; the length stays."""
    world.select([b"Subject: a\0b\r\n\r\nx\0y\r\n"])
    said = b"\r\n".join(world.say("FETCH 1 (ENVELOPE BODY.PEEK[] BODY.PEEK[TEXT])"))
    assert b"\0" not in said
    assert b"BODY[TEXT] {5}\r\nx\x80y" in said


def test_the_writeonly_mailbox_of_a_backend_stays_empty(world: World) -> None:
    """Its UIDNEXT grows, which is no news for whoever has it selected."""
    world.select([])
    world.server.call(lambda: setattr(world.box.index, "uidnext", 7))
    assert world.say("NOOP") == [b"t OK NOOP completed"]
    assert b"* OK [UIDNEXT 7] Predicted next UID" in world.say("SELECT INBOX")
