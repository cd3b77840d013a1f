"""Webhooks over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from pratique.domain.errors import LimitReached
from pratique.domain.hook import MAX_URL, Hook
from pratique.domain.lifecycle import State
from pratique.domain.scope import parse_scope
from pratique.usecases.change_hooks import add_hook, delete_hook, list_hooks, try_hook

from . import views
from .asked import Asked, ScopeQuery, ScopeText
from .endpoint import Call, Endpoint
from .given import Given


class HookRequest(Asked, frozen=True):
    """A new webhook: told of every change to one of `states`, or of all."""

    url: Annotated[str, Meta(min_length=1, max_length=MAX_URL, description="https; a public host")]
    scope: ScopeText | None = None
    states: list[State] = field(default_factory=list)


class HookView(Given, frozen=True):
    """A webhook."""

    id: str
    scope: str
    url: str
    states: list[State]
    created_at: datetime
    created_by: str
    failures: Annotated[int, Meta(description="Events given up since the last that was taken")]
    disabled: Annotated[str, Meta(description="Why it is told nothing any more; empty while it is")]


class NewHook(Given, frozen=True):
    """A webhook and its secret, which is shown this once."""

    hook: HookView
    secret: str


class HookList(Given, frozen=True):
    """The webhooks of a scope."""

    hooks: list[HookView]


def view(hook: Hook) -> HookView:
    """A webhook as it is shown."""
    return HookView(
        id=hook.ref,
        scope=str(hook.scope),
        url=hook.url,
        states=sorted(hook.states),
        created_at=views.moment(hook.created_ms / 1000),
        created_by=hook.author,
        failures=hook.failures,
        disabled=hook.disabled,
    )


def create(call: Call) -> NewHook:
    """A new one."""
    body: HookRequest = call.body
    scope = call.actor.scope if body.scope is None else parse_scope(body.scope)
    hook, secret = add_hook(call.services, call.actor, scope, body.url, body.states, request=call.key)
    return NewHook(view(hook), secret)


def list_(call: Call) -> HookList:
    """Those of a scope."""
    query: ScopeQuery = call.query
    scope = call.actor.scope if query.scope is None else parse_scope(query.scope)
    return HookList([view(hook) for hook in list_hooks(call.services, call.actor, scope)])


def delete(call: Call) -> None:
    """Tell it no more."""
    delete_hook(call.services, call.actor, call.path["id"])


def ping(call: Call) -> HookView:
    """Try it."""
    return view(try_hook(call.services, call.actor, call.path["id"]))


_HOOK = {
    "id": "01K5N6R4M0Q8T7V2Y5Z9ABCDEF.ZXhhbXBsZS5vcmc",
    "scope": "example.org",
    "url": "https://desk.example.org/quarantine",
    "states": ["held"],
    "created_at": "2026-09-21T14:13:20Z",
    "created_by": "token:desk",
    "failures": 0,
    "disabled": "",
}
HOOKS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST",
        "/v1/hooks",
        "createHook",
        "Have changes of messages told to a URL",
        create,
        answer=NewHook,
        body=HookRequest,
        status=201,
        errors=(LimitReached,),
        description=(
            "Each change is one POST, signed as Standard Webhooks has it (HMAC-SHA256), at least once and in no certain order: `change` names it, "
            "`version` orders those of one message. Tried for a day. With the same `Idempotency-Key` it is the same webhook and secret."
        ),
        example_body={
            "url": "https://desk.example.org/quarantine",
            "scope": "example.org",
            "states": ["held"],
        },
        example_answer={"hook": _HOOK, "secret": "whsec_…"},
    ),
    Endpoint(
        "GET",
        "/v1/hooks",
        "listHooks",
        "List webhooks",
        list_,
        answer=HookList,
        query=ScopeQuery,
        description="Of exactly one scope.",
        example_answer={"hooks": [_HOOK]},
    ),
    Endpoint("DELETE", "/v1/hooks/{id}", "deleteHook", "Take a webhook away", delete, status=204),
    Endpoint(
        "POST",
        "/v1/hooks/{id}/ping",
        "pingHook",
        "Send a webhook a ping",
        ping,
        answer=HookView,
        description="And turn it on again, if it was turned off because nobody answered.",
        example_answer=_HOOK,
    ),
)
