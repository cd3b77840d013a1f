"""The edge's own check on the way to ingest: what the event says, what it costs, and that allow entries hold for mail that came by it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from pratique.domain.address import parse_address
from pratique.domain.lifecycle import State
from pratique.domain.listentry import ListEntry, ListKind
from pratique.domain.scope import recipient_scope
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.receipts import read_receipts

from gateway.authentication.check import SenderCheck
from gateway.authentication.verdicts import Arrival, Status, Verdicts
from gateway.smtp_edge import Pace
from tests import fakes
from tests.gateway.authentication.signer import FROM_ALICE, MAIL, REST, sign, zone
from tests.gateway.serving import RCPT, Serving, serving

SPAM = (
    FROM_ALICE
    + REST.replace(b"hello  there", b"CHEAP VIAGRA $$$ CLICK NOW!!!")
    + (b"Content-Type: text/html\r\n\r\n<a href='http://203.0.113.9/x.exe'>http://bank.example/</a>\r\n")
)


def verdicts(edge: Serving) -> dict[str, Any]:
    receipt = edge.event["receipt"]
    return {name: receipt[f"{name}Verdict"]["status"] for name in ("spf", "dkim", "dmarc")}


def test_the_event_holds_what_the_check_found() -> None:
    published = zone()
    published.put("_dmarc.example.org", "TXT", "v=DMARC1; p=reject")
    with serving(check=SenderCheck(published)) as edge:
        assert edge.send(sign(MAIL))[0] == 250
        assert verdicts(edge) == {"spf": "DISABLED", "dkim": "PASS", "dmarc": "PASS"}
        assert edge.event["receipt"]["pratique"]["arc"] == "none"
        assert "dmarcPolicy" not in edge.event["receipt"]


def test_a_policy_is_told_where_dmarc_fails() -> None:
    with serving(check=lambda _: Verdicts(Status.FAIL, Status.GRAY, Status.FAIL, "reject")) as edge:
        edge.send(MAIL)
        assert edge.event["receipt"]["dmarcPolicy"] == "reject"


def test_switched_off_it_says_that_nobody_looked() -> None:
    with serving() as edge:
        edge.send(MAIL)
        assert set(verdicts(edge).values()) == {"DISABLED"}


def test_a_check_that_takes_too_long_holds_nothing_up() -> None:
    stuck = threading.Event()

    def check(_: Arrival) -> Verdicts:
        stuck.wait(20)
        return Verdicts()

    with serving(check=check, pace=Pace(check=0.05)) as edge:
        assert edge.send(MAIL)[0] == 250
        assert set(verdicts(edge).values()) == {"PROCESSING_FAILED"}
        stuck.set()


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("signed", [True, False])
def test_an_allow_entry_that_needs_dmarc_holds_for_mail_by_the_edge(allowed: bool, signed: bool) -> None:
    """From a socket to the state of the copy: spam from an allowed sender comes through if its author is proven, and only then."""
    world = fakes.world()
    bob = parse_address(RCPT)
    if allowed:
        world.directory.put_entry(
            ListEntry(recipient_scope(bob), ListKind.ALLOW, "alice@example.org", needs_dmarc=True)
        )
    states: list[State] = []

    def ingest(event: Mapping[str, Any]) -> Mapping[str, Any]:
        (receipt,) = read_receipts(event)
        done = ingest_message(world.services, receipt)
        states.extend(copy.state for copy in done.copies)
        return {"message": done.message, "copies": [{"state": copy.state.value} for copy in done.copies]}

    published = zone()
    published.put("_dmarc.example.org", "TXT", "v=DMARC1; p=reject")
    with serving(check=SenderCheck(published), store=world.store, ingest=ingest) as edge:
        code = edge.send(sign(SPAM) if signed else SPAM)[0]
    expected = State.QUEUED if allowed and signed else State.HELD
    assert states == [expected]
    assert code == (250 if expected is State.QUEUED else 550)
