"""Digests by the clock: a run asks which shards have somebody due and gives each to a worker; a worker serves until nobody is due or its time is up.

The rows of those who are due are the work list: a lost queue item is given out again by the next run, two workers on one shard exclude each other
scope by scope, and a worker that stops half way leaves the rest due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pratique.domain.digest import SHARDS
from pratique.domain.errors import InvalidInput, PratiqueError
from pratique.domain.scope import Scope, scope_from_key
from pratique.observability import log_event, logger
from pratique.ports.queue import QueueName
from pratique.ports.services import Services
from pratique.usecases.act_on_reply import act_on_reply
from pratique.usecases.call_last import call_last
from pratique.usecases.rearm_digests import rearm_page
from pratique.usecases.request_digest import send_requested
from pratique.usecases.serve_digest import serve_digest

PAGE = 50
STUCK = 3_600
"""Seconds for which a scope that cannot be served at all is set aside."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the digest queue: a shard to serve, a scope whose digest was asked for at `asked_ms`, an answer to a digest, or a
    domain whose settings changed.
    """

    shard: int | None = None
    scope: Scope | None = None
    asked_ms: int = 0
    reply: Mapping[str, str] | None = None
    rearm: str | None = None
    """Where to go on with a domain whose settings changed."""


def read_item(body: Mapping[str, object]) -> Item:
    """The item in a body. Raises InvalidInput for what is none."""
    shard, scope, asked = (str(body.get(name, "")) for name in ("shard", "scope", "asked"))
    if "reply" in body:
        return Item(reply={name: str(value) for name, value in body.items()})
    if "rearm" in body:
        return Item(scope=scope_from_key(str(body["rearm"])), rearm=str(body.get("cursor", "")))
    if shard.isdecimal() and int(shard) < SHARDS:
        return Item(shard=int(shard))
    if scope and asked.isdecimal():
        return Item(scope=scope_from_key(scope), asked_ms=int(asked))
    raise InvalidInput("no item of the digest queue")


def work_on(services: Services, item: Item, *, until_ms: int) -> bool:
    """Do it; True where time ran out before the work did. Raises PratiqueError: the item comes back."""
    if item.reply is not None:
        act_on_reply(services, item.reply)
        return False
    if item.scope is not None and item.rearm is not None:
        rearm_page(services, item.scope, item.rearm)
        return False
    if item.scope is not None:
        send_requested(services, item.scope, item.asked_ms)
        return False
    return work_shard(services, item.shard or 0, until_ms=until_ms)


def start_digests(services: Services) -> int:
    """Give out every shard where somebody is due; how many those are."""
    now = services.clock.now_ms() // 1000
    digests = services.digests
    shards = [
        shard
        for shard in range(SHARDS)
        if digests.due(shard, now=now, limit=1) or digests.due_calls(shard, now=now, limit=1)
    ]
    services.queue.send(QueueName.DIGEST, [{"shard": str(shard)} for shard in shards])
    return len(shards)


def work_shard(services: Services, shard: int, *, until_ms: int) -> bool:
    """Serve who is due in a shard; True where time ran out before the work did. Raises TemporaryFailure."""
    done: Counter[str] = Counter()
    more = _serve_due(services, shard, until_ms, done) or _call_due(services, shard, until_ms, done)
    if done:
        log_event("digests_served", shard=shard, **done)
    return more


def _serve_due(services: Services, shard: int, until_ms: int, done: Counter[str]) -> bool:
    tried: set[Scope] = set()
    while services.clock.now_ms() < until_ms:
        now = services.clock.now_ms() // 1000
        found = services.digests.due(shard, now=now, limit=PAGE)
        fresh = [scope for scope in found if scope not in tried]
        for scope in fresh:
            if services.clock.now_ms() >= until_ms:
                return True
            done[_served(services, scope)] += 1
        tried.update(fresh)
        if not fresh or len(found) < PAGE:
            return False  # what the index still shows was served a moment ago, or somebody else has it
    return True


def _served(services: Services, scope: Scope) -> str:
    """One scope that fails must not keep the others from their digests."""
    try:
        return serve_digest(services, scope).value
    except PratiqueError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is odd about this one scope, it is set aside, and said
        logger().error("digest_stuck", extra={"event": "digest_stuck", "error": type(error).__name__})
        progress = services.digests.progress(scope)
        if progress is not None and progress.due:
            later = services.clock.now_ms() // 1000 + STUCK
            services.digests.due_again(scope, due=later, was=progress.due)
        return "stuck"


def _call_due(services: Services, shard: int, until_ms: int, done: Counter[str]) -> bool:
    tried: set[Scope] = set()
    while services.clock.now_ms() < until_ms:
        found = services.digests.due_calls(shard, now=services.clock.now_ms() // 1000, limit=PAGE)
        fresh = [scope for scope in dict.fromkeys(scope for scope, _ in found) if scope not in tried]
        for scope in fresh:
            if services.clock.now_ms() >= until_ms:
                return True
            done[f"call_{call_last(services, scope).value}"] += 1
        tried.update(fresh)
        if not fresh or len(found) < PAGE:
            return False
    return True
