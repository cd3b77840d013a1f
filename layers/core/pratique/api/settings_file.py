"""All settings of a scope as they go over the wire, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pratique.domain.address import parse_address
from pratique.domain.alias import USUAL_SEPARATORS, Alias, AliasDomain
from pratique.domain.errors import InvalidInput
from pratique.domain.listentry import Direction, ListEntry, ListKind, Match, check_entry
from pratique.domain.policy import policy_from
from pratique.domain.route import Route
from pratique.domain.scope import GLOBAL, Scope
from pratique.domain.settings_file import MOST, ScopeSettings, SettingChange
from pratique.usecases.find_route import ANY_DOMAIN

from .asked import Asked, PolicyRequest, RouteRequest, ScopeText
from .given import Given
from .lists import AddressText, IdleDays, Pattern, Sides, Way
from .views import moment
from .views_policies import chosen

AT = " - at `$.{place}`"
"""How msgspec names a place, and so do we."""


class EntrySetting(Asked, frozen=True):
    """A list entry."""

    pattern: Pattern
    kind: ListKind
    direction: Way = Direction.INCOMING
    match: Sides = Match.BOTH
    needs_dmarc: bool = True
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    idle_days: IdleDays = 0
    reason: str = ""


class AliasSettings(Asked, frozen=True):
    """What a domain chose about addresses, and all of its aliases: address -> mailbox."""

    separators: str = USUAL_SEPARATORS
    same_as: str | None = None
    catch_all: AddressText | None = None
    addresses: Annotated[dict[AddressText, AddressText], Meta(max_length=MOST)] = msgspec.field(
        default_factory=dict
    )


class SettingsDocument(Asked, frozen=True, omit_defaults=False):
    """The settings of one scope. A part that is left out stays as it is; one that is there is complete, but for the policy: choices that it does
    not name stay, null means to use what is above. `route` null: there is none.
    """

    format: Literal[1]
    scope: ScopeText
    policy: Annotated[dict[str, Any], Meta(description="As PUT /v1/policies takes it")] | UnsetType = UNSET
    entries: Annotated[list[EntrySetting], Meta(max_length=MOST)] | UnsetType = UNSET
    route: RouteRequest | UnsetType | None = UNSET
    aliases: AliasSettings | UnsetType = UNSET


class SettingsQuery(Asked, frozen=True):
    """How to import."""

    dry_run: Annotated[bool, Meta(description="Only say what it would change")] = False


class ChangeView(Given, frozen=True):
    """One difference; '' where there is nothing."""

    part: str
    name: str
    before: str
    after: str


class SettingsResult(Given, frozen=True):
    """What an import changes, or would."""

    changes: list[ChangeView]
    applied: bool


def document(scope: Scope, found: ScopeSettings) -> SettingsDocument:
    """Settings that go out."""
    entries = [_entry_out(entry) for entry in found.entries or ()]
    route: RouteRequest | UnsetType | None = UNSET
    if found.no_route:
        route = None
    elif found.route is not None:
        names = RouteRequest.__struct_fields__
        route = RouteRequest(**{name: getattr(found.route, name) for name in names})
    aliases: AliasSettings | UnsetType = UNSET
    if found.domain is not None:
        aliases = AliasSettings(
            separators=found.domain.separators,
            same_as=found.domain.same_as or None,
            catch_all=str(found.domain.catch_all) if found.domain.catch_all else None,
            addresses={str(alias.address): str(alias.owner) for alias in found.aliases or ()},
        )
    policy = msgspec.to_builtins(chosen(found.policy)) if found.policy is not None else UNSET
    return SettingsDocument(1, str(scope), policy, entries, route, aliases)


def settings(scope: Scope, told: SettingsDocument, *, now: int) -> ScopeSettings:
    """Settings that come in, each value checked by itself; `now` in Unix seconds. Raises InvalidInput, naming the place."""
    if told.scope != str(scope):
        raise InvalidInput(
            f"these are the settings of {told.scope}, not of {scope}" + AT.format(place="scope")
        )
    policy, names = None, None
    if told.policy is not UNSET:
        body = _at("policy", lambda: msgspec.convert(told.policy, PolicyRequest))
        names = frozenset(told.policy)
        policy = policy_from({name: getattr(body, name) for name in names})
    route = told.route if isinstance(told.route, RouteRequest) else None
    domain, aliases = _aliases_in(scope, told)
    return ScopeSettings(
        policy=policy,
        told=names,
        entries=None if told.entries is UNSET else _entries_in(scope, told.entries, now),
        route=_route_in(scope, route) if route else None,
        no_route=told.route is None,
        domain=domain,
        aliases=aliases,
    )


def result(changes: list[SettingChange], *, applied: bool) -> SettingsResult:
    """What an import did."""
    return SettingsResult([ChangeView(*change) for change in changes], applied and bool(changes))


def _entry_out(entry: ListEntry) -> EntrySetting:
    return EntrySetting(
        pattern=entry.pattern,
        kind=entry.kind,
        direction=entry.direction,
        match=entry.match,
        needs_dmarc=entry.needs_dmarc,
        expires_at=moment(entry.expires_at) if entry.expires_at else None,
        idle_days=entry.idle_days,
        reason=entry.reason,
    )


def _entries_in(scope: Scope, told: list[EntrySetting], now: int) -> tuple[ListEntry, ...]:
    found: dict[tuple[Direction, str], ListEntry] = {}
    for number, each in enumerate(told):
        place = f"entries[{number}]"
        raw = ListEntry(
            scope=scope,
            kind=each.kind,
            pattern=each.pattern,
            needs_dmarc=each.needs_dmarc,
            reason=each.reason,
            created_ms=now * 1000,
            direction=each.direction,
            match=each.match,
            expires_at=max(1, int(each.expires_at.timestamp())) if each.expires_at else 0,
            idle_days=each.idle_days,
        )
        entry: ListEntry = _at(place, partial(check_entry, raw, now=now))
        if found.setdefault((entry.direction, entry.pattern), entry) is not entry:
            raise InvalidInput("this pattern is there twice" + AT.format(place=place))
    return tuple(found.values())


def _route_in(scope: Scope, told: RouteRequest) -> Route:
    values = {name: getattr(told, name) for name in RouteRequest.__struct_fields__}
    return Route(domain=ANY_DOMAIN if scope == GLOBAL else scope.name, **values)


def _aliases_in(scope: Scope, told: SettingsDocument) -> tuple[AliasDomain | None, tuple[Alias, ...] | None]:
    if told.aliases is UNSET:
        return None, None
    asked = told.aliases
    catch_all = None
    if asked.catch_all:
        catch_all = _at("aliases.catch_all", lambda: parse_address(asked.catch_all or ""))
    aliases = []
    for address, owner in asked.addresses.items():
        place = f"aliases.addresses.{address}"
        alias: Alias = _at(place, partial(_alias, address, owner))
        if alias.address.domain != scope.name:
            raise InvalidInput(f"{alias.address} is of another domain" + AT.format(place=place))
        aliases.append(alias)
    chosen = AliasDomain(scope.name, asked.separators, asked.same_as or "", catch_all)
    return chosen, tuple(aliases)


def _alias(address: str, owner: str) -> Alias:
    return Alias(parse_address(address), parse_address(owner))


def _at(place: str, read: Callable[[], Any]) -> Any:
    """What `read` gives; where it cannot, the error names the place."""
    try:
        return read()
    except msgspec.ValidationError as error:
        text, _, inner = str(error).partition(" - at `$")
        raise InvalidInput(text + AT.format(place=place + inner.rstrip("`"))) from None
    except InvalidInput as error:
        raise InvalidInput(f"{error.args[0]}" + AT.format(place=place)) from None
