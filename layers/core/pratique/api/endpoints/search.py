"""Search, and what was found as a spreadsheet."""

from __future__ import annotations

from datetime import datetime

from pratique.domain.scope import Scope, parse_scope
from pratique.domain.search import Search, read_terms
from pratique.usecases.search_messages import Found, search_messages
from pratique.usecases.write_csv import copies_csv

from .. import asked_search, given_search, views
from ..endpoint import Call, Written


def search_of(query: asked_search.Looked) -> Search:
    """The search in a request. Raises InvalidInput."""
    return Search(
        terms=read_terms(query.q),
        states=tuple(dict.fromkeys(query.state)),
        statuses=frozenset(query.status),
        verdicts=frozenset(query.verdict),
        since_ms=_milliseconds(query.since),
        before_ms=_milliseconds(query.before),
        score_from=query.score_from,
        score_to=query.score_to,
        larger=query.larger,
        smaller=query.smaller,
        direction=query.direction,
    )


def scope_of(call: Call, query: asked_search.Looked) -> Scope:
    """Where to look: the caller's own scope unless it names one."""
    return call.actor.scope if query.scope is None else parse_scope(query.scope)


def _milliseconds(moment: datetime | None) -> int:
    return 0 if moment is None else max(0, int(moment.timestamp() * 1000))


def _found(call: Call) -> Found:
    query: asked_search.SearchQuery = call.query
    return search_messages(
        call.services,
        call.actor,
        scope_of(call, query),
        search_of(query),
        limit=query.limit,
        cursor=query.cursor,
    )


def search(call: Call) -> given_search.SearchResult:
    """A page of what was found."""
    found = _found(call)
    return given_search.SearchResult(
        messages=[views.message(copy) for copy in found.copies],
        cursor=found.cursor,
        looked_at=found.looked_at,
        back_to=views.moment(found.back_to_ms / 1000) if found.back_to_ms else None,
    )


def export(call: Call) -> Written:
    """The same as lines; the cursor of the next part is a header, for the lines hold messages and nothing else."""
    found = _found(call)
    text = copies_csv(found.copies, heading=call.query.cursor is None)
    headers = {"content-disposition": 'attachment; filename="messages.csv"'}
    if found.cursor is not None:
        headers["x-next-cursor"] = found.cursor
    return Written("text/csv; charset=utf-8; header=present", text, headers)
