"""Commands about mailboxes as a whole: RFC 3501, 6.3; NAMESPACE: RFC 2342; ENABLE: RFC 5161; IDLE: RFC 2177."""

from __future__ import annotations

import asyncio

from .session import No, Session, State
from .storage import Code, Status, StatusItem
from .syntax import Bad, Cursor
from .view import View
from .wire import TooLong

_ITEMS = {item.name: item for item in StatusItem}
APPENDLIMIT = "APPENDLIMIT"
_ENABLED = ("CONDSTORE", "UTF8=ACCEPT")


async def select(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.1."""
    return await _select(session, cursor, read_only=False)


async def examine(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.2."""
    return await _select(session, cursor, read_only=True)


async def _select(session: Session, cursor: Cursor, *, read_only: bool) -> str:
    cursor.sp()
    octets = cursor.astring()
    if cursor.take(b" "):
        cursor.expect(b"(", '"("')
        if cursor.atom("a parameter") != "CONDSTORE":  # RFC 7162, 3.1.8
            raise Bad("Unknown parameter")
        cursor.expect(b")", '")"')
        session.enable_condstore()
    cursor.end()
    if session.view is not None:
        await session.deselect()
        session.untagged("OK [CLOSED] Previous mailbox is closed")  # RFC 7162, 3.2.11
    mailbox = await session.who.open(session.read_name(octets), read_only=read_only)
    read_only = read_only or mailbox.read_only
    view = View(mailbox, read_only=read_only)
    session.view, session.state = view, State.SELECTED
    session.tell_keywords(first=True)
    session.untagged(f"{view.exists} EXISTS")
    session.untagged(f"{view.recent} RECENT")
    unseen = view.index.first_unseen()
    if unseen >= 0:
        session.untagged(f"OK [UNSEEN {unseen + 1}] First unseen message")
    session.untagged(f"OK [UIDVALIDITY {mailbox.uidvalidity}] UIDs valid")
    session.untagged(f"OK [UIDNEXT {view.index.uidnext}] Predicted next UID")
    session.untagged(f"OK [HIGHESTMODSEQ {view.index.highestmodseq}] Highest modification sequence")
    return "[READ-ONLY] Mailbox opened" if read_only else "[READ-WRITE] Mailbox opened"


async def create(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.3."""
    name = _last_name(session, cursor)
    delimiter = session.who.namespaces.personal[0][1] if session.who.namespaces.personal else "/"
    bare = name.removesuffix(delimiter) if delimiter else name
    if not bare:
        raise No("A mailbox needs a name", Code.CANNOT.value)
    if bare.upper() == "INBOX":
        raise No("INBOX is always there", Code.ALREADYEXISTS.value)
    await session.who.create(bare)
    return "CREATE completed"


async def delete(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.4."""
    name = _last_name(session, cursor)
    if name == "INBOX":
        raise No("INBOX is never deleted", Code.CANNOT.value)
    await session.who.delete(name)
    return "DELETE completed"


async def rename(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.5."""
    cursor.sp()
    old = session.read_name(cursor.astring())
    new = _last_name(session, cursor)
    if not new:
        raise No("A mailbox needs a name", Code.CANNOT.value)
    if new == "INBOX":
        raise No("INBOX is always there", Code.ALREADYEXISTS.value)
    await session.who.rename(old, new)
    return "RENAME completed"


async def subscribe(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.6."""
    await session.who.subscribe(_last_name(session, cursor))
    return "SUBSCRIBE completed"


async def unsubscribe(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.7."""
    await session.who.unsubscribe(_last_name(session, cursor))
    return "UNSUBSCRIBE completed"


def _last_name(session: Session, cursor: Cursor) -> str:
    cursor.sp()
    octets = cursor.astring()
    cursor.end()
    return session.read_name(octets)


async def namespace(session: Session, cursor: Cursor) -> str:
    """RFC 2342."""
    cursor.end()
    spaces = session.who.namespaces
    parts = []
    for kind in (spaces.personal, spaces.others, spaces.shared):
        shown = b"".join(b"(%s %s)" % (_quoted(session, prefix), _delimiter(mark)) for prefix, mark in kind)
        parts.append(b"(" + shown + b")" if kind else b"NIL")
    session.untagged_octets(b"NAMESPACE " + b" ".join(parts))
    return "NAMESPACE completed"


def _quoted(session: Session, text: str) -> bytes:
    name = session.name(text)
    return name if name.startswith(b'"') else b'"' + name + b'"'


def _delimiter(mark: str) -> bytes:
    if not mark:
        return b"NIL"
    return b'"\\' + mark.encode("ascii") + b'"' if mark in '"\\' else b'"' + mark.encode("ascii") + b'"'


async def enable(session: Session, cursor: Cursor) -> str:
    """RFC 5161."""
    wanted = []
    while not cursor.at_end:
        cursor.sp()
        wanted.append(cursor.atom("a capability"))
    if not wanted:
        raise Bad("Enable what?")
    found = [word for word in dict.fromkeys(wanted) if word in _ENABLED]
    new = [word for word in found if word not in session.enabled]
    if "CONDSTORE" in found:
        session.enable_condstore()
    session.enabled.update(found)
    session.untagged(" ".join(("ENABLED", *new)))
    return "ENABLE completed"


async def status(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.3.10."""
    cursor.sp()
    octets = cursor.astring()
    cursor.sp()
    items = read_status_items(cursor)
    cursor.end()
    name = session.read_name(octets)
    await tell_status(session, name, items)
    return "STATUS completed"


def read_status_items(cursor: Cursor) -> tuple[str, ...]:
    """The items in their parentheses. Raises Bad."""
    cursor.expect(b"(", '"("')
    items: list[str] = []
    while True:
        item = cursor.atom("a status item")
        if item not in _ITEMS and item != APPENDLIMIT:
            raise Bad("Unknown status item")
        if item not in items:
            items.append(item)
        if not cursor.take(b" "):
            break
    cursor.expect(b")", '")"')
    return tuple(items)


async def tell_status(session: Session, name: str, items: tuple[str, ...]) -> None:
    """One untagged STATUS. Asking for HIGHESTMODSEQ turns CONDSTORE on (RFC 7162, 3.1). Raises Refused."""
    if "HIGHESTMODSEQ" in items:
        session.enable_condstore()
    asked = StatusItem(0)
    for item in items:
        asked |= _ITEMS.get(item, StatusItem(0))
    found = await session.who.status(name, asked)
    limit = min(session.limits.append, session.who.append_limit)
    shown = " ".join(f"{item} {limit if item == APPENDLIMIT else _value(found, item)}" for item in items)
    session.untagged_octets(b"STATUS " + session.name(name) + b" (" + shown.encode("ascii") + b")")


def _value(found: Status, item: str) -> int:
    value: int = getattr(found, item.lower())
    return value


async def idle(session: Session, cursor: Cursor) -> str:
    """RFC 2177. Says something every so often, for load balancers that drop silent connections."""
    cursor.end()
    wire, view = session.wire, session.view
    wire.write(b"+ idling\r\n")
    unlisten = view.index.listen(wire.poke) if view is not None else (lambda: None)
    try:
        if view is not None:
            await view.mailbox.refresh()
        await _wait(session)
    finally:
        unlisten()
    if session.closing:
        return ""
    try:
        line = await wire.line()
    except TooLong:
        raise Bad("Expected DONE") from None
    if line.upper() != b"DONE":
        raise Bad("Expected DONE")
    return "IDLE completed"


async def _wait(session: Session) -> None:
    wire = session.wire
    while not wire.waiting and not wire.overfull and not session.closing:
        session.tell(expunges=True)
        await wire.drain()
        if session.view is not None and session.view.has_news():
            continue
        try:
            async with asyncio.timeout(session.limits.still_here):
                await wire.more()
        except TimeoutError:
            session.untagged("OK Still here")
