"""Commands of any state and of the way in: CAPABILITY, NOOP, LOGOUT, ID, STARTTLS, LOGIN, AUTHENTICATE (RFC 3501, 6.1 and 6.2)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging

from .names import decode_text
from .session import No, Session, State
from .storage import Account, Code, Peer, Refused
from .syntax import Bad, Cursor

_log = logging.getLogger("pratique.imap")
CAPABILITIES = (
    "IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE LIST-EXTENDED"
    " LIST-STATUS STATUS=SIZE ESEARCH CONDSTORE UTF8=ACCEPT"
)
MOST_ID = 30
"""RFC 2971, 3.3: pairs; 30 octets for a name, 1,024 for a value."""
MOST_ID_NAME, MOST_ID_VALUE = 30, 1_024
_ENDED = b"*"


def capabilities(session: Session) -> str:
    """What the server offers here and now (RFC 3501, 6.1.1); APPENDLIMIT by RFC 7889."""
    account = session.account
    limit = session.limits.append if account is None else min(session.limits.append, account.append_limit)
    words = [CAPABILITIES, f"APPENDLIMIT={limit}"]
    if account is None:
        if not session.tls and session.house.tls is not None:
            words.append("STARTTLS")
        words.append("AUTH=PLAIN" if _may_log_in(session) else "LOGINDISABLED")
    return " ".join(words)


def greet(session: Session) -> str:
    """The first line."""
    return f"OK [CAPABILITY {capabilities(session)}] Pratique ready"


def _may_log_in(session: Session) -> bool:
    return session.tls or session.plaintext


async def capability(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.1.1."""
    cursor.end()
    session.untagged(f"CAPABILITY {capabilities(session)}")
    return "Capability completed"


async def noop(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.1.2."""
    cursor.end()
    if session.view is not None:
        await session.view.mailbox.refresh()
    return "NOOP completed"


async def logout(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.1.3."""
    cursor.end()
    session.untagged("BYE Logging out")
    await session.deselect()
    session.state = State.ENDED
    return "Logout completed"


async def identify(session: Session, cursor: Cursor) -> str:
    """RFC 2971. What the client says of itself is read and forgotten."""
    cursor.sp()
    if cursor.take(b"("):
        names: set[bytes] = set()
        while not cursor.take(b")"):
            if names:
                cursor.sp()
            name = cursor.string().lower()
            cursor.sp()
            value = cursor.nstring()
            if (
                name in names
                or len(name) > MOST_ID_NAME
                or len(value or b"") > MOST_ID_VALUE
                or len(names) == MOST_ID
            ):
                raise Bad("Not an ID")
            names.add(name)
    elif cursor.nstring() is not None:
        raise Bad('Expected "(" or NIL')
    cursor.end()
    session.untagged('ID ("name" "Pratique")')
    return "ID completed"


async def starttls(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.2.1. What the client sent before the handshake is thrown away."""
    cursor.end()
    context = session.house.tls
    if session.tls or context is None:
        raise Bad("No TLS to be had here")
    session.wire.write(f"{session.tag} OK Begin TLS negotiation now\r\n".encode("ascii"))
    await session.wire.start_tls(context)
    session.tls = True
    session.peer = Peer(session.peer.address, session.peer.port, tls=True)
    return ""


async def login(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.2.3."""
    cursor.sp()
    user = cursor.astring()
    cursor.sp()
    password = cursor.astring()
    cursor.end()
    _refuse_in_the_clear(session)
    return await _enter(session, user, password)


async def authenticate(session: Session, cursor: Cursor) -> str:
    """RFC 3501, 6.2.2; PLAIN by RFC 4616, its first answer with the command by RFC 4959."""
    cursor.sp()
    mechanism = cursor.atom("a mechanism")
    answer = None
    if cursor.take(b" "):
        answer = cursor.text()
    cursor.end()
    if mechanism != "PLAIN":
        raise No("Unknown mechanism", Code.CANNOT.value)
    _refuse_in_the_clear(session)
    if answer is None:
        session.wire.write(b"+ \r\n")
        await session.wire.drain()
        async with asyncio.timeout(session.limits.login):
            answer = await session.wire.line()
        if answer == _ENDED:
            raise Bad("Authentication given up")
    return await _enter(session, *_read_plain(answer))


def _read_plain(answer: bytes) -> tuple[bytes, bytes]:
    """[authzid] NUL authcid NUL passwd. Raises Bad, No."""
    try:
        octets = b"" if answer == b"=" else base64.b64decode(answer, validate=True)
    except (binascii.Error, ValueError):
        raise Bad("Not base64") from None
    parts = octets.split(b"\0")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 4616, 2
        raise Bad("Not PLAIN's form")
    if parts[0] and parts[0] != parts[1]:
        raise No("Nobody acts for another here", Code.AUTHORIZATIONFAILED.value)
    return parts[1], parts[2]


def _refuse_in_the_clear(session: Session) -> None:
    if not _may_log_in(session):
        raise No("Use TLS first", "PRIVACYREQUIRED")


async def _enter(session: Session, user: bytes, password: bytes) -> str:
    try:
        name, secret = decode_text(user, "User"), decode_text(password, "Password")
    except Bad:
        name, secret = user.decode("latin-1"), ""
    account = await _check(session, name, secret)
    if not session.house.enter(account.user):
        await account.close()
        raise No("Too many connections of this user", Code.LIMIT.value)
    session.account, session.state = account, State.AUTHENTICATED
    return f"[CAPABILITY {capabilities(session)}] Logged in"


async def _check(session: Session, user: str, password: str) -> Account:
    """The account. A failure is counted and answered late. Raises No, Refused."""
    house, address = session.house, session.peer.address
    if house.throttle.refuses(address, user):
        refusal = Refused(Code.LIMIT, "Too many failed logins; try again in some minutes")
    else:
        try:
            async with house.checking:
                account = await session.backend.login(user, password, session.peer)
        except Refused as error:
            refusal = error
        else:
            house.throttle.succeeded(address, user)
            return account
    if refusal.code in {Code.UNAVAILABLE, Code.SERVERBUG}:
        raise refusal
    delay = house.throttle.failed(address, user)
    _log.info("imap login=failed code=%s", refusal.code.value)
    await asyncio.sleep(delay)
    session.failed_logins += 1
    raise refusal
