"""Call a webhook with one event: signed, tried for a day, and turned off where nobody answers for long."""

from __future__ import annotations

from http import HTTPStatus

from pratique.domain.errors import InvalidInput, PermanentFailure, PratiqueError, TemporaryFailure
from pratique.domain.hook import DISABLED_AFTER, RETRIES_SECONDS, Hook, hook_secret, signed_headers
from pratique.domain.scope import scope_from_key
from pratique.observability import log_event
from pratique.ports.queue import QueueName
from pratique.ports.services import Services

LONGEST_DELAY = 900
"""Seconds that SQS can hold a message back: a longer pause takes several."""


def call_hook(services: Services, item: dict[str, str]) -> None:
    """One item of the queue: `scope`, `hook`, `event`, `body`; `tries` and `due_ms` once it was tried. What cannot be read is dropped: nobody
    waits for it.

    Raises TemporaryFailure of the table or the queue: the item comes again.
    """
    now_ms = services.clock.now_ms()
    due_ms = _whole(item, "due_ms")
    if due_ms > now_ms:
        services.queue.send(
            QueueName.HOOKS, [item], delay_seconds=min(LONGEST_DELAY, (due_ms - now_ms) // 1000 + 1)
        )
        return
    try:
        hook = services.hooks.get(scope_from_key(item.get("scope", "")), item.get("hook", ""))
    except InvalidInput:
        hook = None
    if hook is None or hook.disabled:
        return
    refusal = _call(services, hook, item, now_ms // 1000)
    if not refusal:
        if hook.failures:
            services.hooks.note(hook, failures=0, disabled="")
        log_event("hook_told", hook=hook.id, tries=_whole(item, "tries") + 1)
    elif refusal == _GONE:
        services.hooks.note(hook, failures=hook.failures, disabled=refusal)
    else:
        _later(services, hook, item, refusal, now_ms)


_GONE = "it answered 410 Gone"


def _call(services: Services, hook: Hook, item: dict[str, str], now: int) -> str:
    """Why it was not taken, '' where it was."""
    body = item.get("body", "")
    secret = hook_secret(services.secrets.signing_key(), hook)
    headers = {"Content-Type": "application/json", **signed_headers(secret, item.get("event", ""), now, body)}
    try:
        status = services.poster.post(hook.url, body.encode(), headers)
    except (TemporaryFailure, PermanentFailure) as failure:
        return str(failure.args[0]) if failure.args else PratiqueError.code
    if status == HTTPStatus.GONE:
        return _GONE
    return "" if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES else f"it answered {status}"


def _later(services: Services, hook: Hook, item: dict[str, str], refusal: str, now_ms: int) -> None:
    """Again after a pause, or given up."""
    tries = _whole(item, "tries")
    if tries < len(RETRIES_SECONDS):
        pause = RETRIES_SECONDS[tries]
        again = {**item, "tries": str(tries + 1), "due_ms": str(now_ms + pause * 1000)}
        services.queue.send(QueueName.HOOKS, [again], delay_seconds=min(LONGEST_DELAY, pause))
        return
    failures = hook.failures + 1
    off = f"{failures} events were not taken; the last time: {refusal}" if failures >= DISABLED_AFTER else ""
    services.hooks.note(hook, failures=failures, disabled=off[:200])
    log_event("hook_given_up", hook=hook.id, failures=failures)


def _whole(item: dict[str, str], name: str) -> int:
    text = item.get(name, "0")
    return int(text) if text.isdecimal() else 0
