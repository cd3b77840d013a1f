"""Calls the edge as API Gateway does: the event of events/api-list.json with the method, path and body that a test is about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from pratique.api.edge import handle
from pratique.domain.message import Copy
from pratique.domain.scope import parse_scope

from tests import builders, fakes
from tests.functions.events import event

SENDER = "eve@spam.example"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str


def http_event(
    method: str,
    path: str,
    *,
    query: dict[str, Any] | str | None = None,
    body: Any = None,
    scope: str | None = "global",
    may_write: bool = True,
    headers: dict[str, str] | None = None,
    standing: str = "own",
) -> dict[str, Any]:
    """An event; `body` is sent as JSON unless it is text already; `scope` None leaves the authorizer's word out."""
    found = event("api-list.json")
    found["rawPath"] = path
    found["rawQueryString"] = query if isinstance(query, str) else urlencode(query or {}, doseq=True)
    found["requestContext"]["http"] |= {"method": method, "path": path}
    if scope is None:
        del found["requestContext"]["authorizer"]
    else:
        key = parse_scope(scope).key
        said = {"actor": f"tester of {scope}", "scope": key, "may_write": "yes" if may_write else "no"}
        said["standing"] = standing
        found["requestContext"]["authorizer"]["lambda"] = said
    if body is not None:
        found["body"] = body if isinstance(body, str) else json.dumps(body)
        found["headers"]["content-type"] = "application/json"
    found["headers"] |= headers or {}
    return found


def send(world: fakes.World, whole: object) -> Answer:
    """Hand an event to the edge."""
    answer = handle(whole, lambda: world.services)
    text = answer["body"]
    kind = answer["headers"].get("content-type", "")
    return Answer(
        answer["statusCode"], json.loads(text) if text and "json" in kind else None, answer["headers"], text
    )


def call(world: fakes.World, method: str, path: str, **options: Any) -> Answer:
    """One call."""
    return send(world, http_event(method, path, **options))


def stocked(*, messages: int = 1, recipient: str = "bob@example.org") -> tuple[fakes.World, list[Copy]]:
    """A world with a route and some held copies of spam, the oldest first."""
    world = fakes.world()
    world.directory.put_route(builders.route("*"))
    copies = []
    for number in range(1, messages + 1):
        copy = builders.a_copy(number, recipient, sender=SENDER)
        facts = builders.facts(number, (recipient,))
        world.index.add_facts(facts, expires_at=copy.expires_at)
        world.index.add_copy(copy)
        world.store.put(copy.raw_key, builders.raw_message())
        copies.append(copy)
    return world, copies


def of(copy: Copy, action: str = "") -> str:
    """The path of a copy."""
    return f"/v1/messages/{quote(str(copy.id))}" + (f"/{action}" if action else "")


def everything_in(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged: messages, fields, tracebacks."""
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
