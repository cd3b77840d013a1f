"""The part of the table about policies. Longer paths come first: a scope may hold a slash."""

from __future__ import annotations

from pratique.domain.errors import Outdated

from . import asked, given_settings
from . import examples_policies as example
from .endpoint import Endpoint
from .endpoints import policies

_MATCH = 'With `If-Match: "<version>"` it is refused (412) where another version holds by now. '

POLICIES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/policies/{scope}/versions",
        "listPolicyVersions",
        "Who changed a scope's choices, and how",
        policies.versions,
        answer=given_settings.PolicyVersionList,
        description="The latest first; the hundred latest are kept.",
        example_answer={"scope": "example.org", "versions": [example.VERSION]},
    ),
    Endpoint(
        "POST",
        "/v1/policies/{scope}/versions/{version}/restore",
        "restorePolicy",
        "Put a version of a scope's choices back",
        policies.restore,
        answer=given_settings.PolicyView,
        errors=(Outdated,),
        description="Makes a new version with the same choices; 0 is how it was before anybody chose. "
        + _MATCH
        + "Repeating the call is harmless: the same choices again make no version.",
        example_answer=example.POLICY,
    ),
    Endpoint(
        "GET",
        "/v1/policies/{scope}",
        "getPolicy",
        "What a scope chose, what holds, and where from",
        policies.get,
        answer=given_settings.PolicyView,
        example_answer=example.POLICY,
    ),
    Endpoint(
        "PUT",
        "/v1/policies/{scope}",
        "putPolicy",
        "Replace a scope's choices",
        policies.put,
        answer=given_settings.PolicyView,
        body=asked.PolicyRequest,
        errors=(Outdated,),
        description="Makes a new version. " + _MATCH,
        example_body={"quarantine": True, "spam_at": 0.95, "retention_days": None},
        example_answer=example.POLICY,
    ),
)
