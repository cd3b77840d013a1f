"""The rows of a scope's policy and of what was learnt for it."""

from __future__ import annotations

import json

from pratique.domain.policy import Policy, policy_from
from pratique.domain.scope import Scope

from .table import Key, Row, words


def policy_key(scope: Scope) -> Key:
    """What a scope chose."""
    return f"P#{scope.key}", "POLICY"


def model_key(scope: Scope) -> Key:
    """Its current model, its calibration, and which kinds of networks its lists have."""
    return f"P#{scope.key}", "MODEL"


def policy_of(row: Row) -> Policy:
    """What a row says."""
    return policy_from(json.loads(words(row, "chosen")))
