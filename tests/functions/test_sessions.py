"""Sessions over functions/authorize and functions/api: cookies, CSRF, and what the authorizer says to the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pratique import bootstrap
from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.services import Options
from pratique.usecases.make_link import make_link

from functions.api import app as api
from functions.authorize import app as authorizer
from functions.letters import app as letters
from tests import builders, fakes
from tests.functions.events import event

BOB = parse_scope("bob@example.org")
NAME = "__Host-prq_session"
NO = {"isAuthorized": False}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    made = fakes.world()
    monkeypatch.setattr(bootstrap, "services", lambda: made.services)
    made.directory.put_route(builders.route("*"))
    made.directory.put_policy(BOB, Policy())
    return made


def _asked(method: str = "GET", path: str = "/v1/messages", **headers: Any) -> dict[str, Any]:
    """An authorizer's event without an Authorization header."""
    whole = event("authorizer-session.json")
    del whole["cookies"], whole["headers"]["x-pratique-scope"]
    whole["rawPath"] = path
    whole["requestContext"]["http"] |= {"method": method, "path": path}
    whole["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return whole


def _api(method: str, path: str, body: Any = None, context: Any = None) -> Any:
    whole = event("api-no-authorizer.json")
    whole["rawPath"], whole["rawQueryString"] = path, ""
    whole["requestContext"]["http"] |= {"method": method, "path": path, "sourceIp": "192.0.2.44"}
    if context is not None:
        whole["requestContext"]["authorizer"] = {"lambda": context}
    if body is not None:
        whole["body"] = json.dumps(body)
        whole["headers"]["content-type"] = "application/json"
    return api.handler(whole, None)


def _signed_in(world: fakes.World) -> tuple[str, str]:
    """(the cookie's value, the CSRF word)."""
    token = make_link(world.services, BOB).rpartition("/")[2]
    answer = _api("POST", "/v1/session", {"link": token})
    assert answer["statusCode"] == 201
    (cookie,) = answer["cookies"]
    name, _, rest = cookie.partition("=")
    assert name == NAME
    value, *attributes = rest.split("; ")
    assert attributes == ["Path=/", "Max-Age=604800", "HttpOnly", "SameSite=Strict", "Secure"]
    return value, json.loads(answer["body"])["csrf"]


def test_a_link_is_asked_for_and_mailed(world: fakes.World) -> None:
    """Through both functions: the answer says nothing, the letter goes out."""
    for login in ("bob@example.org", "nobody@example.org"):
        answer = _api("POST", "/v1/session/link", {"login": login})
        assert (answer["statusCode"], json.loads(answer["body"])) == (202, {"status": "accepted"})
    items = [body for bodies in world.queue.waiting.values() for body in bodies]
    records = [{"messageId": str(n), "body": json.dumps(body)} for n, body in enumerate(items)]
    records.append({"messageId": "odd", "body": "no json"})
    assert letters.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
    assert [str(parcel.recipient) for parcel in world.courier.parcels] == ["bob@example.org"]


@pytest.mark.parametrize("place", ["cookies", "header"])
def test_a_cookie_lets_its_owner_in(world: fakes.World, place: str) -> None:
    """As payload 2.0 lists it, or as a header carries it; the API reads the context back."""
    value, csrf = _signed_in(world)
    whole = _asked()
    if place == "cookies":
        whole["cookies"] = ["other=1", f"{NAME}={value}"]
    else:
        whole["headers"]["cookie"] = f"other=1; {NAME}={value}"
    answer = authorizer.handler(whole, None)
    (session,) = world.sessions.rows
    assert answer == {
        "isAuthorized": True,
        "context": {
            "actor": "bob@example.org",
            "scope": "bob@example.org",
            "may_write": "yes",
            "session": session,
            "login": "bob@example.org",
            "csrf": csrf,
            "stale": "no",
            "unfinished": "no",
            "standing": "own",
            "reason": "",
        },
    }
    shown = _api("GET", "/v1/session", context=answer["context"])
    body = json.loads(shown["body"])
    assert (shown["statusCode"], body["csrf"], body["session"]["id"]) == (200, csrf, session)
    assert (body["me"]["login"], body["me"]["scopes"]) == ("bob@example.org", ["bob@example.org"])
    assert value.partition(".")[2] not in shown["body"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", ""])
def test_a_change_needs_the_sessions_word(world: fakes.World, method: str) -> None:
    """A cookie comes with whatever the browser sends; only our own page knows the word."""
    value, csrf = _signed_in(world)
    _, other = _signed_in(world)
    cookie = f"{NAME}={value}"
    for word in (None, "", "x", other, csrf + "x", f"{csrf}, {csrf}", "ä"):
        headers = {"cookie": cookie} | ({} if word is None else {"x_pratique_csrf": word})
        assert authorizer.handler(_asked(method, **headers), None) == NO
    assert authorizer.handler(_asked(method, cookie=cookie, x_pratique_csrf=csrf), None)["isAuthorized"]
    twice = _asked(method, cookie=cookie, x_pratique_csrf=csrf)
    twice["headers"]["X-Pratique-CSRF"] = csrf
    assert authorizer.handler(twice, None) == NO


def test_a_page_of_another_site_gets_nothing(world: fakes.World) -> None:
    """Whatever it knows: browsers say where a request comes from."""
    value, csrf = _signed_in(world)
    for method in ("GET", "POST"):
        headers = {"cookie": f"{NAME}={value}", "x_pratique_csrf": csrf, "sec_fetch_site": "cross-site"}
        assert authorizer.handler(_asked(method, **headers), None) == NO
        headers["sec_fetch_site"] = "same-origin"
        assert authorizer.handler(_asked(method, **headers), None)["isAuthorized"]


def test_the_bare_name_counts_for_nothing_over_https(world: fakes.World) -> None:
    """Another host of the domain could have set it; and a cookie that comes twice is none."""
    value, _ = _signed_in(world)
    for cookie in (f"prq_session={value}", f"{NAME}={value}; {NAME}={value}", f"{NAME}=", NAME, "", ";;;"):
        assert authorizer.handler(_asked(cookie=cookie), None) == NO


def test_on_a_laptop_the_bare_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers send no Secure cookie to plain http."""
    world = fakes.world(Options(panel_url="http://127.0.0.1:8080"))
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    world.directory.put_route(builders.route("*"))
    world.directory.put_policy(BOB, Policy())
    token = make_link(world.services, BOB).rpartition("/")[2]
    (cookie,) = _api("POST", "/v1/session", {"link": token})["cookies"]
    assert cookie.startswith("prq_session=")
    assert cookie.endswith("; HttpOnly; SameSite=Strict")
    assert authorizer.handler(_asked(cookie=cookie.partition(";")[0]), None)["isAuthorized"]


def test_without_a_panel_no_cookie_counts(monkeypatch: pytest.MonkeyPatch, world: fakes.World) -> None:
    """Nobody signs in there."""
    value, _ = _signed_in(world)
    bare = fakes.world(Options())
    monkeypatch.setattr(bootstrap, "services", lambda: bare.services)
    assert authorizer.handler(_asked(cookie=f"{NAME}={value}; prq_session={value}"), None) == NO


def test_with_an_authorization_header_only_that_counts(world: fakes.World) -> None:
    """A wrong token is not rescued by a cookie."""
    value, _ = _signed_in(world)
    for header in ("Bearer nonsense", "Basic eA=="):
        assert authorizer.handler(_asked(cookie=f"{NAME}={value}", authorization=header), None) == NO


def test_a_request_may_choose_a_scope(world: fakes.World) -> None:
    """Inside the own one; given twice it is none."""
    value, _ = _signed_in(world)
    cookie = f"{NAME}={value}"
    for asked, expected in (("bob@example.org", True), ("example.org", False), ("", False)):
        answer = authorizer.handler(_asked(cookie=cookie, x_pratique_scope=asked), None)
        assert answer["isAuthorized"] is expected
    twice = _asked(cookie=cookie, x_pratique_scope="bob@example.org")
    twice["headers"]["X-Pratique-Scope"] = "bob@example.org"
    assert authorizer.handler(twice, None) == NO


def test_signing_out_ends_the_session_and_forgets_the_cookie(world: fakes.World) -> None:
    """At once."""
    value, csrf = _signed_in(world)
    asked = _asked("DELETE", "/v1/session", cookie=f"{NAME}={value}", x_pratique_csrf=csrf)
    context = authorizer.handler(asked, None)["context"]
    answer = _api("DELETE", "/v1/session", context=context)
    assert answer["statusCode"] == 204
    assert answer["cookies"] == [f"{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"]
    assert authorizer.handler(asked, None) == NO
    assert _api("GET", "/v1/session", context=context)["statusCode"] == 404


def test_a_session_in_use_stays_alive(world: fakes.World) -> None:
    """The API notes it where the authorizer, which may only read, says that it is time."""
    value, _ = _signed_in(world)
    world.clock.advance(seconds=400)
    context = authorizer.handler(_asked(cookie=f"{NAME}={value}"), None)["context"]
    assert context["stale"] == "yes"
    assert _api("GET", "/v1/me", context=context)["statusCode"] == 200
    context = authorizer.handler(_asked(cookie=f"{NAME}={value}"), None)["context"]
    assert context["stale"] == "no"


def test_who_must_set_up_a_second_factor_does_only_that(world: fakes.World) -> None:
    """Everything else is answered with the same code."""
    _signed_in(world)
    context = {
        "actor": "bob@example.org",
        "scope": "bob@example.org",
        "may_write": "yes",
        "unfinished": "yes",
    }
    context |= {"login": "bob@example.org", "session": next(iter(world.sessions.rows))}
    refused = _api("GET", "/v1/messages", context=context)
    assert (refused["statusCode"], json.loads(refused["body"])["code"]) == (403, "second_factor_needed")
    assert _api("GET", "/v1/me", context=context)["statusCode"] == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "192.0.2.44"),
        (1, "203.0.113.9, 192.0.2.44", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9, 192.0.2.44", "203.0.113.9"),
        (1, "192.0.2.44", "192.0.2.44"),
        (2, "203.0.113.9, 192.0.2.44", "192.0.2.44"),
        (1, "", "192.0.2.44"),
    ],
)
def test_the_address_behind_proxies_of_ours(
    monkeypatch: pytest.MonkeyPatch, proxies: int, forwarded: str, seen: str
) -> None:
    """What a client wrote itself at the beginning of the list counts for nothing."""
    world = fakes.world(Options(panel_url=fakes.PANEL, trusted_proxies=proxies))
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    world.directory.put_route(builders.route("*"))
    world.directory.put_policy(BOB, Policy())
    token = make_link(world.services, BOB).rpartition("/")[2]
    whole = event("api-no-authorizer.json")
    whole["rawPath"], whole["body"] = "/v1/session", json.dumps({"link": token})
    whole["requestContext"]["http"] |= {"method": "POST", "sourceIp": "192.0.2.44"}
    whole["headers"] |= {"content-type": "application/json", "x-forwarded-for": forwarded}
    assert api.handler(whole, None)["statusCode"] == 201
    (session,) = world.sessions.rows.values()
    assert session.network == seen


def test_a_link_that_is_not_good_is_told_as_such(world: fakes.World) -> None:
    """401 with a code; no cookie."""
    answer = _api("POST", "/v1/session", {"link": "x"})
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (401, "not_proved")
    assert "cookies" not in answer


def test_the_events_as_they_come(world: fakes.World) -> None:
    """A session in the list of cookies with a scope chosen, and a letter from its queue."""
    whole = event("authorizer-session.json")
    assert authorizer.handler(whole, None) == NO
    value, _ = _signed_in(world)
    whole["cookies"] = [f"{NAME}={value}"]
    assert authorizer.handler(whole, None)["context"]["scope"] == "bob@example.org"
    assert letters.handler(event("sqs-letters.json"), None) == {"batchItemFailures": []}
    assert [str(parcel.recipient) for parcel in world.courier.parcels] == ["bob@example.org"]
