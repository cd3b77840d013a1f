"""A legitimate sender of refused mail is told, in the dialogue or by a notice; a forged one never. Real SMTP in and out, real functions; the
sender's DNS is a zone of the test's own.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import Any, cast

import pytest
from pratique.domain.notice import refusal

from gateway.authentication.check import SenderCheck
from gateway.smtp_edge import Pace
from gateway.smtp_protocol import Limits
from local.stack import ROOT
from tests.e2e.installation import Installation, mail
from tests.fakes import FakeClock, FakeStore
from tests.gateway.authentication.signer import sign, zone
from tests.gateway.serving import SENDER, Serving

pytestmark = pytest.mark.emulator

DOMAIN = SENDER.rpartition("@")[2]


class BucketStore(FakeStore):
    """Puts what the edge stores into the installation's bucket."""

    def __init__(self, installation: Installation) -> None:
        super().__init__()
        self._s3 = installation.stack.client("s3")
        self._bucket = installation.stack.outputs["Bucket"]

    def put(self, key: str, data: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=data)


@pytest.fixture(scope="module")
def edge(installation: Installation) -> Iterator[Serving]:
    """An SMTP edge in front of the installation, that knows the sender's keys and policy."""
    published = zone(DOMAIN)
    published.put(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=reject")

    def ingest(event: Mapping[str, Any]) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", installation.invoke("IngestFunctionArn", event))

    check = SenderCheck(published)
    one = Serving(Limits(), Pace(), check, BucketStore(installation), ingest)
    one.clock = FakeClock(time.time_ns() // 1_000_000)
    one.start()
    yield one
    one.close()
    check.close()


def quiet(installation: Installation) -> None:
    """Until every notice that was asked for is worked off."""
    installation.wait_for(
        lambda: installation.do("GET", "/v1/status")["queues"]["notify"],
        lambda queue: queue == {"waiting": 0, "dead": 0},
    )


def notices(installation: Installation) -> list[EmailMessage]:
    """What arrived for the sender."""
    found = installation.delivered(SENDER, least=0)
    return [email.message_from_bytes(each, policy=email.policy.default) for each in found]


def reports(installation: Installation, *references: str) -> list[EmailMessage]:
    """The notices about these messages."""
    return [n for n in notices(installation) if any(reference in n["subject"] for reference in references)]


def test_a_legitimate_sender_hears_in_the_dialogue_and_its_reference_finds_the_message(
    installation: Installation, edge: Serving
) -> None:
    """550 with plain words; the recipient's postmaster finds it by the command line, nobody of another domain does."""
    installation.block(SENDER, "told.example")
    code, text = edge.send(sign(mail("refused for all", sender=SENDER), domain=DOMAIN), to="bob@told.example")
    held = installation.only_held("told.example")
    reference = held["id"].partition(".")[0]
    assert (code, text.decode()) == (550, refusal(reference))
    assert held["reasons"][0] == "the sender is proven"
    environment = {
        **os.environ,
        "PRATIQUE_URL": installation.stack.url,
        "PRATIQUE_TOKEN": installation.stack.token,
    }
    found = subprocess.run(
        [sys.executable, "-m", "cli", "find", reference.lower(), "--json"],
        env={**environment, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [each["id"] for each in json.loads(found.stdout)["messages"]] == [held["id"]]
    token = installation.do("POST", "/v1/tokens", {"name": "other", "scope": "elsewhere.example"})["text"]
    other = installation.call("GET", "/v1/messages", token=token, reference=reference)
    assert other.body["messages"] == []
    quiet(installation)
    assert reports(installation, reference) == []


def test_where_only_some_copies_are_held_a_legitimate_sender_gets_one_notice_a_day(
    installation: Installation, edge: Serving
) -> None:
    """The edge says 250, since somebody gets the mail; the notice is a DSN about the other one. The second message of the day is not told."""
    installation.block(SENDER, "bob@some.example")
    to = ["ann@some.example", "bob@some.example"]
    assert edge.send(sign(mail("refused for some", sender=SENDER), domain=DOMAIN), to=to)[0] == 250
    held = installation.only_held("bob@some.example")
    reference = held["id"].partition(".")[0]
    [report] = installation.wait_for(lambda: reports(installation, reference), bool)
    assert report.get_content_type() == "multipart/report"
    assert report["auto-submitted"] == "auto-replied"
    text, status, headers = report.iter_parts()
    assert reference in text.get_content()
    assert "bob@some.example" in text.get_content()
    assert "ann@some.example" not in report.as_string()
    assert "5.7.1" in status.as_string()
    assert "refused for some" in headers.as_string()
    assert "Shall we meet?" not in report.as_string()
    history = installation.wait_for(
        lambda: installation.do("GET", f"/v1/messages/{held['id']}")["history"],
        lambda steps: "sender told" in steps[-1]["note"],
    )
    assert history[-1]["state"] == "held"
    assert edge.send(sign(mail("once more", sender=SENDER), domain=DOMAIN), to=to)[0] == 250
    quiet(installation)
    both = {each["id"].partition(".")[0] for each in installation.held("bob@some.example")}
    [second] = both - {reference}
    assert reports(installation, second) == []


def test_a_forged_sender_never_hears_of_it(installation: Installation, edge: Serving) -> None:
    """The same mail without the signature, which DMARC refuses: no notice, to nobody."""
    installation.block(SENDER, "bob@faked.example")
    forged = mail("forged", sender=SENDER)
    assert edge.send(forged, to=["ann@faked.example", "bob@faked.example"])[0] in (250, 550)
    held = installation.held("faked.example")
    references = {each["id"].partition(".")[0] for each in held}
    assert references
    quiet(installation)
    assert reports(installation, *references) == []


def test_a_policy_keeps_the_dialogue_silent(installation: Installation, edge: Serving) -> None:
    """`notify_sender` off: 250, and the mail is held all the same."""
    installation.block(SENDER, "silent.example")
    own = installation.do("GET", "/v1/policies/silent.example")["own"]
    installation.do("PUT", "/v1/policies/silent.example", {**own, "notify_sender": False})
    data = sign(mail("in silence", sender=SENDER), domain=DOMAIN)
    assert edge.send(data, to="bob@silent.example")[0] == 250
    held = installation.only_held("silent.example")
    quiet(installation)
    assert reports(installation, held["id"].partition(".")[0]) == []
