"""An event that comes late, or again and knows more: a message has one id and one set of recipients, whoever took it in first."""

from __future__ import annotations

from collections.abc import Mapping

from pratique.domain.address import Address
from pratique.domain.envelope import Receipt
from pratique.domain.ids import CopyId, message_ulid
from pratique.domain.message import Facts
from pratique.ports.services import Services

LATE_MS = 600_000
"""From then on reconcile may have been there first. (It leaves alone what is younger than a quarter of an hour.)"""


def message_of(services: Services, receipt: Receipt) -> str:
    """The id of the receipt's message. One that comes late is looked up by the receiving server's id: reconcile may have taken it in, and could
    only guess the moment of its arrival.
    """
    message = message_ulid(receipt.source_id, receipt.received_ms)
    if services.clock.now_ms() - receipt.received_ms <= LATE_MS:
        return message
    return services.index.messages_of([receipt.source_id]).get(receipt.source_id, message)


def with_strangers(services: Services, facts: Facts, owners: Mapping[Address, Address]) -> Facts:
    """The facts of a first run, and with them recipients that it did not know of (`owners`: all of this event, with their mailboxes)."""
    strangers = [CopyId(facts.message, each, owners[each]) for each in owners if each not in facts.recipients]
    return (services.index.add_recipients(facts.message, strangers) or facts) if strangers else facts
