"""The sweep: what is over its time goes, row first (its history stays), bytes with the last copy; what nobody carries is set going again."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Channel
from pratique.domain.ids import CopyId
from pratique.domain.lifecycle import WATCH_SECONDS, State
from pratique.domain.message import Event
from pratique.domain.policy import DAY
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.envelopes import envelope_key

PAGE = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    expired: int
    purged: int
    """Messages whose bytes went."""
    resumed: int
    """Copies on their way that were queued again."""
    more: bool
    """Whether time ran out before the work did."""


def expire_messages(services: Services, *, until_ms: int) -> Swept:
    """Sweep until nothing is due or the clock reaches `until_ms`. Repeatable: what an interrupted sweep left is done by the next, or by
    purge_copy when the table's stream reports the row gone.
    """
    resumed = _resume(services)
    expired = purged = 0
    while services.clock.now_ms() < until_ms:
        now = services.clock.now_ms() // 1000
        due = services.index.expired(now=now, limit=PAGE)
        gone = 0
        for copy_id in due:
            gone += _end(services, copy_id, now)
            # Also where it was not there to delete: the answer of an earlier try may have been lost.
            purged += purge_copy(services, copy_id)
        expired += gone
        if gone:
            log_event("expired", copies=gone)
        if len(due) < PAGE or gone == 0:
            # An index that still shows rows already deleted must not keep the sweep turning.
            return Swept(expired, purged, resumed, more=False)
    return Swept(expired, purged, resumed, more=True)


def _end(services: Services, copy_id: CopyId, now: int) -> bool:
    """A copy's time is up: what is left of it is its history, for the record's time."""
    event = Event(now * 1000, State.EXPIRED, "sweep", Channel.CLOCK, "its time was up")
    return services.index.end_copy(
        copy_id, event=event, now=now, kept_until=now + services.options.record_days * DAY
    )


def purge_copy(services: Services, copy_id: CopyId) -> bool:
    """After a copy's row is gone: take it off the message, and with the last copy delete bytes, then facts. True if bytes went.

    Repeatable; does nothing while the copy's row is there.
    """
    if services.index.get_copy(copy_id, now=0) is not None:
        return False
    raw_key = services.index.drop_recipient(copy_id)
    if raw_key is None:
        return False
    services.store.delete(raw_key)
    services.store.delete(envelope_key(services.options, raw_key))
    services.index.delete_facts(copy_id.message)
    return True


def _resume(services: Services) -> int:
    now = services.clock.now_ms() // 1000
    overdue = services.index.overdue(now=now, limit=PAGE)
    for copy_id in overdue:
        services.queue.send(QueueName.DELIVER, [{"id": str(copy_id)}])
        services.index.rewatch(copy_id, watch_at=now + WATCH_SECONDS)
    if overdue:
        log_event("resumed", copies=len(overdue))
    return len(overdue)
