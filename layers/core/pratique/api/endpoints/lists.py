"""Allow and block entries of a scope."""

from __future__ import annotations

from pratique.domain.listentry import ListEntry
from pratique.domain.scope import parse_scope
from pratique.usecases.change_lists import delete_entry, list_entries, put_entry
from pratique.usecases.exchange_lists import export_entries, import_entries

from .. import lists as wire
from ..endpoint import Call, Written


def list_(call: Call) -> wire.EntryList:
    """A page of entries."""
    query: wire.EntryQuery = call.query
    page = list_entries(
        call.services,
        call.actor,
        parse_scope(call.path["scope"]),
        limit=query.limit,
        cursor=query.cursor,
        direction=query.direction,
    )
    return wire.EntryList(entries=[wire.entry_view(e) for e in page.entries], cursor=page.cursor)


def put(call: Call) -> wire.Entry:
    """Add or replace an entry."""
    body: wire.EntryRequest = call.body
    wanted = ListEntry(
        scope=parse_scope(call.path["scope"]),
        kind=body.kind,
        pattern=body.pattern,
        needs_dmarc=body.needs_dmarc,
        reason=body.reason,
        direction=body.direction,
        match=body.match,
        expires_at=max(1, int(body.expires_at.timestamp())) if body.expires_at else 0,
        idle_days=body.idle_days,
    )
    change = put_entry(call.services, call.actor, wanted)
    return wire.entry_view(change.now or wanted)


def delete(call: Call) -> None:
    """Take an entry out."""
    query: wire.PatternQuery = call.query
    scope = parse_scope(call.path["scope"])
    delete_entry(call.services, call.actor, scope, query.pattern, query.direction)


def export(call: Call) -> Written:
    """All entries as lines; the cursor of the next part is a header."""
    query: wire.ExportQuery = call.query
    text, cursor = export_entries(
        call.services, call.actor, parse_scope(call.path["scope"]), cursor=query.cursor
    )
    headers = {"content-disposition": 'attachment; filename="lists.csv"'}
    if cursor is not None:
        headers["x-next-cursor"] = cursor
    return Written("text/csv; charset=utf-8; header=present", text, headers)


def import_(call: Call) -> wire.ImportResult:
    """Many entries at once."""
    body: wire.ImportRequest = call.body
    scope = parse_scope(call.path["scope"])
    done = import_entries(call.services, call.actor, scope, body.csv, dry_run=body.dry_run)
    return wire.ImportResult(done.added, done.replaced, done.unchanged, done.removed, done.missing)
