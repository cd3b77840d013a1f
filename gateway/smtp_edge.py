"""The SMTP edge: what SES does with a message (raw bytes to S3, then the ingest function), with a true answer to the sender.

`550` where every recipient's copy is held: the mail is in quarantine, and a sender that is real learns of it (a forged one
never hears of it, since nothing is bounced). `250` where somebody gets it, or a policy says that senders are not told. `451` where
ingest did not answer: the sender tries again, and within the hour the same bytes in the same envelope go by the same id, so
nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from pratique.domain.address import redact, try_address
from pratique.domain.errors import PratiqueError
from pratique.domain.lifecycle import State
from pratique.domain.notice import refusal
from pratique.ports.clock import Clock
from pratique.ports.ingest import Ingest
from pratique.ports.message_store import MessageStore
from pratique.usecases.envelopes import EDGE_MARK, ENVELOPES
from pratique.usecases.received_field import put_above, received_lines

from .authentication.verdicts import UNCHECKED, Arrival, Status, Verdicts
from .recall import Intake, Recall, fingerprint
from .ses_event import ses_event

TRY_AGAIN = "451 4.3.0 try again"
NOT_OURS = "550 5.7.1 mail for this domain is not taken here"
TOO_MUCH = "452 4.3.1 too much mail on its way in, try again"
_AGAIN = frozenset({TRY_AGAIN, TOO_MUCH})
NULL_SENDER = "<>"
_log = logging.getLogger("pratique.edge")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much work the edge gives to what stands behind it. Times in seconds."""

    at_once: int = 4
    """Messages handed to ingest at one time; the rest wait."""
    answer: float = 75.0
    """A sender waits at most this long (RFC 5321, 4.5.3.2.6 gives 10 minutes); the work goes on, and a retry gets its result."""
    octets: int = 256 * 1024 * 1024
    """Of messages waiting for ingest, those included whose sender waits no more."""
    check: float = 6.0
    """The check of a sender gets this long, a little more than it takes for itself; mail goes on without it then."""


class Edge:
    """aiosmtpd's hooks. Make it inside the event loop that serves it."""

    def __init__(
        self,
        store: MessageStore,
        ingest: Ingest,
        clock: Clock,
        *,
        recipients: int,
        hostname: str = "localhost",
        raw_prefix: str = "raw/",
        pace: Pace | None = None,
        check: Callable[[Arrival], Verdicts] | None = None,
        serves: Callable[[str], Awaitable[bool]] | None = None,
        new_id: Callable[[], str] = lambda: EDGE_MARK + secrets.token_hex(20),
    ) -> None:
        self._check, self._serves, self._hostname = check, serves, hostname
        self._store, self._ingest, self._clock = store, ingest, clock
        self._recipients, self._raw_prefix, self._new_id = recipients, raw_prefix, new_id
        self._pace = pace or Pace()
        self._threads = ThreadPoolExecutor(self._pace.at_once, thread_name_prefix="edge")
        # Threads of its own: a check waits for answers from the net, and must not keep ingest waiting.
        self._checkers = ThreadPoolExecutor(2 * self._pace.at_once, thread_name_prefix="edge-check")
        self._recall = Recall()
        self._tasks: set[asyncio.Task[str]] = set()
        self._octets = 0

    async def close(self, grace: float = 10.0) -> None:
        """Wait for messages that are being taken in, for `grace` seconds. Call it after the listener has stopped."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._checkers.shutdown(wait=False, cancel_futures=True)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds its hooks by name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce what holds besides aiosmtpd's own list, which names AUTH over TLS also where there is no way to log in."""
        del server, envelope
        session.host_name = hostname
        known = [each for each in responses[:-1] if each.rstrip() != "250-AUTH"]
        return [*known, "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Any sender; the null one too."""
        del server, session
        if address != NULL_SENDER and try_address(address) is None:
            return "553 5.1.7 not a mail address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Anybody in a domain that is served (None: in any), up to the number of recipients that one message may have."""
        del server, session, options
        if len(envelope.rcpt_tos) >= self._recipients:
            return f"452 4.5.3 more than {self._recipients} recipients"
        recipient = try_address(address)
        if recipient is None:
            return "553 5.1.3 not a mail address"
        try:
            if self._serves is not None and not await self._serves(recipient.domain):
                return NOT_OURS
        except PratiqueError as error:
            _log.warning("edge domain error=%s", error.code)
            return TRY_AGAIN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take the message in. A sender that hangs up meanwhile gets the same result when it comes again."""
        del server
        data = envelope.original_content or b""
        mail_from = "" if envelope.mail_from in (None, NULL_SENDER) else str(envelope.mail_from)
        arrival = self._arrival(session, envelope, mail_from, data)
        key = fingerprint(arrival.key, envelope.rcpt_tos, data)
        task = self._begin(key, arrival, tuple(envelope.rcpt_tos))
        try:
            reply = await asyncio.wait_for(asyncio.shield(task), self._pace.answer)
        except TimeoutError:
            _log.warning("edge answer=late")
            return TRY_AGAIN
        if reply not in _AGAIN:
            self._recall.forget(key)
        return reply

    async def handle_exception(self, error: Exception) -> str:
        """Say nothing of the inside."""
        _log.error("edge error=%s", type(error).__name__)
        return TRY_AGAIN

    def _arrival(self, session: Session, envelope: Envelope, mail_from: str, data: bytes) -> Arrival:
        """What came, and from whom."""
        del envelope
        peer = str(session.peer[0]) if session.peer else ""
        protocol = ("ESMTPS" if session.ssl else "ESMTP") if session.extended_smtp else "SMTP"
        return Arrival(data, mail_from, plain_address(peer), session.host_name or "", protocol)

    def _begin(self, key: bytes, arrival: Arrival, recipients: tuple[str, ...]) -> asyncio.Task[str]:
        """The task that takes this message in: the one under way or done already, or a new one under the first try's id."""
        now = self._clock.now_ms()
        intake = self._recall.find(key, now)
        if intake is None:
            intake = Intake(self._new_id(), now)
            self._recall.keep(key, intake)
        task = intake.task
        if task is None or (task.done() and (task.cancelled() or task.result() in _AGAIN)):
            task = intake.task = asyncio.create_task(self._take_in(intake, recipients, arrival))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return task

    async def _take_in(self, intake: Intake, recipients: tuple[str, ...], arrival: Arrival) -> str:
        data, source_id = arrival.data, intake.source_id
        if self._octets + len(data) > self._pace.octets:
            return TOO_MUCH
        self._octets += len(data)
        try:
            event, kept = await self._event(intake, recipients, arrival)
            answer = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._hand_over, source_id, event, kept
            )
        except PratiqueError as error:
            _log.warning("edge id=%s error=%s", source_id, error.code)
            return TRY_AGAIN
        except Exception as error:  # noqa: BLE001 - a sender gets an answer whatever happens
            _log.error("edge id=%s error=%s", source_id, type(error).__name__)
            return TRY_AGAIN
        finally:
            self._octets -= len(data)
        reply = self._reply(answer, source_id)
        _log.info(
            "edge id=%s from=%s recipients=%d size=%d reply=%s",
            source_id,
            redact(arrival.mail_from),
            len(recipients),
            len(data),
            reply[:3],
        )
        return reply

    async def _event(
        self, intake: Intake, recipients: tuple[str, ...], arrival: Arrival
    ) -> tuple[Mapping[str, Any], bytes]:
        """The event that tells of the message, and its bytes as they are kept: below our trace field, as with SES."""
        verdicts = await self._verdicts(arrival)
        # The same when it comes again: one id, one message, whatever the DNS says by then.
        if not intake.trace:
            intake.trace = received_lines(
                host=self._hostname,
                source_id=intake.source_id,
                received_ms=intake.received_ms,
                client_ip=arrival.client_ip,
                helo=arrival.helo,
                protocol=arrival.protocol,
                client_name=verdicts.client_name,
            )
        kept = put_above(arrival.data, intake.trace)
        event = ses_event(
            source_id=intake.source_id,
            received_ms=intake.received_ms,
            mail_from=arrival.mail_from,
            recipients=recipients,
            data=kept,
            client_ip=arrival.client_ip,
            helo=arrival.helo,
            verdicts=verdicts,
        )
        return event, kept

    def _reply(self, answer: Mapping[str, Any], source_id: str) -> str:
        """What the sender hears."""
        return reply_to(answer, source_id)

    async def _verdicts(self, arrival: Arrival) -> Verdicts:
        """What our own check finds about the sender, in threads and within its time; mail never waits longer for it."""
        if self._check is None:
            return UNCHECKED
        work = asyncio.get_running_loop().run_in_executor(self._checkers, self._check, arrival)
        try:
            return await asyncio.wait_for(work, self._pace.check)
        except TimeoutError:
            _log.warning("edge check=late")
            failed = Status.PROCESSING_FAILED
            return Verdicts(failed, failed, failed)

    def _hand_over(self, source_id: str, event: Mapping[str, Any], data: bytes) -> Mapping[str, Any]:
        """In a thread: bytes first, then the call."""
        self._store.put(self._raw_prefix + source_id, data)
        answer = self._ingest(event)
        self._accepted(source_id, event)
        return answer

    def _accepted(self, source_id: str, event: Mapping[str, Any]) -> None:
        """Keep the envelope. Only what was accepted has one: reconcile brings back what the table lost, and nothing that a sender will send again."""
        try:
            self._store.put(ENVELOPES + source_id, json.dumps(event).encode())
        except PratiqueError as error:
            _log.warning("edge id=%s envelope=%s", source_id, error.code)


def plain_address(peer: str) -> str:
    """An address as text; IPv4 as such where a socket of both kinds says it in IPv6 (RFC 4291, 2.5.5.2)."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    mapped = address.ipv4_mapped if address.version == 6 else None  # noqa: PLR2004 - IPv6
    return str(mapped or address)


def reply_to(answer: Mapping[str, Any], source_id: str) -> str:
    """The SMTP reply for what ingest answered."""
    message, copies = answer.get("message"), answer.get("copies")
    if not isinstance(message, str) or not isinstance(copies, Sequence) or not copies:
        _log.error("edge id=%s error=answer", source_id)
        return TRY_AGAIN
    if all(isinstance(copy, Mapping) and _is_refused(copy) for copy in copies):
        return f"550 {refusal(message)}"
    return f"250 2.0.0 accepted {message}"


def _is_refused(copy: Mapping[str, Any]) -> bool:
    """Held, by a policy that lets the sender know. One that does not takes the mail and says nothing."""
    return copy.get("state") == State.HELD and copy.get("told") != "no"
