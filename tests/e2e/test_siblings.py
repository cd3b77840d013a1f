"""Retro-release and its reverse: what a lesson says of other mail, end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from local.stack import ROOT
from tests.e2e.installation import Installation, mail

pytestmark = pytest.mark.emulator

TEXT = (
    "Dear reader, the new issue of our gardening letter is here: how to prune the old apple trees, when to sow beans, and why "
    "the hedgehog likes your compost. Read it with a cup of tea, and tell your neighbours about it.\r\n"
)
PRIZE = (
    "You were chosen among many for our great lottery prize, so please send us your bank account and a small fee, and the "
    "whole money shall be yours within a week, my dear and trusted friend. Do not tell anybody about it.\r\n"
)


def policy(installation: Installation, domain: str, **changes: Any) -> None:
    """Change some of a domain's choices."""
    own = installation.do("GET", f"/v1/policies/{domain}")["own"]
    installation.do("PUT", f"/v1/policies/{domain}", {**own, **changes})


def run(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the command line."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env={
            **os.environ,
            "PRATIQUE_URL": installation.stack.url,
            "PRATIQUE_TOKEN": installation.stack.token,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def learned(installation: Installation, lessons: int) -> None:
    """Until the learner has worked off what waits, and dealt with at least so many."""
    installation.wait_for(
        lambda: installation.do("GET", "/v1/status"),
        lambda status: status["queues"]["learn"]["waiting"] == 0 and status["lessons_applied"] >= lessons,
    )


def test_after_release_and_train_the_held_siblings_are_offered_and_let_go_at_once(
    installation: Installation,
) -> None:
    """Three letters of one text held by a strict policy, and a fourth of another: the answer offers two, the command line lets them go."""
    policy(installation, "garden.example", spam_at=0.0, unsure_at=0.0)
    people = [f"{name}@garden.example" for name in ("ann", "bob", "eve")]
    for number, name in enumerate(people):
        data = mail(f"letter {number}", TEXT, sender="letters@green.example")
        assert installation.send(data, to=name, sender="letters@green.example")[0] == 550
    other = mail("something else", "An invoice is attached.\r\n", sender="x@other.example")
    installation.send(other, to="dan@garden.example", sender="x@other.example")
    held = {each["owner"]: each["id"] for each in installation.held("garden.example")}
    answer = installation.do("POST", f"/v1/messages/{held[people[0]]}/release", {"train": True})
    assert answer["offer"]["aim"] == "release"
    assert answer["offer"]["count"] == 2
    learned(installation, 1)
    token = installation.do("POST", "/v1/tokens", {"name": "admin", "scope": "garden.example"})["text"]
    listed = installation.call("GET", f"/v1/messages/{held[people[0]]}/siblings", token=token).body
    shown = {each["message"]["id"]: each for each in listed["siblings"] if each["likeness"] == "text"}
    assert set(shown) == {held[name] for name in people[1:]}
    assert all(each["offered"] and each["score_now"] < each["message"]["score"] for each in shown.values())
    assert listed["looked_at"] == 3
    done = run(installation, "siblings", held[people[0]], "--release")
    assert done.returncode == 0, done.stderr
    for name in people:
        installation.delivered(name)
    assert installation.state_of(held["dan@garden.example"]) == "held"


def test_after_spam_the_delivered_mail_of_the_campaign_is_listed_and_later_mail_scores_higher(
    installation: Installation,
) -> None:
    """From senders that change; recalled it cannot be, but its people can be warned."""
    policy(installation, "lottery.example", spam_at=1.0, unsure_at=1.0)
    people = [f"{name}@lottery.example" for name in ("ann", "bob", "eve")]
    for number, name in enumerate(people):
        sender = f"win{number}@prize{number}.example"
        assert installation.send(mail("prize", PRIZE, sender=sender), to=name, sender=sender)[0] == 250
        installation.delivered(name)
    delivered = {each["owner"]: each for each in installation.held("lottery.example", state="delivered")}
    first = delivered[people[0]]["id"]
    before = installation.do("GET", "/v1/status")["lessons_applied"]
    answer = installation.do("POST", f"/v1/messages/{first}/train", {"label": "spam"})
    assert (answer["offer"]["aim"], answer["offer"]["count"]) == ("recall", 2)
    learned(installation, before + 1)
    listed = json.loads(run(installation, "siblings", first, "--json").stdout)
    assert listed["aim"] == "recall"
    shown = {e["message"]["owner"]: e for e in listed["siblings"] if e["likeness"] == "text"}
    assert set(shown) == set(people[1:])
    assert all(each["score_now"] > each["message"]["score"] for each in shown.values())
    late = mail("prize", PRIZE, sender="win9@prize9.example")
    installation.send(late, to="dan@lottery.example", sender="win9@prize9.example")
    installation.delivered("dan@lottery.example")
    [newest, *_] = installation.held("dan@lottery.example", state="delivered")
    assert newest["score"] > delivered[people[1]]["score"]
