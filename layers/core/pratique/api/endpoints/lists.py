"""Allow and block entries of a scope."""

from __future__ import annotations

from pratique.domain.listentry import ListEntry
from pratique.domain.scope import parse_scope
from pratique.usecases.change_lists import delete_entry, list_entries, put_entry

from .. import asked, given_settings, views
from ..endpoint import Call


def list_(call: Call) -> given_settings.EntryList:
    """A page of entries."""
    query: asked.EntryQuery = call.query
    page = list_entries(
        call.services, call.actor, parse_scope(call.path["scope"]), limit=query.limit, cursor=query.cursor
    )
    return given_settings.EntryList(entries=[views.entry(e) for e in page.entries], cursor=page.cursor)


def put(call: Call) -> given_settings.Entry:
    """Add or replace an entry."""
    body: asked.EntryRequest = call.body
    wanted = ListEntry(
        scope=parse_scope(call.path["scope"]),
        kind=body.kind,
        pattern=body.pattern,
        needs_dmarc=body.needs_dmarc,
        reason=body.reason,
    )
    return views.entry(put_entry(call.services, call.actor, wanted).now or wanted)


def delete(call: Call) -> None:
    """Take an entry out."""
    query: asked.PatternQuery = call.query
    delete_entry(call.services, call.actor, parse_scope(call.path["scope"]), query.pattern)
