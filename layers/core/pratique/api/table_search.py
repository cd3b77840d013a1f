"""The part of the table about searches."""

from __future__ import annotations

from . import asked_search, given_search
from . import examples as example
from .endpoint import Endpoint
from .endpoints import search

SEARCH: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        "/v1/messages/search",
        "searchMessages",
        "Search in every message, delivered ones too",
        search.search,
        answer=given_search.SearchResult,
        query=asked_search.SearchQuery,
        description=(
            "Every state unless `state` or `status` says otherwise. A call looks at up to 10,000 messages, or for four seconds, and stops when "
            "the page is full: `cursor` goes on, `back_to` says how far it came."
        ),
        example_answer={
            "messages": [example.MESSAGE],
            "cursor": None,
            "looked_at": 120,
            "back_to": "2026-09-01T08:00:00Z",
        },
    ),
    Endpoint(
        "GET",
        "/v1/messages/export",
        "exportMessages",
        "Search, as CSV",
        search.export,
        query=asked_search.SearchQuery,
        writes="text/csv",
        description=(
            "Lines as in RFC 4180, a heading in the first part. The header `X-Next-Cursor` goes on; where it is missing, that was all. A cell "
            "that a spreadsheet could take for a formula begins with an apostrophe."
        ),
    ),
)
