"""Commands about messages: RFC 3501, 6.4; UIDPLUS: RFC 4315; MOVE: RFC 6851; UNSELECT: RFC 3691; UNCHANGEDSINCE: RFC 7162, 3.1.3."""

from __future__ import annotations

from array import array

from . import index, lines
from .appending import or_create, read_flag, read_flags
from .fetch_items import read_plan
from .fetching import Fetching
from .search_answer import run_search
from .search_keys import BadCharset, read_search
from .sequences import (
    SequenceSet,
    parse_sequence,
    positions_of_numbers,
    positions_of_uids,
    write_pairs,
    write_sequence,
)
from .session import No, Session
from .storage import Change, Code, Copied, FlagChange, Refused
from .syntax import MOST_MODSEQ, Bad, Cursor

EXPUNGED = "EXPUNGEISSUED"
"""RFC 5530, 3."""
_GONE = "Some of the messages are no longer there"
_CHANGES = {change.value: change for change in Change}


async def check(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.1: everything is on disk anyway, so as NOOP."""
    cursor.end()
    await session.open.mailbox.refresh()
    return "CHECK completed"


async def close(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.2."""
    cursor.end()
    view = session.open
    if not view.read_only:
        gone = _deleted(session)
        if gone:
            await view.mailbox.expunge(gone, by=view.origin)
    await session.deselect()
    return "CLOSE completed"


async def unselect(session: Session, cursor: Cursor) -> str:
    """RFC 3691."""
    cursor.end()
    await session.deselect()
    return "UNSELECT completed"


async def expunge(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.3."""
    cursor.end()
    _writable(session)
    gone = _deleted(session)
    if gone:
        await session.open.mailbox.expunge(gone, by=session.open.origin)
    return "EXPUNGE completed"


async def uid_expunge(session: Session, cursor: Cursor) -> str:
    """RFC 4315, 2.1."""
    cursor.sp()
    ranges = parse_sequence(cursor.sequence())
    cursor.end()
    _writable(session)
    view = session.open
    wanted = set(view.uids_at(positions_of_uids(ranges, view.uids, view.exists)))
    gone = array("I", [uid for uid in _deleted(session) if uid in wanted])
    if gone:
        await view.mailbox.expunge(gone, by=view.origin)
    return "UID EXPUNGE completed"


def _deleted(session: Session) -> array[int]:
    r"""UIDs of the messages with \Deleted."""
    known = session.open.index
    pairs = zip(known.uids, known.flags, strict=True)
    return array("I", [uid for uid, mask in pairs if mask & index.DELETED])


def _writable(session: Session) -> None:
    if session.open.read_only:
        raise No("The mailbox is read-only", "READ-ONLY")


def _positions(session: Session, ranges: SequenceSet) -> list[range]:
    view = session.open
    if session.by_uid:
        return positions_of_uids(ranges, view.uids, view.exists)
    return positions_of_numbers(ranges, view.exists)


async def search(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.4."""
    cursor.sp()
    try:
        wanted = read_search(cursor, utf8=session.utf8)
    except BadCharset:
        raise No("Charset not known", "BADCHARSET (US-ASCII UTF-8)") from None
    await run_search(session, wanted)
    return "SEARCH completed"


async def fetch(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.5."""
    cursor.sp()
    ranges = parse_sequence(cursor.sequence())
    cursor.sp()
    plan = read_plan(cursor)
    spans = _positions(session, ranges)
    if plan.asks("MODSEQ"):
        session.enable_condstore()
    fetching = Fetching(session, plan)
    await fetching.run(spans)
    if fetching.missing and not session.by_uid:
        raise No(_GONE, EXPUNGED)
    return "FETCH completed"


async def store(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.6."""
    cursor.sp()
    ranges = parse_sequence(cursor.sequence())
    cursor.sp()
    since = _read_unchanged(cursor) if cursor.next_is(b"(") else None
    word = cursor.atom("FLAGS")
    silent = word.endswith(".SILENT")
    change = _CHANGES.get(word.removesuffix(".SILENT"))
    if change is None:
        raise Bad("Expected FLAGS")
    cursor.sp()
    flags = read_flags(cursor) if cursor.next_is(b"(") else _bare_flags(cursor)
    cursor.end()
    spans = _positions(session, ranges)
    if since is not None:
        session.enable_condstore()
    _writable(session)
    return await _store(session, spans, FlagChange(change, flags), silent=silent, since=since)


def _bare_flags(cursor: Cursor) -> tuple[str, ...]:
    """Flag *(SP flag)."""
    flags = [read_flag(cursor)]
    while cursor.take(b" "):
        flags.append(read_flag(cursor))
    return tuple(dict.fromkeys(flags))


def _read_unchanged(cursor: Cursor) -> int:
    cursor.expect(b"(", '"("')
    if cursor.atom("a modifier") != "UNCHANGEDSINCE":
        raise Bad("Unknown modifier")
    cursor.sp()
    value = cursor.number(MOST_MODSEQ)
    cursor.expect(b")", '")"')
    cursor.sp()
    return value


async def _store(
    session: Session, spans: list[range], change: FlagChange, *, silent: bool, since: int | None
) -> str:
    view = session.open
    uids = view.uids_at(spans)
    there = array("I", [uid for uid in uids if view.index.position(uid) >= 0]) if not view.shared else uids
    kept = FlagChange(change.kind, _kept(session, change.flags))
    try:
        failed = set(
            await view.mailbox.store(there, kept, unchanged_since=since, by=view.origin) if there else ()
        )
    except index.TooManyKeywords:
        raise No("Too many keywords in this mailbox", Code.LIMIT.value) from None
    session.tell_keywords()
    labels = session.flag_labels(silent=silent)
    if labels not in ([], ["UID"]):
        await _tell_flags(session, spans, labels, failed)
    if failed:
        numbers = sorted(failed if session.by_uid else {view.position(uid) + 1 for uid in failed})
        return f"[MODIFIED {write_sequence(numbers)}] Some were changed by others"
    return "STORE completed"


def _kept(session: Session, flags: tuple[str, ...]) -> tuple[str, ...]:
    """What the mailbox keeps; the rest is ignored (RFC 3501, 7.1: PERMANENTFLAGS)."""
    allowed = session.open.mailbox.permanent_flags
    if "\\*" in allowed:
        return tuple(flag for flag in flags if not flag.startswith("\\") or flag in allowed)
    lower = {flag.lower() for flag in allowed}
    return tuple(flag for flag in flags if flag.lower() in lower)


async def _tell_flags(session: Session, spans: list[range], labels: list[str], failed: set[int]) -> None:
    view = session.open
    for span in spans:
        for start in range(span.start, span.stop, lines.CHUNK):
            piece = range(start, min(start + lines.CHUNK, span.stop))
            pieces = [piece]
            if failed:
                pieces = [range(at, at + 1) for at in piece if view.uids[at] not in failed]
            session.tell_keywords()
            text = "".join(lines.write_lines(view, labels, each) for each in pieces)
            await session.wire.send(text.encode("ascii"))
            await session.pause()


async def copy(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.4.7; COPYUID: RFC 4315, 3."""
    uids, name = await _read_copy(session, cursor)
    if not uids:
        return "No messages to copy"
    try:
        done = await session.open.mailbox.copy(uids, name)
    except Refused as error:
        raise or_create(error) from None
    if name == session.selected:
        await session.open.mailbox.refresh()
    return f"{_copyuid(done)}COPY completed"


async def move(session: Session, cursor: Cursor) -> str:
    """RFC 6851: COPYUID comes before the EXPUNGEs that follow from it."""
    uids, name = await _read_copy(session, cursor)
    _writable(session)
    if not uids:
        return "No messages to move"
    view = session.open
    try:
        done = await view.mailbox.move(uids, name, by=view.origin)
    except Refused as error:
        raise or_create(error) from None
    if done.sources:
        session.untagged(f"OK {_copyuid(done)}Moved")
    if name == session.selected:
        await view.mailbox.refresh()
    return "MOVE completed"


async def _read_copy(session: Session, cursor: Cursor) -> tuple[array[int], str]:
    """The messages that are still there, and the destination. Raises No: by number it is all or none (RFC 3501, 6.4.7)."""
    cursor.sp()
    ranges = parse_sequence(cursor.sequence())
    cursor.sp()
    octets = cursor.astring()
    cursor.end()
    view = session.open
    uids = view.uids_at(_positions(session, ranges))
    name = session.read_name(octets)
    if view.shared:
        return uids, name
    there = array("I", [uid for uid in uids if view.index.position(uid) >= 0])
    if len(there) < len(uids) and not session.by_uid:
        raise No(_GONE, EXPUNGED)
    return there, name


def _copyuid(done: Copied) -> str:
    if not done.sources:
        return ""
    sources, copies = write_pairs(done.sources, done.copies)
    return f"[COPYUID {done.uidvalidity} {sources} {copies}] "
