"""Serve a scope that is due: one digest for one slot, and only when there is news. However often it is called, a slot is served once."""

from __future__ import annotations

import enum

from pratique.domain.digest import Progress, latest_slot, next_slot
from pratique.domain.errors import NoRoute, PermanentFailure, PratiqueError, TemporaryFailure
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.digest_plans import Schedule, plan_for
from pratique.usecases.digests.gather import Gathered, gather
from pratique.usecases.send_digest import Order, send_digest

LEASE = 600
"""Seconds: longer than a function runs."""
AGAIN = 900
"""Seconds until a digest that could not be handed over is tried again."""
LAG_MS = 10_000
"""How far lists may lag behind: news of the last moments counts for the next slot too."""
REFUSALS = 3
"""Refusals in a row after which a mailbox is left in peace for a while: it may not exist."""
PEACE = 7 * DAY


class Served(enum.StrEnum):
    """What came of it."""

    SENT = "sent"
    NOTHING = "nothing"
    LATER = "later"
    REFUSED = "refused"
    BUSY = "busy"
    """Another worker has it."""


def serve_digest(services: Services, scope: Scope) -> Served:
    """Send what is due to a scope. Raises TemporaryFailure only where the table cannot be reached."""
    now = services.clock.now_ms() // 1000
    progress = services.digests.progress(scope)
    if progress is None or not 0 < progress.due <= now or progress.lease > now:
        return Served.BUSY
    schedule = plan_for(services, scope)
    due = _really_due(progress, schedule, now)
    if due != now:
        services.digests.due_again(scope, due=due, was=progress.due)
        return Served.LATER
    slot, lease = latest_slot(schedule.plan, now), now + LEASE
    claimed = services.digests.claim(scope, slot=slot, now=now, lease=lease)
    if claimed is None:
        return Served.BUSY
    return _serve(services, claimed, schedule, slot, lease)


def _really_due(progress: Progress, schedule: Schedule, now: int) -> int:
    """Now; or when (0: not until there is news), because settings changed, the slot was served, or the mailbox refuses."""
    plan = schedule.plan
    if not schedule.to:
        return 0
    first = next_slot(plan, progress.armed - 1)
    if first > now:
        return first
    if progress.failures >= REFUSALS and progress.slot + PEACE > now:
        return next_slot(plan, progress.slot + PEACE)
    slot = latest_slot(plan, now)
    served = progress.slot > slot or (progress.slot == slot and progress.sending == slot)
    return next_slot(plan, now) if served else now


def _serve(services: Services, progress: Progress, schedule: Schedule, slot: int, lease: int) -> Served:
    scope, plan = progress.scope, schedule.plan
    seen_ms = services.clock.now_ms() - LAG_MS
    try:
        gathered = gather(services, scope, plan, since_ms=progress.seen_ms)
        if not gathered.lines:
            done = Served.NOTHING
        elif not services.digests.sending(scope, slot=slot, lease=lease):
            return Served.BUSY
        else:
            done = _send_all(services, scope, schedule, slot, gathered)
    except (TemporaryFailure, NoRoute) as failure:
        log_event("digest_deferred", code=failure.code, level=scope.level.value, domain=scope.domain)
        again = services.clock.now_ms() // 1000 + AGAIN
        services.digests.give_back(scope, slot=slot, lease=lease, due=again)
        return Served.LATER
    services.digests.finish(
        scope,
        lease=lease,
        seen_ms=max(seen_ms, progress.seen_ms),
        sent=services.clock.now_ms() // 1000 if done is Served.SENT else 0,
        failed=done is Served.REFUSED,
        next_due=next_slot(plan, services.clock.now_ms() // 1000),
    )
    return done


def _send_all(services: Services, scope: Scope, schedule: Schedule, slot: int, gathered: Gathered) -> Served:
    """To each mailbox. Once one has it, what fails for another is not tried again: nobody gets the same digest twice.

    Raises TemporaryFailure, NoRoute while nobody has it.
    """
    done = Served.REFUSED
    failures: list[PratiqueError] = []
    for who in schedule.to:
        try:
            send_digest(services, Order(scope, who, schedule.plan, slot, "news"), gathered)
        except (TemporaryFailure, NoRoute, PermanentFailure) as failure:
            log_event("digest_failed", code=failure.code, level=scope.level.value, domain=scope.domain)
            failures.append(failure)
        else:
            done = Served.SENT
    passing = [each for each in failures if not isinstance(each, PermanentFailure)]
    if done is not Served.SENT and passing:
        raise passing[0]
    return done
