"""Webhooks on the table; the event bus by EventBridge."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.expressions.operand import Path

from pratique.domain.errors import TemporaryFailure
from pratique.domain.hook import TYPE, Change, Hook
from pratique.domain.lifecycle import State
from pratique.domain.scope import Scope

from .errors import mapped
from .table import PRESENT, Key, Row, Table, number, text, whole, words

BATCH = 10
"""Entries of one PutEvents call (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)."""
SOURCE = "pratique"


class DynamoHooks:
    """Rows `HK#<scope>` / `<id>`."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._open = table

    def add(self, hook: Hook) -> None:
        """See Hooks."""
        pk, sk = _key(hook.scope, hook.id)
        row: Row = {
            "pk": text(pk),
            "sk": text(sk),
            "url": text(hook.url),
            "states": text(",".join(sorted(hook.states))),
            "created": number(hook.created_ms),
            "author": text(hook.author),
            "failures": number(hook.failures),
            "disabled": text(hook.disabled),
        }
        self._open().put(row)

    def list_hooks(self, scope: Scope) -> list[Hook]:
        """See Hooks."""
        return [_hook(scope, row) for row in self._open().query_all(_key(scope, "")[0])]

    def get(self, scope: Scope, hook_id: str) -> Hook | None:
        """See Hooks."""
        row = self._open().get(_key(scope, hook_id))
        return None if row is None else _hook(scope, row)

    def delete(self, scope: Scope, hook_id: str) -> bool:
        """See Hooks."""
        return self._open().delete(_key(scope, hook_id), PRESENT)

    def note(self, hook: Hook, *, failures: int, disabled: str) -> None:
        """See Hooks."""
        actions = [Path("failures").set(number(failures)), Path("disabled").set(text(disabled))]
        self._open().update(_key(hook.scope, hook.id), actions, PRESENT)


class EventBridgeBus:
    """PutEvents onto the bus that the installation names; nothing without one."""

    def __init__(self, events: Callable[[], Any], *, bus: str) -> None:
        self._events, self._bus = events, bus

    def publish(self, changes: Sequence[Change]) -> None:
        """See EventBus."""
        for start in range(0, len(changes) if self._bus else 0, BATCH):
            with mapped():
                answer = self._events().put_events(
                    Entries=[
                        {
                            "Source": SOURCE,
                            "DetailType": TYPE,
                            "Detail": json.dumps(change.detail()),
                            "EventBusName": self._bus,
                        }
                        for change in changes[start : start + BATCH]
                    ]
                )
            if answer["FailedEntryCount"]:
                raise TemporaryFailure(f"{answer['FailedEntryCount']} events were not taken")


def _key(scope: Scope, hook_id: str) -> Key:
    return f"HK#{scope.key}", hook_id


def _hook(scope: Scope, row: Row) -> Hook:
    return Hook(
        scope,
        words(row, "sk"),
        words(row, "url"),
        frozenset(State(each) for each in words(row, "states").split(",") if each),
        whole(row, "created"),
        words(row, "author"),
        whole(row, "failures"),
        words(row, "disabled"),
    )
