"""App passwords: made, listed, revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from pratique.domain.actor import Actor, Standing
from pratique.domain.app_password import (
    SECRET_OCTETS,
    AppPassword,
    password_digest,
    password_opens,
    password_text,
    split_password,
)
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pratique.domain.ids import is_ulid, ulid
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope
from pratique.ports.services import Services
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change

MAX_LABEL = 80
MAX_DAYS = 3650
MAX_PASSWORDS = 50
"""Of one login: a login reads them all."""


def create_password(
    services: Services,
    actor: Actor,
    *,
    label: str,
    scope: Scope,
    may_write: bool = True,
    days: int | None = None,
    request: str | None = None,
) -> tuple[AppPassword, str]:
    """Make a password for a login within the actor's scope. Returns (password, its text): the text is shown once and kept nowhere.

    `request` (an idempotency key) makes the repeat of a request give the same password: id and secret are then derived from it with the
    installation's key. Raises NotFound, Forbidden, InvalidInput, Conflict (the same key for another request, or for a password that was
    revoked; too many passwords).
    """
    actor.must_own(scope)
    if not label.strip() or len(label) > MAX_LABEL or not label.isprintable():
        raise InvalidInput(f"a password's label is 1 to {MAX_LABEL} printable characters")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"days is a number from 1 to {MAX_DAYS}")
    check_owner(services, scope)
    now_ms = services.clock.now_ms()
    password_id, secret = _identity(services, actor, scope, request, now_ms)
    words = password_text(secret)
    selector, hidden = split_password(words) or ("", "")
    known = {each.id: each for each in services.app_passwords.passwords(scope)}
    if password_id in known:
        return _again(known[password_id], words, label.strip(), may_write=may_write, days=days, hidden=hidden)
    if len(known) >= MAX_PASSWORDS:
        raise Conflict(f"a login has at most {MAX_PASSWORDS} passwords: revoke one first")
    password = AppPassword(
        id=password_id,
        scope=scope,
        label=label.strip(),
        selector=selector,
        digest=password_digest(hidden, secrets.token_bytes(16)),
        may_write=may_write,
        created_ms=now_ms,
        created_by=actor.name,
        expires_at=None if days is None else now_ms // 1000 + days * DAY,
        own=actor.scope == scope and actor.standing is Standing.OWN and not actor.reason,
    )
    services.app_passwords.add_password(password)
    record_change(services, actor, scope, "password.create", password_id)
    return password, words


def list_passwords(services: Services, actor: Actor, scope: Scope) -> list[AppPassword]:
    """The passwords of exactly this login. Raises NotFound, Forbidden."""
    actor.must_see(scope)
    if not actor.may_write and actor.scope.level is not Level.GLOBAL:
        raise Forbidden("this token is read-only")
    return services.app_passwords.passwords(scope)


def revoke_password(services: Services, actor: Actor, scope: Scope, password_id: str) -> None:
    """End a password: no new login with it, but for the few minutes that a gateway remembers one. Raises NotFound, Forbidden."""
    actor.must_own(scope)
    if not is_ulid(password_id) or not services.app_passwords.delete_password(scope, password_id):
        raise NotFound("no such password")
    record_change(services, actor, scope, "password.revoke", password_id)


def _again(
    known: AppPassword, words: str, label: str, *, may_write: bool, days: int | None, hidden: str
) -> tuple[AppPassword, str]:
    """The answer to a repeated request, where it asks for the same."""
    asked = (label, may_write, days is None)
    same = (known.label, known.may_write, known.expires_at is None) == asked
    if not same or not password_opens(known, hidden, 0):
        raise Conflict("this idempotency key was used for another password")
    return known, words


def _identity(
    services: Services, actor: Actor, scope: Scope, request: str | None, now_ms: int
) -> tuple[str, bytes]:
    if request is None:
        return ulid(now_ms, secrets.token_bytes(10)), secrets.token_bytes(SECRET_OCTETS)
    seed = f"{actor.name}\n{actor.scope.key}\n{scope.key}\n{request}".encode()
    key = services.secrets.signing_key()
    entropy = hmac.new(key, b"app password id\n" + seed, hashlib.sha256).digest()
    secret = hmac.new(key, b"app password\n" + seed, hashlib.sha256).digest()
    # The time part must be the same again too, so it comes from the key, not from the clock.
    return ulid(int.from_bytes(entropy[10:15], "big"), entropy), secret[:SECRET_OCTETS]
