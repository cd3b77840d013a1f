"""How mail adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput
from pratique.domain.scope import Level, Scope
from pratique.domain.tally import Tally, total
from pratique.ports.services import Services


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was ever counted in a scope, and its latest days, the newest first."""

    scope: Scope
    total: Tally
    days: Mapping[str, Tally]


def read_counts(services: Services, actor: Actor, scope: Scope, *, days: int) -> Counts:
    """The counts of a domain or of everything: one row a day is read. Raises NotFound, InvalidInput (an address has none)."""
    actor.must_see(scope)
    if scope.level is Level.RECIPIENT:
        raise InvalidInput("mail is counted for domains, and for everything")
    found = services.ledger.tallies(scope)
    return Counts(scope, total(found.values()), dict(list(found.items())[:days]))
