"""A next hop refused a recipient of outgoing mail for good: too many of them lock who sends."""

from __future__ import annotations

from pratique.domain.errors import PratiqueError
from pratique.domain.message import Copy
from pratique.domain.outgoing import WHOLE, Identity, Limits, Standing, Window, locked
from pratique.domain.policy import EffectivePolicy, resolve
from pratique.domain.scope import scope_chain, scope_from_key
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.send_notice import queue_lock_notice
from pratique.usecases.who_may_send import has_many, limits_of

TRIES = 8
REASON = "too many recipients that do not exist"


def note_refusal(services: Services, copy: Copy) -> None:
    """Count it, and lock the identity at its policy's limit. Never raises a failure of ours: delivery goes on without it."""
    try:
        facts = services.index.get_facts(copy.id.message)
        if facts is None or not facts.user:
            return
        view = services.directory.look_up([copy.id.owner], [])
        policy = resolve(view.policies.get(scope) for scope in scope_chain(copy.id.owner))
        limits = limits_of(policy)
        _count(services, copy, Identity(facts.user, str(copy.id.owner)), policy, limits)
        login = scope_from_key(facts.user)
        if has_many(login):
            own = resolve(
                view.policies.get(scope) for scope in scope_chain(copy.id.owner) if scope.covers(login)
            )
            _count(services, copy, Identity(facts.user, WHOLE), policy, limits_of(own).whole())
    except PratiqueError as error:
        log_event("refusal_not_counted", id=copy.id.message, code=error.code)


def _count(
    services: Services, copy: Copy, identity: Identity, policy: EffectivePolicy, limits: Limits
) -> None:
    now = services.clock.now_ms() // 1000
    for _ in range(TRIES):
        before = services.identities.get(identity)
        after = _locked(before, limits, now)
        done = services.identities.count(before, {Window.REFUSED: 1}, most={}, now=now, after=after)
        if done is None:
            continue
        if after is not None:
            log_event("sender_locked", domain=identity.scope.domain or "", reason="refused")
            queue_lock_notice(services, done, copy.id.owner, policy)
        return


def _locked(before: Standing, limits: Limits, now: int) -> Standing | None:
    most = limits.per_window.get(Window.REFUSED, 0)
    if not most or before.is_locked(now) or before.count(Window.REFUSED, now) + 1 < most:
        return None
    return locked(before, limits, now=now, reason=REASON, by="deliver")
