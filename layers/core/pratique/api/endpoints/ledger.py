"""The ledger: histories, actions, audit, counts, what nobody accounts for."""

from __future__ import annotations

from pratique.domain.ids import parse_copy_id
from pratique.domain.scope import Scope, parse_scope
from pratique.usecases.read_audit import read_audit
from pratique.usecases.read_counts import read_counts
from pratique.usecases.read_history import read_history
from pratique.usecases.undo_action import read_action, undo_action
from pratique.usecases.verify_ledger import verify_ledger

from .. import actions as acts
from .. import ledger as wire
from ..endpoint import Call


def history(call: Call) -> wire.HistoryView:
    """What became of a message."""
    return wire.view(read_history(call.services, call.actor, parse_copy_id(call.path["id"])))


def action(call: Call) -> acts.ActionView:
    """What somebody did."""
    return acts.action_view(read_action(call.services, call.actor, call.path["id"]))


def undo(call: Call) -> acts.UndoResult:
    """Take it back."""
    return acts.undo_result(undo_action(call.services, call.actor, call.path["id"]))


def audit(call: Call) -> acts.AuditList:
    """A page of a scope's audit."""
    query: acts.AuditQuery = call.query
    page = read_audit(
        call.services, call.actor, _scope(call, query.scope), limit=query.limit, cursor=query.cursor
    )
    return acts.AuditList(entries=[acts.audit_entry(entry) for entry in page.entries], cursor=page.cursor)


def counts(call: Call) -> wire.CountsView:
    """How mail adds up."""
    query: wire.CountsQuery = call.query
    found = read_counts(call.services, call.actor, _scope(call, query.scope), days=query.days)
    return wire.CountsView(
        scope=str(found.scope),
        total=wire.tally_view(None, found.total),
        days=[wire.tally_view(day, tally) for day, tally in found.days.items()],
    )


def verify(call: Call) -> wire.VerifyResult:
    """One step of the check."""
    query: wire.VerifyQuery = call.query
    done = verify_ledger(
        call.services,
        call.actor,
        None if query.scope is None else parse_scope(query.scope),
        place=query.cursor,
    )
    return wire.VerifyResult(
        entries=done.entries,
        scopes=done.scopes,
        faults=list(done.faults),
        cursor=done.place,
    )


def _scope(call: Call, text: str | None) -> Scope:
    return call.actor.scope if text is None else parse_scope(text)
