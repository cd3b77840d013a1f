"""After settings of digests changed: whoever has held mail that nobody told of is due by the new ones."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.address import try_address
from pratique.domain.digest import next_slot
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import State
from pratique.domain.policy import Policy
from pratique.domain.scope import Level, Scope, recipient_scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.digest_plans import plan_for
from pratique.usecases.digests.gather import gather

PAGE = 200
MOST_PAGES = 5
"""Pages of held mail that one work item looks at; it leaves another for the rest."""


def check_reader(actor: Actor, scope: Scope, policy: Policy) -> None:
    """A person may send the own digests to another mailbox of the same domain only; an administrator anywhere. Raises InvalidInput."""
    to = try_address(policy.digest_to or "")
    if to is not None and actor.scope.level is Level.RECIPIENT and to.domain != scope.domain:
        raise InvalidInput(
            "digest_to is an address of your own domain; an administrator may choose another one"
        )


def rearm_digests(services: Services, scope: Scope) -> None:
    """For a mailbox at once; for a domain as work, page by page (rearm_page). The global scope's domains come by with their next mail."""
    if scope.level is Level.GLOBAL:
        return
    _rearm(services, scope)
    if scope.level is Level.DOMAIN:
        services.queue.send(QueueName.DIGEST, [{"rearm": scope.key, "cursor": ""}])


def rearm_page(services: Services, scope: Scope, cursor: str) -> None:
    """Look whose held mail lies on the next pages of a domain; what is left goes to the queue. Raises TemporaryFailure."""
    owners: dict[str, Scope] = {}
    place: str | None = cursor or None
    for _ in range(MOST_PAGES):
        now = services.clock.now_ms() // 1000
        page = services.index.list_copies(scope, states=(State.HELD,), limit=PAGE, now=now, cursor=place)
        owners |= {str(copy.id.owner): recipient_scope(copy.id.owner) for copy in page.copies}
        place = page.cursor
        if place is None:
            break
    for owner in owners.values():
        _rearm(services, owner)
    if place is not None:
        services.queue.send(QueueName.DIGEST, [{"rearm": scope.key, "cursor": place}])


def _rearm(services: Services, scope: Scope) -> None:
    schedule = plan_for(services, scope)
    if not schedule.to:
        return
    progress = services.digests.progress(scope)
    since_ms = progress.seen_ms if progress else 0
    if gather(services, scope, replace(schedule.plan, most=1), since_ms=since_ms).lines:
        now_ms = services.clock.now_ms()
        services.digests.arm(scope, due=next_slot(schedule.plan, now_ms // 1000), now_ms=now_ms)
