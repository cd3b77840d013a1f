"""Webhooks: made, listed, tried, taken away."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from pratique.domain.actor import Actor
from pratique.domain.errors import LimitReached, NotFound
from pratique.domain.hook import PING, Hook, check_url, hook_secret, parse_hook_ref, payload, secret_text
from pratique.domain.ids import ulid
from pratique.domain.lifecycle import State
from pratique.domain.scope import Scope
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change

MOST = 10
"""Webhooks of one scope."""


def add_hook(
    services: Services,
    actor: Actor,
    scope: Scope,
    url: str,
    states: Iterable[State],
    *,
    request: str | None = None,
) -> tuple[Hook, str]:
    """Tell `url` of changes from now on. Returns (hook, the secret that signs what it is told): the secret is shown once and kept nowhere. The
    same `request` (an idempotency key) gives the same hook and secret again.

    Raises NotFound, Forbidden (a recipient), InvalidInput (no such URL), LimitReached.
    """
    actor.must_administer(scope)
    now_ms = services.clock.now_ms()
    entropy = secrets.token_bytes(10)
    if request is not None:
        entropy = hashlib.sha256(f"{actor.name}\n{scope.key}\n{request}".encode()).digest()
        now_ms = int.from_bytes(entropy[10:15], "big")
    hook = Hook(
        scope,
        ulid(now_ms, entropy),
        check_url(url, private=services.options.private_hooks),
        frozenset(states),
        services.clock.now_ms(),
        actor.name,
    )
    known = services.hooks.get(scope, hook.id)
    if known is None:
        if len(services.hooks.list_hooks(scope)) >= MOST:
            raise LimitReached(f"a scope has at most {MOST} webhooks")
        services.hooks.add(hook)
        record_change(services, actor, scope, "hook.create", hook.id)
    return known or hook, secret_text(hook_secret(services.secrets.signing_key(), hook))


def list_hooks(services: Services, actor: Actor, scope: Scope) -> list[Hook]:
    """The webhooks of exactly this scope: for its administrators, for a URL may be a secret. Raises NotFound, Forbidden."""
    actor.must_administer(scope)
    return services.hooks.list_hooks(scope)


def delete_hook(services: Services, actor: Actor, ref: str) -> None:
    """Tell it no more. Raises NotFound, Forbidden."""
    scope, hook_id = parse_hook_ref(ref)
    actor.must_administer(scope)
    if not services.hooks.delete(scope, hook_id):
        raise NotFound("no such webhook")
    record_change(services, actor, scope, "hook.delete", hook_id)


def try_hook(services: Services, actor: Actor, ref: str) -> Hook:
    """Send it a ping, and turn it on again if it was turned off. Raises NotFound, Forbidden."""
    scope, hook_id = parse_hook_ref(ref)
    actor.must_administer(scope)
    hook = services.hooks.get(scope, hook_id)
    if hook is None:
        raise NotFound("no such webhook")
    services.hooks.note(hook, failures=0, disabled="")
    now_ms = services.clock.now_ms()
    body = payload(PING, now_ms, {})
    item = {"scope": scope.key, "hook": hook_id, "event": ulid(now_ms, secrets.token_bytes(10)), "body": body}
    services.queue.send(QueueName.HOOKS, [item])
    return services.hooks.get(scope, hook_id) or hook
