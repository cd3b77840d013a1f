"""The authorisation matrix over the functions themselves: level x verb x resource, each cell allowed, forbidden, or answered exactly as a
thing that is not there. Once with a token, once with a session; what stands in a cell is in tests/unit/api/test_scopes.py.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from pratique import bootstrap
from pratique.domain.actor import Actor, Channel
from pratique.domain.address import parse_address
from pratique.domain.grant import Grant
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.domain.user import User
from pratique.usecases.change_tokens import create_token
from pratique.usecases.make_link import make_link
from pratique.usecases.open_session import Visit
from pratique.usecases.sign_in import sign_in_by_link

from functions.api import app as api
from functions.authorize import app as authorizer
from tests import builders, fakes
from tests.functions.events import event
from tests.unit.api.calling import of, stocked
from tests.unit.api.test_scopes import ACTORS, CASES, EXPECTED, OWN, READS, prepared

MISSING = {"title": "Not Found", "status": 404, "detail": "no such thing", "code": "not_found"}
GATEWAY = (403, None)
"""What API Gateway answers by itself where the authorizer says no."""
COOKIE = "__Host-prq_session"


def call(method: str, path: str, headers: dict[str, str], options: dict[str, Any]) -> tuple[int, Any]:
    """A request through both functions, as API Gateway puts them together."""
    asked = event("authorizer-bearer.json")
    del asked["headers"]["authorization"]
    asked["headers"] |= headers
    asked["requestContext"]["http"] |= {"method": method, "path": path}
    said = authorizer.handler(asked, None)
    if not said["isAuthorized"]:
        return GATEWAY
    whole = event("api-list.json")
    whole["rawPath"], whole["rawQueryString"] = path, urlencode(options.get("query", {}), doseq=True)
    whole["requestContext"]["http"] |= {"method": method, "path": path}
    whole["requestContext"]["authorizer"] = {"lambda": said["context"]}
    if "body" in options:
        whole["body"] = json.dumps(options["body"])
        whole["headers"]["content-type"] = "application/json"
    answer = api.handler(whole, None)
    body = (
        json.loads(answer["body"]) if answer["body"] and "json" in answer["headers"]["content-type"] else None
    )
    if isinstance(body, dict):
        body.pop("request_id", None)
    return answer["statusCode"], body


def token_of(world: fakes.World, scope: str, *, may_write: bool = True) -> dict[str, str]:
    """The headers of whoever has a token of this scope, that its owner made."""
    maker = Actor("maker", parse_scope(scope), Channel.CLI)
    _, text = create_token(world.services, maker, name="m", scope=parse_scope(scope), may_write=may_write)
    return {"authorization": f"Bearer {text}"}


def session_of(world: fakes.World, scope: str, *, login: str = "", may_write: bool = True) -> dict[str, str]:
    """The headers of a person who looks after this scope and has signed in."""
    name = parse_scope(
        login or (scope if "@" in scope else f"admin@{scope.replace('global', 'ops.example')}")
    )
    if world.users.get(name) is None:
        mail = parse_address(str(name))
        world.users.add(User(name, parse_scope(scope), mail, may_write=may_write))
    done = sign_in_by_link(world.services, make_link(world.services, name).rpartition("/")[2], Visit())
    return {"cookie": f"{COOKIE}={done.text}", "x-pratique-csrf": done.csrf}


@pytest.mark.parametrize("kind", ["token", "session"])
@pytest.mark.parametrize(("name", "method", "path", "options", "cell"), CASES)
def test_each_cell(
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    name: str,
    method: str,
    path: str,
    options: dict[str, Any],
    cell: str,
) -> None:
    """Allowed; 403 with a code for what may be seen and not done; or the very words of a missing thing."""
    for scope, expected in zip(ACTORS, EXPECTED[cell], strict=True):
        world, there, given = prepared(path, options)
        monkeypatch.setattr(bootstrap, "services", lambda made=world: made.services)
        headers = token_of(world, scope) if kind == "token" else session_of(world, scope)
        status, body = call(method, there, headers, given)
        if expected is True:
            assert 200 <= status < 300, f"{name} as {scope}: {status} {body}"
        elif expected == 404:
            assert (status, body) == (404, MISSING), f"{name} as {scope}"
        else:
            assert (status, body["status"]) == (expected, expected), f"{name} as {scope}"
            assert body["code"] in ("forbidden", "reason_needed")


@pytest.mark.parametrize("kind", ["token", "session"])
@pytest.mark.parametrize(
    ("name", "method", "path", "options", "cell"), [c for c in CASES if c[1] != "GET" and c[0] not in READS]
)
def test_who_may_only_read_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    name: str,
    method: str,
    path: str,
    options: dict[str, Any],
    cell: str,
) -> None:
    """Not even as the operator; but a person's own searches."""
    world, there, given = prepared(path, options)
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    make = token_of if kind == "token" else session_of
    status, body = call(method, there, make(world, "global", may_write=False), given)
    if kind == "session" and name in OWN:
        assert status == (200 if method == "PUT" else 404)  # what is another's is not there
        return
    assert (status, body["code"]) == (403, "forbidden"), name


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    made, _ = stocked()
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    return made


def test_a_missing_thing_says_the_same_to_everybody(world: fakes.World) -> None:
    """Also to whom everything belongs."""
    missing = of(builders.a_copy(77, "bob@example.org"))
    for scope in ACTORS:
        for path in (missing, f"{missing}/raw", "/v1/users/nobody@example.org", "/v1/nothing"):
            assert call("GET", path, token_of(world, scope), {}) == (404, MISSING)


def test_a_delegate_looks_after_the_mail_and_lets_nobody_in(world: fakes.World) -> None:
    """The mailbox's messages, bodies and lists; no tokens, passwords and delegates; nothing beside it; and nothing when it was taken back."""
    bob, dora = parse_scope("bob@example.org"), parse_scope("dora@example.org")
    copy = builders.a_copy(1, "bob@example.org")
    world.grants.put(Grant(dora, bob, True, builders.NOW_MS, "bob@example.org"))
    headers = session_of(world, "dora@example.org")
    assert call("GET", of(copy), headers, {}) == (404, MISSING)
    assert call("GET", "/v1/me", headers, {})[1]["scopes"] == ["dora@example.org", "bob@example.org"]
    headers["x-pratique-scope"] = "bob@example.org"
    assert call("GET", of(copy, "raw"), headers, {})[0] == 200
    assert call("POST", of(copy, "release"), headers, {})[0] == 200
    for method, path, body in (
        ("POST", "/v1/tokens", {"name": "x"}),
        ("POST", "/v1/passwords/bob@example.org", {"label": "x"}),
        ("PUT", "/v1/delegates/bob@example.org", {"login": "fay@example.org"}),
    ):
        status, answer = call(method, path, headers, {"body": body})
        assert (status, answer["code"]) == (403, "forbidden"), path
    headers["x-pratique-scope"] = "carol@example.org"
    assert call("GET", "/v1/messages", headers, {}) == GATEWAY
    headers["x-pratique-scope"] = "bob@example.org"
    assert (
        call("DELETE", "/v1/delegates/bob@example.org", headers, {"query": {"login": "dora@example.org"}})[0]
        == 204
    )
    assert call("GET", of(copy), headers, {}) == GATEWAY


def test_a_delegate_who_may_only_read_does_that(world: fakes.World) -> None:
    """Until the day it was given for."""
    bob, dora = parse_scope("bob@example.org"), parse_scope("dora@example.org")
    copy = builders.a_copy(1, "bob@example.org")
    world.grants.put(Grant(dora, bob, False, builders.NOW_MS, "bob@example.org", builders.NOW + 60))
    headers = session_of(world, "dora@example.org") | {"x-pratique-scope": "bob@example.org"}
    assert call("GET", of(copy), headers, {})[0] == 200
    assert call("POST", of(copy, "release"), headers, {})[0] == 403
    world.clock.advance(seconds=61)
    assert call("GET", of(copy), headers, {}) == GATEWAY


def test_an_administrator_acts_as_somebody_else_and_it_shows(world: fakes.World) -> None:
    """Both names in the history and the audit; the other person reads who, when and why; and nothing else opens."""
    copy = builders.a_copy(1, "bob@example.org")
    headers = session_of(world, "example.org")
    status, _ = call(
        "POST", "/v1/session/as", headers, {"body": {"scope": "bob@example.org", "reason": "a call"}}
    )
    assert status == 204
    _, me = call("GET", "/v1/me", headers, {})
    name = "admin@example.org as bob@example.org"
    assert (me["actor"], me["acting_as"], me["scope"]) == (name, "bob@example.org", "bob@example.org")
    assert call("GET", of(copy, "raw"), headers, {})[0] == 200
    assert call("POST", of(copy, "release"), headers, {})[0] == 200
    assert {entry.actor for entry in world.audit.log if entry.action == "body.open"} == {name}
    assert world.index.get_copy(copy.id, now=builders.NOW).events[-1].actor == name  # type: ignore[union-attr]  # it is there
    for method, path, options in (
        ("GET", "/v1/messages", {"query": {"scope": "example.org"}}),
        ("GET", "/v1/sessions", {}),
        ("PUT", "/v1/me/password", {"body": {"password": "four words nobody guesses"}}),
    ):
        assert call(method, path, headers, options) == (404, MISSING), path
    assert (
        call("POST", "/v1/session/as", headers, {"body": {"scope": "bob@example.org", "reason": "x"}})[0]
        == 409
    )
    told = call("GET", "/v1/disclosures", session_of(world, "bob@example.org"), {})[1]["disclosures"]
    assert [(d["what"], d["actor"], d["reason"]) for d in told] == [
        ("opened", name, "a call"),
        ("logged_in_as", "admin@example.org", "a call"),
    ]
    assert call("DELETE", "/v1/session/as", headers, {})[0] == 204
    assert call("GET", "/v1/me", headers, {})[1]["actor"] == "admin@example.org"
    assert call("GET", of(copy, "raw"), headers, {})[1]["code"] == "reason_needed"


def test_what_is_made_while_acting_as_somebody_is_not_that_persons_own(world: fakes.World) -> None:
    """A token that outlives the hour opens no mail without a reason, and neither does one that it makes."""
    copy = builders.a_copy(1, "bob@example.org")
    headers = session_of(world, "example.org")
    call("POST", "/v1/session/as", headers, {"body": {"scope": "bob@example.org", "reason": "a call"}})
    for _ in range(2):
        _, made = call("POST", "/v1/tokens", headers, {"body": {"name": "x"}})
        headers = {"authorization": f"Bearer {made['text']}"}
        assert call("GET", of(copy), headers, {})[0] == 200
        assert call("GET", of(copy, "raw"), headers, {})[1]["code"] == "reason_needed"


@pytest.mark.parametrize(
    ("who", "scope", "expected"),
    [
        ("global", "example.org", 204),
        ("global", "bob@example.org", 204),
        ("example.org", "example.org", 403),
        ("example.org", "global", 404),
        ("example.org", "ann@example.net", 404),
        ("bob@example.org", "bob@example.org", 403),
        ("bob@example.org", "carol@example.org", 404),
    ],
)
def test_as_whom_one_may_log_in(world: fakes.World, who: str, scope: str, expected: int) -> None:
    """Below oneself only."""
    body = {"scope": scope, "reason": "a call"}
    assert call("POST", "/v1/session/as", session_of(world, who), {"body": body})[0] == expected


def test_acting_as_somebody_ends_by_itself_and_with_the_right_to_it(world: fakes.World) -> None:
    """After an hour; and at once where the scope of the account is another one."""
    headers = session_of(world, "example.org")
    body = {"scope": "bob@example.org", "reason": "a call"}
    call("POST", "/v1/session/as", headers, {"body": body})
    world.clock.advance(seconds=3601)
    assert call("GET", "/v1/me", headers, {})[1]["acting_as"] is None
    call("POST", "/v1/session/as", headers, {"body": body})
    (admin,) = [user for user in world.users.rows.values() if str(user.login) == "admin@example.org"]
    world.users.rows[admin.login] = User(admin.login, parse_scope("example.net"), admin.mail)
    assert call("GET", "/v1/me", headers, {}) == GATEWAY


def test_a_token_acts_as_nobody_else(world: fakes.World) -> None:
    """There is no session to mark."""
    body = {"scope": "bob@example.org", "reason": "a call"}
    assert call("POST", "/v1/session/as", token_of(world, "global"), {"body": body}) == (404, MISSING)


@pytest.mark.parametrize("by", ["token", "session", "narrowed", "token for the mailbox"])
def test_somebody_elses_mail_wants_a_reason(world: fakes.World, by: str) -> None:
    """Whatever an administrator comes with; said once it holds for an hour, for this message alone; and its owner reads it."""
    world.index.add_facts(builders.facts(2), expires_at=builders.NOW + 9_999_999)
    other = builders.a_copy(2, "bob@example.org")
    world.index.add_copy(other)
    copy = builders.a_copy(1, "bob@example.org")
    headers = (
        session_of(world, "example.org") if by in ("session", "narrowed") else token_of(world, "example.org")
    )
    if by == "narrowed":
        headers["x-pratique-scope"] = "bob@example.org"
    if by == "token for the mailbox":
        _, made = call("POST", "/v1/tokens", headers, {"body": {"name": "x", "scope": "bob@example.org"}})
        headers = {"authorization": f"Bearer {made['text']}"}
    assert call("GET", of(copy), headers, {})[0] == 200
    for what in ("raw", "preview", "source"):
        assert call("GET", of(copy, what), headers, {})[1]["code"] == "reason_needed", what
    for reason in ("", " ", "x" * 201):
        assert call("POST", of(copy, "open"), headers, {"body": {"reason": reason}})[0] == 422
    status, link = call("POST", of(copy, "open"), headers, {"body": {"reason": "asked on\nthe phone"}})
    assert (status, link["expires_in"]) == (200, 300)
    for what in ("raw", "preview", "source"):
        assert call("GET", of(copy, what), headers, {})[0] == 200, what
    assert call("POST", of(copy, "open"), headers, {"body": {"reason": "again"}})[0] == 200
    assert call("GET", of(other, "raw"), headers, {})[1]["code"] == "reason_needed"
    told = call("GET", "/v1/disclosures", session_of(world, "bob@example.org"), {})[1]["disclosures"]
    assert [(d["what"], d["subject"], d["reason"]) for d in told] == [
        ("opened", str(copy.id), "asked on the phone")
    ]
    assert [e.subject for e in world.audit.log if e.action == "body.open"] == [
        f"{copy.id}: asked on the phone"
    ]
    world.clock.advance(seconds=3601)
    assert call("GET", of(copy, "raw"), headers, {})[1]["code"] == "reason_needed"


def test_ones_own_mail_wants_none_and_nothing_is_noted(world: fakes.World) -> None:
    """By session and by a token that one made oneself."""
    copy = builders.a_copy(1, "bob@example.org")
    for headers in (session_of(world, "bob@example.org"), token_of(world, "bob@example.org")):
        assert call("GET", of(copy, "raw"), headers, {})[0] == 200
        assert call("POST", of(copy, "open"), headers, {})[0] == 200
    assert world.disclosures.rows == {}


def test_the_operator_is_told_apart_from_the_domains_administrator(world: fakes.World) -> None:
    """A domain's administrator manages accounts of the domain with logins of the domain; a global account with such a login is none."""
    world.users.add(User(parse_scope("ops@example.org"), GLOBAL, parse_address("ops@example.org")))
    headers = session_of(world, "example.org")
    assert call("GET", "/v1/users/ops@example.org", headers, {}) == (404, MISSING)
    listed = call("GET", "/v1/users", headers, {})[1]["users"]
    assert [user["login"] for user in listed] == ["admin@example.org"]


def test_links_for_an_address_go_to_that_address(world: fakes.World) -> None:
    """Or an administrator could be somebody else without a trace."""
    headers = session_of(world, "example.org")
    body = {"login": "bob@example.org", "mail": "eve@evil.example"}
    assert call("POST", "/v1/users", headers, {"body": body})[0] == 422
    assert call("POST", "/v1/users", headers, {"body": {"login": "bob@example.org"}})[0] == 201
    assert (
        call("PATCH", "/v1/users/bob@example.org", headers, {"body": {"mail": "eve@evil.example"}})[0] == 422
    )
    assert call("PATCH", "/v1/users/example.org", headers, {"body": {"name": "x"}})[0] == 404


def test_nobody_changes_the_own_account_as_its_administrator(world: fakes.World) -> None:
    """Rights come from others; and nobody locks oneself out by mistake."""
    headers = session_of(world, "global")
    for method, path in (("PATCH", "/v1/users/"), ("DELETE", "/v1/users/"), ("POST", "/v1/resets/")):
        options = {"body": {"disabled": True}} if method == "PATCH" else {}
        assert call(method, f"{path}admin@ops.example", headers, options)[0] == 409


def test_an_account_that_is_disabled_deleted_or_reset_is_out(world: fakes.World) -> None:
    """Its sessions with it; what it looked after for others too."""
    operator = token_of(world, "global")
    for method, path, options in (
        ("PATCH", "/v1/users/dora@example.org", {"body": {"disabled": True}}),
        ("POST", "/v1/resets/dora@example.org", {}),
        ("DELETE", "/v1/users/dora@example.org", {}),
    ):
        dora = session_of(world, "dora@example.org")
        world.grants.put(Grant(parse_scope("dora@example.org"), parse_scope("bob@example.org"), True, 1, "x"))
        assert call("GET", "/v1/me", dora, {})[0] == 200
        assert 200 <= call(method, path, operator, options)[0] < 300
        assert call("GET", "/v1/me", dora, {}) == GATEWAY
        if method == "PATCH":
            assert call("PATCH", path, operator, {"body": {"disabled": False}})[0] == 200
    assert world.grants.rows == {}


def test_saved_searches_are_of_the_login_and_go_with_it(world: fakes.World) -> None:
    """The same by a token of one's own; not those of the mailbox that one looks after; none while one is somebody else."""
    dora, bob = parse_scope("dora@example.org"), parse_scope("bob@example.org")
    world.grants.put(Grant(dora, bob, False, builders.NOW_MS, "bob@example.org"))
    headers = session_of(world, "dora@example.org")
    there = headers | {"x-pratique-scope": "bob@example.org"}
    body = {"name": "mine", "search": {"q": "order"}}
    assert call("PUT", "/v1/me/searches/a", there, {"body": body})[0] == 200
    for mine in (headers, there, token_of(world, "dora@example.org")):
        assert [s["id"] for s in call("GET", "/v1/me/searches", mine, {})[1]["searches"]] == ["a"]
    assert call("GET", "/v1/me/searches", session_of(world, "bob@example.org"), {})[1] == {"searches": []}
    admin = session_of(world, "example.org")
    _, made = call("POST", "/v1/tokens", admin, {"body": {"name": "x", "scope": "dora@example.org"}})
    assert call("GET", "/v1/me/searches", {"authorization": f"Bearer {made['text']}"}, {}) == (404, MISSING)
    call("POST", "/v1/session/as", admin, {"body": {"scope": "dora@example.org", "reason": "a call"}})
    assert call("GET", "/v1/me/searches", admin, {}) == (404, MISSING)
    assert call("PUT", "/v1/me/searches/a", admin, {"body": body}) == (404, MISSING)
    assert call("DELETE", "/v1/users/dora@example.org", token_of(world, "global"), {})[0] == 204
    assert world.searches.rows == {}


def test_delegates_are_of_the_same_domain_unless_the_operator_says_so(world: fakes.World) -> None:
    """And people, and not oneself; of a mailbox."""
    bob = session_of(world, "bob@example.org")
    for login in ("eve@evil.example", "bob@example.org", "example.org", "global"):
        assert call("PUT", "/v1/delegates/bob@example.org", bob, {"body": {"login": login}})[0] == 422
    operator = token_of(world, "global")
    assert (
        call("PUT", "/v1/delegates/bob@example.org", operator, {"body": {"login": "eve@evil.example"}})[0]
        == 200
    )
    assert (
        call("PUT", "/v1/delegates/example.org", operator, {"body": {"login": "dora@example.org"}})[0] == 422
    )
    told = call("GET", "/v1/disclosures", bob, {})[1]["disclosures"]
    assert [(d["what"], d["subject"]) for d in told] == [("delegated", "eve@evil.example")]
