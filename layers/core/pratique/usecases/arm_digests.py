"""News for digests: when something was held, those who are told of it are due at their next slot. Costs nothing where nobody chose digests."""

from __future__ import annotations

from collections.abc import Sequence

from pratique.domain.digest import Plan, latest_slot, next_slot
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope, domain_scope, recipient_scope
from pratique.ports.directory import View
from pratique.ports.services import Services
from pratique.usecases.digest_plans import plan_in
from pratique.usecases.digests.gather import is_listed
from pratique.usecases.fold_campaigns import mistake_of

REMEMBERED = 5_000
"""Scopes that a warm process remembers as due."""
MARGIN = 60
"""Seconds before a slot from which news is noted again: what is held until then, whoever serves the slot sees."""
CALL_BEFORE = 2 * DAY
"""Seconds before its end that a likely mistake gets its last call, at a slot; a third of its time where that is shorter."""
_MEMORY = ("digests", "armed")


def arm_digests(services: Services, view: View, copies: Sequence[Copy]) -> None:
    """Note news for the owners of these copies, and for the administrators of their domains. `view` is a look-up of their policies."""
    for copy in copies:
        if copy.state is not State.HELD:
            continue
        owner, domain = recipient_scope(copy.id.owner), domain_scope(copy.id.owner.domain)
        for scope in (owner, domain):
            schedule = plan_in(view, scope)
            if schedule.to and is_listed(copy, schedule.plan):
                _arm(services, scope, schedule.plan)
                if scope is owner and schedule.plan.last_call:
                    _call_later(services, scope, copy, schedule.plan)


def _arm(services: Services, scope: Scope, plan: Plan) -> None:
    now_ms = services.clock.now_ms()
    remembered = services.memory.setdefault(_MEMORY, {})
    known = remembered.get(scope.key, 0) if isinstance(remembered, dict) else 0
    if known - MARGIN > now_ms // 1000:
        return
    due = services.digests.arm(scope, due=next_slot(plan, now_ms // 1000), now_ms=now_ms)
    if isinstance(remembered, dict):
        if len(remembered) >= REMEMBERED:
            remembered.clear()
        remembered[scope.key] = due


def _call_later(services: Services, scope: Scope, copy: Copy, plan: Plan) -> None:
    """A likely mistake is called out once more before its end."""
    if not mistake_of(copy).is_likely:
        return
    now = services.clock.now_ms() // 1000
    due = latest_slot(plan, copy.expires_at - min(CALL_BEFORE, (copy.expires_at - now) // 3))
    if due > next_slot(plan, now):
        services.digests.add_call(scope, copy.id, due=due)
