"""API tokens."""

from __future__ import annotations

from pratique.domain.scope import parse_scope
from pratique.usecases.change_tokens import create_token, list_tokens, revoke_token

from .. import asked, given_settings, views
from ..endpoint import Call


def list_(call: Call) -> given_settings.TokenList:
    """The tokens of one scope, without secrets."""
    query: asked.ScopeQuery = call.query
    scope = call.actor.scope if query.scope is None else parse_scope(query.scope)
    return given_settings.TokenList(
        tokens=[views.token(t) for t in list_tokens(call.services, call.actor, scope)]
    )


def create(call: Call) -> given_settings.NewToken:
    """A new token. A repeat with the same Idempotency-Key gives the same token, with another body it is a Conflict."""
    body: asked.TokenRequest = call.body
    token, text = create_token(
        call.services,
        call.actor,
        name=body.name,
        scope=call.actor.scope if body.scope is None else parse_scope(body.scope),
        may_write=body.may_write,
        days=body.days,
        request=call.key,
    )
    return given_settings.NewToken(token=views.token(token), text=text)


def revoke(call: Call) -> None:
    """End a token now."""
    revoke_token(call.services, call.actor, call.path["id"])
