"""Versions of a scope's policy: who made which, when, by which channel. Named tuples: ingest loads this module."""

from __future__ import annotations

from typing import NamedTuple

from .policy import Policy
from .scope import Scope

KEPT_VERSIONS = 100
"""Of one scope; the oldest go first."""
MAX_NOTE = 200
"""Characters of a note."""


class By(NamedTuple):
    """Who makes a change, by which channel, when (Unix ms), and what they say about it."""

    author: str = ""
    channel: str = ""
    at_ms: int = 0
    note: str = ""


class PolicyVersion(NamedTuple):
    """What a scope chose with one change. Versions count from 1; before the first, nothing was chosen."""

    scope: Scope
    version: int
    policy: Policy
    by: By = By()
