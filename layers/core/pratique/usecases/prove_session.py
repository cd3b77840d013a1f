"""The second factor, shown after signing in: for who came by an issuer that asked for one factor only, and has another here."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import CodeNeeded, Conflict, LimitReached, NotProved
from pratique.ports.services import Services
from pratique.usecases.change_factors import myself
from pratique.usecases.count_attempts import count_attempt, network_of, too_many
from pratique.usecases.record_change import record_change
from pratique.usecases.second_factor import Second, prove_second
from pratique.usecases.sign_in import NETWORK_FAILURES


def prove_session(services: Services, actor: Actor, given: Second, *, address: str) -> None:
    """Note on the actor's session that the account's second factor was shown. Guesses count as at the door.

    Raises NotFound (a token; logged in as somebody else), CodeNeeded, NotProved, LimitReached, Conflict (the account has none yet).
    """
    user = myself(services, actor, fresh=False)
    sources = {f"net#{network_of(address)}": NETWORK_FAILURES}
    if too_many(services, sources):
        raise LimitReached("too many attempts: try again in a quarter of an hour")
    try:
        _, name = prove_second(services, user, given)
    except CodeNeeded:
        raise
    except NotProved:
        count_attempt(services, sources)
        raise
    if not name:
        raise Conflict("this account has no second factor yet: set one up")
    services.sessions.prove(actor.session, name)
    record_change(services, actor, user.scope, "session.second", f"{user.login} {name}")
