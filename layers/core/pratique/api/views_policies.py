"""Policies as they go over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pratique.domain.policy import EffectivePolicy, Policy
from pratique.domain.policy_history import PolicyVersion
from pratique.domain.scope import Scope
from pratique.usecases.change_policy import PolicyState, changed_fields

from . import given_settings as given
from .given import Given
from .views import moment

BUILT_IN = "built-in"
"""The source of a choice that no scope made."""


def state(scope: Scope, found: PolicyState) -> given.PolicyView:
    """A scope's own choices, what holds, and where it comes from."""
    sources = {name: str(found.sources.get(name, BUILT_IN)) for name in given.InForce.__struct_fields__}
    return given.PolicyView(
        scope=str(scope),
        version=found.version,
        changed_at=moment(found.by.at_ms / 1000) if found.by.at_ms else None,
        changed_by=found.by.author,
        own=chosen(found.own),
        effective=given.InForce(**_values(found.effective, given.InForce)),
        sources=sources,
    )


def chosen(policy: Policy) -> given.Chosen:
    """A scope's own choices."""
    return given.Chosen(**_values(policy, given.Chosen))


def versions(scope: Scope, found: Sequence[PolicyVersion]) -> given.PolicyVersionList:
    """The latest first; what the oldest that is kept changed is told against nothing only where it is the first."""
    before = [each.policy for each in found[1:]]
    if found:
        before.append(Policy() if found[-1].version == 1 else found[-1].policy)
    return given.PolicyVersionList(
        scope=str(scope), versions=[_version(each, old) for each, old in zip(found, before, strict=True)]
    )


def _version(found: PolicyVersion, before: Policy) -> given.PolicyVersionView:
    return given.PolicyVersionView(
        version=found.version,
        at=moment(found.by.at_ms / 1000) if found.by.at_ms else None,
        by=found.by.author,
        channel=found.by.channel,
        note=found.by.note,
        changed=changed_fields(before, found.policy),
        own=chosen(found.policy),
    )


def _values(policy: Policy | EffectivePolicy, kind: type[Given]) -> dict[str, Any]:
    values = {name: getattr(policy, name) for name in kind.__struct_fields__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
