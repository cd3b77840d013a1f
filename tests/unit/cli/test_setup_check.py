"""setup."""

from __future__ import annotations

import json

from tests.unit.cli.world import Installation


def test_each_point_and_what_to_do(here: Installation) -> None:
    told = here.run("setup", "example.org")
    assert told.exit_code == 1
    assert "✗ mx" in told.stdout
    assert "Publish an MX record" in told.stdout
    found = json.loads(here.run("setup", "example.org", "--json").stdout)
    assert not found["ready"]
    assert len(found["points"]) == 9
    assert here.run("setup", "no domain!").exit_code == 1
