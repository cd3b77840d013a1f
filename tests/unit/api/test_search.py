"""Search and export over HTTP."""

from __future__ import annotations

import csv
import io

import pytest

from tests.unit.api.calling import call, stocked

PATH = "/v1/messages/search"


def test_search_answers_what_fits_and_how_far_it_looked() -> None:
    world, copies = stocked(messages=5)
    found = call(world, "GET", PATH, query={"q": "cheap from:eve", "limit": 2, "state": ["held", "removed"]})
    assert found.status == 200
    assert [m["id"] for m in found.body["messages"]] == [str(c.id) for c in reversed(copies[3:])]
    assert found.body["messages"][0]["status"] == "quarantined"
    rest = call(world, "GET", PATH, query={"q": "cheap", "cursor": found.body["cursor"]}).body
    assert [m["id"] for m in rest["messages"]] == [str(c.id) for c in reversed(copies[:3])]
    assert rest["cursor"] is None
    assert rest["looked_at"] == 3
    nothing = call(world, "GET", PATH, query={"q": "absent", "status": "delivered"}).body
    assert nothing == {"messages": [], "cursor": None, "looked_at": 5, "back_to": nothing["back_to"]}
    assert call(world, "GET", PATH, scope="ann@example.org").body["messages"] == []
    assert call(world, "GET", PATH, scope="ann@example.org", query={"scope": "bob@example.org"}).status == 404


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "2026-09-21T00:00:00"},
        {"since": "2026-09-21T00:00:00Z", "before": "2026-09-20T00:00:00Z"},
        {"status": "lost"},
        {"score_from": 2},
        {"limit": 1_001},
        {"q": "x" * 101},
        {"q": " ".join("abcdefghijk")},
        {"larger": -1},
        {"cursor": "garbage"},
    ],
)
def test_a_search_that_cannot_be_is_refused(query: dict[str, object]) -> None:
    world, _ = stocked()
    assert call(world, "GET", PATH, query=query).status in {400, 422}


def test_dates_bound_it() -> None:
    world, _ = stocked(messages=2)
    assert call(world, "GET", PATH, query={"since": "2020-01-01T00:00:00+02:00"}).body["messages"] != []
    assert call(world, "GET", PATH, query={"before": "2020-01-01T00:00:00Z"}).body["looked_at"] == 0
    assert call(world, "GET", PATH, query={"since": "1900-01-01T00:00:00Z"}).status == 200


def test_export_is_csv_in_parts() -> None:
    """The heading once, the cursor in a header, nothing else in the body."""
    world, copies = stocked(messages=3)
    first = call(world, "GET", "/v1/messages/export", query={"limit": 2})
    assert first.status == 200
    assert first.headers["content-type"].startswith("text/csv")
    assert "attachment" in first.headers["content-disposition"]
    rest = call(
        world, "GET", "/v1/messages/export", query={"limit": 2, "cursor": first.headers["x-next-cursor"]}
    )
    assert "x-next-cursor" not in rest.headers
    rows = list(csv.DictReader(io.StringIO(first.text + rest.text, newline="")))
    assert [row["id"] for row in rows] == [str(copy.id) for copy in reversed(copies)]
    assert {row["status"] for row in rows} == {"quarantined"}
