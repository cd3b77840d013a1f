"""All settings of one scope together, as they are exported and imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .alias import Alias, AliasDomain
from .listentry import ListEntry
from .policy import Policy
from .route import Route

MOST = 5_000
"""Entries, and aliases, of one file."""


@dataclass(frozen=True, slots=True)
class ScopeSettings:
    """None: this part is not told, and stays as it is. `no_route` says that there is to be none. Of the policy, `told` names the choices that
    are told; None: all of them.
    """

    policy: Policy | None = None
    told: frozenset[str] | None = None
    entries: tuple[ListEntry, ...] | None = None
    route: Route | None = None
    no_route: bool = False
    domain: AliasDomain | None = None
    aliases: tuple[Alias, ...] | None = None


class SettingChange(NamedTuple):
    """One difference: in which part, of what, and how it is before and after ('' for not there)."""

    part: str
    name: str
    before: str
    after: str
