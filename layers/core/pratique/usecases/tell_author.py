"""Tell one of our own people that a message of theirs could not be delivered (RFC 5321, 6.1): whoever accepted it has to.

Their login proved who they are, so no notice goes to a stranger; it goes by the route of their own mail, with the null sender.
"""

from __future__ import annotations

from pratique.domain.actor import Channel
from pratique.domain.address import Address, try_address
from pratique.domain.errors import NoRoute, NotFound, PermanentFailure, PratiqueError, TemporaryFailure
from pratique.domain.ids import parse_copy_id
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy, Event, Facts, What
from pratique.domain.notice import Bounce
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.couriers import Parcel
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.delivery_status import delivery_status
from pratique.usecases.find_route import find_route

FIRST_SECONDS, AGAIN_SECONDS = 15, 300
"""The copy's own row is written meanwhile; and before a notice that could not be sent is tried again."""
ACTOR = "notices"


def order_bounce(services: Services, copy: Copy) -> None:
    """A copy of mail that was sent is about to be failed: its author is to hear of it. Raises TemporaryFailure: nothing was ordered."""
    try:
        services.queue.send(QueueName.NOTIFY, [{"failed": str(copy.id)}], delay_seconds=FIRST_SECONDS)
    except PermanentFailure as failure:
        log_event("bounce_not_ordered", id=copy.id.message, code=failure.code)


def tell_author(services: Services, text: str) -> bool:
    """Carry out one item {"failed": copy id}; whether its author was told now. Once for each failure: a copy that is tried again and fails again
    is told again.

    Raises TemporaryFailure when the index or a queue cannot be reached (the item comes back), NotFound for an item that names no copy.
    """
    copy_id, now_ms = parse_copy_id(text), services.clock.now_ms()
    copy = services.index.get_copy(copy_id, now=now_ms // 1000)
    if copy is None or copy.state is not State.FAILED or not copy_id.is_outgoing or _was_told(copy):
        return False
    facts = services.index.get_facts(copy_id.message)
    author = try_address(facts.mail_from) if facts else None
    if facts is None or author is None:  # the null sender asks for no answer
        return False
    try:
        answer = _send(services, copy, facts, author, now_ms)
    except PratiqueError as failure:
        _unsent(services, copy, now_ms, failure)
        return False
    event = Event(now_ms, State.FAILED, ACTOR, Channel.CLOCK, f"author told: {answer}"[:200], What.NOTE)
    try:
        services.index.add_event(copy_id, event, now=now_ms // 1000)
    except PratiqueError as error:
        log_event("notice_not_noted", id=copy_id.message, code=error.code)
    log_event("author_told", id=copy_id.message, domain=copy_id.owner.domain)
    return True


def _was_told(copy: Copy) -> bool:
    """Whether its author heard of the failure that it is in."""
    since = max(
        (event.at_ms for event in copy.events if event.state is State.FAILED and event.what is What.MOVE),
        default=0,
    )
    return any(
        event.what is What.NOTE and event.actor == ACTOR and event.at_ms >= since for event in copy.events
    )


def _send(services: Services, copy: Copy, facts: Facts, author: Address, now_ms: int) -> str:
    route = find_route(services, author)
    if route is None:
        raise NoRoute("no route that leads to the author")
    try:
        raw = services.store.get(copy.raw_key)
    except NotFound:
        raise PermanentFailure("the raw message is gone") from None
    hostname = services.options.hostname
    bounce = Bounce(
        facts.message, facts.source_id, author, (copy.id.recipient,), facts.received_ms, copy.reply
    )
    sender = services.options.notice_from or f"mailer-daemon@{hostname}"
    data = delivery_status(bounce, raw, sender=sender, hostname=hostname, now_ms=now_ms)
    courier = services.couriers.courier(route)
    try:
        return courier.send(Parcel("", author, data, f"bounce {facts.message}"), route)
    finally:
        courier.close()


def _unsent(services: Services, copy: Copy, now_ms: int, failure: PratiqueError) -> None:
    """Again while it is news; then, and where it can never be sent, a line in the log. The copy shows what became of it all the same."""
    failed_ms = max((event.at_ms for event in copy.events if event.state is State.FAILED), default=now_ms)
    if isinstance(failure, TemporaryFailure) and now_ms - failed_ms < DAY * 1000:
        services.queue.send(QueueName.NOTIFY, [{"failed": str(copy.id)}], delay_seconds=AGAIN_SECONDS)
        log_event("notice_deferred", id=copy.id.message)
    else:
        log_event("notice_dropped", id=copy.id.message, reason=failure.code)
