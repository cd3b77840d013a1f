"""API tokens: hashed, scoped, revocable."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from .scope import Scope

_TOKEN = re.compile(r"^prq_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{43})$")


@dataclass(frozen=True, slots=True)
class Token:
    """A stored token. The secret part (256 random bits) is kept as SHA-256 only; guessing it is out of reach, so no slow hash is needed."""

    id: str
    name: str
    scope: Scope
    digest: str
    may_write: bool
    created_ms: int
    created_by: str
    expires_at: int | None = None
    """Unix seconds; None for a token that does not end by itself."""
    own: bool = True
    """Whether its scope is that of whoever made it: an administrator's token for somebody's mailbox opens no mail without a reason."""


def token_text(token_id: str, secret: str) -> str:
    """The text a person keeps: `prq_<id>_<secret>`. The secret is 32 random octets in base64url without padding."""
    return f"prq_{token_id}_{secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """(id, secret) of a token's text, or None if it is none."""
    found = _TOKEN.match(text)
    return (found.group(1), found.group(2)) if found else None


def secret_digest(secret: str) -> str:
    """SHA-256 of a token's secret, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_opens(token: Token, secret: str, now_s: float) -> bool:
    """Constant-time check of the secret, then of the end date."""
    same = hmac.compare_digest(token.digest, secret_digest(secret))
    return same and (token.expires_at is None or token.expires_at > now_s)
