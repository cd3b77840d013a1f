"""The document is valid, says what the table says, and its examples are true."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate
from pratique.api.errors import TABLE, answer_of
from pratique.api.openapi import document, encoded, errors_of
from pratique.api.table import ENDPOINTS

from tests import fakes
from tests.unit.api.calling import call


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document as a client reads it."""
    found: dict[str, Any] = json.loads(encoded())
    return found


def test_it_is_a_valid_openapi_document(described: dict[str, Any]) -> None:
    """By the specification's own schema."""
    validate(described)
    assert described["openapi"].startswith("3.1")


def test_it_is_served_to_anybody() -> None:
    """Without a token, and the same each time."""
    answer = call(None, "GET", "/v1/openapi.json", scope=None)  # type: ignore[arg-type]  # there is no world behind it
    assert answer.status == 200
    assert answer.text.encode() == encoded() == msgspec.json.encode(document())


def test_it_has_every_endpoint_and_no_other(described: dict[str, Any]) -> None:
    """In step with the table."""
    written = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert written == {(e.method, e.path) for e in ENDPOINTS}
    names = [op["operationId"] for methods in described["paths"].values() for op in methods.values()]
    assert len(names) == len(set(names)) == len(ENDPOINTS)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
def test_each_endpoint_tells_what_it_takes_gives_and_refuses(
    endpoint: Any, described: dict[str, Any]
) -> None:
    """Parameters, body, answer, every status of its errors, and who may call."""
    operation = described["paths"][endpoint.path][endpoint.method.lower()]
    statuses = {str(answer_of(kind("…")).status) for kind in errors_of(endpoint)}
    assert set(operation["responses"]) == {str(endpoint.status)} | statuses
    assert ("requestBody" in operation) == (endpoint.body is not None)
    assert (operation.get("security") == []) == endpoint.public
    asked = {p["name"] for p in operation["parameters"] if p.get("in") == "query"}
    assert asked == (
        {f.encode_name for f in msgspec.structs.fields(endpoint.query)} if endpoint.query else set()
    )
    assert all(p.get("description") for p in operation["parameters"] if p.get("in") == "path")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
def test_examples_are_of_their_schemas(endpoint: Any) -> None:
    """An example decodes; unknown fields in an answer's example would be lies, so none may be dropped."""
    if endpoint.example_body is not None:
        msgspec.convert(endpoint.example_body, endpoint.body)
    if endpoint.answer is not None:
        assert endpoint.example_answer is not None
        decoded = msgspec.convert(endpoint.example_answer, endpoint.answer)
        assert json.loads(msgspec.json.encode(decoded)) == endpoint.example_answer


@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if e.body and e.name != "uploadLessons"], ids=lambda e: e.name
)
def test_examples_of_bodies_are_accepted(endpoint: Any) -> None:
    """Sent as they are, no example is a shape that the API refuses."""
    world = fakes.world()
    path = (
        endpoint.path.replace("{scope}", "example.org")
        .replace("{domain}", "example.org")
        .replace("{queue}", "learn")
        .replace("{search}", "orders")
    )
    answer = call(
        world,
        endpoint.method,
        path.replace("{id}", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.Ym9iQGV4YW1wbGUub3Jn"),
        body=endpoint.example_body,
    )
    # A scope is a domain here, so what is for mailboxes refuses it; whoever comes with a token has no session.
    assert answer.status in {200, 201, 202, 204, 401, 404} or endpoint.name == "putDelegate"


def test_requests_refuse_unknown_fields_in_the_document_too(described: dict[str, Any]) -> None:
    """additionalProperties: false, so that generated clients know."""
    for endpoint in ENDPOINTS:
        if endpoint.body:
            assert described["components"]["schemas"][endpoint.body.__name__]["additionalProperties"] is False


def test_every_error_has_a_shape_with_its_code(described: dict[str, Any]) -> None:
    """Each error that an endpoint can meet is described once."""
    codes = {
        r["content"]["application/problem+json"]["example"]["code"]
        for r in described["components"]["responses"].values()
    }
    named = {kind for e in ENDPOINTS for kind in errors_of(e)}
    assert codes == {kind("…").code for kind in named}
    assert named <= set(TABLE)
