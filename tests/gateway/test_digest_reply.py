"""An answer to a digest by the laptop's SMTP edge: from a socket, through the check of SPF, DKIM and DMARC, to what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pratique.domain.lifecycle import State
from pratique.ports.queue import QueueName
from pratique.usecases.ingest_message import ingest_message
from pratique.usecases.receipts import read_receipts
from pratique.usecases.run_digests import read_item, work_on

from gateway.authentication.check import SenderCheck
from tests.gateway.authentication.signer import sign, zone
from tests.gateway.serving import serving
from tests.unit.digests.setting import hold, mails, next_morning, run, world


def answer(author: str) -> bytes:
    return (
        f"From: Somebody <{author}>\r\nTo: act@digest.example.com\r\nSubject: Re: quarantine report\r\n"
        "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\nMessage-ID: <answer@example.org>\r\n\r\nPlease.\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("author", "signed", "acts"),
    [
        ("bob@example.org", True, True),
        ("bob@example.org", False, False),
        ("eve@example.org", True, False),
        ("bob@elsewhere.example", True, False),
    ],
    ids=["bob's own", "in bob's name", "a colleague's", "another bob's"],
)
def test_only_what_dmarc_proves_to_be_the_readers_acts(author: str, signed: bool, acts: bool) -> None:
    """Whatever it is, the edge takes it: who sent it learns nothing."""
    w = world()
    held = hold(w)
    next_morning(w)
    run(w)
    to = f"act+{mails(w)[0].link('r')}@digest.example.com"

    def ingest(event: Mapping[str, Any]) -> Mapping[str, Any]:
        (receipt,) = read_receipts(event)
        done = ingest_message(w.services, receipt)
        return {"message": done.message, "copies": [{"state": copy.state.value} for copy in done.copies]}

    published = zone()
    published.put("_dmarc.example.org", "TXT", "v=DMARC1; p=reject")
    data = answer(author)
    with serving(check=SenderCheck(published), store=w.store, ingest=ingest) as edge:
        assert edge.send(sign(data) if signed else data, to=to)[0] == 250
    for item in w.queue.drain(QueueName.DIGEST):
        assert not work_on(w.services, read_item(item), until_ms=w.clock.now_ms() + 1)
    found = w.index.get_copy(held.id, now=w.clock.now_ms() // 1000)
    assert found is not None
    assert found.state is (State.RELEASING if acts else State.HELD)
    assert len(mails(w)) == (2 if acts else 1)
