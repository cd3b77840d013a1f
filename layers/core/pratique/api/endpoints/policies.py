"""What a scope chose."""

from __future__ import annotations

from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.usecases.change_policy import get_policy, put_policy

from .. import asked, given_settings, views
from ..endpoint import Call


def get(call: Call) -> given_settings.PolicyView:
    """A scope's own choices, and what holds."""
    scope = parse_scope(call.path["scope"])
    own, effective = get_policy(call.services, call.actor, scope)
    return views.policy(scope, own, effective)


def put(call: Call) -> given_settings.PolicyView:
    """Replace all of a scope's choices."""
    body: asked.PolicyRequest = call.body
    scope = parse_scope(call.path["scope"])
    policy = Policy(**{name: getattr(body, name) for name in asked.PolicyRequest.__struct_fields__})
    return views.policy(scope, policy, put_policy(call.services, call.actor, scope, policy))
