"""Sessions of a person: touched, listed, ended."""

from __future__ import annotations

from pratique.domain.actor import Actor
from pratique.domain.errors import NotFound
from pratique.domain.ids import is_ulid
from pratique.domain.scope import Scope
from pratique.domain.session import Session, session_lives
from pratique.ports.services import Services
from pratique.usecases.record_change import record_change


def touch_session(services: Services, actor: Actor) -> None:
    """Note that the actor's session is in use."""
    services.sessions.touch(actor.session, seen_ms=services.clock.now_ms())


def own_session(services: Services, actor: Actor) -> Session:
    """The session that this request came with. Raises NotFound for whoever came without one."""
    found = services.sessions.get(actor.session) if actor.session else None
    if found is None:
        raise NotFound("there is no session: you came with a token")
    return found


def end_session(services: Services, actor: Actor) -> None:
    """Sign out. Raises NotFound for whoever came without a session."""
    session = own_session(services, actor)
    services.sessions.delete(session.id)
    record_change(services, actor, actor.scope, "session.end", str(session.login))


def list_sessions(services: Services, actor: Actor, login: Scope | None = None) -> list[Session]:
    """Sessions that live, of the actor's own account or of one that the actor administers; the oldest first. Raises NotFound."""
    wanted = _whose(services, actor, login)
    options = services.options
    now_ms = services.clock.now_ms()
    found = services.sessions.of_login(wanted)
    return [s for s in found if session_lives(s, now_ms=now_ms, idle_seconds=options.session_idle_seconds)]


def revoke_session(services: Services, actor: Actor, session_id: str) -> None:
    """End one. Raises NotFound."""
    found = services.sessions.get(session_id) if is_ulid(session_id) else None
    if found is None:
        raise NotFound("no such session")
    _whose(services, actor, found.login)
    services.sessions.delete(session_id)
    record_change(services, actor, actor.scope, "session.revoke", str(found.login))


def revoke_sessions(services: Services, actor: Actor, login: Scope | None = None) -> int:
    """End all but the one that asks; how many there were. Raises NotFound."""
    wanted = _whose(services, actor, login)
    ended = [
        each.id
        for each in services.sessions.of_login(wanted)
        if each.id != actor.session and services.sessions.delete(each.id)
    ]
    record_change(services, actor, actor.scope, "session.revoke", f"{wanted} {len(ended)}")
    return len(ended)


def _whose(services: Services, actor: Actor, login: Scope | None) -> Scope:
    """The account whose sessions are meant. Who logged in as somebody sees neither the own sessions nor those of the other person."""
    if actor.reason:
        raise NotFound("no such session")
    wanted = actor.login if login is None else login
    if wanted is None:
        raise NotFound("no such account")
    if wanted == actor.login:
        return wanted
    user = services.users.get(wanted)
    if user is None:
        raise NotFound("no such account")
    actor.must_see(user.scope)
    actor.must_administer(user.scope)
    return wanted
