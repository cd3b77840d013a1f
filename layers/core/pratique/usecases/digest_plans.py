"""What a scope chose about digests, and whom its digests go to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pratique.domain.address import Address, parse_address
from pratique.domain.digest import LANGUAGES, Plan, plan_of
from pratique.domain.policy import resolve
from pratique.domain.scope import GLOBAL, Level, Scope, domain_scope, scope_chain
from pratique.ports.directory import View
from pratique.ports.services import Services


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scope's plan, and the mailboxes its digests go to; none where there are to be none."""

    plan: Plan
    to: tuple[Address, ...]


MOST_SOURCES = 10
"""Domains looked at whose addresses a mailbox may get."""


def plan_for(services: Services, scope: Scope) -> Schedule:
    """The schedule of a domain or a mailbox. A mailbox that takes whatever comes for a domain gets none unless that was chosen: it would be
    told of a crowd of addresses that nobody ever had.
    """
    schedule = _plan_for(services, scope)
    if schedule.to and scope.level is Level.RECIPIENT and not schedule.plan.catch_all:
        owner = parse_address(scope.name)
        sources = sorted(each for each in services.aliases.sources(owner.domain) if "@" not in each)
        for domain in (owner.domain, *sources[:MOST_SOURCES]):
            chosen = services.aliases.get_domain(domain)
            if chosen is not None and chosen.catch_all == owner:
                return Schedule(schedule.plan, ())
    return schedule


def _plan_for(services: Services, scope: Scope) -> Schedule:
    """A mailbox whose policy names no language of its own has that of its account, if there is one."""
    address = parse_address(scope.name if scope.level is Level.RECIPIENT else f"postmaster@{scope.name}")
    view = services.directory.look_up([address], [])
    schedule = plan_in(view, scope)
    own = view.policies.get(scope)
    if scope.level is Level.RECIPIENT and (own is None or own.digest_language is None):
        user = services.users.get(scope)
        spoken = user.language[:2] if user is not None else ""
        if spoken in LANGUAGES:
            return replace(schedule, plan=replace(schedule.plan, language=spoken))
    return schedule


def plan_in(view: View, scope: Scope) -> Schedule:
    """The same, from a look-up that was made already."""
    if scope.level is Level.DOMAIN:
        chain: tuple[Scope, ...] = (domain_scope(scope.name), GLOBAL)
    else:
        chain = scope_chain(parse_address(scope.name))
    plan = plan_of(resolve(view.policies.get(each) for each in chain))
    if scope.level is Level.DOMAIN:
        return Schedule(plan, plan.admins)
    return Schedule(plan, (plan.to or parse_address(scope.name),) if plan.on else ())
