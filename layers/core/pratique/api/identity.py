"""Who calls: from a bearer token to an actor (authorizer), and from the authorizer's context to the same actor (api)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import scope_from_key
from pratique.domain.token import split_token
from pratique.ports.services import Services
from pratique.usecases.authorize_token import authorize_token

from .errors import Unauthenticated

MAX_TOKEN = 200
"""Characters of an Authorization header worth looking at; ours have 81."""
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

    `services` is called only for a token that has the right form. May raise what the ports raise: the function turns it into a no.
    """
    token = bearer(event)
    if token is None:
        return dict(NOBODY)
    actor = authorize_token(services(), token, Channel.API)
    if actor is None:
        return dict(NOBODY)
    parts = split_token(token)
    context = {
        "actor": actor.name,
        "scope": actor.scope.key,
        "may_write": "yes" if actor.may_write else "no",
        "token": parts[0] if parts else "",
    }
    return {"isAuthorized": True, "context": context}


def actor_of(context: Mapping[str, Any]) -> Actor:
    """The actor in `requestContext.authorizer.lambda`. Raises Unauthenticated where there is none: never from a header."""
    name, scope = context.get("actor"), context.get("scope")
    if not isinstance(name, str) or not name or not isinstance(scope, str):
        raise Unauthenticated("send a token: Authorization: Bearer prq_...")
    try:
        where = scope_from_key(scope)
    except InvalidInput:
        raise Unauthenticated("send a token: Authorization: Bearer prq_...") from None
    return Actor(name=name, scope=where, channel=Channel.API, may_write=context.get("may_write") == "yes")
