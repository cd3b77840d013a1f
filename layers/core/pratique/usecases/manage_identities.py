"""Identities: who sends how much, and locks made and ended by people."""

from __future__ import annotations

from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.address import parse_address
from pratique.domain.errors import ConcurrentChange, InvalidInput, NotFound
from pratique.domain.outgoing import DAY, FOREVER, MINUTE, WHOLE, Identity, Standing
from pratique.domain.scope import Scope
from pratique.ports.identities import StandingPage
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change
from pratique.usecases.who_may_send import has_many

MAX_PAGE = 200
MAX_REASON = 200
MAX_MINUTES = 365 * DAY // MINUTE
TRIES = 5


def list_identities(
    services: Services,
    actor: Actor,
    scope: Scope,
    *,
    locked: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> StandingPage:
    """The identities of a domain or of one login, with what they sent lately; with `locked` those alone that may not send. Of all domains
    together only locked ones can be listed. Raises NotFound, InvalidInput.
    """
    actor.must_see(scope)
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"limit is a number from 1 to {MAX_PAGE}")
    now = services.clock.now_ms() // 1000
    return services.identities.list_standings(scope, now=now, locked=locked, limit=limit, cursor=cursor)


def identity_named(services: Services, user: Scope, sender: str) -> Identity:
    """The identity that a person means: the sender by any address of its mailbox; '' or `*` for all that the login sends. Raises InvalidInput."""
    if sender not in ("", WHOLE):
        address = parse_address(sender)
        return Identity(user.key, str(services.directory.look_up([address], [], aliases=True).owner(address)))
    return Identity(user.key, WHOLE if has_many(user) else user.name)


def lock_identity(
    services: Services, actor: Actor, identity: Identity, *, minutes: int | None = None, reason: str = ""
) -> Standing:
    """Let an identity send nothing for so many minutes, or (None) until somebody unlocks it; one that never sent too. Administrators only.

    Raises NotFound, Forbidden, InvalidInput.
    """
    actor.must_administer(identity.scope)
    if minutes is not None and not 1 <= minutes <= MAX_MINUTES:
        raise InvalidInput(f"minutes are a number from 1 to {MAX_MINUTES}")
    if len(reason) > MAX_REASON or not (reason == "" or reason.isprintable()):
        raise InvalidInput(f"a reason is at most {MAX_REASON} printable characters")
    now = services.clock.now_ms() // 1000
    until = FOREVER if minutes is None else now + minutes * MINUTE
    done = _set(
        services, identity, locked_until=until, locked_at=now, reason=reason, locked_by=actor.name, spams=()
    )
    record_change(services, actor, identity.scope, "identity.lock", str(identity))
    return done


def unlock_identity(services: Services, actor: Actor, identity: Identity) -> Standing:
    """End a lock. Automatic locks before this one count no more. Raises NotFound (also where nothing is known of it), Forbidden."""
    actor.must_administer(identity.scope)
    if services.identities.get(identity) == Standing(identity):
        raise NotFound("no such identity")
    done = _set(services, identity, locked_until=0, locked_at=0, reason="", locked_by="", locks=0, spams=())
    record_change(services, actor, identity.scope, "identity.unlock", str(identity))
    return done


def _set(services: Services, identity: Identity, **changes: object) -> Standing:
    for _ in range(TRIES):
        before = services.identities.get(identity)
        after = replace(before, **changes)  # type: ignore[arg-type]  # fields of Standing, named by the two above
        if services.identities.set_lock(before, after):
            return services.identities.get(identity)
    raise ConcurrentChange("another change came first")
