"""stats."""

from __future__ import annotations

import json

from tests.unit.cli.world import Installation


def test_figures_as_bars_and_as_json(here: Installation) -> None:
    shown = here.run("stats", "--scope", "example.org", "--days", "30")
    assert shown.exit_code == 0
    assert "3 messages of example.org" in shown.stdout
    assert "quarantined" in shown.stdout
    assert "█" in shown.stdout
    assert json.loads(here.run("stats", "--json").stdout)["held"] == 3
    assert "0 messages" in here.run("stats", "--direction", "outgoing").stdout
    assert here.run("stats", "--days", "0").exit_code == 2
