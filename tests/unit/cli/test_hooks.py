"""hooks: add, list, ping, delete."""

from __future__ import annotations

import json

from pratique.ports.queue import QueueName

from tests.unit.cli.world import Installation


def test_a_webhook_is_made_pinged_and_taken_away(here: Installation) -> None:
    made = here.run(
        "hooks", "add", "https://desk.example.net/in", "--scope", "example.org", "--state", "held"
    )
    assert made.exit_code == 0
    assert "whsec_" in made.stdout
    hook = made.stdout.split()[0]
    assert hook in here.run("hooks", "list", "--scope", "example.org").stdout
    assert "held" in here.run("hooks", "ping", hook).stdout
    assert len(here.world.queue.waiting[QueueName.HOOKS]) == 1
    assert here.run("hooks", "delete", hook).exit_code == 0
    assert here.run("hooks", "list", "--scope", "example.org").stdout.strip() == "nothing here"
    assert here.run("hooks", "delete", hook).exit_code == 1


def test_wrong_input_says_why(here: Installation) -> None:
    for wrong in (["http://desk.example.net/"], ["nowhere"], ["https://x.example/", "--state", "lost"]):
        told = here.run("hooks", "add", *wrong)
        assert told.exit_code in {1, 2}
        assert told.stderr.strip()
    assert json.loads(here.run("hooks", "list", "--json").stdout) == {"hooks": []}
