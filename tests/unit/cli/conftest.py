"""A home of its own for each test, and nothing from the environment."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pratique.observability import logger

from tests.unit.api.calling import stocked
from tests.unit.cli.world import Installation


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ~ and the working folder are."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    for name in ("URL", "TOKEN", "PROFILE", "SMTP"):
        monkeypatch.delenv(f"PRATIQUE_{name}", raising=False)
    return folder


@pytest.fixture
def here() -> Installation:
    """An installation with three held copies and the operator's token."""
    made = Installation(stocked(messages=3)[0])
    made.login()
    return made


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation's own log does not mix with what the command line prints."""
    monkeypatch.setattr(logger().registered_handler, "stream", io.StringIO())
