"""From a session's cookie to an actor."""

from __future__ import annotations

from dataclasses import dataclass

from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import Scope, parse_scope
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

    `asked` is the scope that the request wants to act in, as people write it: inside one's own, or none at all.
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
    actor = _actor(session, user, acting_scope(session, now_ms), asked)
    if actor is None:
        return None
    unfinished = user.second_factor and not session.second
    return Entry(actor, csrf_of(parts[1]), now_ms - session.seen_ms > TOUCH_MS, unfinished)


def _actor(session: Session, user: User, acting: Scope | None, asked: str | None) -> Actor | None:
    """The person, or the person as somebody else, in the scope that the request asks for."""
    if acting is not None and not user.scope.covers(acting):
        return None
    scope = own = acting or user.scope
    if asked is not None:
        try:
            scope = parse_scope(asked)
        except InvalidInput:
            return None
    if not own.covers(scope):
        return None
    return Actor(
        name=f"{user.login} as {acting}" if acting else str(user.login),
        scope=scope,
        channel=Channel.PANEL,
        may_write=user.may_write,
        login=user.login,
        session=session.id,
        reason=session.reason if acting else "",
    )
