"""Thunderbird without a screen: log in, list, move a message to Release & Train, delete another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pratique.domain.lifecycle import State

from tests.gateway.clients.marionette import thunderbird
from tests.gateway.clients.setting import SUBJECTS, USER, Setting, need


@pytest.mark.slow
def test_thunderbird(setting: Setting, tmp_path: Path) -> None:
    script = (Path(__file__).parent / "thunderbird.js").read_text(encoding="utf-8")
    with thunderbird(need("thunderbird"), tmp_path) as session:
        arguments = ("127.0.0.1", setting.port, USER, setting.password, "Release & Train")
        seen = json.loads(session.run(script, *arguments))
    assert "error" not in seen, seen
    assert {"Inbox", "INBOX"} & set(seen["folders"])
    assert {"Caught", "Release & Train", "Release", "Not Spam", "Spam"} <= set(seen["folders"])
    assert (seen["subjects"], seen["moved"]) == (list(SUBJECTS), 0)
    assert setting.states()["first offer"] in {State.RELEASING, State.RELEASED}
    assert setting.states()["third offer"] in {State.HELD, State.REMOVED}  # it may expunge when it next looks
    assert setting.labels() == ["ham"]
