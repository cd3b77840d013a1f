"""The states of a message log, by the names that administrators know from hosted filters, and how ours map to them."""

from __future__ import annotations

import enum

from .lifecycle import State
from .message import Copy
from .verdict import Verdict


class LogStatus(enum.StrEnum):
    """Sixteen names. Which of them a copy can have here is in MEANINGS; the others never occur, and why is said there too."""

    QUEUED = "queued"
    QUEUE_FROZEN = "queue-frozen"
    QUEUE_BOUNCED = "queue-bounced"
    QUEUE_REMOVED = "queue-removed"
    QUEUE_EXPIRED = "queue-expired"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery-failed"
    BOUNCED = "bounced"
    QUARANTINED = "quarantined"
    QUARANTINE_EXPIRED = "quarantine-expired"
    QUARANTINE_REMOVED = "quarantine-removed"
    RELEASED = "released"
    AUTO_RELEASED = "auto-released"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not-accepted"
    BLACKHOLED = "blackholed"


MEANINGS: dict[LogStatus, str] = {
    LogStatus.QUEUED: "on its way to the next hop, for the first time or after a release",
    LogStatus.QUEUE_FROZEN: "never: nothing on its way is stopped without an end",
    LogStatus.QUEUE_BOUNCED: "never by this name: what the next hop refuses is kept; no stranger gets a bounce (no backscatter)",
    LogStatus.QUEUE_REMOVED: "never: what is on its way cannot be taken out",
    LogStatus.QUEUE_EXPIRED: "all tries to deliver were used up; kept, and can be released again",
    LogStatus.DELIVERED: "the next hop took it",
    LogStatus.DELIVERY_FAILED: "the next hop refused it for good; kept, and can be released again",
    LogStatus.BOUNCED: "never: see queue-bounced",
    LogStatus.QUARANTINED: "held",
    LogStatus.QUARANTINE_EXPIRED: "it was held until its time was up (in the history, once the message is gone)",
    LogStatus.QUARANTINE_REMOVED: "a person took it out; it can be taken back until its bytes go",
    LogStatus.RELEASED: "a person let it go, and the next hop took it",
    LogStatus.AUTO_RELEASED: "let go by the system itself, and the next hop took it",
    LogStatus.REJECTED: "held because its recipient or the domain blocked the sender",
    LogStatus.NOT_ACCEPTED: "never in the log: the sending server was told to come again, and nothing was taken",
    LogStatus.BLACKHOLED: "never: nothing that was accepted is dropped",
}
GAVE_UP = "gave up: "
"""How the answer of a copy begins whose tries were used up."""
_BLOCKED = "list:block"
_SYSTEM = frozenset({"filter", "system", "clock"})
"""Actors that are no person."""
_SIMPLE = {
    State.QUEUED: LogStatus.QUEUED,
    State.RELEASING: LogStatus.QUEUED,
    State.DELIVERED: LogStatus.DELIVERED,
    State.REMOVED: LogStatus.QUARANTINE_REMOVED,
    State.EXPIRED: LogStatus.QUARANTINE_EXPIRED,
}

_STATES: dict[LogStatus, frozenset[State]] = {
    LogStatus.QUEUED: frozenset({State.QUEUED, State.RELEASING}),
    LogStatus.QUEUE_EXPIRED: frozenset({State.FAILED}),
    LogStatus.DELIVERED: frozenset({State.DELIVERED}),
    LogStatus.DELIVERY_FAILED: frozenset({State.FAILED}),
    LogStatus.QUARANTINED: frozenset({State.HELD}),
    LogStatus.QUARANTINE_EXPIRED: frozenset({State.EXPIRED}),
    LogStatus.QUARANTINE_REMOVED: frozenset({State.REMOVED}),
    LogStatus.RELEASED: frozenset({State.RELEASED}),
    LogStatus.AUTO_RELEASED: frozenset({State.RELEASED}),
    LogStatus.REJECTED: frozenset({State.HELD}),
}


def log_status(copy: Copy) -> LogStatus:
    """The status that a message log shows for this copy."""
    if copy.state is State.HELD:
        blocked = copy.verdict is Verdict.SPAM and any(c.signal == _BLOCKED for c in copy.contributions)
        return LogStatus.REJECTED if blocked else LogStatus.QUARANTINED
    if copy.state is State.FAILED:
        return LogStatus.QUEUE_EXPIRED if copy.reply.startswith(GAVE_UP) else LogStatus.DELIVERY_FAILED
    if copy.state is State.RELEASED:
        let_go = [event.actor for event in copy.events if event.state is State.RELEASING]
        return LogStatus.AUTO_RELEASED if let_go and let_go[-1] in _SYSTEM else LogStatus.RELEASED
    return _SIMPLE[copy.state]


def states_of(status: LogStatus) -> frozenset[State]:
    """The states of copies that a message log may show so; none for a name that never occurs."""
    return _STATES.get(status, frozenset())
