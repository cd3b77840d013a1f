"""Sessions of people who signed in with a browser: an id and a secret in a cookie, the secret's hash in a row."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from .scope import Scope

_SESSION = re.compile(r"^([0-7][0-9A-HJKMNP-TV-Z]{25})\.([A-Za-z0-9_-]{43})$")
TOUCH_MS = 300_000
"""How far behind `seen_ms` may be: a request costs a write only once in that time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. The secret (256 random bits) is kept as SHA-256 only. Times in Unix ms, ends in Unix seconds.

    `method` says how the person signed in (link, password, passkey, oidc), `second` with which second factor ('' for none).
    `acting` is the mailbox or domain that an administrator has logged in as until `acting_until`, for the reason given.
    """

    id: str
    digest: str
    login: Scope
    method: str
    second: str
    created_ms: int
    seen_ms: int
    ends_at: int
    network: str = ""
    agent: str = ""
    acting: Scope | None = None
    acting_until: int = 0
    reason: str = ""


def session_text(session_id: str, secret: str) -> str:
    """What the cookie holds."""
    return f"{session_id}.{secret}"


def split_session(text: str) -> tuple[str, str] | None:
    """(id, secret) of a cookie's value, or None if it is none of ours."""
    found = _SESSION.match(text)
    return (found.group(1), found.group(2)) if found else None


def csrf_of(secret: str) -> str:
    """The word that a page sends along with each change: bound to the session, useless without its cookie, and telling nothing of it."""
    made = hmac.new(secret.encode(), b"pratique csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def session_opens(session: Session, secret: str, *, now_ms: int, idle_seconds: int) -> bool:
    """Constant-time check of the secret, then of both ends: the absolute one, and too long without a request."""
    same = hmac.compare_digest(session.digest, hashlib.sha256(secret.encode()).hexdigest())
    return same and session_lives(session, now_ms=now_ms, idle_seconds=idle_seconds)


def session_lives(session: Session, *, now_ms: int, idle_seconds: int) -> bool:
    """Whether neither end has come."""
    return session.ends_at * 1000 > now_ms and session.seen_ms + idle_seconds * 1000 > now_ms


def acting_scope(session: Session, now_ms: int) -> Scope | None:
    """As whom the session acts now, None for the person's own self."""
    return session.acting if session.acting_until * 1000 > now_ms else None
