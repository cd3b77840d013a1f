"""Undo of changed settings: list entries, policies, routes, aliases."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.address import Address, parse_address
from pratique.domain.alias import Alias, AliasDomain
from pratique.domain.errors import Conflict
from pratique.domain.listentry import Direction, pack_entry, unpack_entry
from pratique.domain.route import Route, RouteKind, Tls
from pratique.domain.scope import Scope, domain_scope, scope_from_key
from pratique.ports.services import Services
from pratique.usecases.change_lists import EntryChange, restore_entry

_USE = ("used_ms", "used_days")
"""An entry that was used is the same entry."""


def undo_entry(services: Services, actor: Actor, deed: Deed) -> None:
    """The list as it was, if the entry is still as the action left it. Raises NotFound, Forbidden, Conflict, InvalidInput."""
    scope = scope_from_key(deed.scope)
    actor.must_change(scope)
    direction = Direction((deed.after or deed.before or {}).get("direction", Direction.INCOMING))
    now = services.directory.get_entry(scope, deed.target, direction)
    packed = None if now is None else pack_entry(now)
    current, was, left = _plain(packed), _plain(deed.before), _plain(deed.after)
    if _is_to_turn(current, was, left, f"the entry {deed.target}"):
        before = unpack_entry(deed.before) if deed.before else None
        restore_entry(services, actor, EntryChange(scope, deed.target, direction, now, before))


def _is_to_turn(now: object, before: object, after: object, what: str) -> bool:
    """Whether something is still as the action left it; False where it is as it was before already. Raises Conflict where it is neither."""
    if now not in (before, after):
        raise Conflict(f"{what} was changed since")
    return now != before


def _plain(packed: dict[str, Any] | None) -> dict[str, Any] | None:
    return packed and {name: value for name, value in packed.items() if name not in _USE}


def policy_deed(scope: Scope, before: int, after: int) -> Deed:
    """The deed of a changed policy: from one version to another."""
    return Deed(DeedKind.POLICY, str(scope), scope.key, before, after)


def undo_policy(services: Services, actor: Actor, deed: Deed) -> None:
    """The choices as they were before, as a new version, if the one that the action made still holds.

    Raises NotFound, Forbidden, Conflict (another version holds).
    """
    from pratique.usecases.change_policy import restore_policy  # noqa: PLC0415 - which notes deeds itself

    restore_policy(services, actor, scope_from_key(deed.scope), int(deed.before), expected=int(deed.after))


def route_deed(scope: Scope, name: str, before: Route | None, after: Route | None) -> Deed:
    """The deed of a changed route."""
    return Deed(DeedKind.ROUTE, name, scope.key, _packed_route(before), _packed_route(after))


def undo_route(services: Services, actor: Actor, deed: Deed) -> None:
    """The next hop as it was before, if it is still as the action left it. Raises NotFound, Forbidden, Conflict, InvalidInput."""
    from pratique.usecases.change_routes import delete_route, put_route  # noqa: PLC0415 - which notes deeds itself

    actor.must_administer(scope_from_key(deed.scope))
    now = _packed_route(services.directory.get_route(deed.target))
    if not _is_to_turn(now, deed.before, deed.after, f"the route {deed.target}"):
        return
    if deed.before is None:
        delete_route(services, actor, deed.target)
        return
    packed = deed.before
    put_route(
        services, actor, Route(**packed | {"kind": RouteKind(packed["kind"]), "tls": Tls(packed["tls"])})
    )


def alias_deed(address: Address, before: Alias | None, after: Alias | None) -> Deed:
    """The deed of an address that belongs to somebody else now."""
    owners = (None if each is None else str(each.owner) for each in (before, after))
    return Deed(DeedKind.ALIAS, str(address), domain_scope(address.domain).key, *owners)


def undo_alias(services: Services, actor: Actor, deed: Deed) -> None:
    """Whom the address belonged to before, if that is still as the action left it. Raises NotFound, Forbidden, Conflict, InvalidInput,
    ConcurrentChange.
    """
    from pratique.usecases.change_aliases import delete_alias, put_alias  # noqa: PLC0415 - as above

    address = parse_address(deed.target)
    actor.must_administer(domain_scope(address.domain))
    known = services.aliases.get(address)
    now = None if known is None else str(known.owner)
    if not _is_to_turn(now, deed.before, deed.after, f"whom {address} belongs to"):
        return
    if deed.before is None:
        delete_alias(services, actor, address)
    else:
        put_alias(services, actor, address, parse_address(deed.before))


def alias_domain_deed(domain: str, before: AliasDomain | None, after: AliasDomain) -> Deed:
    """The deed of what a domain chose about whose its addresses are."""
    fields = (None if each is None else _packed_domain(each) for each in (before, after))
    return Deed(DeedKind.ALIAS_DOMAIN, domain, domain_scope(domain).key, *fields)


def undo_alias_domain(services: Services, actor: Actor, deed: Deed) -> None:
    """What the domain chose before, if it is still as the action left it. Raises NotFound, Forbidden, Conflict, InvalidInput."""
    from pratique.usecases.change_aliases import put_domain  # noqa: PLC0415 - as above

    actor.must_administer(domain_scope(deed.target))
    usual = _packed_domain(AliasDomain(deed.target))
    chosen = services.aliases.get_domain(deed.target)
    now, before = usual if chosen is None else _packed_domain(chosen), deed.before or usual
    if not _is_to_turn(now, before, deed.after, f"what {deed.target} chose"):
        return
    catch_all = parse_address(before["catch_all"]) if before["catch_all"] else None
    put_domain(services, actor, AliasDomain(deed.target, before["separators"], before["same_as"], catch_all))


def _packed_route(route: Route | None) -> dict[str, Any] | None:
    return None if route is None else asdict(route)


def _packed_domain(chosen: AliasDomain) -> dict[str, str]:
    catch_all = str(chosen.catch_all) if chosen.catch_all else ""
    return {"separators": chosen.separators, "same_as": chosen.same_as, "catch_all": catch_all}
