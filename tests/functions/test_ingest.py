"""The ingest handler, fed with every event that brings a message."""

from __future__ import annotations

import pytest
from pratique import bootstrap
from pratique.domain.envelope import Outcome
from pratique.domain.errors import InvalidInput, PermanentFailure
from pratique.ports.queue import QueueName
from pratique.usecases.receipts import read_receipts

from functions.ingest.app import handler
from tests import builders, fakes
from tests.functions.events import event, ses_events
from tests.path import block, opened


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> fakes.World:
    world = opened()
    monkeypatch.setattr(bootstrap, "services", lambda: world.services)
    return world


def _bytes_for(world: fakes.World, name: str, raw: bytes | None = None) -> str:
    message_id: str = event(name)["Records"][0]["ses"]["mail"]["messageId"]
    world.store.put(f"raw/{message_id}", builders.raw_message() if raw is None else raw)
    return message_id


@pytest.mark.parametrize("name", [n for n in ses_events() if n != "ses-odd-types.json"])
def test_every_event_is_taken_in_and_answered(world: fakes.World, name: str) -> None:
    """Whatever is missing, cut, disabled or of another type: each recipient has a copy in a state."""
    _bytes_for(world, name)
    answer = handler(event(name), None)
    assert answer["disposition"] == "CONTINUE"
    wanted = event(name)["Records"][0]["ses"]["receipt"]["recipients"]
    assert [c["recipient"] for c in answer["copies"]] == wanted
    assert {c["state"] for c in answer["copies"]} <= {"held", "queued"}
    assert handler(event(name), None) == answer, "the same event twice"


def test_mail_without_any_header_is_taken_in(world: fakes.World) -> None:
    """No Subject, From, To, Date, Message-ID; the null sender."""
    _bytes_for(world, "ses-no-headers.json", b"\r\nbuy now\r\n")
    answer = handler(event("ses-no-headers.json"), None)
    assert len(answer["copies"]) == 1


def test_fifty_recipients_of_two_domains(world: fakes.World) -> None:
    """One domain blocks the sender, the other does not."""
    block(world, "example.org")
    _bytes_for(world, "ses-fifty-recipients.json")
    copies = handler(event("ses-fifty-recipients.json"), None)["copies"]
    assert {c["state"] for c in copies if c["recipient"].endswith("@example.org")} == {"held"}
    assert {c["state"] for c in copies if c["recipient"].endswith("@example.net")} == {"queued"}
    assert len(world.queue.drain(QueueName.DELIVER)) == 25


def test_odd_types_serve_whom_they_can_and_fail_loudly(world: fakes.World) -> None:
    """A number and a text that is no address among the recipients: the others get their mail, the event is kept."""
    _bytes_for(world, "ses-odd-types.json")
    with pytest.raises(PermanentFailure):
        handler(event("ses-odd-types.json"), None)
    (receipt,) = read_receipts(event("ses-odd-types.json"))
    assert [str(a) for a in receipt.envelope.recipients] == [
        "bob@example.org",
        "bücher@xn--bcher-kva.example",
    ]
    assert receipt.refused == ("no address at all",)
    assert (receipt.auth.spf, receipt.auth.dkim, receipt.auth.dmarc_policy) == (
        Outcome.PASS,
        Outcome.UNKNOWN,
        "",
    )
    assert len(world.queue.drain(QueueName.DELIVER)) == 2


def test_verdicts_and_policies_are_read_in_each_form() -> None:
    """`dmarcPolicy` as string and as object, DISABLED verdicts, none at all."""
    by_name = {name: read_receipts(event(name))[0] for name in ses_events()}
    assert by_name["ses-dmarc-policy-string.json"].auth.dmarc_policy == "reject"
    assert by_name["ses-dmarc-policy-object.json"].auth.dmarc_policy == "quarantine"
    assert by_name["ses-verdicts-disabled.json"].auth.spam is Outcome.UNKNOWN
    assert by_name["ses-least.json"].auth.dkim is Outcome.UNKNOWN
    assert by_name["mail-manager-invoke-lambda.json"].envelope.mail_from == ""
    assert by_name["edge-smtp.json"].envelope.client_ip == "203.0.113.9"
    assert by_name["ses-ordinary.json"].received_ms == 1_790_000_000_000


@pytest.mark.parametrize(
    "odd", [{}, {"Records": []}, {"Records": [{}]}, {"Records": "x"}, None, [], {"Records": [{"ses": 1}]}]
)
def test_what_is_no_mail_event_is_refused(odd: object) -> None:
    """Raised, so that the invoker keeps it."""
    with pytest.raises(InvalidInput):
        read_receipts(odd)


@pytest.mark.parametrize("bad", ["", "../other", "a/b", "x" * 200, ".hidden", "a\nb"])
def test_a_message_id_that_is_no_key_is_refused(bad: str) -> None:
    """The id names an object: it must not name another one."""
    forged = event("ses-ordinary.json")
    forged["Records"][0]["ses"]["mail"]["messageId"] = bad
    with pytest.raises(InvalidInput):
        read_receipts(forged)
