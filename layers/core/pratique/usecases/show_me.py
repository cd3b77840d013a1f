"""Who one is here, and what one may choose."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.scope import Level, Scope
from pratique.domain.session import Session, acting_scope
from pratique.domain.user import User
from pratique.ports.services import Services
from pratique.usecases.change_delegates import mailboxes_of

EVERYBODY = ("messages", "lists", "policies", "lessons")
WRITERS = ("tokens", "passwords")
ADMINISTRATORS = ("routes", "uploads", "users", "log_in_as")
OPERATORS = ("queues",)


@dataclass(frozen=True, slots=True)
class Myself:
    """The actor's account and session, None for whoever came with a token. `acting` is whom a person logged in as."""

    actor: Actor
    user: User | None
    session: Session | None
    acting: Scope | None
    scopes: tuple[Scope, ...]

    @property
    def unfinished(self) -> bool:
        """Whether a second factor has to be set up before anything else."""
        return bool(self.user and self.session and self.user.second_factor and not self.session.second)


def show_me(services: Services, actor: Actor) -> Myself:
    """One read of the session and one of the account."""
    if actor.login is None:
        return Myself(actor, None, None, None, (actor.scope,))
    user, session = services.users.get(actor.login), services.sessions.get(actor.session)
    acting = acting_scope(session, services.clock.now_ms()) if session else None
    own = acting or (user.scope if user else actor.scope)
    others = [] if acting else [grant.scope for grant in mailboxes_of(services, actor.login)]
    return Myself(actor, user, session, acting, (own, *others))


def features_of(actor: Actor) -> list[str]:
    """What the panel may show to this actor: the names of resources, in a fixed order."""
    shown = list(EVERYBODY)
    if actor.may_write:
        shown += WRITERS
    if actor.scope.level is not Level.RECIPIENT:
        shown += ADMINISTRATORS
    if actor.scope.level is Level.GLOBAL:
        shown += OPERATORS
    return shown
