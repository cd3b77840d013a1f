"""Prove who one is, and get a session. Whatever is wrong (unknown, wrong, used, ended, disabled) looks the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pratique.domain.challenge import Challenge, ChallengeKind, challenge_opens, keyed_digest, secret_of
from pratique.domain.errors import CodeNeeded, LimitReached, NotProved
from pratique.domain.scope import Scope, scope_from_key
from pratique.observability import log_event
from pratique.ports.services import Services
from pratique.usecases.count_attempts import count_attempt, network_of, too_many
from pratique.usecases.find_account import find_account
from pratique.usecases.open_session import SignedIn, Visit, open_session
from pratique.usecases.second_factor import Second, prove_second, use_key

NETWORK_FAILURES = 20
"""From one network in a window of 15 minutes; then nothing from there is looked at. Mail clients' logins count into the same."""
LOGIN_FAILURES = 100
"""For one login in a window. Higher than for a network: or strangers could keep somebody out with little effort."""
_WRONG = "login or password is not right"
_LINK = "this link is not good (any more): ask for another one"


def sign_in_by_link(services: Services, token: str, visit: Visit, second: Second | None = None) -> SignedIn:
    """Use up a link. Raises NotProved, CodeNeeded (the link stays good), LimitReached."""

    def prove() -> SignedIn:
        challenge = _link(services, token)
        user = find_account(services, scope_from_key(challenge.data["login"]))
        if user is None:
            raise NotProved(_LINK)
        proved, name = prove_second(services, user, second or Second())
        if not services.challenges.take(challenge):
            raise NotProved(_LINK)
        return open_session(services, proved, visit, method="link", second=name)

    return _watched(services, "link", visit, None, prove)


def sign_in_by_password(
    services: Services, login: Scope, password: str, visit: Visit, second: Second | None = None
) -> SignedIn:
    """Raises NotProved, CodeNeeded (after a right password only), LimitReached. As slow for a login that is nobody's."""

    def prove() -> SignedIn:
        user = services.users.get(login)
        stored = "" if user is None or user.disabled or user.is_elsewhere else user.password
        if not services.proofs.password_opens(stored, password) or user is None:
            raise NotProved(_WRONG)
        proved, name = prove_second(services, user, second or Second())
        if services.proofs.password_is_stale(stored):
            proved = replace(proved, password=services.proofs.hash_password(password))
        return open_session(services, proved, visit, method="password", second=name)

    return _watched(services, "password", visit, login, prove)


def sign_in_by_key(services: Services, challenge: str, answer: Mapping[str, Any], visit: Visit) -> SignedIn:
    """With a passkey alone: it must have verified the person itself (PIN, finger, face), so that it is two factors in one.

    Raises NotProved, LimitReached.
    """

    def prove() -> SignedIn:
        key, shown = use_key(services, challenge, answer)
        user = services.users.get(key.login)
        if not shown.verified or user is None or user.disabled or user.is_elsewhere:
            raise NotProved("the key did not check who you are: set a PIN for it")
        return open_session(services, user, visit, method="passkey", second="passkey")

    return _watched(services, "passkey", visit, None, prove)


def _link(services: Services, token: str) -> Challenge:
    """The link's challenge, not yet used up. Raises NotProved."""
    parts = secret_of(token)
    challenge = services.challenges.get(ChallengeKind.LINK, parts[0]) if parts is not None else None
    digest = keyed_digest(services.secrets.signing_key(), ChallengeKind.LINK, parts[1] if parts else "")
    if challenge is None or not challenge_opens(challenge, digest, services.clock.now_ms() / 1000):
        raise NotProved(_LINK)
    return challenge


def _watched(
    services: Services, method: str, visit: Visit, login: Scope | None, prove: Callable[[], SignedIn]
) -> SignedIn:
    """Prove, unless too many attempts failed from there or for this login; and count this one if it fails."""
    sources = {f"net#{network_of(visit.address)}": NETWORK_FAILURES}
    if login is not None:
        sources[f"login#{login.key}"] = LOGIN_FAILURES
    if too_many(services, sources):
        log_event("sign_in_locked", method=method)
        raise LimitReached("too many attempts: try again in a quarter of an hour")
    try:
        return prove()
    except CodeNeeded:
        raise
    except NotProved:
        log_event("sign_in_refused", method=method, failures=count_attempt(services, sources))
        raise
