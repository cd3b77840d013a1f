"""The id of an action, in the answer to every call that can be taken back."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace

from pratique.domain.actor import Actor
from pratique.domain.errors import TemporaryFailure
from pratique.domain.ids import ulid

from .endpoint import Call, Endpoint
from .request import Request

HEADER = "pratique-action"
UNDOABLE = frozenset(
    {
        "releaseMessage",
        "removeMessage",
        "restoreMessage",
        "trainMessage",
        "untrainMessage",
        "actInBulk",
        "putEntry",
        "deleteEntry",
        "putPolicy",
        "undoAction",
    }
)
"""Endpoints whose calls are actions."""


def begun(endpoint: Endpoint, actor: Actor, request: Request, key: str | None) -> Actor:
    """The actor with an id for what this call does: the same for a call that comes again with its Idempotency-Key."""
    if endpoint.name not in UNDOABLE:
        return actor
    if key is None:
        return replace(actor, action=ulid(secrets.randbits(47), secrets.token_bytes(10)))
    named = "\n".join((actor.name, actor.scope.key, request.method, request.path, key))
    return replace(actor, action=ulid(0, hashlib.sha256(named.encode()).digest()))


def told(endpoint: Endpoint, call: Call) -> dict[str, str]:
    """The header that names the action: none where nothing was changed."""
    if endpoint.name not in UNDOABLE or call.somebody is None:
        return {}
    action = call.somebody.action
    try:
        return {HEADER: action} if call.services.actions.get(action) is not None else {}
    except TemporaryFailure:  # it is done all the same
        return {}
