"""SMTP submission (RFC 6409): people and servers that log in give us mail to send. 587 with STARTTLS, 465 with TLS from the first octet.

Passwords are app passwords, over TLS only (RFC 4954); wrong ones are counted together with those of IMAP, in memory and in the table. Bytes go
to the bucket under `out/`, then the submit function judges them; what it answers is what the sender hears. `550`: held or refused; `4yz`: the
sender's limits, a lock that ends by itself, or something that does not work now.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import Any
from weakref import WeakKeyDictionary

from aiosmtpd.smtp import SMTP, Envelope, Session
from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address, try_address
from pratique.domain.errors import (
    Forbidden,
    InvalidInput,
    LimitReached,
    PratiqueError,
    SenderLocked,
)
from pratique.domain.outgoing import MOST_RECIPIENTS
from pratique.ports.ingest import Ingest
from pratique.ports.services import Services
from pratique.usecases.draft_submission import Submission
from pratique.usecases.submission_bytes import as_submitted
from pratique.usecases.submission_event import submission_event
from pratique.usecases.who_may_send import Permit, permit

from .authentication.verdicts import Arrival
from .imap.storage import Code, Peer, Refused
from .imap.throttle import Throttle
from .quarantine.logins import Logins
from .quarantine.threads import Threads
from .recall import Intake
from .smtp_edge import NULL_SENDER, TRY_AGAIN, Edge, Pace

NOT_LOGGED_IN = "530 5.7.0 log in first"
WRONG = "535 5.7.8 wrong login or password"
ONLY_LOOK = "535 5.7.8 this password may only look"
NOT_NOW = "454 4.7.0 this cannot be checked now, try again"
LOCKED_OUT = "454 4.7.0 too many wrong passwords, try again in a quarter of an hour"
MOST_FAILURES = 3
"""Wrong passwords of one connection; aiosmtpd ends it then."""
_log = logging.getLogger("pratique.submission")


@dataclass(frozen=True)
class Submitted(Arrival):
    """A message of somebody who had logged in."""

    actor: Actor = field(kw_only=True)

    @property
    def key(self) -> str:
        """See Arrival: the same of another login is another message."""
        return f"{self.actor.scope.key}\0{self.mail_from}"


class Door:
    """Who may come in: shared by all listeners of a gateway, and with its IMAP server."""

    def __init__(self, logins: Logins, throttle: Throttle) -> None:
        self._logins, self._throttle = logins, throttle

    async def enter(self, login: str, password: str, address: str) -> Actor | str:
        """The actor, or the reply that says why not. A wrong password is answered late."""
        if self._throttle.refuses(address, login):
            return LOCKED_OUT
        try:
            known = await self._logins.login(login, password, Peer(address))
        except Refused as refusal:
            if refusal.code is Code.UNAVAILABLE:
                return LOCKED_OUT
            delay = self._throttle.failed(address, login)
            _log.info("submission login=failed")
            await asyncio.sleep(delay)
            return WRONG
        except PratiqueError as error:
            _log.warning("submission login error=%s", error.code)
            return NOT_NOW
        self._throttle.succeeded(address, login)
        if not known.actor.may_write:
            return ONLY_LOOK
        return replace(known.actor, channel=Channel.SMTP)


class Desk(Edge):
    """aiosmtpd's hooks for submission. Make it inside the event loop that serves it. `proxies`: networks of load balancers."""

    def __init__(
        self,
        services: Services,
        submit: Ingest,
        door: Door,
        threads: Threads,
        *,
        pace: Pace | None = None,
        proxies: Sequence[str] = (),
    ) -> None:
        super().__init__(
            services.store,
            submit,
            services.clock,
            recipients=MOST_RECIPIENTS,
            raw_prefix=services.options.out_prefix,
            pace=pace,
        )
        self._services, self._door, self._calls = services, door, threads
        self._permits: WeakKeyDictionary[Envelope, Permit] = WeakKeyDictionary()
        self._proxies = [ip_network(each) for each in proxies]

    async def handle_PROXY(  # noqa: N802 - aiosmtpd finds its hooks by name
        self, server: SMTP, session: Session, envelope: Envelope, proxy_data: Any
    ) -> bool:
        """Believe the header of a load balancer, and of nobody else: from then on the client is who it says."""
        del server, envelope
        peer = ip_address(str(session.peer[0])) if session.peer else None
        trusted = peer is not None and any(peer in network for network in self._proxies)
        if not trusted or not proxy_data.src_addr:
            return False
        client = (str(proxy_data.src_addr), int(proxy_data.src_port or 0))
        session.peer = client  # type: ignore[assignment]  # aiosmtpd says str, and keeps what the socket gives: a pair
        return True

    async def handle_AUTH(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, args: list[str]
    ) -> str | None:
        """PLAIN (RFC 4616) or LOGIN, with or without an initial response."""
        del envelope
        found = await (_plain if args[0] == "PLAIN" else _login)(server, args[1:])
        if found is None:
            return None  # aiosmtpd has said why
        login, password = found
        address = str(session.peer[0]) if session.peer else ""
        entered = await self._door.enter(login, password, address)
        if isinstance(entered, str):
            return entered
        session.authenticated = True
        session.auth_data = entered  # type: ignore[assignment]  # aiosmtpd: anything
        return "235 2.7.0 logged in"

    async def handle_MAIL(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A sender that the login may send as, and that is not locked."""
        actor = _actor(session)
        if actor is None:
            return NOT_LOGGED_IN
        if address != NULL_SENDER and try_address(address) is None:
            return "553 5.1.7 not a mail address"
        mail_from = "" if address == NULL_SENDER else address
        try:
            self._permits[envelope] = await self._calls.call(lambda: permit(self._services, actor, mail_from))
        except PratiqueError as error:
            return _refusal(error)
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Anybody, up to what the sender's limits leave."""
        allowed = self._permits.get(envelope)
        if allowed is None:
            return NOT_LOGGED_IN
        now = self._services.clock.now_ms() // 1000
        try:
            allowed.check(len(envelope.rcpt_tos) + 1, now)
        except (LimitReached, SenderLocked) as error:
            return _refusal(error)
        return await super().handle_RCPT(server, session, envelope, address, options)

    def _arrival(self, session: Session, envelope: Envelope, mail_from: str, data: bytes) -> Arrival:
        """See Edge. MAIL let nobody through who had not logged in."""
        came = super()._arrival(session, envelope, mail_from, data)
        actor = _actor(session)
        if actor is None:
            raise Forbidden("nobody has logged in")
        return Submitted(data, mail_from, came.client_ip, came.helo, actor=actor)

    async def _event(
        self, intake: Intake, recipients: tuple[str, ...], arrival: Arrival
    ) -> tuple[Mapping[str, Any], bytes]:
        """See Edge."""
        if not isinstance(arrival, Submitted):
            raise TypeError("a submission is somebody's")
        people = tuple(dict.fromkeys(parse_address(each) for each in recipients))
        submission = Submission(
            intake.source_id,
            intake.received_ms,
            arrival.mail_from,
            people,
            arrival.client_ip,
            arrival.helo[:255],
        )
        made = as_submitted(
            arrival.data,
            host=self._services.options.hostname,
            source_id=intake.source_id,
            received_ms=intake.received_ms,
            client_ip=arrival.client_ip,
            helo=arrival.helo,
        )
        return submission_event(arrival.actor, submission), made

    def _accepted(self, source_id: str, event: Mapping[str, Any]) -> None:
        """Nothing more is kept: envelopes are of mail that comes in, and what reconcile reads there must be such."""

    def _reply(self, answer: Mapping[str, Any], source_id: str) -> str:
        """See Edge."""
        return reply_to(answer, source_id)


def reply_to(answer: Mapping[str, Any], source_id: str) -> str:
    """The SMTP reply for what the submit function answered."""
    error, message = answer.get("error"), answer.get("message")
    if isinstance(error, str):
        detail = _clean(str(answer.get("detail", "")))
        return f"450 4.7.1 {detail}" if answer.get("later") else f"550 5.7.1 {detail}"
    if not isinstance(message, str):
        _log.error("submission id=%s error=answer", source_id)
        return TRY_AGAIN
    if answer.get("refused"):
        kept = "kept in Caught (Outgoing)" if answer.get("copies") else "not kept"
        return f"550 5.7.1 this looks like spam and is not sent, {kept}, reference {message}"
    return f"250 2.0.0 accepted {message}"


def _actor(session: Session) -> Actor | None:
    found = session.auth_data if session.authenticated else None
    return found if isinstance(found, Actor) else None


def _refusal(error: PratiqueError) -> str:
    detail = _clean(str(error.args[0]) if error.args else error.code)
    if isinstance(error, SenderLocked):
        return f"550 5.7.1 {detail}" if error.forever else f"450 4.7.1 {detail}"
    if isinstance(error, LimitReached):
        return f"452 4.5.3 {detail}"
    if isinstance(error, Forbidden):
        return f"550 5.7.1 {detail}"
    if isinstance(error, InvalidInput):
        return f"553 5.1.7 {detail}"
    _log.warning("submission error=%s", error.code)
    return TRY_AGAIN


def _clean(text: str) -> str:
    return "".join(char for char in text if " " <= char <= "~")[:200]


async def _plain(server: SMTP, args: Sequence[str]) -> tuple[str, str] | None:
    """(login, password); None where the client has been told what was wrong."""
    packed = await _given(server, args, "")
    if packed is None:
        return None
    parts = packed.split(b"\0")
    if len(parts) != 3 or (parts[0] and parts[0] != parts[1]):  # noqa: PLR2004 - as whom, who, password
        await server.push("501 5.5.2 PLAIN wants a login and a password, and no other identity")
        return None
    return _text(parts[1]), _text(parts[2])


async def _login(server: SMTP, args: Sequence[str]) -> tuple[str, str] | None:
    """The same for LOGIN (draft-murchison-sasl-login)."""
    login = await _given(server, args, "User Name\x00")
    password = None if login is None else await _given(server, (), "Password\x00")
    return None if login is None or password is None else (_text(login), _text(password))


async def _given(server: SMTP, args: Sequence[str], challenge: str) -> bytes | None:
    """An initial response, or what the client answers to a challenge."""
    if not args:
        answer = await server.challenge_auth(challenge)
        return answer if isinstance(answer, bytes) else None
    try:
        return b"" if args[0] == "=" else base64.b64decode(args[0].encode(), validate=True)
    except (binascii.Error, ValueError):
        await server.push("501 5.5.2 this is no base64")
        return None


def _text(data: bytes) -> str:
    """What is no UTF-8 opens nothing, and takes as long to be told so."""
    return data.decode("utf-8", "replace")
