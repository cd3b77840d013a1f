"""Lists and aliases behind the handlers, with events as AWS sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pratique import bootstrap
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.scope import GLOBAL

from functions.api import app as api
from functions.ingest.app import handler as ingest
from tests import builders, fakes
from tests.functions.events import event
from tests.path import opened
from tests.unit.api.calling import http_event


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    made = opened()
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    return made


def ask(method: str, path: str, **given: Any) -> dict[str, Any]:
    answer = api.handler(http_event(method, path, **given), None)
    assert answer["statusCode"] == 200, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def test_an_alias_set_by_the_api_counts_for_ingest(world: fakes.World) -> None:
    """Every recipient of the event still has an answer by its own name; the copies are the owner's."""
    name = "ses-fifty-recipients.json"
    told = event(name)["Records"][0]["ses"]
    world.store.put(f"raw/{told['mail']['messageId']}", builders.raw_message())
    ask("PUT", "/v1/aliases/example.org", body={"catch_all": "office@example.org"})
    ask("PUT", "/v1/aliases/example.net", body={"same_as": "example.org"})
    ask("PUT", "/v1/lists/office@example.org/entries", body={"kind": "block", "pattern": "*.example"})
    ask("PUT", "/v1/lists/office@example.org/entries", body={"kind": "block", "pattern": "spam.example"})
    answer = ingest(event(name), None)
    assert [c["recipient"] for c in answer["copies"]] == told["receipt"]["recipients"]
    assert {c["state"] for c in answer["copies"]} == {"held"}
    listed = ask("GET", "/v1/messages", query={"scope": "office@example.org", "limit": 100})["messages"]
    assert len(listed) == len(told["receipt"]["recipients"])
    assert {each["owner"] for each in listed} == {"office@example.org"}
    assert ingest(event(name), None) == answer, "the same event twice"


def test_a_use_is_shown_by_the_api(world: fakes.World) -> None:
    """After the handler of ingest has answered."""
    name = "ses-fifty-recipients.json"
    world.store.put(f"raw/{event(name)['Records'][0]['ses']['mail']['messageId']}", builders.raw_message())
    world.directory.put_entry(ListEntry(GLOBAL, ListKind.BLOCK, "spam.example", created_ms=builders.NOW_MS))
    ingest(event(name), None)
    (entry,) = ask("GET", "/v1/lists/global/entries")["entries"]
    assert (entry["used_days"], entry["last_used_at"]) == (1, "2026-09-21T14:13:20Z")
