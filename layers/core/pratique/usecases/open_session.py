"""A session begins: for a person who has proved who it is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import ConcurrentChange, Conflict
from pratique.domain.ids import ulid
from pratique.domain.scope import Level
from pratique.domain.session import Session, csrf_of, session_text
from pratique.domain.user import User
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.count_attempts import network_of
from pratique.usecases.record_change import record_change
from pratique.usecases.write_catalogue import order_catalogue

PLACE_SECONDS = 180 * 86_400
"""A place that was not used for so long is new again."""
ELSEWHERE_SECONDS = 12 * 3600


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
        ends_at=now_ms // 1000 + session_seconds(services, stored),
        network=network_of(visit.address),
        agent=agent_name(visit.agent),
    )
    services.sessions.add(session)
    _note_place(services, user, session, now_ms)
    done = SignedIn(session, stored, session_text(session_id, secret), csrf_of(secret))
    record_change(
        services, done.actor, stored.scope, "session.open", f"{stored.login} {method} {second}".strip()
    )
    if stored.scope.level is not Level.RECIPIENT:
        # Who sees many mailboxes may be about to search them.
        order_catalogue(services, stored.scope)
    log_event("signed_in", method=method, second=second)
    return done


def session_seconds(services: Services, user: User) -> int:
    """How long a session of this person lasts: half a day at most where another issuer gives the rights and may take them back."""
    longest = services.options.session_seconds
    return min(longest, ELSEWHERE_SECONDS) if user.is_elsewhere else longest


def _note_place(services: Services, user: User, session: Session, now_ms: int) -> None:
    """Tell the person of a sign-in from a place where this account was not used before, but for its first."""
    key = services.secrets.signing_key()
    words = f"{user.login.key}\n{_wider(session.network)}\n{session.agent}"
    place = hmac.new(key, f"pratique place\n{words}".encode(), hashlib.sha256).hexdigest()
    ends_at = now_ms // 1000 + PLACE_SECONDS
    if services.users.note_place(user.login, place, at_ms=now_ms, ends_at=ends_at) and user.used_ms:
        told = {"letter": "place", "login": user.login.key, "at": str(now_ms)}
        told |= {"network": session.network, "agent": session.agent}
        services.queue.send(QueueName.LETTERS, [told])


def _wider(network: str) -> str:
    """The neighbourhood of a network: a provider gives another address of it every day."""
    if ":" in network:
        return ":".join(network.split(":")[:3])
    return network.rpartition(".")[0] or network


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
