"""Policies: what a scope chose, and what holds for it."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.policy import EffectivePolicy, Policy, check_policy, resolve
from pratique.domain.scope import GLOBAL, Level, Scope, domain_scope, scope_chain
from pratique.ports.services import Services
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change


def get_policy(services: Services, actor: Actor, scope: Scope) -> tuple[Policy, EffectivePolicy]:
    """(the scope's own choices, what holds after inheritance). Raises NotFound."""
    actor.must_see(scope)
    chain = [services.directory.get_policy(level) for level in _chain(scope)]
    return chain[0] or Policy(), resolve(chain)


def put_policy(services: Services, actor: Actor, scope: Scope, policy: Policy) -> EffectivePolicy:
    """Replace the scope's own choices (None: use what is above). New mail is judged by them at once; held mail stays as it is.

    Raises NotFound, Forbidden, InvalidInput (also for an alias: it has no policy of its own).
    """
    actor.must_change(scope)
    check_owner(services, scope)
    services.directory.put_policy(scope, check_policy(policy))
    record_change(services, actor, scope, "policy.put", repr(policy)[:400])
    return get_policy(services, actor, scope)[1]


def _chain(scope: Scope) -> tuple[Scope, ...]:
    if scope.level is Level.RECIPIENT:
        return scope_chain(parse_address(scope.name))
    return (domain_scope(scope.name), GLOBAL) if scope.level is Level.DOMAIN else (GLOBAL,)
