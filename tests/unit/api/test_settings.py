"""Lists, policies, routes, tokens, lessons, queues, status, me, health over HTTP."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from pratique.domain.actor import Channel
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.authorize_token import authorize_token

from tests import builders, fakes
from tests.unit.api.calling import call, stocked


def test_an_entry_is_put_listed_and_deleted() -> None:
    """In its one stored form; a pattern is on one list only."""
    world = fakes.world()
    path = "/v1/lists/example.org/entries"
    put = call(world, "PUT", path, body={"kind": "allow", "pattern": "@Friend.Example", "reason": "a friend"})
    assert (put.status, put.body["pattern"], put.body["needs_dmarc"]) == (200, "friend.example", True)
    call(world, "PUT", path, body={"kind": "block", "pattern": "friend.example"})
    listed = call(world, "GET", path).body
    assert [(e["kind"], e["pattern"], e["author"]) for e in listed["entries"]] == [
        ("block", "friend.example", "tester of global")
    ]
    assert call(world, "DELETE", path, query={"pattern": "friend.example"}).status == 204
    assert call(world, "DELETE", path, query={"pattern": "friend.example"}).status == 404
    assert call(world, "GET", path).body == {"entries": [], "cursor": None}


def test_entries_come_in_pages() -> None:
    """By pattern, with a cursor."""
    world = fakes.world()
    for n in range(5):
        call(world, "PUT", "/v1/lists/global/entries", body={"kind": "block", "pattern": f"s{n}.example"})
    first = call(world, "GET", "/v1/lists/global/entries", query={"limit": 3}).body
    rest = call(world, "GET", "/v1/lists/global/entries", query={"limit": 3, "cursor": first["cursor"]}).body
    assert [e["pattern"] for e in first["entries"] + rest["entries"]] == [f"s{n}.example" for n in range(5)]
    assert rest["cursor"] is None


def test_a_scope_in_a_path_may_be_any_address() -> None:
    """Percent-encoded or as it is, a slash in the local part included."""
    world = fakes.world()
    body = {"kind": "block", "pattern": "x.example"}
    for path, scope in (
        ("/v1/lists/bob%40example.org/entries", "bob@example.org"),
        ("/v1/lists/bob@example.org/entries", "bob@example.org"),
        ("/v1/lists/s%2Fmime%3D1@example.org/entries", "s/mime=1@example.org"),
        ("/v1/lists/s/mime=1@example.org/entries", "s/mime=1@example.org"),
    ):
        assert call(world, "PUT", path, body=body).body["scope"] == scope


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "grey", "pattern": "x.example"},
        {"kind": "block", "pattern": ""},
        {"kind": "block", "pattern": "not a pattern"},
        {"kind": "block"},
        {"kind": "block", "pattern": "x.example", "reason": "\u202egnp"},
        {"kind": "block", "pattern": "x.example", "extra": 1},
    ],
)
def test_an_entry_that_cannot_be_is_refused(body: object) -> None:
    """422."""
    assert call(fakes.world(), "PUT", "/v1/lists/global/entries", body=body).status == 422


def test_a_policy_inherits_what_it_leaves_open() -> None:
    """null is not the same as the same value."""
    world = fakes.world()
    call(world, "PUT", "/v1/policies/example.org", body={"spam_at": 0.95, "retention_days": 7})
    view = call(
        world, "PUT", "/v1/policies/bob@example.org", body={"retention_days": 3, "spam_at": None}
    ).body
    assert (view["own"]["spam_at"], view["effective"]["spam_at"]) == (None, 0.95)
    assert (view["own"]["retention_days"], view["effective"]["retention_days"]) == (3, 3)
    assert call(world, "GET", "/v1/policies/bob@example.org").body == view
    again = call(world, "PUT", "/v1/policies/bob@example.org", body={}).body
    assert again["effective"]["retention_days"] == 7


@pytest.mark.parametrize(
    "body",
    [
        {"spam_at": 1.1},
        {"spam_at": "high"},
        {"spam_at": 0.2, "unsure_at": 0.3},
        {"retention_days": 0},
        {"retention_days": 366},
        {"retention_days": 1.5},
        {"spam_notation": "x" * 61},
        {"spam_notation": "Sub\u2028ject"},
        {"notation": "footer"},
        {"rights_spam": "all"},
        {"disallowed_extensions": ["no ending"]},
        {"spam_notation": "a\r\nBcc: x"},
        {"qarantine": False},
    ],
)
def test_a_policy_that_cannot_be_is_refused(body: object) -> None:
    """422, and nothing is stored."""
    world = fakes.world()
    assert call(world, "PUT", "/v1/policies/example.org", body=body).status == 422
    assert world.audit.log == []


def test_routes_are_set_seen_and_forgotten() -> None:
    """`*` too."""
    world = fakes.world()
    for domain in ("example.org", "*"):
        made = call(
            world,
            "PUT",
            f"/v1/routes/{domain}",
            body={"kind": "smtp", "host": "mx.example.org", "port": 2525, "tls": "none"},
        )
        assert (made.status, made.body["domain"], made.body["port"]) == (200, domain, 2525)
        assert call(world, "GET", f"/v1/routes/{domain}").body == made.body
    assert [r["domain"] for r in call(world, "GET", "/v1/routes").body["routes"]] == ["*", "example.org"]
    assert call(world, "DELETE", "/v1/routes/*").status == 204
    assert call(world, "GET", "/v1/routes/*").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "smtp"},
        {"kind": "smtp", "host": "mx.example.org", "port": 25},
        {"kind": "smtp", "host": "inbound-smtp.eu-west-1.amazonaws.com"},
        {"kind": "smtp", "host": "mx.example.org", "port": 70_000},
        {"kind": "mailmanager-relay", "host": "mx.example.org"},
        {"kind": "ses-wrapped"},
        {"kind": "pigeon", "host": "mx.example.org"},
        {"host": "mx.example.org"},
    ],
)
def test_a_route_that_cannot_be_is_refused(body: object) -> None:
    """Loops and closed ports among them."""
    world = fakes.world()
    assert call(world, "PUT", "/v1/routes/example.org", body=body).status == 422
    assert world.directory.list_routes() == []


def test_a_token_is_shown_once_works_and_ends() -> None:
    """Its text opens, its record does not hold it, revoking it is at once."""
    world = fakes.world()
    made = call(
        world,
        "POST",
        "/v1/tokens",
        body={"name": "desk", "scope": "example.org", "may_write": False, "days": 2},
    )
    assert made.status == 201
    text, token = made.body["text"], made.body["token"]
    actor = authorize_token(world.services, text, Channel.API)
    assert actor is not None
    assert (str(actor.scope), actor.may_write) == ("example.org", False)
    listed = call(world, "GET", "/v1/tokens", query={"scope": "example.org"})
    assert listed.body["tokens"] == [token]
    assert text.split("_", 2)[2] not in listed.text
    assert call(world, "DELETE", f"/v1/tokens/{token['id']}").status == 204
    assert authorize_token(world.services, text, Channel.API) is None
    assert call(world, "DELETE", f"/v1/tokens/{token['id']}").status == 404


def test_a_repeated_request_for_a_token_makes_one() -> None:
    """With the same key the same token; without a key another one; the key for another request is a conflict."""
    world = fakes.world()
    body, key = {"name": "desk"}, {"idempotency-key": "6f1c"}
    first, second = (call(world, "POST", "/v1/tokens", body=body, headers=key) for _ in range(2))
    assert (first.status, first.body) == (second.status, second.body)
    assert call(world, "POST", "/v1/tokens", body={"name": "other"}, headers=key).status == 409
    assert len(world.accounts.list_tokens(GLOBAL)) == 1
    call(world, "POST", "/v1/tokens", body=body)
    assert len(world.accounts.list_tokens(GLOBAL)) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "schlüssel"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    """Before anything is made."""
    world = fakes.world()
    assert (
        call(world, "POST", "/v1/tokens", body={"name": "desk"}, headers={"idempotency-key": key}).status
        == 400
    )
    assert world.accounts.list_tokens(GLOBAL) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "x" * 65}, {"name": "a", "days": 0}, {"name": "a", "scope": "no scope"}],
)
def test_a_token_that_cannot_be_is_refused(body: object) -> None:
    """422."""
    assert call(fakes.world(), "POST", "/v1/tokens", body=body).status == 422


def test_lessons_are_uploaded_in_base64_and_known_again() -> None:
    """A corpus may be fed twice."""
    world = fakes.world()
    messages = [
        {
            "name": f"{n}.eml",
            "label": "spam",
            "raw": base64.b64encode(builders.raw_message(body=f"{n}\r\n")).decode(),
        }
        for n in range(3)
    ]
    first = call(world, "POST", "/v1/lessons", body={"messages": messages, "scope": "example.org"})
    assert (first.status, first.body) == (200, {"new": 3, "known": 0})
    assert call(world, "POST", "/v1/lessons", body={"messages": messages, "scope": "example.org"}).body == {
        "new": 0,
        "known": 3,
    }


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"name": "a", "label": "spam", "raw": "no base64!"}],
        [{"name": "a", "label": "bulk", "raw": ""}],
        [{}] * 201,
        None,
    ],
)
def test_lessons_that_cannot_be_are_refused(messages: object) -> None:
    """422."""
    assert call(fakes.world(), "POST", "/v1/lessons", body={"messages": messages}).status == 422


def test_dead_letters_go_back_to_work() -> None:
    """For the operator; anybody else sees no queue."""
    world = fakes.world()
    world.queue.bury(QueueName.DELIVER, [{"id": str(n)} for n in range(3)])
    assert call(world, "POST", "/v1/queues/deliver/redrive", body={"limit": 2}).body == {"moved": 2}
    assert call(world, "POST", "/v1/queues/deliver/redrive").body == {"moved": 1}
    assert call(world, "POST", "/v1/queues/learn/redrive").body == {"moved": 0}
    assert call(world, "POST", "/v1/queues/lost/redrive").status == 404
    assert call(world, "POST", "/v1/queues/deliver/redrive", scope="example.org").status == 404
    assert call(world, "POST", "/v1/queues/deliver/redrive", body={"limit": 0}).status == 422


def test_status_shows_queues_to_the_operator_only() -> None:
    """And lessons of the own scope to everybody."""
    world, _ = stocked()
    world.queue.bury(QueueName.LEARN, [{"scope": "global"}])
    world.journal.add([builders.lesson(1), builders.lesson(2)])
    found = call(world, "GET", "/v1/status").body
    assert found["queues"]["learn"] == {"waiting": 0, "dead": 1}
    assert (found["lessons_pending"], found["lessons_applied"], found["model"]) == (2, 0, None)
    assert call(world, "GET", "/v1/status", scope="example.org").body["queues"] == {}


@pytest.mark.parametrize("scope", ["global", "example.org", "bob@example.org"])
def test_status_names_the_model_of_the_own_scope(scope: str) -> None:
    """Each level has its own layer."""
    world = fakes.world()
    world.directory.set_model(parse_scope(scope), "00000042")
    assert call(world, "GET", "/v1/status", scope=scope).body["model"] == "00000042"
    assert call(world, "GET", "/v1/status", scope="carol@example.net").body["model"] is None


@pytest.mark.parametrize(
    ("scope", "level"), [("global", "global"), ("example.org", "domain"), ("bob@example.org", "recipient")]
)
def test_me(scope: str, level: str) -> None:
    """Who the authorizer said."""
    found = call(fakes.world(), "GET", "/v1/me", scope=scope, may_write=False).body
    shown = {"actor": f"tester of {scope}", "scope": scope, "level": level, "may_write": False}
    assert {name: found[name] for name in shown} == shown
    assert (found["login"], found["csrf"], found["second_factor"], found["scopes"]) == (
        None,
        None,
        None,
        [scope],
    )


def test_health_asks_nobody() -> None:
    """No token, no port is touched."""
    assert call(None, "GET", "/v1/health", scope=None).body == {"status": "ok"}  # type: ignore[arg-type]  # there is no world behind it


def test_an_app_password_is_shown_once_and_ends() -> None:
    """In the list it has no text; its address may hold a slash; the same key gives the same password."""
    world = fakes.world()
    login, key = quote("a/b@example.org"), {"idempotency-key": "one"}
    body = {"label": "my phone", "days": 9, "may_write": False}
    made, again = (call(world, "POST", f"/v1/passwords/{login}", body=body, headers=key) for _ in range(2))
    assert (made.status, again.body["text"]) == (201, made.body["text"])
    password = made.body["password"]
    assert (password["login"], password["label"], password["used_at"]) == (
        "a/b@example.org",
        "my phone",
        None,
    )
    listed = call(world, "GET", f"/v1/passwords/{login}").body
    assert listed == {"passwords": [password]}
    assert made.body["text"] not in str(listed)
    other = call(world, "POST", f"/v1/passwords/{login}", body={"label": "another"}, headers=key)
    assert other.status == 409
    for status in (204, 404):
        query = {"id": password["id"]}
        assert call(world, "DELETE", f"/v1/passwords/{login}", query=query).status == status
    assert call(world, "POST", f"/v1/passwords/{login}", body=body, headers=key).status == 409
