"""People's accounts: made, changed, reset, deleted, listed by their administrators."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, InvalidInput, NotFound
from pratique.domain.scope import Level, Scope
from pratique.domain.user import User, check_language, check_name, mail_of
from pratique.ports.services import Services
from pratique.ports.users import UserPage
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator says of an account; None leaves it as it is (for a new one: the default)."""

    scope: Scope | None = None
    mail: str | None = None
    name: str | None = None
    language: str | None = None
    may_write: bool | None = None
    disabled: bool | None = None
    second_factor: bool | None = None


def create_user(services: Services, actor: Actor, login: Scope, wanted: Wanted) -> User:
    """Make an account. Nobody gives more than they have; a domain's administrator makes accounts with logins of that domain.

    Raises NotFound, Forbidden, InvalidInput, Conflict (the login is taken).
    """
    scope = wanted.scope or login
    _must_manage(actor, login, scope)
    check_owner(services, scope)
    fresh = User(
        login=login,
        scope=scope,
        mail=mail_of(login, "" if wanted.mail is None else wanted.mail),
        created_ms=services.clock.now_ms(),
        created_by=actor.name,
    )
    user = _changed(fresh, replace(wanted, scope=scope))
    services.users.add(user)
    record_change(services, actor, scope, "user.create", str(login))
    return user


def change_user(services: Services, actor: Actor, login: Scope, wanted: Wanted) -> User:
    """Change an account; disabled or with other rights it is that at once. Raises NotFound, Forbidden, InvalidInput, Conflict,
    ConcurrentChange.
    """
    user = find_user(services, actor, login)
    _must_not_be_own(actor, login)
    _must_manage(actor, login, wanted.scope or user.scope)
    changed = services.users.change(_changed(user, wanted))
    if changed.disabled:
        _end_sessions(services, login)
    record_change(services, actor, changed.scope, "user.change", str(login))
    return changed


def reset_user(services: Services, actor: Actor, login: Scope) -> User:
    """Forget a person's password and second factors, and end the sessions: the next sign-in is by link. Raises NotFound, Forbidden, Conflict,
    ConcurrentChange.
    """
    user = find_user(services, actor, login)
    _must_not_be_own(actor, login)
    _must_manage(actor, login, user.scope)
    changed = services.users.change(replace(user, password="", totp="", totp_step=0, recovery=(), passkeys=0))
    for key in services.passkeys.of_login(login):
        services.passkeys.delete(login, key.id)
    _end_sessions(services, login)
    record_change(services, actor, changed.scope, "user.reset", str(login))
    return changed


def delete_user(services: Services, actor: Actor, login: Scope) -> None:
    """Delete an account with all that belongs to it. An address that gets mail here can come back by a link: disable it to keep it out.

    Raises NotFound, Forbidden, Conflict.
    """
    user = find_user(services, actor, login)
    _must_not_be_own(actor, login)
    _must_manage(actor, login, user.scope)
    if not services.users.delete(login):
        raise NotFound("no such account")
    for key in services.passkeys.of_login(login):
        services.passkeys.delete(login, key.id)
    for grant in services.grants.of_login(login):
        services.grants.delete(login, grant.scope)
    for search in services.searches.of_owner(login):
        services.searches.delete(login, search.id)
    _end_sessions(services, login)
    record_change(services, actor, user.scope, "user.delete", str(login))


def find_user(services: Services, actor: Actor, login: Scope) -> User:
    """An account whose scope, and whose login, the actor may see. Raises NotFound."""
    user = services.users.get(login)
    if user is None:
        raise NotFound("no such account")
    actor.must_see(user.scope)
    actor.must_see(login)
    return user


def list_users(
    services: Services, actor: Actor, place: Scope, *, limit: int = 50, cursor: str | None = None
) -> UserPage:
    """Accounts whose scope lies in a domain, or is global. Raises NotFound, Forbidden, InvalidInput."""
    actor.must_see(place)
    if place.level is Level.RECIPIENT:
        raise InvalidInput("name a domain, or global")
    page = services.users.list_users(place, limit=limit, cursor=cursor)
    return UserPage(tuple(user for user in page.users if actor.scope.covers(user.login)), page.cursor)


def _changed(user: User, wanted: Wanted) -> User:
    """The account as it is wanted. Raises InvalidInput."""
    scope = user.scope if wanted.scope is None else wanted.scope
    mail = user.mail if wanted.mail is None else mail_of(user.login, wanted.mail)
    if user.login.level is Level.RECIPIENT and str(mail) != user.login.name:
        # Or an administrator could have somebody's sign-in links sent elsewhere, and be that person without a trace.
        raise InvalidInput("links for a login that is a mail address go to that address")
    return replace(
        user,
        scope=scope,
        mail=mail,
        name=user.name if wanted.name is None else check_name(wanted.name),
        language=user.language if wanted.language is None else check_language(wanted.language),
        may_write=user.may_write if wanted.may_write is None else wanted.may_write,
        disabled=user.disabled if wanted.disabled is None else wanted.disabled,
        second_factor=user.second_factor if wanted.second_factor is None else wanted.second_factor,
    )


def _must_manage(actor: Actor, login: Scope, scope: Scope) -> None:
    actor.must_administer(scope)
    actor.must_see(login)


def _must_not_be_own(actor: Actor, login: Scope) -> None:
    if actor.login == login:
        raise Conflict("this is your own account: another administrator has to do that")


def _end_sessions(services: Services, login: Scope) -> None:
    for each in services.sessions.of_login(login):
        services.sessions.delete(each.id)
