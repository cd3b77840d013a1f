"""Hand one copy to its domain's next hop: clean and released mail alike.

At-least-once: the copy is claimed by a lease, handed over, and then moved; a worker that dies between the next hop's "250" and the
move hands it over again (no SMTP client can do better, RFC 5321 section 6.1).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence

from pratique.domain.actor import Channel
from pratique.domain.errors import (
    Conflict,
    InvalidInput,
    NoRoute,
    NotFound,
    PermanentFailure,
    PratiqueError,
    TemporaryFailure,
)
from pratique.domain.ids import CopyId, parse_copy_id
from pratique.domain.lifecycle import LIVE, WATCH_SECONDS, State
from pratique.domain.log_status import GAVE_UP
from pratique.domain.message import COURIER, Copy, Event, Facts, What
from pratique.domain.policy import DAY, Disposition
from pratique.domain.route import Route
from pratique.observability import log_event
from pratique.ports.couriers import Courier, Parcel
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.find_route import route_of
from pratique.usecases.know_senders import note_delivery, note_outgoing
from pratique.usecases.note_refusal import note_refusal
from pratique.usecases.outgoing import has_own_headers, prepare, trace_hops
from pratique.usecases.send_notice import send_notice

LEASE_MS = 120_000
"""Longer than a courier may take; shorter than the queue's visibility time-out."""
FIRST_DELAY = 30
"""Seconds; doubled at each try."""
LONGEST_DELAY = 900
"""Seconds: the longest that SQS delays a message."""
LISTED_TRIES = 4
ARRIVE_TRIES = 3
_REFUSED = re.compile(r"^5[0-9][0-9]\b")
"""A next hop's answer to an address or a message that it will never take."""
GIVE_UP_MS = 4 * DAY * 1000
"""RFC 5321, 4.5.4.1: give up after at least 4-5 days."""


class Outcome(enum.StrEnum):
    """What came of one work item."""

    DELIVERED = "delivered"
    LATER = "later"
    FAILED = "failed"
    NOTHING = "nothing"
    """Not on its way (any more), or another worker has it."""


def deliver_batch(services: Services, bodies: Sequence[Mapping[str, str]]) -> list[PratiqueError | None]:
    """Carry out some items, one connection to a next hop for all of them. None for each that is done with, else the error that
    makes it come back.
    """
    used: dict[int, Courier] = {}
    results: list[PratiqueError | None] = []
    try:
        for body in bodies:
            try:
                if "notice" in body:
                    send_notice(services, body, used)
                else:
                    deliver_copy(services, body, used)
            except PratiqueError as error:
                log_event("delivery_interrupted", code=error.code)
                results.append(error)
            else:
                results.append(None)
    finally:
        for courier in used.values():
            courier.close()
    return results


def deliver_copy(
    services: Services, body: Mapping[str, str], used: dict[int, Courier] | None = None
) -> Outcome:
    """Carry out one item of the deliver queue: {"id": copy id, "again": "yes" when a person redrove it}. Couriers that were used
    are noted in `used`, for the caller to close.

    Raises TemporaryFailure only when the index or a queue cannot be reached: then the item comes back by itself. Raises
    InvalidInput for an item that names no copy.
    """
    try:
        copy_id = parse_copy_id(body.get("id", ""))
    except NotFound:
        raise InvalidInput("a work item without a copy's id") from None
    copy = _ready(services, copy_id, again=body.get("again") == "yes")
    if copy is None:
        return Outcome.NOTHING
    now_ms = services.clock.now_ms()
    lease = now_ms + LEASE_MS
    claimed = services.index.claim(
        copy_id,
        expected=copy.state,
        lease_until_ms=lease,
        now_ms=now_ms,
        watch_at=lease // 1000 + WATCH_SECONDS,
    )
    if claimed is None:
        return Outcome.NOTHING
    try:
        reply, facts = _hand_over(services, claimed, used if used is not None else {})
    except (TemporaryFailure, NoRoute) as failure:
        return _later(services, claimed, str(failure))
    except PermanentFailure as failure:
        if claimed.id.is_outgoing and _REFUSED.match(str(failure)):
            note_refusal(services, claimed)
        return _failed(services, claimed, str(failure))
    return _delivered(services, claimed, reply, facts)


def _ready(services: Services, copy_id: CopyId, *, again: bool) -> Copy | None:
    """The copy if it is on its way; a failed one is set on its way again when a person asked for that."""
    now_ms = services.clock.now_ms()
    copy = services.index.get_copy(copy_id, now=now_ms // 1000)
    if copy is None or copy.state in LIVE:
        return copy
    if copy.state is State.FAILED and again:
        return set_on_its_way(services, copy, actor="redrive", channel=Channel.CLI)
    return None


def set_on_its_way(
    services: Services, copy: Copy, *, actor: str, channel: Channel, note: str = ""
) -> Copy | None:
    """Move a failed copy back to where it failed; None when it moved elsewhere meanwhile."""
    now_ms = services.clock.now_ms()
    state = State.RELEASING if copy.disposition is Disposition.QUARANTINE else State.QUEUED
    try:
        return services.index.move(
            copy.id,
            expected=(State.FAILED,),
            state=state,
            expires_at=now_ms // 1000 + copy.retention_days * DAY,
            event=Event(now_ms, state, actor, channel, note),
            now=now_ms // 1000,
            watch_at=now_ms // 1000 + WATCH_SECONDS,
        )
    except (Conflict, NotFound):
        return None


def _hand_over(services: Services, copy: Copy, used: dict[int, Courier]) -> tuple[str, Facts]:
    """The next hop's answer, and the message's facts."""
    facts = services.index.get_facts(copy.id.message)
    if facts is None:
        raise PermanentFailure("the facts of this message are gone")
    route: Route | None = route_of(services, copy.id)
    if route is None:
        whose = f"from {copy.id.owner.domain}" if copy.id.is_outgoing else f"for {copy.id.recipient.domain}"
        raise NoRoute(f"no route {whose}")
    try:
        raw = services.store.get(copy.raw_key)
    except NotFound:
        raise PermanentFailure("the raw message is gone") from None
    parcel = Parcel(facts.mail_from, copy.id.recipient, _bytes(services, copy, facts, raw), str(copy.id))
    courier = services.couriers.courier(route)
    used[id(courier)] = courier
    return courier.send(parcel, route), facts


def _bytes(services: Services, copy: Copy, facts: Facts, raw: bytes) -> bytes:
    key = services.secrets.signing_key()
    return prepare(
        raw,
        copy=copy,
        facts=facts,
        released=copy.state is State.RELEASING,
        key=key,
        now_ms=services.clock.now_ms(),
        hostname=services.options.hostname,
        hops=(trace_hops(raw, key=key) if has_own_headers(raw) else 0) + 1,
    )


def _arrive(
    services: Services, copy: Copy, state: State, days: int, reply: str, *, requested_days: int = 0
) -> bool:
    """The last move of a delivery; False when another worker, after our lease had run out, made it first.

    Tried a few times: the next hop has the message, and only this row keeps it from getting a second one.
    """
    now_ms = services.clock.now_ms()
    for attempt in range(ARRIVE_TRIES):
        try:
            services.index.move(
                copy.id,
                expected=(copy.state,),
                state=state,
                expires_at=now_ms // 1000 + max(days, requested_days) * DAY,
                event=Event(now_ms, state, COURIER, Channel.CLOCK, reply[:200]),
                now=now_ms // 1000,
                reply=reply[:200],
                requested_until=now_ms // 1000 + requested_days * DAY if requested_days else 0,
            )
        except TemporaryFailure:
            if attempt == ARRIVE_TRIES - 1:
                raise
        except (Conflict, NotFound):
            # Ours, if an earlier try took effect and only its answer was lost.
            return attempt > 0
        else:
            return True
    return False


def _delivered(services: Services, copy: Copy, reply: str, facts: Facts) -> Outcome:
    state = State.RELEASED if copy.state is State.RELEASING else State.DELIVERED
    requested = copy.training_days if state is State.DELIVERED and not copy.lesson else 0
    if not _arrive(services, copy, state, copy.log_days, reply, requested_days=requested):
        return Outcome.NOTHING
    log_event(state.value, id=copy.id.message, domain=copy.id.owner.domain, attempts=copy.attempts)
    if copy.id.is_outgoing:
        note_outgoing(services, copy, facts)
    elif state is State.DELIVERED:
        note_delivery(services, copy, facts)
    return Outcome.DELIVERED


def _failed(services: Services, copy: Copy, reason: str) -> Outcome:
    if copy.id.is_outgoing:
        from pratique.usecases.tell_author import order_bounce  # noqa: PLC0415 - most mail that fails came in

        order_bounce(services, copy)
    if not _arrive(services, copy, State.FAILED, copy.retention_days, reason):
        return Outcome.NOTHING
    log_event("delivery_failed", id=copy.id.message, domain=copy.id.owner.domain, attempts=copy.attempts)
    return Outcome.FAILED


def _later(services: Services, copy: Copy, reason: str) -> Outcome:
    """Back off: the item goes to the queue anew before the lease is given back, so that it is never in neither place."""
    now_ms = services.clock.now_ms()
    item = {"id": str(copy.id)}
    if now_ms - _since(copy) > GIVE_UP_MS:
        services.queue.bury(QueueName.DELIVER, [item])
        return _failed(services, copy, GAVE_UP + reason)
    delay = min(LONGEST_DELAY, FIRST_DELAY << min(copy.attempts - 1, 10))
    services.queue.send(QueueName.DELIVER, [item], delay_seconds=delay)
    services.index.unclaim(
        copy.id,
        lease_until_ms=copy.lease_until_ms,
        reply=reason[:200],
        watch_at=now_ms // 1000 + delay + WATCH_SECONDS,
        event=_tried(copy, reason, now_ms),
    )
    log_event("delivery_deferred", id=copy.id.message, domain=copy.id.owner.domain, attempts=copy.attempts)
    return Outcome.LATER


def _tried(copy: Copy, reason: str, now_ms: int) -> Event | None:
    """A try in the history: each of the first four, then the 8th, the 16th ..., so that four days of tries are ten lines and no more."""
    if copy.attempts > LISTED_TRIES and copy.attempts & (copy.attempts - 1):
        return None
    note = f"try {copy.attempts}: {reason}"[:200]
    return Event(now_ms, copy.state, COURIER, Channel.CLOCK, note, What.TRY)


def _since(copy: Copy) -> int:
    """When the copy set out, Unix ms: its last move was that."""
    move = copy.last_move
    return move.at_ms if move else copy.received_ms
