"""From a session's cookie to an actor."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor, Channel, Standing
from pratique.domain.errors import InvalidInput
from pratique.domain.grant import grant_holds
from pratique.domain.scope import parse_scope
from pratique.domain.session import TOUCH_MS, Session, acting_scope, csrf_of, session_opens, split_session
from pratique.domain.user import User
from pratique.ports.services import Services


@dataclass(frozen=True, slots=True)
class Entry:
    """Who a cookie lets in. `csrf` is what a change must carry; `stale` asks for a touch; `unfinished` says that a second factor has to be
    set up before anything else.
    """

    actor: Actor
    csrf: str
    stale: bool
    unfinished: bool


def authorize_session(services: Services, text: str, asked: str | None = None) -> Entry | None:
    """The person whose session this is, None for anything else (malformed, unknown, wrong, ended, disabled: all look the same).

    `asked` is the scope that the request wants to act in, as people write it: inside one's own, or a mailbox that one looks after for
    somebody; or nothing at all.
    """
    parts = split_session(text)
    session = services.sessions.get(parts[0]) if parts is not None else None
    if parts is None or session is None:
        return None
    now_ms = services.clock.now_ms()
    idle = services.options.session_idle_seconds
    if not session_opens(session, parts[1], now_ms=now_ms, idle_seconds=idle):
        return None
    user = services.users.get(session.login)
    if user is None or user.disabled:
        return None
    actor = _actor(services, session, user, asked)
    if actor is None:
        return None
    unfinished = user.second_factor and not session.second
    return Entry(actor, csrf_of(parts[1]), now_ms - session.seen_ms > TOUCH_MS, unfinished)


def _actor(services: Services, session: Session, user: User, asked: str | None) -> Actor | None:
    """The person, or the person as somebody else, in the scope that the request asks for."""
    now_ms = services.clock.now_ms()
    acting = acting_scope(session, now_ms)
    if acting is not None and not user.scope.covers(acting):
        return None
    scope = own = acting or user.scope
    if asked is not None:
        try:
            scope = parse_scope(asked)
        except InvalidInput:
            return None
    standing, may_write = Standing.OWN if scope == own else Standing.INSIDE, user.may_write
    if not own.covers(scope):
        grant = services.grants.get(user.login, scope) if acting is None else None
        if grant is None or not grant_holds(grant, now_ms / 1000):
            return None
        standing, may_write = Standing.DELEGATE, may_write and grant.may_write
    return Actor(
        name=f"{user.login} as {acting}" if acting else str(user.login),
        scope=scope,
        channel=Channel.PANEL,
        may_write=may_write,
        login=user.login,
        session=session.id,
        standing=standing,
        reason=session.reason if acting else "",
    )
