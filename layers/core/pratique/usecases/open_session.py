"""A session begins: for a person who has proved who it is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import ConcurrentChange, Conflict
from pratique.domain.ids import ulid
from pratique.domain.session import Session, csrf_of, session_text
from pratique.domain.user import User
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.count_attempts import network_of
from pratique.usecases.record_change import record_change


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from: the address of its client, and what its browser calls itself."""

    address: str = "?"
    agent: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun. `text` is the cookie's value: it is given to the browser, and kept nowhere."""

    session: Session
    user: User
    text: str
    csrf: str

    @property
    def actor(self) -> Actor:
        """Who has signed in."""
        user = self.user
        return Actor(
            str(user.login),
            user.scope,
            Channel.PANEL,
            may_write=user.may_write,
            login=user.login,
            session=self.session.id,
        )


def open_session(services: Services, user: User, visit: Visit, *, method: str, second: str = "") -> SignedIn:
    """Store the session, and the account of a recipient who signs in for the first time."""
    now_ms = services.clock.now_ms()
    stored = _note_use(services, user, now_ms)
    session_id, secret = ulid(now_ms, secrets.token_bytes(10)), secrets.token_urlsafe(32)
    session = Session(
        id=session_id,
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        login=stored.login,
        method=method,
        second=second,
        created_ms=now_ms,
        seen_ms=now_ms,
        ends_at=now_ms // 1000 + services.options.session_seconds,
        network=network_of(visit.address),
        agent=agent_name(visit.agent),
    )
    services.sessions.add(session)
    done = SignedIn(session, stored, session_text(session_id, secret), csrf_of(secret))
    record_change(
        services, done.actor, stored.scope, "session.open", f"{stored.login} {method} {second}".strip()
    )
    log_event("signed_in", method=method, second=second)
    return done


def _note_use(services: Services, user: User, now_ms: int) -> User:
    """The account with the time of this sign-in. That it could not be noted stops nobody."""
    if user.version < 0:
        fresh = replace(user, version=0, created_ms=now_ms, used_ms=now_ms)
        try:
            services.users.add(fresh)
        except Conflict:
            return services.users.get(user.login) or fresh
        return fresh
    try:
        return services.users.change(replace(user, used_ms=now_ms))
    except ConcurrentChange:
        return services.users.get(user.login) or user


_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux")
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def agent_name(agent: str) -> str:
    """What a person recognises a browser by (`Firefox on Linux`): words of ours, never the header's own text."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "a browser")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return f"{browser} on {system}" if system else browser
