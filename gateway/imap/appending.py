"""APPEND, and the flags that a client may set (RFC 3501, 6.3.11 and 9)."""

from __future__ import annotations

from . import index
from .dates import read_date_time
from .session import No, Session
from .storage import Code, Message, Refused
from .syntax import Bad, Cursor


async def append(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.11; APPENDUID: RFC 4315, 3; UTF8: RFC 6855, 4."""
    cursor.sp()
    octets = cursor.astring()
    cursor.sp()
    message = _read_message(session, cursor)
    name = session.read_name(octets)
    if not message.data:
        raise No("The message is empty", Code.CANNOT.value)
    try:
        done = await session.who.append(name, message)
    except Refused as error:
        raise or_create(error) from None
    if session.view is not None and name == session.selected:
        await session.view.mailbox.refresh()
    return f"[APPENDUID {done.uidvalidity} {done.uid}] APPEND completed"


def or_create(error: Refused) -> Refused:
    """RFC 3501, 6.3.11 and 6.4.7: a destination that is not there could be created."""
    return Refused(Code.TRYCREATE, error.text) if error.code is Code.NONEXISTENT else error


def _read_message(session: Session, cursor: Cursor) -> Message:
    flags: tuple[str, ...] = ()
    seconds, zone = None, 0
    if cursor.next_is(b"("):
        flags = read_flags(cursor)
        cursor.sp()
    if cursor.next_is(b'"'):
        seconds, zone = read_date_time(cursor.string())
        cursor.sp()
    if cursor.at_literal:
        literal = cursor.literal()
        if literal.binary:
            raise Bad("Binary data only as UTF8 (...)")
        if b"\0" in literal.data:
            raise Bad("NUL in a literal")  # RFC 3501, 9: CHAR8
    else:
        if cursor.atom("a message") != "UTF8" or not session.utf8:
            raise Bad("Expected a literal")
        cursor.sp()
        cursor.expect(b"(", '"("')
        literal = cursor.literal()
        if not literal.binary:
            raise Bad("Expected a binary literal")
        cursor.expect(b")", '")"')
    cursor.end()
    return Message(literal.data, flags, seconds, zone)


def read_flags(cursor: Cursor) -> tuple[str, ...]:
    """flag-list. Raises Bad."""
    cursor.expect(b"(", '"("')
    if cursor.take(b")"):
        return ()
    flags = [read_flag(cursor)]
    while cursor.take(b" "):
        flags.append(read_flag(cursor))
    cursor.expect(b")", '")"')
    return tuple(dict.fromkeys(flags))


_SYSTEM = {name.lower(): name for name in index.SYSTEM_FLAGS}
MOST_FLAG = 100


def read_flag(cursor: Cursor) -> str:
    r"""A flag that a client may set: not \Recent, no system flag that is not one. Raises Bad."""
    flag = cursor.flag()
    if flag.startswith("\\"):
        if flag.lower() not in _SYSTEM:
            raise Bad("No such system flag, or one that is not yours to set")
        return _SYSTEM[flag.lower()]
    if len(flag) > MOST_FLAG:
        raise Bad("Keyword too long")
    return flag
