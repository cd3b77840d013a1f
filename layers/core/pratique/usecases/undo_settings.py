"""Undo of changed settings: list entries and policies."""

from __future__ import annotations

from typing import Any

from pratique.domain.action import Deed, DeedKind
from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict
from pratique.domain.listentry import Direction, pack_entry, unpack_entry
from pratique.domain.scope import Scope, scope_from_key
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
    current = None if now is None else pack_entry(now)
    if _same(current, deed.before):
        return
    if not _same(current, deed.after):
        raise Conflict(f"the entry {deed.target} was changed since")
    before = unpack_entry(deed.before) if deed.before else None
    restore_entry(services, actor, EntryChange(scope, deed.target, direction, now, before))


def _same(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """The same entry, or no entry both times."""
    return _plain(one) == _plain(other)


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
