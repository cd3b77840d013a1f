"""Who calls: from a bearer token or a session's cookie to an actor (authorizer), and from the authorizer's context to the same (api)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from pratique.domain.actor import Actor, Channel, Standing
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import scope_from_key
from pratique.domain.session import split_session
from pratique.domain.token import split_token
from pratique.ports.services import Services
from pratique.usecases.authorize_session import authorize_session
from pratique.usecases.authorize_token import authorize_token

from .cookies import has_cookie, session_cookie
from .errors import Unauthenticated
from .request import read_cookies

MAX_TOKEN = 200
"""Characters of an Authorization header worth looking at; ours have 81."""
SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""
NOBODY: dict[str, Any] = {"isAuthorized": False}
"""The authorizer's no (simple response, payload format 2.0)."""


def bearer(event: object) -> str | None:
    """The token in an authorizer's event, None for anything odd. Several Authorization headers arrive joined and match nothing."""
    headers = event.get("headers") if isinstance(event, Mapping) else None
    if not isinstance(headers, Mapping):
        return None
    found = [v for k, v in headers.items() if isinstance(k, str) and k.lower() == "authorization"]
    if len(found) != 1 or not isinstance(found[0], str) or len(found[0]) > MAX_TOKEN:
        return None
    scheme, _, token = found[0].strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and split_token(token) else None


def authorize(event: object, services: Callable[[], Services]) -> dict[str, Any]:
    """Answer an authorizer's event (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).

    With an Authorization header only that counts; without one, a session's cookie. `services` is called only for what has the right
    form. May raise what the ports raise: the function turns it into a no.
    """
    if _header(event, "authorization"):
        token = bearer(event)
        return dict(NOBODY) if token is None else _by_token(token, services)
    return _by_session(event, services)


def _by_token(token: str, services: Callable[[], Services]) -> dict[str, Any]:
    actor = authorize_token(services(), token, Channel.API)
    if actor is None:
        return dict(NOBODY)
    parts = split_token(token)
    context = {
        "actor": actor.name,
        "scope": actor.scope.key,
        "may_write": "yes" if actor.may_write else "no",
        "token": parts[0] if parts else "",
        "standing": actor.standing.value,
    }
    return {"isAuthorized": True, "context": context}


def _by_session(event: object, services: Callable[[], Services]) -> dict[str, Any]:
    """A cookie comes with whatever the browser sends, so a change must also carry the session's CSRF word, which only our own page can
    have read (docs/security.md); and nothing of another site's page is answered at all.
    """
    if not isinstance(event, Mapping) or not has_cookie(read_cookies(event)):
        return dict(NOBODY)
    text = session_cookie(read_cookies(event), services().options.panel_url)
    if text is None or split_session(text) is None or _header(event, "sec-fetch-site") == ["cross-site"]:
        return dict(NOBODY)
    scopes = _header(event, "x-pratique-scope")
    if len(scopes) > 1:
        return dict(NOBODY)
    found = authorize_session(services(), text, scopes[0] if scopes else None)
    if found is None or (_method(event) not in SAFE and not _same_word(event, found.csrf)):
        return dict(NOBODY)
    actor = found.actor
    context = {
        "actor": actor.name,
        "scope": actor.scope.key,
        "may_write": "yes" if actor.may_write else "no",
        "session": actor.session,
        "login": actor.login.key if actor.login else "",
        "csrf": found.csrf,
        "stale": "yes" if found.stale else "no",
        "unfinished": "yes" if found.unfinished else "no",
        "standing": actor.standing.value,
        "reason": actor.reason,
    }
    return {"isAuthorized": True, "context": context}


def _same_word(event: object, csrf: str) -> bool:
    words = _header(event, "x-pratique-csrf")
    return len(words) == 1 and hmac.compare_digest(words[0].encode(), csrf.encode())


def _header(event: object, name: str) -> list[str]:
    """The values of a header, as many as there are."""
    headers = event.get("headers") if isinstance(event, Mapping) else None
    if not isinstance(headers, Mapping):
        return []
    return [str(v) for k, v in headers.items() if isinstance(k, str) and k.lower() == name and v is not None]


def _method(event: object) -> str:
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    http = context.get("http") if isinstance(context, Mapping) else None
    method = http.get("method") if isinstance(http, Mapping) else None
    return method.upper() if isinstance(method, str) else "?"


def actor_of(context: Mapping[str, Any]) -> Actor:
    """The actor in `requestContext.authorizer.lambda`. Raises Unauthenticated where there is none: never from a header."""
    name, scope, session = context.get("actor"), context.get("scope"), context.get("session")
    if not isinstance(name, str) or not name or not isinstance(scope, str):
        raise Unauthenticated("sign in, or send a token: Authorization: Bearer prq_...")
    login, reason = context.get("login"), context.get("reason")
    try:
        where = scope_from_key(scope)
        who = scope_from_key(login) if isinstance(login, str) and login else None
    except InvalidInput:
        raise Unauthenticated("sign in, or send a token: Authorization: Bearer prq_...") from None
    return Actor(
        name=name,
        scope=where,
        channel=Channel.API if who is None else Channel.PANEL,
        may_write=context.get("may_write") == "yes",
        login=who,
        session=session if isinstance(session, str) else "",
        standing=_standing(context.get("standing")),
        reason=reason if isinstance(reason, str) else "",
    )


def _standing(word: object) -> Standing:
    """What the authorizer said; where it said nothing that is known, the one that opens least."""
    return Standing(word) if isinstance(word, str) and word in set(Standing) else Standing.INSIDE
