"""Verify: whether the audit's chains hold, and whether the counts add up and agree with what is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pratique.domain.actor import Actor
from pratique.domain.audit_chain import Link, faults
from pratique.domain.errors import InvalidInput
from pratique.domain.lifecycle import LIVE, State
from pratique.domain.scope import Level, Scope, scope_from_key
from pratique.domain.tally import total
from pratique.ports.services import Services

PAGE = 500
"""Entries of a chain that one step checks."""
_PLACE = re.compile(r"(\d{1,15}) (.+)")
"""Where a walk goes on: behind this entry of this scope's chain."""
LISTED = (State.HELD, State.FAILED, *sorted(LIVE))
"""States whose copies are few enough to be counted one by one."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What one step checked, what is wrong, and where the next goes on (None: that was all)."""

    entries: int
    scopes: int
    faults: tuple[str, ...]
    place: str | None


def verify_ledger(
    services: Services, actor: Actor, scope: Scope | None = None, *, place: str | None = None
) -> Verified:
    """Check one step of a scope, or of every scope that the actor may see; go on with `place` until there is none. Reads only.

    Raises NotFound, InvalidInput (a place that is none).
    """
    if scope is not None:
        actor.must_see(scope)
    after, key = _read(place)
    current = scope_from_key(key) if key else scope or _next(services, actor, "")
    if current is None:
        return Verified(0, 0, (), None)
    actor.must_see(current)
    links, before = _step(services, current, after)
    now_ms = services.clock.now_ms()
    found = faults(links, keys=services.secrets.signing_keys(), now_ms=now_ms, before=before)
    told = [f"{current}: {fault}" for fault in found]
    if len(links) == PAGE:
        return Verified(len(links), 0, tuple(told), f"{links[-1].seq} {current.key}")
    told += [f"{current}: {fault}" for fault in _counts(services, current)]
    following = None if scope is not None else _next(services, actor, current.key)
    return Verified(len(links), 1, tuple(told), None if following is None else f"0 {following.key}")


def _read(place: str | None) -> tuple[int, str]:
    if place is None:
        return 0, ""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise InvalidInput("not a cursor")
    return int(found[1]), found[2]


def _step(services: Services, scope: Scope, after: int) -> tuple[Sequence[Link], Link | None]:
    """The next entries of a chain, and the one before them."""
    before = services.audit.links(scope, after=after - 1, limit=1) if after else ()
    return services.audit.links(scope, after=after, limit=PAGE), before[0] if before else None


def _next(services: Services, actor: Actor, after: str) -> Scope | None:
    """The next scope with a chain that the actor may see."""
    while True:
        found = services.audit.scopes(limit=PAGE, after=after)
        visible = next((scope for scope in found if actor.scope.covers(scope)), None)
        if visible is not None or len(found) < PAGE:
            return visible
        after = found[-1].key


def _counts(services: Services, scope: Scope) -> list[str]:
    """Days that do not add up; states whose count is not what the lists hold. What moved in between is counted once more."""
    if scope.level is Level.RECIPIENT or scope.sends:
        return []
    found = services.ledger.tallies(scope)
    wrong = [f"the counts of {day} do not add up" for day, tally in found.items() if not tally.adds_up]
    for state in LISTED:
        counted, listed = _both(services, scope, state)
        if counted != listed:
            counted, listed = _both(services, scope, state)
        if counted != listed:
            wrong.append(f"{counted} copies are counted as {state.value}, {listed} are there")
    return wrong


def _both(services: Services, scope: Scope, state: State) -> tuple[int, int]:
    listed = services.index.count_copies(scope, state)
    return total(services.ledger.tallies(scope).values()).states[state], listed
