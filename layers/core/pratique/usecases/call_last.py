"""The last call: likely mistakes that nobody has looked at get one notice of their own before they expire."""

from __future__ import annotations

from pratique.domain.digest import next_slot
from pratique.domain.errors import NoRoute, PermanentFailure, TemporaryFailure
from pratique.domain.lifecycle import State
from pratique.domain.message import Copy
from pratique.domain.policy import DAY
from pratique.domain.scope import Scope
from pratique.observability import log_event
from pratique.ports.digests import Used
from pratique.ports.services import Services
from pratique.usecases.digest_plans import Schedule, plan_for
from pratique.usecases.digests.gather import put_in_order
from pratique.usecases.fold_campaigns import mistake_of
from pratique.usecases.send_digest import Order, send_digest
from pratique.usecases.serve_digest import Served

_MARK = "call"


def call_last(services: Services, scope: Scope) -> Served:
    """Call out, in one mail, what would be due up to the next slot; what was looked at, moved or taught meanwhile is left out."""
    now = services.clock.now_ms() // 1000
    schedule = plan_for(services, scope)
    due = services.digests.calls(scope, until=next_slot(schedule.plan, now))
    copies = services.index.get_copies(due, now=now)
    services.digests.drop_calls(scope, [copy_id for copy_id in due if copy_id not in copies])
    seen = services.digests.looked_at(list(copies))
    wanted = [copy for copy in copies.values() if copy.id not in seen and _is_unseen(copy)]
    if not wanted or not schedule.to or not schedule.plan.last_call:
        services.digests.drop_calls(scope, due)
        return Served.NOTHING
    return _call(services, scope, schedule, wanted)


def _is_unseen(copy: Copy) -> bool:
    """Held as it came, without a report: and still a likely mistake."""
    untouched = not copy.lesson and all(event.state is State.HELD for event in copy.events)
    untouched = untouched and copy.state is State.HELD
    return untouched and mistake_of(copy).is_likely


def _call(services: Services, scope: Scope, schedule: Schedule, copies: list[Copy]) -> Served:
    """One mail a day at most; a second worker finds the day's mark used. Rows go when the mail is gone."""
    now = services.clock.now_ms() // 1000
    day = str(now // DAY)
    claim = Used(f"{services.clock.now_ms()}", services.clock.now_ms())
    sheet = f"{scope.key}#{day}"
    if services.digests.use(sheet, _MARK, claim, ends=now + 3 * DAY) != claim:
        for (
            copy
        ) in copies:  # after those of today; whatever today's mail called out is marked, and left out then
            services.digests.drop_calls(scope, [copy.id])
            services.digests.add_call(scope, copy.id, due=now + DAY)
        return Served.BUSY
    gathered = put_in_order(services, copies, most=schedule.plan.most)
    try:
        for who in schedule.to:
            send_digest(services, Order(scope, who, schedule.plan, now // DAY, "call"), gathered)
    except (TemporaryFailure, NoRoute) as failure:
        log_event("digest_deferred", code=failure.code, level=scope.level.value, domain=scope.domain)
        services.digests.free(sheet, _MARK, by=claim.by)
        return Served.LATER
    except PermanentFailure as failure:
        log_event("digest_failed", code=failure.code, level=scope.level.value, domain=scope.domain)
    services.digests.look([copy.id for copy in copies], ends=max(copy.expires_at for copy in copies))
    services.digests.drop_calls(scope, [copy.id for copy in copies])
    return Served.SENT
