"""Digests: when they go, and one on demand."""

from __future__ import annotations

from pratique.domain.scope import parse_scope
from pratique.usecases.request_digest import request_digest, show_digest

from ..endpoint import Call
from ..given_digests import DigestAnswer, digest_answer


def show(call: Call) -> DigestAnswer:
    """A scope's digests."""
    scope = parse_scope(call.path["scope"])
    return digest_answer(scope, show_digest(call.services, call.actor, scope))


def request(call: Call) -> DigestAnswer:
    """Send a new one."""
    scope = parse_scope(call.path["scope"])
    return digest_answer(scope, request_digest(call.services, call.actor, scope))
