"""One HTTP API event in, one answer out. Never raises."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from typing import Any

import msgspec

from pratique.domain.actor import Actor
from pratique.domain.errors import InvalidInput, NotProved
from pratique.observability import log_event, logger
from pratique.ports.services import Services
from pratique.usecases.end_session import touch_session

from .endpoint import Call, Client, Endpoint, Reply, Written
from .errors import Malformed, SecondFactorNeeded, Unauthenticated, WrongMethod, answer_of, code_of, detail_of
from .given import Problem
from .identity import actor_of
from .request import Request, read_body, read_query, read_request
from .router import router
from .undoing import begun, told

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
"""On every answer: mail is private, and nothing here is a page."""
MAX_KEY = 255
MAX_AGENT = 300
MAX_FORWARDED = 1_000
_ETAG = re.compile(r'"([0-9]{1,12})"')
_INTERNAL = 500


def handle(event: object, services: Callable[[], Services]) -> dict[str, Any]:
    """Answer an event of payload format 2.0. `services` is called when an endpoint first needs a port."""
    name, request_id, method = "none", "", ""
    try:
        request = read_request(event)
        request_id, method = request.id, request.method
        endpoint, path = router().find(request.method, request.path)
        name = endpoint.name
        call = _call(endpoint, request, path, services)
        answer = _done(endpoint, endpoint.handler(call))
        answer["headers"].update(told(endpoint, call))
    except Exception as error:  # noqa: BLE001 - the edge answers whatever happens
        answer = _problem(error, request_id)
    log_event("answered", call=name, method=method[:10], status=answer["statusCode"], request=request_id)
    if method == "HEAD":
        answer["body"] = ""
    return answer


def _call(
    endpoint: Endpoint, request: Request, path: dict[str, str], services: Callable[[], Services]
) -> Call:
    actor = None if endpoint.public else _admitted(endpoint, request, services)
    key = _key(request)
    if actor is not None:
        actor = begun(endpoint, actor, request, key)
    query = read_query(request.query, endpoint.query)
    body = read_body(request, endpoint.body)
    csrf = request.identity.get("csrf")
    client = Client(
        request.address,
        request.headers.get("user-agent", "")[:MAX_AGENT],
        request.cookies,
        csrf if isinstance(csrf, str) else "",
        request.headers.get("x-forwarded-for", "")[:MAX_FORWARDED],
    )
    return Call(services, actor, path, query, body, key, client, _match(request))


def _admitted(endpoint: Endpoint, request: Request, services: Callable[[], Services]) -> Actor:
    """The actor, if this endpoint answers to it; a session that was not seen for a while is noted as alive."""
    actor = actor_of(request.identity)
    if request.identity.get("unfinished") == "yes" and not endpoint.unfinished:
        raise SecondFactorNeeded("set up a second factor first")
    if request.identity.get("stale") == "yes":
        touch_session(services(), actor)
    return actor


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise Malformed(f"an Idempotency-Key is 1 to {MAX_KEY} printable ASCII characters")
    return key


def _match(request: Request) -> int | None:
    """RFC 9110, 13.1.1. `*` matches whatever is there."""
    text = request.headers.get("if-match", "*").strip()
    if text == "*":
        return None
    found = _ETAG.fullmatch(text)
    if found is None:
        raise Malformed('If-Match names one version, as the ETag does: "12"')
    return int(found[1])


def _done(endpoint: Endpoint, result: object) -> dict[str, Any]:
    if isinstance(result, Written):
        answer = _answer(result.status, result.kind, result.text.encode())
        answer["headers"].update(result.headers)
        return answer
    body = result.body if isinstance(result, Reply) else result
    if endpoint.answer is None and body is None:
        answer = {"statusCode": 204, "headers": dict(HEADERS), "body": "", "isBase64Encoded": False}
    else:
        answer = _answer(endpoint.status, "application/json", msgspec.json.encode(body))
    if isinstance(result, Reply) and result.cookies:
        answer["cookies"] = list(result.cookies)
    etag = getattr(body, "etag", None)
    if etag is not None:
        answer["headers"]["etag"] = etag
    return answer


def _problem(error: Exception, request_id: str) -> dict[str, Any]:
    """RFC 9457. What is not ours is logged (where, not what: the text may quote mail) and answered without detail."""
    if isinstance(error, msgspec.ValidationError):
        error = InvalidInput(str(error))
    row = answer_of(error)
    if row.status >= _INTERNAL:
        place = "".join(traceback.format_tb(error.__traceback__, limit=-8))
        fields = {"event": "api_failed", "error": type(error).__name__, "place": place, "request": request_id}
        logger().error("api_failed", extra=fields)
    problem = Problem(
        title=row.title,
        status=row.status,
        detail=detail_of(error),
        code=code_of(error),
        request_id=request_id or None,
    )
    answer = _answer(row.status, "application/problem+json", msgspec.json.encode(problem))
    if row.retry_after is not None:
        answer["headers"]["retry-after"] = str(row.retry_after)
    if isinstance(error, WrongMethod):
        answer["headers"]["allow"] = error.allow
    if isinstance(error, Unauthenticated | NotProved):
        answer["headers"]["www-authenticate"] = 'Bearer realm="pratique"'
    return answer


def _answer(status: int, kind: str, body: bytes) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": kind, **HEADERS},
        "body": body.decode(),
        "isBase64Encoded": False,
    }
