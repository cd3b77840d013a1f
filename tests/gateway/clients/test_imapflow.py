"""imapflow, the library behind much of JavaScript's mail. `make clients` installs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pratique.domain.lifecycle import State

from tests.gateway.clients.setting import SUBJECTS, USER, Setting, need, run

HERE = Path(__file__).parent / "imapflow"


def test_imapflow(setting: Setting, tmp_path: Path) -> None:
    node = need("node")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("imapflow is not installed: make clients")
    said = json.loads(
        run([node, str(HERE / "session.js"), str(setting.port), USER, setting.password], tmp_path)
    )
    assert {"Caught", "Release & Train", "Release", "Not Spam", "Spam"} <= set(said["folders"])
    assert [message["subject"] for message in said["messages"]] == list(SUBJECTS)
    assert {message["type"] for message in said["messages"]} == {"text/plain"}
    assert (said["moved"], said["left"]) == ([1], 1)
    states = setting.states()
    assert states["first offer"] in {State.RELEASING, State.RELEASED}
    assert states["second offer"] is State.HELD
    assert states["third offer"] is State.REMOVED
    assert sorted(setting.labels()) == ["ham", "spam"]
