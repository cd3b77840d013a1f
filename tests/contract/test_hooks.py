"""Webhooks kept, and the bus."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pratique.domain.hook import Hook
from pratique.domain.lifecycle import State
from pratique.domain.scope import GLOBAL, parse_scope
from pratique.ports.hooks import Hooks

from tests.builders import NOW_MS
from tests.contract.backends import Backend

ORG = parse_scope("example.org")


@pytest.fixture
def hooks(backend: Backend) -> Hooks:
    return backend.services.hooks


def a_hook(number: int = 1) -> Hook:
    name = f"01K5N6R4M0Q8T7V2Y5Z9ABCDE{number}"
    states = frozenset({State.HELD, State.REMOVED}) if number % 2 else frozenset()
    return Hook(ORG, name, "https://x.example/?a=%C3%BC", states, NOW_MS, "token:desk")


def test_a_hook_comes_back_as_it_was(hooks: Hooks) -> None:
    for hook in (a_hook(1), a_hook(2), replace(a_hook(3), scope=GLOBAL, failures=4, disabled="why")):
        hooks.add(hook)
        assert hooks.get(hook.scope, hook.id) == hook
    assert [hook.id for hook in hooks.list_hooks(ORG)] == [a_hook(1).id, a_hook(2).id]
    assert hooks.get(GLOBAL, a_hook(1).id) is None


def test_how_it_does_is_kept_only_where_it_is(hooks: Hooks) -> None:
    hook = a_hook()
    hooks.note(hook, failures=1, disabled="x")
    assert hooks.get(ORG, hook.id) is None, "a hook that was taken away stays away"
    hooks.add(hook)
    hooks.note(hook, failures=2, disabled="gone")
    assert hooks.get(ORG, hook.id) == replace(hook, failures=2, disabled="gone")
    assert hooks.delete(ORG, hook.id)
    assert not hooks.delete(ORG, hook.id)
