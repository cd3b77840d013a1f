"""What an import of settings would change, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime

from pratique.domain.alias import Alias, AliasDomain
from pratique.domain.listentry import ListEntry
from pratique.domain.policy import Policy
from pratique.domain.route import Route
from pratique.domain.settings_file import ScopeSettings, SettingChange

INHERIT = "inherit"
NO_ROUTE = "none"


def changes(before: ScopeSettings, wanted: ScopeSettings) -> Iterator[SettingChange]:
    """Every difference, part by part; parts that `wanted` does not tell have none."""
    if wanted.policy is not None:
        yield from _policy(before.policy or Policy(), wanted.policy)
    if wanted.entries is not None:
        yield from _entries(before.entries or (), wanted.entries)
    if wanted.route is not None or wanted.no_route:
        old, new = _route(before.route), _route(wanted.route)
        if old != new:
            yield SettingChange("route", "", old, new)
    if wanted.domain is not None and wanted.domain != before.domain:
        yield SettingChange("aliases", "", _domain(before.domain), _domain(wanted.domain))
    if wanted.aliases is not None:
        yield from _aliases(before, wanted)


def same_entry(wanted: ListEntry, known: ListEntry | None) -> bool:
    """Whether an entry says the same: who wrote it, when, and its uses are no part of what a file says."""
    if known is None:
        return False
    kept = replace(
        wanted,
        author=known.author,
        created_ms=known.created_ms,
        used_ms=known.used_ms,
        used_days=known.used_days,
    )
    return kept == known


def aliases_to_go(before: ScopeSettings, wanted: ScopeSettings) -> list[Alias]:
    """Those that the file does not name. A mailbox that others are to belong to stays, named or not."""
    told = {alias.address for alias in wanted.aliases or ()}
    needed = {alias.owner for alias in wanted.aliases or ()}
    if wanted.domain is not None and wanted.domain.catch_all:
        needed.add(wanted.domain.catch_all)
    return [a for a in before.aliases or () if a.address not in told and a.address not in needed]


def _policy(before: Policy, after: Policy) -> Iterator[SettingChange]:
    for field in fields(Policy):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            yield SettingChange("policy", field.name, told(old), told(new))


def told(value: object) -> str:
    """A choice in words."""
    if value is None:
        return INHERIT
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _entries(before: tuple[ListEntry, ...], after: tuple[ListEntry, ...]) -> Iterator[SettingChange]:
    old = {(entry.direction, entry.pattern): entry for entry in before}
    new = {(entry.direction, entry.pattern): entry for entry in after}
    for key in sorted(old.keys() | new.keys()):
        was, becomes = old.get(key), new.get(key)
        if becomes is not None and same_entry(becomes, was):
            continue
        yield SettingChange("entries", f"{key[0]} {key[1]}", _entry(was), _entry(becomes))


def _entry(entry: ListEntry | None) -> str:
    if entry is None:
        return ""
    words = [entry.kind.value, f"match {entry.match}"]
    if not entry.needs_dmarc:
        words.append("also without DMARC")
    if entry.expires_at:
        words.append(f"until {datetime.fromtimestamp(entry.expires_at, UTC):%Y-%m-%d}")
    if entry.idle_days:
        words.append(f"{entry.idle_days} days without use")
    return ", ".join([*words, *([entry.reason] if entry.reason else [])])


def _route(route: Route | None) -> str:
    if route is None:
        return NO_ROUTE
    return (
        f"{route.kind} {route.host}:{route.port} tls {route.tls} {route.credentials} {route.sender}".strip()
    )


def _domain(chosen: AliasDomain | None) -> str:
    if chosen is None:
        return ""
    return (
        f"separators {chosen.separators or 'none'}, same as {chosen.same_as or 'none'}, "
        f"catch-all {chosen.catch_all or 'none'}"
    )


def _aliases(before: ScopeSettings, wanted: ScopeSettings) -> Iterator[SettingChange]:
    known = {alias.address: alias for alias in before.aliases or ()}
    for alias in wanted.aliases or ():
        old = known.get(alias.address)
        if old is None or old.owner != alias.owner:
            was = str(old.owner) if old else ""
            yield SettingChange("aliases", str(alias.address), was, str(alias.owner))
    for alias in aliases_to_go(before, wanted):
        yield SettingChange("aliases", str(alias.address), str(alias.owner), "")
