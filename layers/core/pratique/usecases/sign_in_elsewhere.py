"""Sign in at another issuer (OpenID Connect, authorization code with PKCE): its word for who somebody is, our rules for what that gives."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pratique.domain.challenge import Challenge, ChallengeKind
from pratique.domain.claims import login_of, rule_for, shown_twice
from pratique.domain.errors import ConcurrentChange, Conflict, InvalidInput, LimitReached, NotProved
from pratique.domain.scope import Scope
from pratique.domain.user import ISSUER, User, mail_of
from pratique.ports.identity_provider import IdentityProvider
from pratique.ports.services import Services
from pratique.usecases.count_attempts import count_attempt, network_of, too_many
from pratique.usecases.find_account import find_account
from pratique.usecases.open_session import SignedIn, Visit, open_session

STATE_SECONDS = 600
NETWORK_STARTS, ALL_STARTS = 60, 5_000
"""Begun in a window of 15 minutes: from one network, together."""
NETWORK_FAILURES = 20


def start_elsewhere(services: Services, *, address: str) -> tuple[str, str]:
    """(the URL at the issuer, a secret for this browser's cookie). Raises InvalidInput, LimitReached, TemporaryFailure, PermanentFailure.

    State, nonce and code verifier are made of the cookie's secret with the installation's key: whoever reads the rows or the URL has none of
    them, and a code that was begun in another browser is worth nothing here.
    """
    provider = _provider(services)
    limits = {"oidc": ALL_STARTS, f"oidc-net#{network_of(address)}": NETWORK_STARTS}
    if too_many(services, limits):
        raise LimitReached("too many attempts: try again in a quarter of an hour")
    count_attempt(services, limits)
    browser = secrets.token_urlsafe(32)
    state = _derived(services, "state", browser)
    verifier = _derived(services, "verifier", browser)
    digest = hashlib.sha256(verifier.encode()).digest()
    url = provider.authorize_url(
        redirect=_redirect(services),
        state=state,
        nonce=_derived(services, "nonce", browser),
        challenge=base64.urlsafe_b64encode(digest).decode().rstrip("="),
    )
    ends_at = services.clock.now_ms() // 1000 + STATE_SECONDS
    services.challenges.put(Challenge(ChallengeKind.OIDC, _name(state), "-", ends_at))
    return url, browser


def sign_in_elsewhere(services: Services, code: str, state: str, browser: str, visit: Visit) -> SignedIn:
    """Come back from the issuer. Raises NotProved, InvalidInput, LimitReached, TemporaryFailure, PermanentFailure."""
    provider = _provider(services)
    sources = {f"net#{network_of(visit.address)}": NETWORK_FAILURES}
    if too_many(services, sources):
        raise LimitReached("too many attempts: try again in a quarter of an hour")
    try:
        claims = _claims(services, provider, code, state, browser)
        user = _account(services, claims)
    except NotProved:
        count_attempt(services, sources)
        raise
    second = "issuer" if shown_twice(claims) else ""
    return open_session(services, user, visit, method="oidc", second=second)


def _claims(
    services: Services, provider: IdentityProvider, code: str, state: str, browser: str
) -> Mapping[str, Any]:
    """The claims behind a code that this browser began, once."""
    expected = _derived(services, "state", browser)
    challenge = services.challenges.get(ChallengeKind.OIDC, _name(expected))
    now_s = services.clock.now_ms() / 1000
    same = bool(browser) and hmac.compare_digest(state.encode(), expected.encode())
    if (
        challenge is None
        or not same
        or challenge.expires_at <= now_s
        or not services.challenges.take(challenge)
    ):
        raise NotProved("this was not begun in this browser, took too long, or was done already: start again")
    return provider.exchange(
        code,
        redirect=_redirect(services),
        verifier=_derived(services, "verifier", browser),
        nonce=_derived(services, "nonce", browser),
        now_s=now_s,
    )


def _account(services: Services, claims: Mapping[str, Any]) -> User:
    """The account that these claims give. One that an administrator made keeps its rights; another's follow the claims. Raises NotProved."""
    login = login_of(claims, trust_mail=services.options.oidc_trust_mail)
    if login is None:
        raise NotProved("the issuer vouches for no mail address of yours")
    known = services.users.get(login)
    if known is not None and known.disabled:
        raise NotProved("there is no account for you here")
    rule = rule_for(services.options.oidc_rules, claims)
    if known is not None and (rule is None or known.created_by not in (ISSUER, login.name)):
        if rule is None and known.created_by == ISSUER:
            return _with(services, known, login, may_write=True)
        return known
    if rule is None:
        found = find_account(services, login)
        if found is None:
            raise NotProved("there is no account for you here")
        return found
    scope = rule.scope or login
    if known is not None:
        return _with(services, known, scope, may_write=rule.may_write)
    fresh = User(
        login=login,
        scope=scope,
        mail=mail_of(login, ""),
        may_write=rule.may_write,
        created_ms=services.clock.now_ms(),
        created_by=ISSUER,
    )
    try:
        services.users.add(fresh)
    except Conflict:
        raise NotProved("somebody else signed in with this account at the same time: start again") from None
    return fresh


def _with(services: Services, known: User, scope: Scope, *, may_write: bool) -> User:
    if (known.scope, known.may_write, known.created_by) == (scope, may_write, ISSUER):
        return known
    try:
        return services.users.change(replace(known, scope=scope, may_write=may_write, created_by=ISSUER))
    except ConcurrentChange:
        raise NotProved("the account was changed at the same time: start again") from None


def _provider(services: Services) -> IdentityProvider:
    if services.identity_provider is None or not services.options.panel_url:
        raise InvalidInput("this installation has no issuer to sign in at")
    return services.identity_provider


def _redirect(services: Services) -> str:
    """Where the issuer sends the browser back: the panel's first page, which posts what stands in its query."""
    return f"{services.options.panel_url}/"


def _derived(services: Services, name: str, browser: str) -> str:
    key = services.secrets.signing_key()
    made = hmac.new(key, f"pratique oidc {name}\n{browser}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _name(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
