"""The id of an action in the answers: what can be taken back says how."""

from __future__ import annotations

import pytest
from pratique.domain.errors import TemporaryFailure

from tests import fakes
from tests.unit.api.calling import call, of, stocked

LIST = "/v1/lists/example.org/entries"


def test_every_action_names_itself() -> None:
    """In a header, whatever the answer's own form is; undone by that name."""
    world, (copy,) = stocked()
    entry = {"kind": "block", "pattern": "a.example"}
    answers = [
        call(world, "PUT", LIST, body=entry),
        call(world, "DELETE", LIST, query={"pattern": "a.example"}),
        call(world, "PUT", "/v1/policies/example.org", body={"spam_at": 0.8}),
        call(world, "POST", of(copy, "train"), body={"label": "spam"}),
        call(world, "POST", "/v1/messages/bulk", body={"action": "remove", "ids": [str(copy.id)]}),
    ]
    names = [answer.headers["pratique-action"] for answer in answers]
    assert len(set(names)) == len(names)
    for name in reversed(names):
        undone = call(world, "POST", f"/v1/actions/{name}/undo")
        assert undone.status == 200, undone.text
        assert {part["outcome"] for part in undone.body["parts"]} == {"undone"}
        assert call(world, "GET", f"/v1/actions/{name}").body["undone_by"] == "tester of global"
    assert call(world, "GET", LIST).body["entries"] == []


def test_what_changes_nothing_names_nothing() -> None:
    """A read; and a call that found everything done."""
    world, (copy,) = stocked()
    assert "pratique-action" not in call(world, "GET", of(copy)).headers
    first = call(world, "POST", of(copy, "remove"))
    again = call(world, "POST", of(copy, "remove"))
    assert "pratique-action" not in again.headers
    assert again.body["decided"]["action"] == first.headers["pratique-action"]


def test_the_same_call_again_is_the_same_action() -> None:
    """By its Idempotency-Key."""
    world, (copy,) = stocked()
    key = {"idempotency-key": "one"}
    first, again = (call(world, "POST", of(copy, "remove"), headers=key) for _ in range(2))
    assert first.headers["pratique-action"] == again.headers["pratique-action"]
    assert len(world.actions.known) == 1
    other = call(world, "POST", of(copy, "restore"), headers=key)
    assert other.headers["pratique-action"] != first.headers["pratique-action"]


def test_a_name_that_cannot_be_looked_up_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The action is done all the same."""
    world, (copy,) = stocked()
    watched = fakes.faulty(world.services)
    fakes.fail_next(watched, "actions.get", TemporaryFailure("throttled"))
    monkeypatch.setattr(world, "services", watched)
    answer = call(world, "POST", of(copy, "remove"))
    assert (answer.status, answer.body["state"]) == (200, "removed")
    assert "pratique-action" not in answer.headers
