"""Things that are good for once: sign-in links, and what a browser must answer to (WebAuthn, OpenID Connect)."""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_LINK = re.compile(r"^([0-7][0-9A-HJKMNP-TV-Z]{25})\.([A-Za-z0-9_-]{43})$")


class ChallengeKind(enum.StrEnum):
    """What it is good for; one kind never stands for another."""

    LINK = "link"
    PASSKEY = "passkey"
    REGISTER = "register"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A row that is taken once. `digest` is the keyed hash of a secret that only its receiver has; `expires_at` in Unix seconds."""

    kind: ChallengeKind
    id: str
    digest: str
    expires_at: int
    data: Mapping[str, str] = field(default_factory=dict)


def secret_of(text: str) -> tuple[str, str] | None:
    """(id, secret) of a link's token, or None if it is none."""
    found = _LINK.match(text)
    return (found.group(1), found.group(2)) if found else None


def keyed_digest(key: bytes, kind: ChallengeKind, secret: str) -> str:
    """The hash that is kept: of no use without the installation's key."""
    return hmac.new(key, f"pratique {kind.value}\n{secret}".encode(), hashlib.sha256).hexdigest()


def challenge_opens(challenge: Challenge, digest: str, now_s: float) -> bool:
    """Constant-time check, then of the end."""
    return hmac.compare_digest(challenge.digest, digest) and challenge.expires_at > now_s
