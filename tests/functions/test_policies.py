"""Policies through the functions: what the api function writes, the ingest function judges by."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pratique import bootstrap
from pratique.domain.policy import NotationPlace
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName

from functions.api import app as api
from functions.deliver import app as deliver
from functions.ingest.app import handler as ingest
from tests import builders, fakes
from tests.functions.events import event
from tests.path import block, opened
from tests.unit.api.calling import http_event

ORG = parse_scope("example.org")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    """A world behind bootstrap, with a route for everybody."""
    made = opened()
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    return made


def _call(method: str, path: str, **options: Any) -> tuple[int, dict[str, str], Any]:
    answer = api.handler(http_event(method, path, **options), None)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"])


def test_a_version_of_a_policy_is_an_etag(world: fakes.World) -> None:
    """Read, changed under the condition, refused under an old one."""
    status, headers, _ = _call("GET", "/v1/policies/example.org")
    assert (status, headers["etag"]) == (200, '"0"')
    match = {"if-match": headers["etag"]}
    status, headers, body = _call("PUT", "/v1/policies/example.org", body={"spam_at": 0.8}, headers=match)
    assert (status, headers["etag"], body["version"]) == (200, '"1"', 1)
    status, _, body = _call("PUT", "/v1/policies/example.org", body={"spam_at": 0.7}, headers=match)
    assert (status, body["code"]) == (412, "outdated")


def test_what_one_function_writes_the_others_go_by(world: fakes.World) -> None:
    """A policy by the API, a message in, a marked message out."""
    chosen = {"quarantine": False, "notation": "header", "spam_notation": "[grün] "}
    assert _call("PUT", "/v1/policies/global", body=chosen)[0] == 200
    whole = event("ses-ordinary.json")
    source = whole["Records"][0]["ses"]["mail"]["messageId"]
    sender = whole["Records"][0]["ses"]["mail"]["source"]
    block(world, "global", sender)
    world.store.put(f"raw/{source}", builders.raw_message(sender=sender))
    copies = ingest(whole, None)["copies"]
    assert {copy["disposition"] for copy in copies} == {"tag"}
    stored = world.index.all_copies()
    assert {copy.notation_in for copy in stored} == {NotationPlace.HEADER}
    assert {copy.policy_versions[-1] for copy in stored} == {1}
    records = [
        {"messageId": str(number), "body": json.dumps(item)}
        for number, item in enumerate(world.queue.drain(QueueName.DELIVER))
    ]
    assert deliver.handler({"Records": records}, None) == {"batchItemFailures": []}
    (parcel, *_) = world.courier.parcels
    assert b"X-Spam-Flag: YES\r\n" in parcel.data
    assert world.directory.policy_version(GLOBAL) is not None
