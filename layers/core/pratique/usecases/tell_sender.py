"""Tell the sender of a held message, once a day at most: by the receiving service's own bounce, or by a notice of our own making.

A notice that cannot be sent now is tried again until it would come too late; then it is dropped with a line in the log. Mail itself is never
touched: what is held stays held.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from pratique.domain.actor import Channel
from pratique.domain.address import try_address
from pratique.domain.errors import (
    InvalidInput,
    NoRoute,
    NotFound,
    PermanentFailure,
    PratiqueError,
    TemporaryFailure,
)
from pratique.domain.ids import is_ulid
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event, Facts, What
from pratique.domain.notice import NOTICE_MS, Notice
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.couriers import Parcel
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.delivery_status import delivery_status
from pratique.usecases.find_route import find_route

AGAIN_SECONDS = 300
"""Before a notice that could not be sent is tried again."""
REMEMBERED_DAYS = 2
ACTOR = "notices"


class Told(enum.StrEnum):
    """What came of one work item."""

    TOLD = "told"
    LATER = "later"
    DROPPED = "dropped"
    NOTHING = "nothing"
    """Told today, or nothing is held any more."""


def tell_batch(services: Services, bodies: Sequence[Mapping[str, str]]) -> list[PratiqueError | None]:
    """Carry out some items. None for each that is done with, else the error that makes it come back."""
    results: list[PratiqueError | None] = []
    for body in bodies:
        try:
            _carry_out(services, body)
        except PratiqueError as error:
            log_event("notice_interrupted", code=error.code)
            results.append(error)
        else:
            results.append(None)
    return results


def _carry_out(services: Services, body: Mapping[str, str]) -> None:
    """One item: of mail that came in and is held, or of mail that was sent and failed."""
    if "failed" in body:
        from pratique.usecases.tell_author import tell_author  # noqa: PLC0415 - most notices are of mail that came in

        tell_author(services, body["failed"])
    else:
        tell_sender(services, body)


def tell_sender(services: Services, body: Mapping[str, str]) -> Told:
    """Carry out one item of the notify queue: {"message": ULID, "recipients": addresses, one a line}.

    Raises TemporaryFailure when the index or a queue cannot be reached (the item comes back), InvalidInput for an item that names no message.
    """
    message = body.get("message", "")
    if not is_ulid(message):
        raise InvalidInput("a work item without a message")
    now_ms = services.clock.now_ms()
    facts = services.index.get_facts(message)
    sender = try_address(facts.mail_from) if facts else None
    if facts is None or sender is None:
        return Told.NOTHING
    if now_ms - facts.received_ms > NOTICE_MS:
        log_event("notice_dropped", id=message, reason="late")
        return Told.DROPPED
    held = _held(services, facts, body.get("recipients", "").split("\n"))
    if not held:
        return Told.NOTHING
    day = now_ms // 1000 // DAY
    if not services.notices.claim(sender, day, message=message, until=(day + REMEMBERED_DAYS) * DAY):
        log_event("notice_spared", id=message)
        return Told.NOTHING
    recipients = tuple(copy.id.recipient for copy in held)
    notice = Notice(message, facts.source_id, sender, recipients, facts.received_ms)
    try:
        answer = _send(services, facts, notice, now_ms)
    except PratiqueError as failure:
        services.notices.give_back(sender, day, message=message)
        return _unsent(services, body, message, failure)
    _note(services, held, answer, now_ms)
    log_event("sender_told", id=message, domain=sender.domain, recipients=len(held))
    return Told.TOLD


def _held(services: Services, facts: Facts, names: Sequence[str]) -> list[Copy]:
    wanted = set(names)
    ids = [each for each in facts.copy_ids if str(each.recipient) in wanted]
    found = services.index.get_copies(ids, now=services.clock.now_ms() // 1000)
    return [found[each] for each in ids if each in found and found[each].state is State.HELD]


def _send(services: Services, facts: Facts, notice: Notice, now_ms: int) -> str:
    hostname, sender = services.options.hostname, services.options.notice_from
    if facts.source != "edge":
        if not sender:
            raise PermanentFailure("no address to send notices from")
        return services.bouncer.bounce(notice, sender=sender, hostname=hostname)
    route = find_route(services, notice.sender)
    if route is None:
        raise NoRoute("no route that leads to the sender")
    try:
        raw = services.store.get(facts.raw_key)
    except NotFound:
        raise PermanentFailure("the raw message is gone") from None
    data = delivery_status(
        notice, raw, sender=sender or f"mailer-daemon@{hostname}", hostname=hostname, now_ms=now_ms
    )
    courier = services.couriers.courier(route)
    try:
        return courier.send(Parcel("", notice.sender, data, f"notice {notice.message}"), route)
    finally:
        courier.close()


def _unsent(services: Services, body: Mapping[str, str], message: str, failure: PratiqueError) -> Told:
    if not isinstance(failure, TemporaryFailure):
        log_event("notice_dropped", id=message, reason=failure.code)
        return Told.DROPPED
    services.queue.send(QueueName.NOTIFY, [dict(body)], delay_seconds=AGAIN_SECONDS)
    log_event("notice_deferred", id=message)
    return Told.LATER


def _note(services: Services, held: Sequence[Copy], answer: str, now_ms: int) -> None:
    """In the history of each copy. Were the item to come back for this, nothing would be sent again, nor noted."""
    for copy in held:
        event = Event(now_ms, copy.state, ACTOR, Channel.CLOCK, f"sender told: {answer}"[:200], What.NOTE)
        try:
            services.index.add_event(copy.id, event, now=now_ms // 1000)
        except PratiqueError as error:
            log_event("notice_not_noted", id=copy.id.message, code=error.code)
