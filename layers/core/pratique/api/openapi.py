"""The OpenAPI 3.1 document, made from the table (https://spec.openapis.org/oas/v3.1.1.html)."""

from __future__ import annotations

import functools
import re
from typing import Any

import msgspec

from pratique import CORE_VERSION
from pratique.domain.errors import (
    ConcurrentChange,
    Forbidden,
    InvalidInput,
    NotFound,
    Outdated,
    PermanentFailure,
    PratiqueError,
    TemporaryFailure,
)

from . import given
from .endpoint import Endpoint
from .errors import Malformed, NotJson, TooLarge, Unauthenticated, answer_of, code_of
from .table import ENDPOINTS

_REF = "#/components/schemas/{name}"
_FIELD = re.compile(r"\{([a-z_]+)\}")
_ABOUT = """\
Everything a person can do with a Pratique quarantine. Send a token as `Authorization: Bearer prq_…`, or sign in and send the session's cookie
(with `X-Pratique-CSRF` on everything that is no GET). Either belongs to a scope (`global`, a domain, or one address), and what lies outside
that scope looks as if it were not there. Reads are GET (and HEAD) and
change nothing. Writes may carry an `Idempotency-Key`. Errors are `application/problem+json` (RFC 9457) with a stable `code`.
"""
_PATHS = {
    "id": "What a list gave as `id`",
    "scope": "`global`, a domain, or an address (percent-encoded)",
    "domain": "A domain name, or `*`",
    "search": "Your own choice: 1 to 64 letters, digits, `-` or `_`",
    "queue": "`deliver`, `learn`, or another one that `GET /v1/status` names",
    "version": "A number, as the list of versions gives it",
    "ticket": "What a preview gave in `page`",
}


def errors_of(endpoint: Endpoint) -> list[type[PratiqueError]]:
    """Every error that the document promises for an endpoint."""
    found: list[type[PratiqueError]] = [Malformed]
    if not endpoint.public:
        found += [
            Unauthenticated,
            Forbidden,
            NotFound,
            InvalidInput,
            TemporaryFailure,
            ConcurrentChange,
            PermanentFailure,
        ]
    if endpoint.public and "{" in endpoint.path:
        found.append(NotFound)
    if endpoint.body:
        found += [TooLarge, NotJson]
    return [*found, *endpoint.errors, PratiqueError]


@functools.cache
def encoded() -> bytes:
    """The document as JSON; made once per process, when first asked for."""
    return msgspec.json.encode(document())


def document() -> given.Document:
    """The document."""
    named = [kind for e in ENDPOINTS for kind in (e.answer, e.body) if kind]
    _, components = msgspec.json.schema_components([*dict.fromkeys(named), given.Problem], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Pratique",
            "version": CORE_VERSION,
            "summary": "Mail quarantine",
            "description": _ABOUT,
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name} for name in sorted({e.resource for e in ENDPOINTS})],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {_response_name(k): _problem(k) for k in _every_error()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "prq_<id>_<secret>"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-prq_session",
                    "description": "Without the prefix where the panel is served over plain http (a laptop)",
                },
            },
            "parameters": {"key": _KEY, "match": _MATCH},
        },
    }


_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": 'The version that this change builds on, as the ETag named it: `"12"`',
    "schema": {"type": "string"},
}
_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this write, so that a repeat of it is known as one",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def _every_error() -> list[type[PratiqueError]]:
    return list(dict.fromkeys(kind for e in ENDPOINTS for kind in errors_of(e)))


def _response_name(kind: type[PratiqueError]) -> str:
    return kind.__name__


def _problem(kind: type[PratiqueError]) -> dict[str, Any]:
    row = answer_of(kind("…") if kind is not PratiqueError else PratiqueError())
    example = {
        "title": row.title,
        "status": row.status,
        "detail": row.detail or "what is wrong, for people",
        "code": code_of(kind("…")),
    }
    answer: dict[str, Any] = {
        "description": (kind.__doc__ or row.title).strip().partition("\n")[0],
        "content": {
            "application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}, "example": example}
        },
    }
    if row.retry_after is not None:
        answer["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
    return answer


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.resource],
        "parameters": _parameters(endpoint),
        "responses": {str(endpoint.status): _success(endpoint), **_failures(endpoint)},
    }
    if endpoint.description:
        found["description"] = endpoint.description
    if endpoint.public:
        found["security"] = []
    if endpoint.body:
        found["requestBody"] = {
            "required": any(f.required for f in msgspec.structs.fields(endpoint.body)),
            "content": {"application/json": _content(endpoint.body, endpoint.example_body)},
        }
    return found


def _content(kind: type[msgspec.Struct], example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REF.format(name=kind.__name__)}}
    if example is not None:
        content["example"] = example
    return content


def _success(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.status == 204:  # noqa: PLR2004 - No Content
        return {"description": "Done"}
    if endpoint.writes:
        return {
            "description": endpoint.summary,
            "content": {endpoint.writes: {"schema": {"type": "string"}}},
        }
    if endpoint.answer is None:
        return {
            "description": "An OpenAPI 3.1 document",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    return {
        "description": (endpoint.answer.__doc__ or "").partition("\n")[0],
        "content": {"application/json": _content(endpoint.answer, endpoint.example_answer)},
    }


def _failures(endpoint: Endpoint) -> dict[str, Any]:
    """One response per status; where two errors share one, both examples are shown."""
    by_status: dict[str, list[type[PratiqueError]]] = {}
    for kind in errors_of(endpoint):
        by_status.setdefault(str(answer_of(kind("…")).status), []).append(kind)
    return {status: _shared(kinds) for status, kinds in sorted(by_status.items())}


def _shared(kinds: list[type[PratiqueError]]) -> dict[str, Any]:
    if len(kinds) == 1:
        return {"$ref": f"#/components/responses/{_response_name(kinds[0])}"}
    parts = {k.__name__: _problem(k) for k in kinds}
    media = "application/problem+json"
    merged: dict[str, Any] = {
        "description": " / ".join(part["description"] for part in parts.values()),
        "content": {
            media: {
                "schema": {"$ref": _REF.format(name="Problem")},
                "examples": {
                    name: {"value": part["content"][media]["example"]} for name, part in parts.items()
                },
            }
        },
    }
    headers = [part["headers"] for part in parts.values() if "headers" in part]
    return {**merged, "headers": headers[0]} if headers else merged


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATHS[name],
            "schema": {"type": "string"},
        }
        for name in _FIELD.findall(endpoint.path)
    ]
    if endpoint.query:
        # Query fields are few and plain: their schemas are written out in place.
        schema = msgspec.json.schema(endpoint.query, ref_template=_REF)["$defs"]
        own = schema[endpoint.query.__name__]
        for name, field in own["properties"].items():
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in own.get("required", ()),
                    "schema": _inline(field, schema),
                }
            )
    if endpoint.method != "GET":
        found.append({"$ref": "#/components/parameters/key"})
    if Outdated in endpoint.errors:
        found.append({"$ref": "#/components/parameters/match"})
    return found


def _inline(field: Any, known: dict[str, Any]) -> Any:
    """The schema with its references replaced (an enumeration, at most), and without null: a query field is there or not."""
    if isinstance(field, list):
        return [_inline(each, known) for each in field]
    if not isinstance(field, dict):
        return field
    if "$ref" in field:
        return known[str(field["$ref"]).rpartition("/")[2]]
    if "anyOf" in field:
        kept = [_inline(each, known) for each in field["anyOf"] if each != {"type": "null"}]
        return kept[0] if len(kept) == 1 else {"anyOf": kept}
    return {key: _inline(value, known) for key, value in field.items()}
