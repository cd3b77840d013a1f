"""The event files of events/, by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "events"


def event(name: str) -> dict[str, Any]:
    """One event, fresh at each call."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return found


def ses_events() -> list[str]:
    """The names of those that bring a message."""
    return sorted(
        p.name for p in FOLDER.glob("*.json") if p.name.startswith(("ses-", "mail-manager", "edge-"))
    )
