"""The dialogue with one client: reads commands, runs them one after another, answers (RFC 3501, 2.2 and 5.5)."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping

from pratique.domain.errors import TemporaryFailure

from .reading import TooBig, read_command
from .session import Command, No, Session, State
from .storage import Code, Refused
from .syntax import Bad, Cursor
from .wire import Hung, TooLong

_log = logging.getLogger("pratique.imap")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_APPEND = re.compile(rb"[^ ]+ APPEND ", re.IGNORECASE)


class Conversation:
    """See the module."""

    def __init__(self, session: Session, commands: Mapping[str, Command]) -> None:
        self._session, self._commands = session, commands
        self._limits = session.limits
        self._bad = self._before_login = self._reserved = 0
        self._crowded = False

    async def serve(self, greeting: str) -> None:
        """From the greeting to the end. Raises nothing but cancellation."""
        session = self._session
        try:
            session.untagged(greeting)
            await session.wire.drain()
            login_by = asyncio.get_running_loop().time() + self._limits.login
            while session.state is not State.ENDED and not session.closing:
                await self._serve_one(login_by)
        except Hung:
            if not session.closing:
                session.state = State.ENDED
        except TimeoutError:
            self._bye("Autologout; idle for too long")
        finally:
            if session.closing and session.state is not State.ENDED:
                self._bye("Server shutting down")
            await self._end()

    async def _serve_one(self, login_by: float) -> None:
        session = self._session
        if session.state is State.GREETED:
            self._before_login += 1
            if self._before_login > self._limits.commands_before_login:
                self._bye("Too many commands before login")
                return
        idle_by = asyncio.get_running_loop().time() + self._limits.idle
        try:
            async with asyncio.timeout_at(login_by if session.state is State.GREETED else idle_by):
                parts = await read_command(session.wire, self._room, self._go_ahead)
        except TooLong as error:
            self._answer_bad(_tag_of(error.start), "Line too long")
        except TooBig as error:
            self._answer_too_big(error.start)
        else:
            session.busy = True
            await self._run(Cursor(*parts))
            session.busy = False
        finally:
            self._release()
        await session.wire.drain()

    # Literals

    def _room(self, line: bytes, total: int) -> int:
        """Octets that a command's literals may have."""
        limits, account = self._limits, self._session.account
        if account is None:
            return limits.literal_before_login
        if not _APPEND.match(line):
            return limits.literal
        allowed = min(limits.append, account.append_limit)
        if total <= allowed:
            self._release()
            self._crowded = not self._session.house.reserve(total)
            if self._crowded:
                return 0
            self._reserved = total
        return allowed

    def _release(self) -> None:
        self._session.house.release(self._reserved)
        self._reserved = 0

    def _go_ahead(self) -> None:
        self._session.wire.write(b"+ OK\r\n")
        self._session.wire.flush()

    # One command

    async def _run(self, cursor: Cursor) -> None:
        session = self._session
        session.tag, session.by_uid = "", False
        name, command = "", None
        try:
            session.tag = cursor.tag().decode("ascii")
            name = self._read_name(cursor)
            command = self._find(name)
            text = await command.run(session, cursor)
            if not text:
                return
            answer = f"OK {text}"
        except Bad as error:
            self._answer_bad(session.tag, error.text)
            return
        except No as error:
            answer = _no(error.code, error.text)
        except Refused as error:
            answer = _no(error.code.value, error.text)
        except (TemporaryFailure, TimeoutError):
            answer = _no(Code.UNAVAILABLE.value, "Not now; try again")
        except Hung:
            raise
        except Exception as error:  # noqa: BLE001 - one command's fault ends neither the connection nor the server
            _log.error("imap error=%s command=%s", type(error).__name__, name)
            answer = _no(Code.SERVERBUG.value, "Internal error")
        self._bad = 0
        session.tell(expunges=command is not None and (command.expunges or session.by_uid))
        session.wire.write(f"{session.tag} {answer}\r\n".encode("ascii", "replace"))
        if session.account is None and session.failed_logins >= self._limits.failed_logins:
            self._bye("Too many failed logins")

    def _read_name(self, cursor: Cursor) -> str:
        cursor.sp()
        name = cursor.atom("a command")
        if name != "UID":
            return name
        self._session.by_uid = True
        cursor.sp()
        return "UID " + cursor.atom("a command")

    def _find(self, name: str) -> Command:
        command = self._commands.get(name)
        if command is None:
            raise Bad("Unknown command")
        state = self._session.state
        if state not in command.states:
            raise Bad(_WHY_NOT[state])
        return command

    # Other answers

    def _answer_bad(self, tag: str, text: str) -> None:
        self._session.wire.write(f"{tag or '*'} BAD {text}\r\n".encode("ascii", "replace"))
        self._count_bad()

    def _answer_too_big(self, line: bytes) -> None:
        if self._crowded:
            answer, self._crowded = _no(Code.UNAVAILABLE.value, "Too much mail on its way; try again"), False
        else:
            answer = _no(Code.TOOBIG.value if self._session.account is not None else "", "Literal too big")
            self._count_bad()
        self._session.wire.write(f"{_tag_of(line) or '*'} {answer}\r\n".encode("ascii"))

    def _count_bad(self) -> None:
        self._bad += 1
        limit = self._limits.bad_commands
        if self._bad >= (limit if self._session.account is not None else limit // 4):
            self._bye("Too many bad commands")

    def _bye(self, text: str) -> None:
        self._session.untagged(f"BYE {text}")
        self._session.state = State.ENDED

    async def _end(self) -> None:
        session = self._session
        session.wire.close()
        try:
            await session.deselect()
            if session.account is not None:
                session.house.leave(session.account.user)
                await session.account.close()
        except Exception as error:  # noqa: BLE001 - the connection is over either way
            _log.error("imap error=%s command=close", type(error).__name__)


_WHY_NOT = {
    State.GREETED: "Log in first",
    State.AUTHENTICATED: "Not now: no mailbox is selected, or you are logged in",
    State.SELECTED: "Not now: you are logged in",
    State.ENDED: "Not now",
}


def _no(code: str, text: str) -> str:
    text = _UNPRINTABLE.sub("?", text)
    return f"NO [{code}] {text}" if code else f"NO {text}"


def _tag_of(line: bytes) -> str:
    """The tag of a command that is read no further; "" where there is none."""
    try:
        return Cursor([line]).tag().decode("ascii")
    except Bad:
        return ""
