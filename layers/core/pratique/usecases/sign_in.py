"""Prove who one is, and get a session. Whatever is wrong (unknown, wrong, used, ended, disabled) looks the same."""

from __future__ import annotations

from pratique.domain.challenge import ChallengeKind, challenge_opens, keyed_digest, secret_of
from pratique.domain.errors import LimitReached, NotProved
from pratique.domain.scope import scope_from_key
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.count_attempts import count_attempt, network_of, too_many
from pratique.usecases.find_account import find_account
from pratique.usecases.open_session import SignedIn, Visit, open_session

NETWORK_FAILURES = 20
"""From one network in a window; then nothing from there is looked at."""


def sign_in_by_link(services: Services, token: str, visit: Visit) -> SignedIn:
    """Use up a link. Raises NotProved, LimitReached."""
    network = {f"net#{network_of(visit.address)}": NETWORK_FAILURES}
    if too_many(services, network):
        log_event("sign_in_locked")
        raise LimitReached("too many attempts from your network: try again in a quarter of an hour")
    parts = secret_of(token)
    challenge = services.challenges.get(ChallengeKind.LINK, parts[0]) if parts is not None else None
    digest = keyed_digest(services.secrets.signing_key(), ChallengeKind.LINK, parts[1] if parts else "")
    now_s = services.clock.now_ms() / 1000
    if challenge is None or not challenge_opens(challenge, digest, now_s):
        count_attempt(services, network)
        log_event("sign_in_refused", method="link")
        raise NotProved("this link is not good (any more): ask for another one")
    user = find_account(services, scope_from_key(challenge.data["login"]))
    if user is None or not services.challenges.take(challenge):
        raise NotProved("this link is not good (any more): ask for another one")
    return open_session(services, user, visit, method="link")
