"""Schemathesis against the real router, schemas and use cases: whatever the document lets in or leaves out, no call ends in a 500 or answers what
the document does not say.

`PRATIQUE_EXAMPLES=200 pytest tests/unit/api/test_schemathesis.py` looks longer; the suite looks at a few examples of each operation.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from pratique.api.openapi import document
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from tests.unit.api.calling import http_event, send, stocked

EXAMPLES = int(os.environ.get("PRATIQUE_EXAMPLES", "3"))
WORLD, _ = stocked(messages=3)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A WSGI server in front of the edge, as API Gateway is: the operator calls."""
    stream: BytesIO = environ["wsgi.input"]
    body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    event = http_event(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
    )
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw:
        event["rawPath"] = raw.partition("?")[0]
    if body:
        event["body"] = body.decode("latin-1")
        event["headers"]["content-type"] = environ.get("CONTENT_TYPE", "")
    answer = send(WORLD, event)
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers.items()))
    return [answer.text.encode()]


schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_call_fails_or_answers_what_the_document_does_not_say(case: Any) -> None:
    case.call_and_validate(
        checks=(
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        )
    )


def test_the_document_that_is_tested_is_the_whole_one() -> None:
    paths = {f"{method} {path}" for path, methods in document()["paths"].items() for method in methods}
    assert len(paths) >= 40
