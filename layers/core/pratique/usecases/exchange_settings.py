"""All settings of a scope out and in: its policy, its lists, and of a domain its route and its aliases.

Everything that can be checked without writing is checked before the first write. What is written then is written in an order in which a failure
half-way is harmless, and the same import again does what is left: aliases first (only they can still be refused), the policy on the
condition that nobody changed it meanwhile, the route, the entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.alias import Alias, AliasDomain
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import Direction, ListEntry
from pratique.domain.policy import Policy
from pratique.domain.route import Route
from pratique.domain.scope import Level, Scope
from pratique.domain.settings_file import MOST, ScopeSettings, SettingChange
from pratique.ports.services import Services
from pratique.usecases import compare_settings as compare
from pratique.usecases.acting import acting_on_many, note_deed
from pratique.usecases.change_aliases import delete_alias, put_alias, put_domain
from pratique.usecases.change_lists import EntryChange, entry_deed, list_entries
from pratique.usecases.change_policy import check_change, put_policy
from pratique.usecases.change_routes import check_route_of, delete_route, put_route
from pratique.usecases.find_route import ANY_DOMAIN
from pratique.usecases.may_let_go import must_list
from pratique.usecases.owners import check_owner
from pratique.usecases.record_change import record_change

PAGE = 500


def export_settings(services: Services, actor: Actor, scope: Scope) -> ScopeSettings:
    """All that the scope itself chose, in a fixed order. Raises NotFound, InvalidInput (more than MOST entries or aliases: lists go out as CSV)."""
    actor.must_see(scope)
    known = services.directory.policy_version(scope)
    entries = tuple(_entries(services, actor, scope))
    route = _route(services, scope)
    domain, aliases = None, None
    if scope.level is Level.DOMAIN:
        domain = services.aliases.get_domain(scope.name) or AliasDomain(scope.name)
        aliases = tuple(_aliases(services, scope.name))
    return ScopeSettings(
        policy=Policy() if known is None else known.policy,
        entries=entries,
        route=route,
        no_route=route is None and scope.level is not Level.RECIPIENT,
        domain=domain,
        aliases=aliases,
    )


def import_settings(
    services: Services, actor: Actor, scope: Scope, wanted: ScopeSettings, *, dry_run: bool = False
) -> list[SettingChange]:
    """Make the scope's settings what `wanted` tells; returns what that changes, which is nothing for what export_settings gave. With
    `dry_run` nothing is written.

    Raises NotFound, Forbidden, InvalidInput, Conflict (an address that others belong to), Outdated (somebody changed the policy meanwhile).
    """
    actor.must_change(scope)
    check_owner(services, scope)
    if scope.level is Level.RECIPIENT and (
        wanted.route or wanted.no_route or wanted.domain or wanted.aliases
    ):
        raise InvalidInput("a recipient has no route and no aliases")
    if scope.level is Level.GLOBAL and (wanted.domain or wanted.aliases):
        raise InvalidInput("aliases belong to a domain")
    known = services.directory.policy_version(scope)
    version = 0 if known is None else known.version
    before = export_settings(services, actor, scope)
    if wanted.policy is not None:
        wanted = replace(wanted, policy=_merged(actor, before.policy or Policy(), wanted))
    if wanted.route is not None:
        check_route_of(services, actor, wanted.route)
    if wanted.route is not None or wanted.no_route or wanted.domain or wanted.aliases is not None:
        actor.must_administer(scope)
    must_list(services, actor, _entries_to_put(before, wanted))
    changes = list(compare.changes(before, wanted))
    if dry_run or not changes:
        return changes
    said = f"{len(changes)} changes"
    with acting_on_many(services, actor, scope, "settings.import", said, parts=len(changes)) as running:
        _write_aliases(services, running, before, wanted)
        if wanted.policy is not None:
            put_policy(services, running, scope, wanted.policy, expected=version, note="imported")
        _write_route(services, running, scope, before, wanted)
        _write_entries(services, running, scope, before, wanted)
        record_change(services, running, scope, "settings.import", said)
    return changes


def _merged(actor: Actor, before: Policy, wanted: ScopeSettings) -> Policy:
    """The choices that are told, and as they are those that are not."""
    policy = wanted.policy or Policy()
    if wanted.told is not None:
        policy = replace(before, **{name: getattr(policy, name) for name in wanted.told})
    return check_change(actor, before, policy)


def _entries(services: Services, actor: Actor, scope: Scope) -> Iterator[ListEntry]:
    page = list_entries(services, actor, scope, limit=MOST + 1)
    if len(page.entries) > MOST or page.cursor is not None:
        raise InvalidInput(f"more than {MOST} entries: export the lists as CSV")
    yield from sorted(page.entries, key=lambda entry: (entry.direction, entry.pattern))


def _aliases(services: Services, domain: str) -> Iterator[Alias]:
    cursor: str | None = None
    count = 0
    while True:
        page = services.aliases.list_aliases(domain, limit=PAGE, cursor=cursor)
        count += len(page.aliases)
        if count > MOST:
            raise InvalidInput(f"more than {MOST} aliases")
        yield from page.aliases
        cursor = page.cursor
        if cursor is None:
            return


def _route(services: Services, scope: Scope) -> Route | None:
    if scope.level is Level.RECIPIENT:
        return None
    return services.directory.get_route(ANY_DOMAIN if scope.level is Level.GLOBAL else scope.name)


def _write_aliases(services: Services, actor: Actor, before: ScopeSettings, wanted: ScopeSettings) -> None:
    if wanted.aliases is not None:
        known = {alias.address: alias for alias in before.aliases or ()}
        told = {alias.address for alias in wanted.aliases}
        gone = compare.aliases_to_go(before, wanted)
        for alias in gone:
            if not alias.is_mailbox:
                delete_alias(services, actor, alias.address)
        for alias in wanted.aliases:
            if alias.address not in known or known[alias.address].owner != alias.owner:
                put_alias(services, actor, alias.address, alias.owner)
        for alias in gone:
            if alias.is_mailbox and alias.address not in told:
                delete_alias(services, actor, alias.address)
    if wanted.domain is not None and wanted.domain != before.domain:
        put_domain(services, actor, wanted.domain)


def _write_route(
    services: Services, actor: Actor, scope: Scope, before: ScopeSettings, wanted: ScopeSettings
) -> None:
    if wanted.route is not None and wanted.route != before.route:
        put_route(services, actor, wanted.route)
    elif wanted.no_route and before.route is not None:
        delete_route(services, actor, ANY_DOMAIN if scope.level is Level.GLOBAL else scope.name)


def _write_entries(
    services: Services, actor: Actor, scope: Scope, before: ScopeSettings, wanted: ScopeSettings
) -> None:
    if wanted.entries is None:
        return
    told = {(entry.direction, entry.pattern) for entry in wanted.entries}
    known = {(entry.direction, entry.pattern): entry for entry in before.entries or ()}
    put = _entries_to_put(before, wanted)
    services.directory.put_entries(put)
    for entry in put:
        old = known.get((entry.direction, entry.pattern))
        note_deed(actor, entry_deed(EntryChange(scope, entry.pattern, entry.direction, entry, old)))
    for (direction, pattern), entry in known.items():
        if (direction, pattern) not in told:
            services.directory.delete_entry(scope, pattern, Direction(direction))
            note_deed(actor, entry_deed(EntryChange(scope, pattern, direction, None, entry)))


def _entries_to_put(before: ScopeSettings, wanted: ScopeSettings) -> list[ListEntry]:
    """Those that are new, or other than they were."""
    known = {(entry.direction, entry.pattern): entry for entry in before.entries or ()}
    return [
        entry
        for entry in wanted.entries or ()
        if not compare.same_entry(entry, known.get((entry.direction, entry.pattern)))
    ]
