"""What a scope chose, and its versions."""

from __future__ import annotations

from pratique.domain.errors import NotFound
from pratique.domain.policy import Policy, policy_from
from pratique.domain.scope import parse_scope
from pratique.usecases.change_policy import list_policy_versions, put_policy, read_policy, restore_policy

from .. import asked, given_settings, views_policies
from ..endpoint import Call

_LONGEST = 12
"""Digits of a version."""


def get(call: Call) -> given_settings.PolicyView:
    """A scope's own choices, and what holds."""
    scope = parse_scope(call.path["scope"])
    return views_policies.state(scope, read_policy(call.services, call.actor, scope))


def put(call: Call) -> given_settings.PolicyView:
    """Replace all of a scope's choices."""
    scope = parse_scope(call.path["scope"])
    made = put_policy(call.services, call.actor, scope, policy_asked(call.body), expected=call.match)
    return views_policies.state(scope, made)


def versions(call: Call) -> given_settings.PolicyVersionList:
    """The versions that are kept."""
    scope = parse_scope(call.path["scope"])
    return views_policies.versions(scope, list_policy_versions(call.services, call.actor, scope))


def restore(call: Call) -> given_settings.PolicyView:
    """Put a version back."""
    scope = parse_scope(call.path["scope"])
    text = call.path["version"]
    if not text.isdecimal() or not text.isascii() or len(text) > _LONGEST:
        raise NotFound("no such version")
    found = restore_policy(call.services, call.actor, scope, int(text), expected=call.match)
    return views_policies.state(scope, found)


def policy_asked(body: asked.PolicyRequest) -> Policy:
    """The choices that a request makes."""
    return policy_from({name: getattr(body, name) for name in asked.PolicyRequest.__struct_fields__})
