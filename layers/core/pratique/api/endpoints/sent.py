"""Mail that the domain's own people sent."""

from __future__ import annotations

from pratique.domain.address import parse_address
from pratique.usecases.know_senders import note_sent

from ..endpoint import Call
from ..sent import SentRequest, SentResult


def note(call: Call) -> SentResult:
    """Answers to a message are expected from now on."""
    body: SentRequest = call.body
    outside = note_sent(
        call.services,
        call.actor,
        message_id=body.message_id,
        sender=parse_address(body.sender),
        recipients=[parse_address(each) for each in body.recipients],
        name=body.name,
    )
    return SentResult(outside=outside)
