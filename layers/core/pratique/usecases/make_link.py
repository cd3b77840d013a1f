"""A sign-in link: good once, for a short time, for one account."""

from __future__ import annotations

import secrets

from pratique.domain.challenge import Challenge, ChallengeKind, keyed_digest
from pratique.domain.ids import ulid
from pratique.domain.scope import Scope
from pratique.ports.services import Services

LINK_SECONDS = 900


def make_link(services: Services, login: Scope, *, seconds: int = LINK_SECONDS) -> str:
    """The URL. Its secret stands behind `#`, which no browser sends to a server, and is kept as a keyed hash only."""
    now_ms = services.clock.now_ms()
    link_id, secret = ulid(now_ms, secrets.token_bytes(10)), secrets.token_urlsafe(32)
    digest = keyed_digest(services.secrets.signing_key(), ChallengeKind.LINK, secret)
    ends_at = now_ms // 1000 + seconds
    services.challenges.put(Challenge(ChallengeKind.LINK, link_id, digest, ends_at, {"login": login.key}))
    return f"{services.options.panel_url}/#/sign-in/{link_id}.{secret}"
