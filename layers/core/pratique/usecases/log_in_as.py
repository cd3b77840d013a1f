"""An administrator acts as somebody else for an hour: marked in everything that is done, and told to whom it concerns."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.disclosure import Disclosed, Disclosure
from pratique.domain.errors import Conflict, Forbidden, NotFound
from pratique.domain.scope import Level, Scope
from pratique.ports.services import Services
from pratique.usecases.open_body import check_reason
from pratique.usecases.record_change import record_change

ACTING_SECONDS = 3600


def log_in_as(services: Services, actor: Actor, scope: Scope, reason: str) -> None:
    """From now on the actor's session acts in `scope`, under the name `<login> as <scope>`. Rights stay: who may only read, reads.

    Raises NotFound (outside the actor's scope, or for whoever came with a token), Forbidden, InvalidInput, Conflict.
    """
    if not actor.session or actor.login is None:
        raise NotFound("there is no session: you came with a token")
    if actor.reason:
        raise Conflict("you act as somebody already: end that first")
    actor.must_see(scope)
    if actor.scope.level is Level.RECIPIENT or scope == actor.scope:
        raise Forbidden("only an administrator may log in as somebody else")
    why = check_reason(reason)
    now_ms = services.clock.now_ms()
    told = Disclosure(now_ms, actor.name, actor.channel.value, Disclosed.LOGGED_IN_AS, str(actor.login), why)
    services.disclosures.record(scope, told)
    record_change(services, actor, scope, "session.as", why)
    until = now_ms // 1000 + ACTING_SECONDS
    if not services.sessions.act(actor.session, scope, until=until, reason=why):
        raise NotFound("there is no session")


def log_in_as_oneself(services: Services, actor: Actor) -> None:
    """End it. Again is harmless. Raises NotFound for whoever came without a session."""
    if not actor.session or not services.sessions.act(actor.session, None, until=0, reason=""):
        raise NotFound("there is no session: you came with a token")
    if actor.reason:
        record_change(services, actor, actor.scope, "session.as_oneself", str(actor.login))
