"""Actions and the audit over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from pratique.domain.action import UNDO_SECONDS, Action, DeedKind
from pratique.ports.audit import AuditEntry
from pratique.usecases.undo_action import Outcome, Undone

from . import views
from .asked import Asked, Cursor, PageSize, ScopeText
from .given import Given


class DeedView(Given, frozen=True):
    """One part of an action: what it changed."""

    kind: DeedKind
    target: Annotated[str, Meta(description="A message's id, an entry's pattern, or a scope")]


class ActionView(Given, frozen=True):
    """Something that somebody did, for a week after. It can be taken back until `undo_until`, unless that was done."""

    id: str
    at: datetime
    actor: str
    channel: str
    scope: str
    verb: str
    subject: str
    deeds: list[DeedView]
    undo_until: datetime
    undone_at: datetime | None
    undone_by: str


class PartView(Given, frozen=True):
    """What became of one part; `note` says why it stays as it is."""

    kind: DeedKind
    target: str
    outcome: Outcome
    note: str


class UndoResult(Given, frozen=True):
    """The action as it is now, and what became of its parts: none where it had been taken back before."""

    action: ActionView
    parts: list[PartView]


class AuditQuery(Asked, frozen=True):
    """Whose audit: your own scope's unless `scope` names one inside it."""

    scope: ScopeText | None = None
    limit: PageSize = 50
    cursor: Cursor | None = None


class AuditEntryView(Given, frozen=True):
    """One change. `seq` is its number in the scope's chain (0 for entries from before there were chains)."""

    seq: int
    at: datetime
    actor: str
    channel: str
    scope: str
    action: str
    subject: str
    action_id: Annotated[str, Meta(description="Can be undone; empty for what cannot")]


class AuditList(Given, frozen=True):
    """A page, newest first. `cursor` is null on the last one."""

    entries: list[AuditEntryView]
    cursor: str | None


def action_view(action: Action) -> ActionView:
    """An action as it is shown: what was before and after stays inside."""
    return ActionView(
        id=action.id,
        at=views.moment(action.at_ms / 1000),
        actor=views.clean(action.actor),
        channel=action.channel.value,
        scope=str(action.scope),
        verb=action.verb,
        subject=views.clean(action.subject),
        deeds=[DeedView(deed.kind, views.clean(deed.target)) for deed in action.deeds],
        undo_until=views.moment(action.at_ms / 1000 + UNDO_SECONDS),
        undone_at=views.moment(action.undone_ms / 1000) if action.undone_ms else None,
        undone_by=views.clean(action.undone_by),
    )


def undo_result(undone: Undone) -> UndoResult:
    """What became of the parts."""
    parts = [
        PartView(p.deed.kind, views.clean(p.deed.target), p.outcome, views.clean(p.note))
        for p in undone.parts
    ]
    return UndoResult(action=action_view(undone.action), parts=parts)


def audit_entry(entry: AuditEntry) -> AuditEntryView:
    """One change."""
    return AuditEntryView(
        seq=entry.seq,
        at=views.moment(entry.at_ms / 1000),
        actor=views.clean(entry.actor),
        channel=entry.channel,
        scope=str(entry.scope),
        action=entry.action,
        subject=views.clean(entry.subject),
        action_id=entry.action_id,
    )
