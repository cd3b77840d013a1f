"""functions/api and functions/authorize, fed with events as API Gateway sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pratique import bootstrap
from pratique.domain.errors import TemporaryFailure
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.token import Token, secret_digest

from functions.api import app as api
from functions.authorize import app as authorizer
from tests import builders, fakes
from tests.functions.events import event
from tests.unit.api.calling import everything_in

TOKEN_ID, SECRET = "01K5N6R4M0Q8T7V2Y5Z9ABCDEF", "A" * 43
TEXT = f"prq_{TOKEN_ID}_{SECRET}"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    """A world behind bootstrap, with a route, a held copy and the token of the events."""
    made = fakes.world()
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    made.directory.put_route(builders.route("*"))
    copy = builders.a_copy(1)
    made.index.add_facts(builders.facts(1), expires_at=copy.expires_at)
    made.index.add_copy(copy)
    made.accounts.add_token(
        Token(TOKEN_ID, "operator", GLOBAL, secret_digest(SECRET), True, builders.NOW_MS, "bootstrap")
    )
    return made


def _api(whole: Any) -> tuple[int, Any]:
    answer = api.handler(whole, None)
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert all(isinstance(v, str) for v in answer["headers"].values())
    return answer["statusCode"], json.loads(answer["body"])


def test_a_list(world: fakes.World) -> None:
    """Two states in the query."""
    status, body = _api(event("api-list.json"))
    assert (status, len(body["messages"])) == (200, 1)


@pytest.mark.parametrize("name", ["api-policy-put.json", "api-base64-body.json"])
def test_a_write(world: fakes.World, name: str) -> None:
    """With a body as text and in base64."""
    status, body = _api(event(name))
    assert (status, body["own"]["spam_at"]) == (200, 0.95)
    assert world.audit.log[-1].actor == "token:operator"


def test_a_stage_with_a_name(world: fakes.World) -> None:
    """rawPath carries it."""
    status, body = _api(event("api-named-stage.json"))
    assert (status, body["actor"]) == (200, "token:operator")


def test_health_needs_no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is put together for it."""
    monkeypatch.setattr(bootstrap, "services", lambda: pytest.fail("services were made"))
    assert _api(event("api-health.json")) == (200, {"status": "ok"})


def test_without_an_authorizer_there_is_nobody(world: fakes.World) -> None:
    """A route that was left open by mistake gives nothing away; the Authorization header alone is not believed."""
    status, body = _api(event("api-no-authorizer.json"))
    assert (status, body["code"]) == (401, "unauthenticated")


def test_the_payload_of_a_rest_api_gets_a_clear_answer(world: fakes.World) -> None:
    """Format 1.0 is not spoken here."""
    status, body = _api(event("api-rest-payload-1.json"))
    assert (status, body["code"]) == (400, "malformed_request")


def test_services_that_cannot_be_made_are_a_500(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong settings: an answer without detail, not a crash of the function."""

    def broken() -> None:
        raise ValueError("PRATIQUE_INDEX_SHARDS must be a whole number")

    monkeypatch.setattr(bootstrap, "services", broken)
    status, body = _api(event("api-list.json"))
    assert (status, body["code"]) == (500, "internal_error")
    assert "PRATIQUE" not in json.dumps(body)


def test_a_known_token_is_let_in(world: fakes.World) -> None:
    """The simple response, and a context that the api function reads back."""
    answer = authorizer.handler(event("authorizer-bearer.json"), None)
    said = {"actor": "token:operator", "scope": "*", "may_write": "yes", "token": TOKEN_ID}
    said["standing"] = "own"
    assert answer == {"isAuthorized": True, "context": said}
    whole = event("api-no-authorizer.json")
    whole["requestContext"]["authorizer"] = {"lambda": answer["context"]}
    assert _api(whole)[0] == 200


def test_the_context_of_a_recipients_reading_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scope and right come from the token alone."""
    token = Token(
        TOKEN_ID, "bob", parse_scope("bob@example.org"), secret_digest(SECRET), False, builders.NOW_MS, "x"
    )
    world = fakes.world()
    world.accounts.add_token(token)
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    context = authorizer.handler(event("authorizer-bearer.json"), None)["context"]
    assert (context["scope"], context["may_write"]) == ("bob@example.org", "no")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TEXT,
        f"Basic {TEXT}",
        f"Bearer {TEXT}x",
        f"Bearer prq_{TOKEN_ID}_{'B' * 43}",
        f"Bearer prq_{TOKEN_ID[::-1]}_{SECRET}",
        f"Bearer {TEXT}, Bearer {TEXT}",
        f"Bearer {TEXT}\n",
        "Bearer " + "x" * 100_000,
        f"Bearer prq_{TOKEN_ID}_{'Ä' * 43}",
        5,
        ["Bearer"],
    ],
)
def test_anything_else_is_not(world: fakes.World, header: object) -> None:
    """No, without a reason."""
    whole = event("authorizer-bearer.json")
    whole["headers"]["authorization"] = header
    expected = (
        header == f"Bearer {TEXT}\n"
    )  # white space around a header's value is not part of it (RFC 9110, 5.5)
    assert authorizer.handler(whole, None)["isAuthorized"] is expected


@pytest.mark.parametrize("odd", [None, [], "x", {}, {"headers": None}, {"headers": []}, {"headers": {5: 5}}])
def test_an_odd_event_is_a_no(world: fakes.World, odd: Any) -> None:
    """The authorizer never raises."""
    assert authorizer.handler(odd, None) == {"isAuthorized": False}


def test_a_revoked_token_is_a_no_at_once(world: fakes.World) -> None:
    """Consistent read."""
    whole = event("authorizer-bearer.json")
    assert authorizer.handler(whole, None)["isAuthorized"]
    world.accounts.delete_token(TOKEN_ID)
    assert authorizer.handler(whole, None) == {"isAuthorized": False}


def test_a_token_that_ended_is_a_no_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By our own clock, not by TTL."""
    world = fakes.world()
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    digest = secret_digest(SECRET)
    world.accounts.add_token(
        Token(TOKEN_ID, "x", GLOBAL, digest, True, builders.NOW_MS, "x", expires_at=builders.NOW)
    )
    assert authorizer.handler(event("authorizer-bearer.json"), None) == {"isAuthorized": False}


@pytest.mark.parametrize("error", [TemporaryFailure("table"), RuntimeError(TEXT)])
def test_who_cannot_be_checked_is_not_let_in(
    world: fakes.World, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure behind is a no, and is logged without its text."""
    world.services = fakes.faulty(world.services)
    fakes.fail_next(world.services, "accounts.get_token", error)
    assert authorizer.handler(event("authorizer-bearer.json"), None) == {"isAuthorized": False}
    logged = everything_in(caplog)
    assert type(error).__name__ in logged
    assert SECRET not in logged


def test_two_authorization_headers_are_a_no(world: fakes.World) -> None:
    """Whichever case they are written in."""
    whole = event("authorizer-bearer.json")
    whole["headers"]["Authorization"] = f"Bearer {TEXT}"
    assert authorizer.handler(whole, None) == {"isAuthorized": False}
