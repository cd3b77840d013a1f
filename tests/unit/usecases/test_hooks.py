"""Webhooks: who is told what, signed, tried for a day, and never a private host."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from pratique.domain.actor import Actor, Channel
from pratique.domain.errors import (
    Forbidden,
    InvalidInput,
    LimitReached,
    NotFound,
    PermanentFailure,
    TemporaryFailure,
)
from pratique.domain.hook import DISABLED_AFTER, RETRIES_SECONDS, Change, Hook, check_url, parse_hook_ref
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.queue import QueueName
from pratique.usecases.announce_changes import REMEMBERED_MS, announce_changes
from pratique.usecases.call_hook import call_hook
from pratique.usecases.change_hooks import MOST, add_hook, delete_hook, list_hooks, try_hook

from tests import builders, fakes

ORG = parse_scope("example.org")
ADMIN = Actor("admin", ORG, Channel.API)
OPERATOR = Actor("operator", GLOBAL, Channel.API)
URL = "https://desk.example.net/in?x=1"


def a_change(state: State = State.HELD, recipient: str = "bob@example.org", version: int = 1) -> Change:
    copy = builders.a_copy(1, recipient)
    return Change(
        copy.id,
        "incoming",
        state,
        "",
        version,
        builders.NOW_MS,
        "filter",
        "ses",
        "spam",
        0.97123456,
        "eve@spam.example",
    )


def made(world: fakes.World, *states: State, actor: Actor = ADMIN) -> tuple[Hook, str]:
    return add_hook(world.services, actor, actor.scope, URL, states)


def work(world: fakes.World, *, rounds: int = 1) -> None:
    """What the function does with the queue; items that are held back wait for the clock."""
    for _ in range(rounds):
        for item in world.queue.drain(QueueName.HOOKS):
            call_hook(world.services, item)


def test_a_change_is_told_signed_and_without_a_word_of_the_mail() -> None:
    world = fakes.world()
    _, secret = made(world)
    announce_changes(world.services, [a_change()])
    work(world)
    (call,) = world.poster.calls
    told = json.loads(call.body)
    assert call.url == URL
    assert told["type"] == "message.state_changed"
    assert (told["data"]["state"], told["data"]["recipient"]) == ("held", "bob@example.org")
    assert "subject" not in told["data"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{wanted}"
    assert call.headers["webhook-id"] == told["data"]["change"]
    assert len(key) == 32
    assert world.bus.published == [a_change()]


def test_the_same_change_has_the_same_name_and_another_another() -> None:
    """By it a receiver knows what it was told before."""
    assert a_change().id == replace(a_change(), at_ms=5).id
    assert (
        len(
            {
                a_change().id,
                a_change(State.REMOVED).id,
                a_change(version=2).id,
                a_change(recipient="x@example.org").id,
            }
        )
        == 4
    )


def test_only_who_wants_it_is_told() -> None:
    """By state and by domain; the operator's webhook is told of every domain."""
    world = fakes.world()
    made(world, State.REMOVED)
    made(world, actor=OPERATOR)
    announce_changes(
        world.services, [a_change(), a_change(State.REMOVED), a_change(recipient="x@other.example")]
    )
    told = [json.loads(item["body"])["data"] for item in world.queue.drain(QueueName.HOOKS)]
    assert [(t["state"], t["recipient"].partition("@")[2]) for t in told] == [
        ("held", "example.org"),
        ("removed", "example.org"),
        ("removed", "example.org"),
        ("held", "other.example"),
    ]


def test_webhooks_are_read_once_a_minute() -> None:
    """A batch costs a read per domain, the next one none; a new webhook is told a minute later."""
    world = fakes.world()
    announce_changes(world.services, [a_change()])
    made(world)
    announce_changes(world.services, [a_change()])
    assert world.queue.drain(QueueName.HOOKS) == []
    world.clock.advance(seconds=REMEMBERED_MS / 1000)
    announce_changes(world.services, [a_change()])
    assert len(world.queue.drain(QueueName.HOOKS)) == 1


@pytest.mark.parametrize(
    "answer", [500, 404, 301, TemporaryFailure("nobody"), PermanentFailure("not public")]
)
def test_what_is_not_taken_is_tried_for_a_day_then_given_up(answer: int | Exception) -> None:
    world = fakes.world()
    hook, _ = made(world)
    announce_changes(world.services, [a_change()])
    world.poster.answers = [answer] * 99
    for _ in range(400):
        work(world)
        world.clock.advance(seconds=900)
    assert len(world.poster.calls) == len(RETRIES_SECONDS) + 1
    assert len({call.body for call in world.poster.calls}) == 1
    assert world.queue.waiting[QueueName.HOOKS] == []
    known = world.hooks.get(ORG, hook.id)
    assert known is not None
    assert (known.failures, known.disabled) == (1, "")


def test_a_later_try_that_is_taken_ends_it_and_clears_the_count() -> None:
    world = fakes.world()
    hook, _ = made(world)
    world.hooks.note(hook, failures=5, disabled="")
    announce_changes(world.services, [a_change()])
    world.poster.answers = [503]
    work(world)
    assert world.queue.delays[QueueName.HOOKS] == [RETRIES_SECONDS[0]]
    world.clock.advance(seconds=RETRIES_SECONDS[0] - 2)
    work(world)
    assert len(world.poster.calls) == 1, "SQS may hand it out early: it waits for its time"
    world.clock.advance(seconds=3)
    work(world)
    assert len(world.poster.calls) == 2
    assert [h.failures for h in list_hooks(world.services, ADMIN, ORG)] == [0]


def test_whoever_never_answers_or_is_gone_is_told_no_more_until_tried_again() -> None:
    world = fakes.world()
    hook, _ = made(world)
    world.hooks.note(hook, failures=DISABLED_AFTER - 1, disabled="")
    item = {"scope": ORG.key, "hook": hook.id, "event": "e", "body": "{}", "tries": str(len(RETRIES_SECONDS))}
    world.poster.answers = [500]
    call_hook(world.services, item)
    off = world.hooks.get(ORG, hook.id)
    assert off is not None
    assert "it answered 500" in off.disabled
    call_hook(world.services, item)
    assert len(world.poster.calls) == 1
    assert try_hook(world.services, ADMIN, hook.ref).disabled == ""
    world.poster.answers = [410]
    work(world)
    assert json.loads(world.poster.calls[-1].body)["type"] == "ping"
    gone = world.hooks.get(ORG, hook.id)
    assert gone is not None
    assert "410" in gone.disabled


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"scope": "", "hook": "x"},
        {"scope": "example.org", "hook": "nothing"},
        {"scope": "*", "hook": "x", "due_ms": "soon"},
    ],
)
def test_an_item_that_names_nothing_is_dropped(item: dict[str, str]) -> None:
    world = fakes.world()
    call_hook(world.services, item)
    assert world.poster.calls == []
    assert world.queue.waiting[QueueName.HOOKS] == []


def test_who_may_have_webhooks() -> None:
    """Administrators, of their own domain; a read-only token looks."""
    world = fakes.world()
    hook, _ = made(world)
    bob = Actor("bob", parse_scope("bob@example.org"), Channel.API)
    with pytest.raises(Forbidden):
        add_hook(world.services, bob, bob.scope, URL, [])
    for actor in (bob, Actor("other", parse_scope("other.example"), Channel.API)):
        with pytest.raises(NotFound):
            list_hooks(world.services, actor, ORG)
        for act in (delete_hook, try_hook):
            with pytest.raises(NotFound):
                act(world.services, actor, hook.ref)
    reader = replace(ADMIN, may_write=False)
    with pytest.raises(Forbidden):
        list_hooks(world.services, reader, ORG)
    with pytest.raises(Forbidden):
        add_hook(world.services, reader, ORG, URL, [])
    assert [h.id for h in list_hooks(world.services, ADMIN, ORG)] == [hook.id]
    delete_hook(world.services, ADMIN, hook.ref)
    with pytest.raises(NotFound):
        delete_hook(world.services, ADMIN, hook.ref)


def test_the_same_request_gives_the_same_webhook_and_there_is_an_end() -> None:
    world = fakes.world()
    first = add_hook(world.services, ADMIN, ORG, URL, [], request="k")
    assert add_hook(world.services, ADMIN, ORG, URL, [], request="k") == first
    for _ in range(MOST - 1):
        made(world)
    with pytest.raises(LimitReached):
        made(world)
    assert len({add[1] for add in [first]}) == 1


@pytest.mark.parametrize(
    "url",
    ["", "desk", "http://desk.example.net/", "https://", "https://u:p@desk.example.net/", "ftp://x.example/", "https://x.example:0/",
     "https://x.example:65536/", "https://x..example/", "https://.example/", f"https://{'a' * 64}.example/",
     "https://x.example/ a", "https://x.example/" + "a" * 1_000, "https://[::1", "https://x.example/\u00fc", "javascript:alert(1)"],
)  # fmt: skip
def test_a_url_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_url(url)


def test_a_laptop_may_call_itself() -> None:
    assert check_url("http://127.0.0.1:8090/in", private=True)


@pytest.mark.parametrize(
    "text",
    ["", "x", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.", "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.%%"],
)
def test_a_name_of_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        parse_hook_ref(text)


def test_names_go_there_and_back() -> None:
    for scope in (GLOBAL, ORG):
        hook = Hook(scope, "01K5N6R4M0Q8T7V2Y5Z9ABCDEF", URL, frozenset(), 0, "")
        assert parse_hook_ref(hook.ref) == (scope, hook.id)


def test_a_bus_that_is_gone_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks are told, and the batch does not come back again and again. A bus that does not answer now is asked again."""
    world = fakes.world()
    made(world)
    failures: list[Exception] = [PermanentFailure("no such bus"), TemporaryFailure("busy")]

    def refuse(_: object) -> None:
        raise failures.pop(0)

    monkeypatch.setattr(world.bus, "publish", refuse)
    announce_changes(world.services, [a_change()])
    work(world)
    assert len(world.poster.calls) == 1
    with pytest.raises(TemporaryFailure):
        announce_changes(world.services, [a_change()])


def test_urls_of_every_kind_of_host() -> None:
    for url in (
        "https://desk.example.net:65535/in",
        "https://[2001:db8::1]:8443/in",
        "https://desk.example.net./in",
    ):
        assert check_url(url) == url
