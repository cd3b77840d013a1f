"""Delegates of a mailbox: given, taken back, listed."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.disclosure import Disclosed, Disclosure
from pratique.domain.errors import Conflict, InvalidInput, NotFound
from pratique.domain.grant import Grant, grant_holds
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope
from pratique.ports.services import Services
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change

MAX_DAYS = 3650
MAX_DELEGATES = 50
"""Of one mailbox, and mailboxes of one delegate: each is read when somebody asks who one is."""


def put_delegate(
    services: Services,
    actor: Actor,
    scope: Scope,
    login: Scope,
    *,
    may_write: bool = True,
    days: int | None = None,
) -> Grant:
    """Let `login` look after the mailbox `scope`. Its owner does that, or an administrator; a delegate gives nothing on.

    Raises NotFound, Forbidden, InvalidInput, Conflict (too many).
    """
    actor.must_own(scope)
    if scope.level is not Level.RECIPIENT:
        raise InvalidInput("only a mailbox has delegates: a domain has users")
    if login == scope or login.level is not Level.RECIPIENT:
        raise InvalidInput("a delegate is another person, named by a mail address")
    if actor.scope.level is not Level.GLOBAL and login.domain != scope.domain:
        raise InvalidInput("a delegate from another domain is for the operator to give")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"days is a number from 1 to {MAX_DAYS}")
    check_owner(services, scope)
    known = services.grants.of_scope(scope)
    theirs = services.grants.of_login(login)
    new = all(each.login != login for each in known)
    if new and max(len(known), len(theirs)) >= MAX_DELEGATES:
        raise Conflict(f"a mailbox has at most {MAX_DELEGATES} delegates, and a delegate as many mailboxes")
    now_ms = services.clock.now_ms()
    ends_at = None if days is None else now_ms // 1000 + days * DAY
    grant = Grant(login, scope, may_write, now_ms, actor.name, ends_at)
    services.grants.put(grant)
    record_change(services, actor, scope, "delegate.put", str(login))
    if actor.name != str(scope):
        told = Disclosure(now_ms, actor.name, actor.channel.value, Disclosed.DELEGATED, str(login), "")
        services.disclosures.record(scope, told)
    return grant


def delete_delegate(services: Services, actor: Actor, scope: Scope, login: Scope) -> None:
    """Take it back, at once. A delegate may give it up. Raises NotFound, Forbidden."""
    if actor.login != login:
        actor.must_own(scope)
    if not services.grants.delete(login, scope):
        raise NotFound("no such delegate")
    record_change(services, actor, scope, "delegate.delete", str(login))


def list_delegates(services: Services, actor: Actor, scope: Scope) -> list[Grant]:
    """Those of exactly this mailbox, by login. Raises NotFound."""
    actor.must_see(scope)
    return [each for each in services.grants.of_scope(scope) if grant_holds(each, _now(services))]


def mailboxes_of(services: Services, login: Scope) -> list[Grant]:
    """What this person looks after beside its own."""
    return [each for each in services.grants.of_login(login) if grant_holds(each, _now(services))]


def _now(services: Services) -> float:
    return services.clock.now_ms() / 1000
