"""What the laptop does for whoever tries it: ways in, and sample mail."""

from __future__ import annotations

import email
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.doors import doors
from local.front import Front
from local.pages import Facts
from local.samples import Sample, sample
from local.sink import Mailbox, Sink
from local.visitor import ABOUT, DOOR, SAMPLE, TO, Visitor
from tests.local.test_front import ask

JSON = {"Content-Type": "application/json"}
DOORS = {"global": "prq_a", TO: "prq_b"}


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox(tmp_path / "mail")
    server = Sink(mailbox)
    yield mailbox, server.start(0)
    server.stop()


@pytest.fixture
def front(tmp_path: Path, sink: tuple[Mailbox, int]) -> Iterator[Front]:
    server = Front(0, mailbox=Mailbox(tmp_path / "sink"), api=("127.0.0.1", 1, ""))
    server.start(Facts(0, 0, server.server_port, "", ""), Visitor(sink[1], DOORS))
    yield server
    server.stop()


def test_the_panel_learns_what_there_is(front: Front) -> None:
    status, body, _ = ask(front, ABOUT)
    about = json.loads(body)
    assert status == 200
    assert [each["scope"] for each in about["doors"]] == list(DOORS)
    assert about["samples"] == [str(kind) for kind in Sample]
    assert "prq_" not in body.decode()


def test_a_door_gives_the_token_of_its_scope(front: Front) -> None:
    status, body, headers = ask(
        front, DOOR, method="POST", body=b'{"scope": "you@example.org"}', headers=JSON
    )
    assert (status, json.loads(body)) == (200, {"token": "prq_b"})
    assert headers["cache-control"] == "no-store"
    assert ask(front, DOOR, method="POST", body=b'{"scope": "example.net"}', headers=JSON)[0] == 404


def test_another_sites_page_gets_none(front: Front) -> None:
    """Neither by a form (no JSON) nor by a script (another origin)."""
    body = b'{"scope": "global"}'
    assert ask(front, DOOR, method="POST", body=body, headers={"Content-Type": "text/plain"})[0] == 415
    assert (
        ask(front, DOOR, method="POST", body=body, headers={**JSON, "Origin": "https://evil.example"})[0]
        == 403
    )
    assert (
        ask(front, DOOR, method="POST", body=body, headers={**JSON, "Sec-Fetch-Site": "cross-site"})[0] == 403
    )
    assert ask(front, DOOR, method="POST", body=body, headers={**JSON, "Host": "evil.example"})[0] == 421
    assert ask(front, DOOR)[0] == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"nothing", b'{"kind": "absent"}', b'{"scope": ["global"]}'])
def test_odd_requests_are_answered(front: Front, body: bytes) -> None:
    assert ask(front, SAMPLE, method="POST", body=body, headers=JSON)[0] in (400, 404, 415)


def test_a_locked_installation_has_no_doors(tmp_path: Path) -> None:
    assert Visitor(1, {}).about()["doors"] == []


def test_samples_go_by_smtp(front: Front, sink: tuple[Mailbox, int]) -> None:
    mailbox, _ = sink
    for kind in Sample:
        status, body, _ = ask(
            front, SAMPLE, method="POST", body=json.dumps({"kind": kind}).encode(), headers=JSON
        )
        assert status == 200, body
        assert json.loads(body)["held"] is False
    assert len(mailbox.names()) == len(Sample)


def test_an_edge_that_does_not_answer_is_told(tmp_path: Path) -> None:
    status, answer = Visitor(1, {}).answer(SAMPLE, b'{"kind": "letter"}')
    assert (status, answer["code"]) == (502, "temporary_failure")


@pytest.mark.parametrize("kind", list(Sample))
def test_a_sample_is_a_whole_message(kind: Sample) -> None:
    sender, raw = sample(kind, to=TO, now=datetime(2026, 9, 21, tzinfo=UTC))
    message = email.message_from_bytes(raw)
    assert sender in str(message["From"])
    assert message["To"] == TO
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_doors_stay_the_same_and_are_nobody_elses(tmp_path: Path) -> None:
    made = doors(tmp_path / "doors")
    assert [each.scope for each in made] == ["example.org", "you@example.org"]
    assert doors(tmp_path / "doors") == made
    assert stat.S_IMODE((tmp_path / "doors").stat().st_mode) == 0o600
