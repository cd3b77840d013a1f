"""digest: when they go, and one now."""

from __future__ import annotations

import json

from pratique.domain.policy import Policy
from pratique.domain.scope import parse_scope
from pratique.ports.queue import QueueName

from tests.unit.cli.world import Installation


def test_a_digest_is_shown_and_sent(here: Installation) -> None:
    bob = parse_scope("bob@example.org")
    here.world.directory.put_policy(bob, Policy(digest=True, digest_language="ja", digest_zone="Asia/Tokyo"))
    sent = here.run("digest", "send", "zoe@example.org")
    assert (sent.exit_code, sent.stdout) == (0, "nothing is held: nothing is sent\n")
    shown = here.run("digest", "show", "bob@example.org")
    assert shown.exit_code == 0
    for word in ("bob@example.org", "daily", "Asia/Tokyo", "ja"):
        assert word in shown.stdout
    sent = here.run("digest", "send", "bob@example.org")
    assert (sent.exit_code, sent.stdout) == (0, "on its way: 3 held\n")
    (item,) = here.world.queue.drain(QueueName.DIGEST)
    assert item["scope"] == "bob@example.org"


def test_json_is_the_apis_answer(here: Installation) -> None:
    for command in ("show", "send"):
        found = json.loads(here.run("digest", command, "bob@example.org", "--json").stdout)
        assert (found["scope"], found["held"], found["on"]) == ("bob@example.org", 3, False)


def test_choices_are_made_with_policy(here: Installation) -> None:
    done = here.run(
        "policy", "set", "example.org", "digest=on", "digest_hours=7,16", "digest_days=mon", "digest_max=50"
    )
    assert done.exit_code == 0, done.stderr
    policy = here.world.directory.get_policy(parse_scope("example.org"))
    assert policy is not None
    assert (policy.digest, policy.digest_hours, policy.digest_days, policy.digest_max) == (
        True,
        "7,16",
        "mon",
        50,
    )
    refused = here.run("policy", "set", "example.org", "digest_zone=Mars/Olympus")
    assert refused.exit_code == 1
    assert "digest_zone" in refused.stderr
