"""API tokens: made, listed, revoked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from pratique.domain.actor import Actor, Standing
from pratique.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pratique.domain.ids import is_ulid, ulid
from pratique.domain.policy import DAY
from pratique.domain.scope import Level, Scope
from pratique.domain.token import Token, secret_digest, token_text
from pratique.ports.services import Services
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change

MAX_NAME = 80
MAX_DAYS = 3650


def create_token(
    services: Services,
    actor: Actor,
    *,
    name: str,
    scope: Scope,
    may_write: bool = True,
    days: int | None = None,
    request: str | None = None,
) -> tuple[Token, str]:
    """Make a token for a scope within the actor's own. Returns (token, its text): the text is shown once and kept nowhere.

    `request` (an idempotency key) makes the repeat of a request whose answer was lost give the same token: id and secret are then
    derived from it with the installation's key. Raises NotFound, Forbidden, InvalidInput, Conflict (the same key for another request,
    or for a token that was revoked).
    """
    actor.must_own(scope)
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput(f"a token's name is 1 to {MAX_NAME} printable characters")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"days is a number from 1 to {MAX_DAYS}")
    check_owner(services, scope)
    now_ms = services.clock.now_ms()
    token_id, secret = _identity(services, actor, request, now_ms)
    token = Token(
        id=token_id,
        name=name.strip(),
        scope=scope,
        digest=secret_digest(secret),
        may_write=may_write,
        created_ms=now_ms,
        created_by=actor.name,
        expires_at=None if days is None else now_ms // 1000 + days * DAY,
        own=actor.scope == scope and actor.standing is Standing.OWN and not actor.reason,
    )
    try:
        services.accounts.add_token(token)
    except Conflict:
        known = services.accounts.get_token(token_id)
        if known is None or _asked(known) != _asked(token):
            raise Conflict(
                "this idempotency key was used for another token, or for one that was revoked"
            ) from None
        return known, token_text(token_id, secret)
    record_change(services, actor, scope, "token.create", token_id)
    return token, token_text(token_id, secret)


def revoke_token(services: Services, actor: Actor, token_id: str) -> None:
    """End a token at once. Raises NotFound (also for a token outside the actor's scope), Forbidden."""
    token = services.accounts.get_token(token_id) if is_ulid(token_id) else None
    if token is None:
        raise NotFound("no such token")
    actor.must_own(token.scope)
    services.accounts.delete_token(token_id)
    record_change(services, actor, token.scope, "token.revoke", token_id)


def list_tokens(services: Services, actor: Actor, scope: Scope) -> list[Token]:
    """The tokens of exactly this scope. Raises NotFound."""
    actor.must_see(scope)
    if not actor.may_write and actor.scope.level is not Level.GLOBAL:
        raise Forbidden("this token is read-only")
    return services.accounts.list_tokens(scope)


def _asked(token: Token) -> tuple[str, Scope, bool, bool]:
    """What a request asked for, to tell a repeat from another request with the same key."""
    return token.name, token.scope, token.may_write, token.expires_at is None


def _identity(services: Services, actor: Actor, request: str | None, now_ms: int) -> tuple[str, str]:
    if request is None:
        return ulid(now_ms, secrets.token_bytes(10)), secrets.token_urlsafe(32)
    seed = f"{actor.name}\n{actor.scope.key}\n{request}".encode()
    key = services.secrets.signing_key()
    entropy = hmac.new(key, b"token id\n" + seed, hashlib.sha256).digest()
    secret = hmac.new(key, b"token secret\n" + seed, hashlib.sha256).digest()
    # The time part must be the same again too, so it comes from the key, not from the clock.
    return ulid(int.from_bytes(entropy[10:15], "big"), entropy), base64.urlsafe_b64encode(
        secret
    ).decode().rstrip("=")
