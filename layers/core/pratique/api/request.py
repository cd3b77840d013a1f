"""Reads an API Gateway HTTP API event (payload format 2.0), tolerantly: what cannot be read is Malformed, never a crash.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from .errors import Malformed, NotJson, TooLarge

MAX_BODY = 6 * 1024 * 1024
"""Octets: what Lambda takes in one synchronous call."""
MAX_FIELDS = 100
"""Fields of one query string."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is still percent-encoded, `query` raw, header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    base64: bool
    identity: Mapping[str, Any]
    """What our authorizer said about the caller; empty where there was none."""
    id: str
    address: str = "?"
    """The client's IP address as API Gateway saw it."""
    cookies: Mapping[str, str] = field(default_factory=dict)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def read_request(event: object) -> Request:
    """The request in an event. Raises Malformed for an event that is none of payload format 2.0."""
    whole = _table(event)
    context = _table(whole.get("requestContext"))
    http = _table(context.get("http"))
    method, path = _text(http.get("method")), _text(whole.get("rawPath"))
    if not method or not path.startswith("/"):
        raise Malformed("this is no HTTP API event of payload format 2.0")
    stage = _text(context.get("stage"))
    if stage not in {"", "$default"} and path.startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :]  # rawPath carries the name of a stage that is not $default
    return Request(
        method=method.upper(),
        path=path,
        query=_text(whole.get("rawQueryString")),
        headers={str(k).lower(): str(v) for k, v in _table(whole.get("headers")).items()},
        body=_text(whole.get("body")),
        base64=whole.get("isBase64Encoded") is True,
        identity=_table(_table(context.get("authorizer")).get("lambda")),
        id=_text(context.get("requestId"))[:100],
        address=_text(http.get("sourceIp"))[:100] or "?",
        cookies=read_cookies(whole),
    )


def read_cookies(event: Mapping[str, Any]) -> dict[str, str]:
    """The cookies of an event: payload 2.0 lists them apart, some hosts leave them in the header. One that comes twice is none."""
    listed = event.get("cookies")
    parts = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    for name, value in _table(event.get("headers")).items():
        if isinstance(name, str) and name.lower() == "cookie" and isinstance(value, str) and not parts:
            parts = value.split(";")
    found: dict[str, str] = {}
    twice: set[str] = set()
    for part in parts[:MAX_FIELDS]:
        name, equals, value = part.strip().partition("=")
        if name in found:
            twice.add(name)
        if equals:
            found[name] = value
    return {name: value for name, value in found.items() if name not in twice}


def read_query(query: str, kind: type[msgspec.Struct] | None) -> Any:
    """The query string as `kind`; a field given again makes a list where `kind` has one. Raises Malformed."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Malformed("the query string is no list of name=value") from None
    if kind is None:
        if pairs:
            raise Malformed("this call takes no query")
        return None
    lists = {f.encode_name for f in msgspec.structs.fields(kind) if isinstance(f.default_factory, type)}
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in lists:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise Malformed("a query field is given twice")
        else:
            found[name] = value
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(f"query: {error}") from None


def read_body(request: Request, kind: type[msgspec.Struct] | None) -> Any:
    """The body as `kind`. No body counts as `{}`.

    Raises TooLarge, NotJson, Malformed (no JSON) or msgspec.ValidationError (JSON of another shape).
    """
    if len(request.body) > (MAX_BODY * 4 // 3 + 4 if request.base64 else MAX_BODY):
        raise TooLarge(f"a body is at most {MAX_BODY} octets")
    data = _octets(request)
    if len(data) > MAX_BODY:
        raise TooLarge(f"a body is at most {MAX_BODY} octets")
    if kind is None:
        if data.strip():
            raise Malformed("this call takes no body")
        return None
    if not data.strip():
        return msgspec.json.decode(b"{}", type=kind)
    _check_kind(request.headers)
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("the body is no JSON") from None


def _octets(request: Request) -> bytes:
    try:
        if request.base64:
            return base64.b64decode(request.body, validate=True)
        return request.body.encode()
    except (binascii.Error, ValueError):
        raise Malformed("the body cannot be read") from None


def _check_kind(headers: Mapping[str, str]) -> None:
    """Only JSON: a form or text posted by a foreign page without asking (CORS simple requests) is no command here."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise NotJson("send application/json")
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise NotJson("send the body without a content encoding")
