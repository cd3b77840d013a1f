"""Saved searches over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pratique.domain.errors import Conflict
from pratique.domain.saved_search import MAX_NAME, MOST, SavedSearch
from pratique.usecases.save_searches import forget_search, list_searches, save_search

from . import views
from .asked import Asked
from .asked_search import Looked
from .endpoint import Call, Endpoint
from .endpoints.search import scope_of, search_of
from .given import Given


class KeptQuery(Looked, frozen=True, omit_defaults=True):
    """The search, without what is left open."""


class SearchRequest(Asked, frozen=True):
    """A search and its name."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=MAX_NAME, description="For people; no two of yours are the same"),
    ]
    search: Looked


class SavedSearchView(Given, frozen=True):
    """A saved search. `search` is what `GET /v1/messages/search` takes; without a `scope` it looks wherever the caller does."""

    id: str
    name: str
    search: KeptQuery
    created_at: datetime
    changed_at: datetime


class SavedSearchList(Given, frozen=True):
    """One's own saved searches, by name."""

    searches: list[SavedSearchView]


def view(kept: SavedSearch) -> SavedSearchView:
    """A saved search as it is shown. Fields that no search has any more are passed over."""
    told = msgspec.json.decode(kept.query)
    query = {name: told[name] for name in KeptQuery.__struct_fields__ if name in told}
    return SavedSearchView(
        id=kept.id,
        name=kept.name,
        search=msgspec.convert(query, KeptQuery),
        created_at=views.moment(kept.created_ms / 1000),
        changed_at=views.moment(kept.changed_ms / 1000),
    )


def _text(asked: Looked) -> str:
    """The search as it is kept: the same search is the same text."""
    fields = {name: getattr(asked, name) for name in Looked.__struct_fields__}
    for name, value in fields.items():
        if isinstance(value, list):
            fields[name] = list(dict.fromkeys(value))
    return msgspec.json.encode(KeptQuery(**fields)).decode()


def list_(call: Call) -> SavedSearchList:
    """One's own."""
    return SavedSearchList([view(each) for each in list_searches(call.services, call.actor)])


def put(call: Call) -> SavedSearchView:
    """Keep one."""
    body: SearchRequest = call.body
    asked = body.search
    scope = None if asked.scope is None else scope_of(call, asked)
    kept = save_search(
        call.services, call.actor, call.path["search"], body.name, _text(asked), search_of(asked), scope
    )
    return view(kept)


def delete(call: Call) -> None:
    """Keep it no more."""
    forget_search(call.services, call.actor, call.path["search"])


_KEPT: dict[str, Any] = {
    "id": "5f0c1d0e-orders",
    "name": "orders that were held",
    "search": {"q": "order from:shop.example", "state": ["held"]},
    "created_at": "2026-09-21T14:13:20Z",
    "changed_at": "2026-09-21T14:13:20Z",
}


SEARCHES: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/me/searches",
        "listSearches",
        "List your saved searches",
        list_,
        answer=SavedSearchList,
        description=(
            "A person's own; with a token those of the login that is named as its scope. None (404) while logged in as somebody else, "
            "and with a token that an administrator made for somebody's mailbox."
        ),
        example_answer={"searches": [_KEPT]},
    ),
    Endpoint(
        "PUT",
        "/v1/me/searches/{search}",
        "putSearch",
        "Save a search, or rename or replace a saved one",
        put,
        answer=SavedSearchView,
        body=SearchRequest,
        errors=(Conflict,),
        description=(
            f"Under an id of your choice, {MOST} at most. The search is checked as `GET /v1/messages/search` would. Repeating the call is "
            "harmless; the last writer wins. People may do this also where they may only read mail."
        ),
        example_body={"name": _KEPT["name"], "search": _KEPT["search"]},
        example_answer=_KEPT,
    ),
    Endpoint(
        "DELETE",
        "/v1/me/searches/{search}",
        "deleteSearch",
        "Forget a saved search",
        delete,
        status=204,
    ),
)
