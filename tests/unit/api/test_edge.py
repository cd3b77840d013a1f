"""The edge itself: odd events, bodies, methods, and the one error table."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pratique.api import edge
from pratique.api.errors import TABLE, WrongMethod, answer_of, code_of, detail_of
from pratique.api.request import MAX_BODY
from pratique.api.router import Router, router
from pratique.api.table import ENDPOINTS
from pratique.domain import errors as domain_errors
from pratique.domain.errors import ConcurrentChange, PermanentFailure, PratiqueError, TemporaryFailure
from pratique.domain.lesson import LessonRef
from pratique.domain.scope import GLOBAL
from pratique.ports.queue import QueueName
from pratique.usecases.run_job import run_job

from tests import builders, fakes
from tests.unit.api.calling import call, everything_in, http_event, of, send, stocked

POLICY = "/v1/policies/example.org"
OWNER = "bob@example.org"
PAGE = b"Content-Type: text/html\r\n\r\n<p onclick=alert(1)>Hello</p>"


def _subclasses(kind: type[PratiqueError]) -> Iterator[type[PratiqueError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _subclasses(child)


def test_every_error_of_the_project_is_in_the_table() -> None:
    """A new one cannot be forgotten: the modules of the core and the edge define no error without a row."""
    ours = {
        k
        for k in _subclasses(PratiqueError)
        if k.__module__.startswith(("pratique.domain", "pratique.api", "pratique.ports"))
    }
    assert ours == set(TABLE)
    assert {
        k for k in vars(domain_errors).values() if isinstance(k, type) and issubclass(k, PratiqueError)
    } <= ours


def test_codes_are_stable() -> None:
    """Programs compare them: a change here breaks somebody."""
    assert {code_of(k("…")): answer_of(k("…")).status for k in TABLE} == {
        "malformed_request": 400,
        "unauthenticated": 401,
        "not_proved": 401,
        "code_needed": 401,
        "second_factor_needed": 403,
        "reason_needed": 403,
        "sign_in_again": 403,
        "forbidden": 403,
        "request_needed": 403,
        "not_found": 404,
        "method_not_allowed": 405,
        "conflict": 409,
        "no_route": 409,
        "outdated": 412,
        "too_large": 413,
        "unsupported_media_type": 415,
        "limit_reached": 429,
        "sender_locked": 403,
        "invalid_input": 422,
        "refused": 422,
        "permanent_failure": 502,
        "temporary_failure": 503,
        "concurrent_change": 503,
        "error": 500,
    }


@pytest.mark.parametrize("kind", [TemporaryFailure, PermanentFailure, ConcurrentChange, PratiqueError])
def test_what_lies_behind_is_not_shown(kind: type[PratiqueError]) -> None:
    """The text of a failure names tables, queues and hosts."""
    assert "secret-table" not in detail_of(kind("cannot write to secret-table"))


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (TemporaryFailure("table secret-table throttled"), 503, "temporary_failure", "5"),
        (PermanentFailure("table secret-table is gone"), 502, "permanent_failure", None),
        (ConcurrentChange("secret-table"), 503, "concurrent_change", "1"),
        (RuntimeError("bob@example.org secret-table"), 500, "internal_error", None),
        (RecursionError("secret-table"), 500, "internal_error", None),
    ],
)
def test_failures_of_ports_are_answered_without_detail(
    error: Exception, status: int, code: str, retry: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """And logged by kind and place, without their text."""
    world, (copy,) = stocked()
    world.services = fakes.faulty(world.services)
    fakes.fail_next(world.services, "index.get_copy", error)
    answer = call(world, "GET", of(copy))
    assert (answer.status, answer.body["code"], answer.headers.get("retry-after")) == (status, code, retry)
    assert answer.body["request_id"] == "XkZ3jhBpDoEEJxg="
    logged = everything_in(caplog)
    assert type(error).__name__ in logged
    assert "secret-table" not in answer.text + logged


def test_nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """One line a call: which, how it ended, which request."""
    world, (copy,) = stocked()
    call(world, "GET", of(copy), scope="bob@example.org")
    call(world, "GET", "/v1/messages", query={"scope": "bob@example.org"})
    call(world, "POST", "/v1/tokens", body={"name": "desk"})
    logged = everything_in(caplog)
    assert "readMessage" in logged
    for private in ("bob@", "Cheap", "eve@", "prq_", str(copy.id)):
        assert private not in logged


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        "event",
        {},
        {"version": "2.0"},
        {"rawPath": "/v1/me", "requestContext": {}},
        {"rawPath": "/v1/me", "requestContext": {"http": {"method": 5}}},
        {"rawPath": ["/v1/me"], "requestContext": {"http": {"method": "GET"}}},
        {"httpMethod": "GET", "path": "/v1/me", "requestContext": {"http": None}},
        {"rawPath": "v1/me", "requestContext": {"http": {"method": "GET"}}},
        {"Records": [{"body": "{}"}]},
    ],
)
def test_an_event_that_is_none_gets_a_clear_400(odd: object) -> None:
    """A REST API's payload 1.0, another trigger, nothing at all."""
    answer = send(fakes.world(), odd)
    assert (answer.status, answer.body["code"]) == (400, "malformed_request")
    assert "payload format 2.0" in answer.body["detail"]


@pytest.mark.parametrize("field", ["headers", "body", "rawQueryString", "isBase64Encoded", "requestContext"])
@pytest.mark.parametrize("value", [None, 5, [], {}, "x"])
def test_a_field_of_another_type_crashes_nothing(field: str, value: object) -> None:
    """Whatever the event holds, there is an answer."""
    whole = http_event("GET", "/v1/me")
    whole[field] = value
    assert send(fakes.world(), whole).status in {200, 400, 401, 415}


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        {"lambda": None},
        {"lambda": {}},
        {"lambda": {"actor": "x"}},
        {"lambda": {"actor": "", "scope": "global"}},
        {"lambda": {"actor": "x", "scope": ""}},
        {"lambda": {"actor": "x", "scope": ["global"]}},
        {"actor": "x", "scope": "global"},
    ],
)
def test_without_the_authorizers_word_nobody_is_anybody(said: object) -> None:
    """Headers are not believed, whatever they claim."""
    world, _ = stocked()
    whole = http_event(
        "GET", "/v1/messages", headers={"actor": "x", "scope": "global", "authorization": "Bearer x"}
    )
    whole["requestContext"]["authorizer"] = said
    answer = send(world, whole)
    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("said", [None, "", "no", "true", True, 1])
def test_only_yes_lets_write(said: object) -> None:
    """A context that lost its word is read-only."""
    world, (copy,) = stocked()
    whole = http_event("POST", of(copy, "release"))
    whole["requestContext"]["authorizer"]["lambda"]["may_write"] = said
    assert send(world, whole).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/messages",
        "/v1/messages/",
        "/v1/nothing",
        "/v1/messages/a/b/c",
        "/v1//messages",
        "/v1/MESSAGES",
        "/favicon.ico",
    ],
)
def test_a_path_that_is_none(path: str) -> None:
    """404 as JSON."""
    answer = call(fakes.world(), "GET", path)
    assert (answer.status, answer.body["code"]) == (404, "not_found")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
def test_another_method_is_told_which_there_are(endpoint: Any) -> None:
    """405 with Allow (RFC 9110, 15.5.6)."""
    path = endpoint.path.replace("{", "").replace("}", "")
    answer = call(fakes.world(), "TRACE", path)
    assert (answer.status, answer.body["code"]) == (405, "method_not_allowed")
    assert endpoint.method in answer.headers["allow"].split(", ")


def test_head_is_get_without_the_body() -> None:
    """The same status and headers (RFC 9110, 9.3.2)."""
    world, (copy,) = stocked()
    get, head = (call(world, method, of(copy)) for method in ("GET", "HEAD"))
    assert (head.status, head.headers, head.text) == (get.status, get.headers, "")
    assert call(world, "HEAD", "/v1/nothing").text == ""
    assert call(world, "HEAD", of(copy, "release")).status == 405


def test_every_answer_is_private_and_no_page() -> None:
    """Also an error's."""
    for answer in (
        call(fakes.world(), "GET", "/v1/me"),
        call(fakes.world(), "GET", "/v1/x"),
        call(fakes.world(), "GET", "/v1/me", scope=None),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_problems_are_rfc_9457() -> None:
    """Kind and members."""
    answer = call(fakes.world(), "GET", "/v1/messages/x")
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"title", "status", "detail", "code", "request_id"} == set(answer.body)
    assert answer.body["status"] == answer.status == 404


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"],
)
def test_a_body_of_another_kind_is_refused(kind: str) -> None:
    """A form of a foreign page is no command."""
    answer = call(fakes.world(), "PUT", POLICY, body={}, headers={"content-type": kind})
    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
)
def test_json_by_any_of_its_names(kind: str) -> None:
    """Parameters and case do not matter."""
    assert call(fakes.world(), "PUT", POLICY, body={}, headers={"content-type": kind}).status == 200


def test_a_compressed_body_is_refused() -> None:
    """No bombs."""
    assert call(fakes.world(), "PUT", POLICY, body={}, headers={"content-encoding": "gzip"}).status == 415


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nil",
        '{"a":',
        "\ud800",
        '{"spam_at": 1e999}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "{}{}",
        "\x00",
        '{"quarantine": tru}',
    ],
)
def test_a_body_that_is_no_json(body: str) -> None:
    """400 or 422, quickly, whatever it is."""
    assert call(fakes.world(), "PUT", POLICY, body=body).status in {400, 422}


def test_bodies_in_base64() -> None:
    """As API Gateway sends what it takes for binary; broken base64 is malformed."""
    world = fakes.world()
    whole = http_event("PUT", POLICY, body={"retention_days": 9})
    whole |= {"body": base64.b64encode(whole["body"].encode()).decode(), "isBase64Encoded": True}
    assert send(world, whole).body["own"]["retention_days"] == 9
    whole["body"] = "%%%"
    assert send(world, whole).status == 400
    whole["body"] = base64.b64encode(b"\xff\xfe{").decode()
    assert send(world, whole).status == 400


def test_a_body_is_at_most_six_megabytes() -> None:
    """In octets, in either form."""
    world = fakes.world()
    long = json.dumps({"spam_notation": "x" * MAX_BODY})
    assert call(world, "PUT", POLICY, body=long).status == 413
    wide = json.dumps({"spam_notation": "ä" * (MAX_BODY // 2)}, ensure_ascii=False)
    assert len(wide) < MAX_BODY < len(wide.encode())
    assert call(world, "PUT", POLICY, body=wide).status == 413
    whole = http_event("PUT", POLICY, body=base64.b64encode(long.encode()).decode())
    assert send(world, whole | {"isBase64Encoded": True}).status == 413


def test_a_body_where_none_is_taken() -> None:
    """A caller who thinks that it matters should know."""
    assert call(fakes.world(), "DELETE", "/v1/routes/example.org", body={"force": True}).status == 400


def test_reads_change_nothing() -> None:
    """Invariant 6: no GET of the table writes."""
    world, (copy,) = stocked()
    world.journal.add([builders.lesson(1)])
    lesson_id = str(LessonRef(GLOBAL, builders.lesson(1).id))
    job = call(
        world, "POST", "/v1/jobs", body={"action": "train", "label": "ham", "search": {"q": "absent"}}
    ).body["id"]
    run_job(world.services, job, until_ms=world.clock.now_ms() + 1)
    world.queue.drain(QueueName.JOBS)
    entry = {"kind": "block", "pattern": "a.example"}
    action = call(world, "PUT", "/v1/lists/example.org/entries", body=entry).headers["pratique-action"]
    world.audit.log.clear()

    def named(path: str) -> str:
        return str({"lessons": lesson_id, "jobs": job, "actions": action}.get(path.split("/")[2], copy.id))

    world.store.put(copy.raw_key, PAGE)
    ticket = call(world, "GET", of(copy, "preview"), scope=OWNER).body["page"].rpartition("/")[2]
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET":
            path = (
                endpoint.path.replace("{id}", named(endpoint.path))
                .replace("{scope}", "example.org")
                .replace("{domain}", "*" if "routes" in endpoint.path else "example.org")
                .replace("{ticket}", ticket)
            )
            # Whoever comes with a token has no session, and no keys; and opens no mail of others without a reason.
            status = {
                "showSession": 404,
                "listSessions": 404,
                "listPasskeys": 404,
                "linkRaw": 403,
                "previewMessage": 403,
                "showSource": 403,
                "getUser": 404,
            }
            queries = {"showOwner": {"address": "x@example.org"}, "listIdentities": {"locked": "true"}}
            query = queries.get(endpoint.name)
            assert call(world, "GET", path, query=query).status == status.get(endpoint.name, 200), (
                endpoint.name
            )
    assert world.audit.log == []
    assert not any(world.queue.waiting.values())
    assert world.index.get_copy(copy.id, now=copy.received_ms // 1000) == copy


def test_two_endpoints_at_one_place_are_a_mistake() -> None:
    """Found when the router is made, not when the second is missed."""
    with pytest.raises(ValueError, match="twice"):
        Router([ENDPOINTS[0], ENDPOINTS[0]])


def test_the_router_is_made_once() -> None:
    """And knows every row."""
    assert router() is router()
    with pytest.raises(WrongMethod):
        router().find("TRACE", "/v1/me")
    assert edge.HEADERS


def test_a_page_brings_a_policy_of_its_own() -> None:
    """A frame's address is all that a frame can send; what it shows may do nothing, and only our own pages may hold it."""
    world, (copy,) = stocked()
    world.store.put(copy.raw_key, PAGE)
    shown = call(world, "GET", of(copy, "preview"), scope=OWNER).body
    answer = call(world, "GET", shown["page"], scope=None)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert "<p>Hello</p>" in answer.text
    assert "onclick" not in answer.text
    again = call(world, "GET", of(copy, "preview"), query={"remote": "true"}, scope=OWNER).body["page"]
    assert "img-src data: https:;" in call(world, "GET", again, scope=None).headers["content-security-policy"]
    assert call(world, "GET", shown["page"][:-3] + "AAA", scope=None).status == 404
