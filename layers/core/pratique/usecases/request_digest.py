"""A digest on demand: everything that is held now, sent at once, however lately the last one went."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.address import Address
from pratique.domain.digest import Plan, next_slot
from pratique.domain.digest_link import sheet_id
from pratique.domain.errors import InvalidInput, LimitReached, NoRoute, PermanentFailure, TemporaryFailure
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope
from pratique.observability import log_event
from pratique.ports.digests import Used
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.digest_plans import Schedule, plan_for
from pratique.usecases.digests.gather import gather
from pratique.usecases.record_change import record_change

WINDOW = 600
"""Seconds."""
SENT = "sent"
"""The mark of a digest that was handed over."""
MOST = 3
"""Digests that may be asked for in a window and scope."""


@dataclass(frozen=True, slots=True)
class DigestView:
    """A scope's digests: its plan, whom they go to, when the last one went and the next is due (Unix seconds, 0 for never), and how many
    messages are held that would be listed.
    """

    plan: Plan
    to: tuple[Address, ...]
    sent: int
    due: int
    held: int


def show_digest(services: Services, actor: Actor, scope: Scope) -> DigestView:
    """When digests go, and to whom. Raises NotFound, InvalidInput."""
    schedule = _schedule(services, actor, scope)
    progress = services.digests.progress(scope)
    gathered = gather(services, scope, schedule.plan)
    due = progress.due if progress is not None and schedule.to else 0
    if due:
        due = max(due, next_slot(schedule.plan, progress.armed - 1 if progress is not None else due))
    held = gathered.count + gathered.unlisted
    return DigestView(schedule.plan, schedule.to, progress.sent if progress else 0, due, held)


def request_digest(services: Services, actor: Actor, scope: Scope) -> DigestView:
    """Ask for one. Nothing is sent where nothing is held (`held` is 0). Raises NotFound, Forbidden, InvalidInput, LimitReached."""
    actor.must_change(scope)
    view = show_digest(services, actor, scope)
    now = services.clock.now_ms() // 1000
    if not receivers(scope, Schedule(view.plan, view.to)):
        raise InvalidInput("digest_admins names nobody: whom should the domain's digest go to?")
    if services.digests.count(f"ask#{scope.key}", window=now // WINDOW, ends=now + 2 * WINDOW) > MOST:
        raise LimitReached(f"{MOST} digests in {WINDOW // 60} minutes are enough; ask again later")
    if view.held:
        services.queue.send(QueueName.DIGEST, [{"scope": scope.key, "asked": str(services.clock.now_ms())}])
        record_change(services, actor, scope, "digest.request", "")
    return view


def send_requested(services: Services, scope: Scope, asked_ms: int) -> bool:
    """Send the digest that was asked for at a moment (Unix ms): what is held now, once to each. Raises TemporaryFailure, NoRoute."""
    from pratique.usecases.send_digest import Order, send_digest  # noqa: PLC0415 - writes mail: a worker's, not the API's
    from pratique.usecases.serve_digest import LAG_MS  # noqa: PLC0415 - as above

    schedule = plan_for(services, scope)
    now_ms = services.clock.now_ms()
    gathered = gather(services, scope, schedule.plan)
    sent = False
    for who in receivers(scope, schedule) if gathered.lines else ():
        order = Order(scope, who, schedule.plan, asked_ms, "all")
        sheet = sheet_id(services.secrets.signing_key(), scope, str(who), asked_ms, order.kind)
        ours = Used(secrets.token_hex(8), now_ms)
        if services.digests.use(sheet, SENT, ours, ends=now_ms // 1000 + DAY) != ours:
            continue
        try:
            send_digest(services, order, gathered)
        except TemporaryFailure:
            services.digests.free(sheet, SENT, by=ours.by)  # it comes back, and is sent then
            raise
        except (PermanentFailure, NoRoute) as failure:
            log_event("digest_failed", code=failure.code, level=scope.level.value, domain=scope.domain)
        else:
            sent = True
    if sent:
        services.digests.note_seen(scope, seen_ms=now_ms - LAG_MS, now=now_ms // 1000)
    return sent


def receivers(scope: Scope, schedule: Schedule) -> tuple[Address, ...]:
    """Whom a digest goes to that was asked for: also where none are sent by the clock."""
    if schedule.to or scope.level is Level.DOMAIN:
        return schedule.to
    local, _, domain = scope.name.rpartition("@")
    return (schedule.plan.to or Address(local, domain),)


def _schedule(services: Services, actor: Actor, scope: Scope) -> Schedule:
    actor.must_see(scope)
    if scope.level is Level.GLOBAL:
        raise InvalidInput("a digest is a domain's or a mailbox's")
    return plan_for(services, scope)
