"""Tell the event bus and the webhooks of changes of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.errors import PermanentFailure
from pratique.domain.hook import TYPE, Change, Hook, payload
from pratique.domain.scope import GLOBAL, Scope, domain_scope
from pratique.observability import warn_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services

REMEMBERED_MS = 60_000
"""How long a warm process goes by the webhooks it knows: a new one is told of changes after a minute at the latest."""


@dataclass(frozen=True, slots=True)
class _Known:
    at_ms: int
    hooks: list[Hook]


def announce_changes(services: Services, changes: Sequence[Change]) -> None:
    """Each change goes to the bus, and into the queue once for each webhook of its domain, and of the installation, that wants it. At least once.

    Raises TemporaryFailure: the whole batch again.
    """
    try:
        services.bus.publish(changes)
    except PermanentFailure as failure:
        # A bus that is gone, or that we may not use: what else follows a change must not wait for somebody to mend it.
        warn_event("bus_refused", code=failure.code, changes=len(changes))
    items = []
    for change in changes:
        for scope in (domain_scope(change.copy.owner.domain), GLOBAL):
            items += [_item(hook, change) for hook in _hooks(services, scope) if hook.wants(change.state)]
    if items:
        services.queue.send(QueueName.HOOKS, items)


def _item(hook: Hook, change: Change) -> dict[str, str]:
    body = payload(TYPE, change.at_ms, change.detail())
    return {"scope": hook.scope.key, "hook": hook.id, "event": change.id, "body": body}


def _hooks(services: Services, scope: Scope) -> list[Hook]:
    now_ms, place = services.clock.now_ms(), ("hooks", scope.key)
    known = services.memory.get(place)
    if not isinstance(known, _Known) or now_ms - known.at_ms >= REMEMBERED_MS:
        known = _Known(now_ms, services.hooks.list_hooks(scope))
        services.memory[place] = known
    return known.hooks
